package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/rootcause"
)

// ofCases are the jobs of cases that come up by themselves.
func ofCases(o Options) []*river.PeriodicJob {
	if o.Cases == nil {
		return nil
	}
	return []*river.PeriodicJob{every(time.Minute, tendCasesArgs{}), every(time.Minute, rootcause.WorkArgs{}), every(6*time.Hour, forgetDraftsArgs{})}
}

type tendCasesArgs struct{}

// Kind names the job.
func (tendCasesArgs) Kind() string { return "tend_cases" }

// tendCases opens cases for what should not have been taken, notes clocks that
// have warned or run out and refunds that other systems have, and closes what has
// come to its end.
type tendCases struct {
	river.WorkerDefaults[tendCasesArgs]
	Options
}

// deniedWithin is how far back it looks for what should not have been taken: the
// latest charge of a yearly fee is always looked at.
const deniedWithin = 366 * 24 * time.Hour

// Timeout is long: the first import may bring a year of what should not have been
// taken.
func (*tendCases) Timeout(*river.Job[tendCasesArgs]) time.Duration { return time.Hour }

// Work does what is due.
func (w *tendCases) Work(ctx context.Context, _ *river.Job[tendCasesArgs]) error {
	opened, err1 := w.Cases.OpenDenied(ctx, w.Clock.Now().Add(-deniedWithin))
	looked, err2 := w.Cases.Warnings(ctx)
	closed, err3 := w.Cases.Close(ctx)
	_, err5 := w.Cases.Recheck(ctx)
	sent, err4 := w.Cases.SendTold(ctx)
	if opened+looked+closed+sent > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "cases were tended",
			slog.Int("opened", opened), slog.Int("looked_at", looked), slog.Int("closed", closed), slog.Int("refunds_sent", sent))
	}
	return errors.Join(err1, err2, err3, err4, err5)
}

type forgetDraftsArgs struct{}

// Kind names the job.
func (forgetDraftsArgs) Kind() string { return "forget_case_drafts" }

// forgetDrafts removes what merchants began to write and never sent.
type forgetDrafts struct {
	river.WorkerDefaults[forgetDraftsArgs]
	Options
}

// draftLasts is how long a draft is kept after it was last written to.
const draftLasts = 90 * 24 * time.Hour

// Work removes old drafts.
func (w *forgetDrafts) Work(ctx context.Context, _ *river.Job[forgetDraftsArgs]) error {
	n, err := w.Cases.ForgetDrafts(ctx, w.Clock.Now().Add(-draftLasts))
	if n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "drafts of complaints were forgotten", slog.Int64("drafts", n))
	}
	return err
}
