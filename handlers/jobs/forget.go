package jobs

import (
	"context"
	"errors"
	"log/slog"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/webhook"
)

type forgetArgs struct{}

// Kind names the job.
func (forgetArgs) Kind() string { return "forget" }

// forget removes what no longer counts.
type forget struct {
	river.WorkerDefaults[forgetArgs]
	Options
}

// Work forgets codes, attempts, links, and what other systems sent and asked.
func (w *forget) Work(ctx context.Context, _ *river.Job[forgetArgs]) error {
	rows, err1 := w.Accounts.Forget(ctx)
	messages, err2 := outbox.Forget(ctx, w.DB, w.Clock.Now())
	asked, err3 := apikey.Forget(ctx, w.DB, w.Clock.Now())
	uploads, err4 := ingest.ForgetUploads(ctx, w.DB, w.Clock.Now())
	events, err5 := webhook.Forget(ctx, w.DB, w.Clock.Now())
	if n := rows + messages + asked + uploads + events; n > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "what no longer counts was removed", slog.Int64("rows", n))
	}
	return errors.Join(err1, err2, err3, err4, err5)
}
