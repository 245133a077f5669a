package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/web/i18n"
)

// upload takes in a file that another system sent.
type upload struct {
	river.WorkerDefaults[ingest.UploadArgs]
	Options
}

// Timeout is long: a file may have millions of rows.
func (*upload) Timeout(*river.Job[ingest.UploadArgs]) time.Duration { return time.Hour }

// Work takes the file in and judges the bills that it changes.
func (w *upload) Work(ctx context.Context, job *river.Job[ingest.UploadArgs]) error {
	words := map[string]ingest.Translate{}
	for _, l := range i18n.Locales {
		words[string(l)] = i18n.For(l).T
	}
	taken, err := ingest.TakeUpload(ctx, w.DB, w.Clock, job.Args.ID, words, job.Attempt >= job.MaxAttempts)
	if err != nil || !taken {
		return err
	}
	_, err = ingest.Judge(ctx, w.DB, w.Clock, nil)
	return err
}
