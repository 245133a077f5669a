package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/notice"
)

type followArgs struct{}

// Kind names the job.
func (followArgs) Kind() string { return "follow_letters" }

// follow takes letters from one channel to the next until they reach somebody,
// and hands what did to the verdict.
type follow struct {
	river.WorkerDefaults[followArgs]
	Options
}

// Timeout is long: where a provider is away, many letters go another way at once.
func (*follow) Timeout(*river.Job[followArgs]) time.Duration { return time.Hour }

// Work follows every letter of which there is news, or whose channel took too
// long.
func (w *follow) Work(ctx context.Context, _ *river.Job[followArgs]) error {
	moved := 0
	var err1 error
	if w.Post != nil {
		moved, err1 = notice.Cascade(ctx, w.DB, w.Clock, *w.Post)
	}
	counted, err2 := notice.Count(ctx, w.DB, w.Clock)
	if moved > 0 || counted > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "letters were followed", slog.Int("moved", moved), slog.Int("counted", counted))
	}
	return errors.Join(err1, err2)
}
