package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/report"
)

// figures works out the figures of a quarter that were ordered.
type figures struct {
	river.WorkerDefaults[report.FiguresArgs]
	Options
}

// Timeout is long: the lines of all merchants are read.
func (*figures) Timeout(*river.Job[report.FiguresArgs]) time.Duration { return 30 * time.Minute }

// Work waits for lines of the quarter that are still to be judged.
func (w *figures) Work(ctx context.Context, job *river.Job[report.FiguresArgs]) error {
	err := report.ReckonFigures(ctx, w.DB, job.Args.OrderID, w.Clock.Now())
	if errors.Is(err, report.ErrNotJudged) {
		return river.JobSnooze(30 * time.Second)
	}
	return err
}
