package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/report"
)

type countFiguresArgs struct{}

// Kind names the job.
func (countFiguresArgs) Kind() string { return "count_figures" }

// countFigures counts what staff read in figures: cases that have changed, what
// the gate answered, and what became of messages.
type countFigures struct {
	river.WorkerDefaults[countFiguresArgs]
	Options
}

// Timeout is long: the first time everything is counted.
func (*countFigures) Timeout(*river.Job[countFiguresArgs]) time.Duration { return time.Hour }

// Work counts what is new.
func (w *countFigures) Work(ctx context.Context, _ *river.Job[countFiguresArgs]) error {
	now := w.Clock.Now()
	cases, err1 := report.CountCases(ctx, w.DB, now)
	requests, err2 := report.CountGate(ctx, w.DB, now)
	err3 := report.CountNotices(ctx, w.DB, now)
	if cases > 0 || requests > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "figures were counted", slog.Int("cases", cases), slog.Int64("gate_requests", requests))
	}
	return errors.Join(err1, err2, err3)
}
