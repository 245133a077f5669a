package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/retention"
)

type retainArgs struct{}

// Kind names the job.
func (retainArgs) Kind() string { return "retention" }

// retain removes what has been kept for long enough, and carries out what people
// who closed their account asked for.
type retain struct {
	river.WorkerDefaults[retainArgs]
	Options
}

// Timeout is long: the first time there may be years of it.
func (*retain) Timeout(*river.Job[retainArgs]) time.Duration { return 2 * time.Hour }

// Work does what is due.
func (w *retain) Work(ctx context.Context, _ *river.Job[retainArgs]) error {
	var files file.Store
	if w.Cases != nil {
		files = w.Cases.Files()
	}
	var closed int
	var err1 error
	if w.Accounts != nil {
		closed, err1 = w.Accounts.FinishClosings(ctx)
	}
	removed, err2 := retention.Run(ctx, w.DB, w.Clock, files)
	if closed > 0 || removed > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "what was over was removed", slog.Int64("rows", removed), slog.Int("accounts", closed))
	}
	return errors.Join(err1, err2)
}
