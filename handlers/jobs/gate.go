package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/gate"
)

type tendGateArgs struct{}

// Kind names the job.
func (tendGateArgs) Kind() string { return "tend_gate" }

// tendGate gives back the cycles of deductions that were allowed and not taken in
// time, and goes on with batches that staff answered.
type tendGate struct {
	river.WorkerDefaults[tendGateArgs]
	Options
}

// Work does what is due.
func (w *tendGate) Work(ctx context.Context, _ *river.Job[tendGateArgs]) error {
	n, err := gate.Tend(ctx, w.DB, w.Clock)
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "the gate was tended", slog.Int("deductions", n))
	}
	return err
}
