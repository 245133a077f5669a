package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/audit"
)

type sealArgs struct{}

// Kind names the job.
func (sealArgs) Kind() string { return "seal_record" }

// seal seals the record of who did what.
type seal struct {
	river.WorkerDefaults[sealArgs]
	Options
}

// Work seals what has settled, and notes the head of the chain outside the
// database.
func (w *seal) Work(ctx context.Context, _ *river.Job[sealArgs]) error {
	head, n, err := audit.Seal(ctx, w.DB, w.Clock.Now())
	if err != nil || n == 0 {
		return err
	}
	w.Log.LogAttrs(ctx, slog.LevelInfo, "the record was sealed", slog.Int("entries", n), slog.String("head", head.String()))
	if w.KeepHead == nil {
		return nil
	}
	return w.KeepHead(ctx, head)
}
