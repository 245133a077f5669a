package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/ingest"
)

type judgeArgs struct{}

// Kind names the job.
func (judgeArgs) Kind() string { return "judge_bills" }

// judge makes the bills anew of terminals whose facts have changed.
type judge struct {
	river.WorkerDefaults[judgeArgs]
	Options
}

// Timeout is long: a large import leaves many terminals, and each batch of them
// is done for good.
func (*judge) Timeout(*river.Job[judgeArgs]) time.Duration { return time.Hour }

// Work judges whatever waits.
func (w *judge) Work(ctx context.Context, _ *river.Job[judgeArgs]) error {
	n, err := ingest.Judge(ctx, w.DB, w.Clock, nil)
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "bills were judged", slog.Int("terminals", n))
	}
	return err
}
