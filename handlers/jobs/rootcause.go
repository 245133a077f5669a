package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/rootcause"
)

// workCauses puts right for many what was found wrong in one case.
type workCauses struct {
	river.WorkerDefaults[rootcause.WorkArgs]
	Options
}

// Timeout is long: an action may have many lines, and each few of them are done
// for good.
func (*workCauses) Timeout(*river.Job[rootcause.WorkArgs]) time.Duration { return time.Hour }

// Work works whatever is approved.
func (w *workCauses) Work(ctx context.Context, _ *river.Job[rootcause.WorkArgs]) error {
	n, err := rootcause.New(w.DB, w.Clock, w.Cases, nil).Work(ctx)
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "root causes were worked", slog.Int("lines", n))
	}
	return err
}
