package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/gate"
)

type tryRulesArgs struct{}

// Kind names the job.
func (tryRulesArgs) Kind() string { return "try_gate_rules" }

// tryRules finds out what figures that are proposed for the gate would have done.
type tryRules struct {
	river.WorkerDefaults[tryRulesArgs]
	Options
}

// Work goes on where the last run ended.
func (w *tryRules) Work(ctx context.Context, _ *river.Job[tryRulesArgs]) error {
	n, err := gate.Try(ctx, w.DB, w.Clock)
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "proposed figures were tried", slog.Int("decisions", n))
	}
	return err
}
