package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/feechange"
)

// openChanges asks the merchants whose price rises by a version that was
// published.
type openChanges struct {
	river.WorkerDefaults[disclosure.PublishedArgs]
	Options
}

// Timeout is long: the history of every terminal concerned is replayed, each
// part of them for good.
func (*openChanges) Timeout(*river.Job[disclosure.PublishedArgs]) time.Duration { return time.Hour }

// Work opens what is not open yet.
func (w *openChanges) Work(ctx context.Context, job *river.Job[disclosure.PublishedArgs]) error {
	n, err := feechange.Open(ctx, w.DB, job.Args.VersionID, w.Clock.Now())
	w.logOpened(ctx, n)
	return err
}

type tendChangesArgs struct{}

// Kind names the job.
func (tendChangesArgs) Kind() string { return "tend_fee_changes" }

// tendChanges opens changes that are missing, for terminals that have come since
// a version was published, say, and ends the services whose day has come.
type tendChanges struct {
	river.WorkerDefaults[tendChangesArgs]
	Options
}

// Timeout is long, as that of openChanges.
func (*tendChanges) Timeout(*river.Job[tendChangesArgs]) time.Duration { return time.Hour }

// Work does whatever is left to do.
func (w *tendChanges) Work(ctx context.Context, _ *river.Job[tendChangesArgs]) error {
	n, err := feechange.OpenMissing(ctx, w.DB, w.Clock.Now())
	w.logOpened(ctx, n)
	if err != nil {
		return err
	}
	ended, err := feechange.CarryOutEndings(ctx, w.DB, w.Clock.Now())
	if ended > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "services were ended", slog.Int("changes", ended))
	}
	return err
}

func (o Options) logOpened(ctx context.Context, n int64) {
	if n > 0 {
		o.Log.LogAttrs(ctx, slog.LevelInfo, "fee changes were opened", slog.Int64("merchants", n))
	}
}

// reckonImpact works out what proposed prices would have made of the last twelve
// months.
type reckonImpact struct {
	river.WorkerDefaults[feechange.ImpactArgs]
	Options
}

// Timeout is long, as that of openChanges.
func (*reckonImpact) Timeout(*river.Job[feechange.ImpactArgs]) time.Duration { return time.Hour }

// Work reckons what was asked for.
func (w *reckonImpact) Work(ctx context.Context, job *river.Job[feechange.ImpactArgs]) error {
	return feechange.ReckonImpact(ctx, w.DB, job.Args.ContentHash, w.Clock.Now())
}
