package jobs

import (
	"context"

	"github.com/riverqueue/river"
)

type readyArgs struct{}

// Kind names the job.
func (readyArgs) Kind() string { return "ready_months" }

// ready makes room for the coming months.
type ready struct {
	river.WorkerDefaults[readyArgs]
	Options
}

// Work makes the partitions of this month and the coming ones.
func (w *ready) Work(ctx context.Context, _ *river.Job[readyArgs]) error {
	return w.DB.EnsureMonthsAhead(ctx)
}
