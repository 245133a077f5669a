package jobs

import (
	"context"
	"errors"
	"log/slog"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
)

type forgetArgs struct{}

// Kind names the job.
func (forgetArgs) Kind() string { return "forget" }

// forget removes what no longer counts.
type forget struct {
	river.WorkerDefaults[forgetArgs]
	Options
}

// Work forgets codes, attempts and old sessions.
func (w *forget) Work(ctx context.Context, _ *river.Job[forgetArgs]) error {
	rows, err1 := w.Accounts.Forget(ctx)
	messages, err2 := outbox.Forget(ctx, w.DB, w.Clock.Now())
	sessions, err3 := staff.Forget(ctx, w.DB, w.Clock.Now())
	if n := rows + messages + sessions; n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "what no longer counts was removed", slog.Int64("rows", n))
	}
	return errors.Join(err1, err2, err3)
}
