package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/notice"
)

type announceArgs struct{}

// Kind names the job.
func (announceArgs) Kind() string { return "announce" }

// announce plans what merchants are to be told and writes the letters whose time
// has come.
type announce struct {
	river.WorkerDefaults[announceArgs]
	Options
}

// Timeout is long: on some mornings many letters are due, and each batch of them
// is done for good.
func (*announce) Timeout(*river.Job[announceArgs]) time.Duration { return time.Hour }

// Work plans and writes whatever is due.
func (w *announce) Work(ctx context.Context, _ *river.Job[announceArgs]) error {
	policy, err := notice.PolicyAhead(ctx, w.DB, w.Clock.Now())
	if err != nil {
		return err
	}
	planned, err := notice.Sweep(ctx, w.DB, w.Clock, policy)
	letters := 0
	if w.Post != nil {
		// What was planned before goes out, whatever stood in the way just now.
		var failed error
		letters, failed = notice.Gather(ctx, w.DB, w.Clock, *w.Post)
		err = errors.Join(err, failed)
	}
	if planned > 0 || letters > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "notices were planned, letters written", slog.Int("notices", planned), slog.Int("letters", letters))
	}
	return err
}
