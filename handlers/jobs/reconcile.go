package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/gate"
)

// reconcile matches what files say was taken with what the gate was asked for.
type reconcile struct {
	river.WorkerDefaults[gate.ReconcileArgs]
	Options
}

// Timeout is long: a day's file may be large, and each batch of it is done for
// good.
func (*reconcile) Timeout(*river.Job[gate.ReconcileArgs]) time.Duration { return time.Hour }

// Work matches whatever waits.
func (w *reconcile) Work(ctx context.Context, _ *river.Job[gate.ReconcileArgs]) error {
	n, err := gate.Reconcile(ctx, w.DB, w.Clock)
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "deductions of files were matched", slog.Int("deductions", n))
	}
	return err
}
