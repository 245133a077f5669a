package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/anchor"
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
	now := w.Clock.Now()
	head, n, err := audit.Seal(ctx, w.DB, now)
	if err != nil {
		return err
	}
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "the record was sealed", slog.Int("entries", n), slog.String("head", head.String()))
	}
	return anchor.KeepAll(ctx, w.DB, now, w.Anchors)
}
