package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/sms"
)

// deliver hands messages to the gateway. A use case that queues one wakes it; it
// also comes up by itself, for messages that wait for another try and for those
// that a process took up and left.
type deliver[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	Options
}

// deliverDue is the delivery that comes up by itself. It is a kind of its own, so
// that one that waits keeps no use case from waking the other.
type deliverDue struct{}

// Kind names the job.
func (deliverDue) Kind() string { return "deliver_due_messages" }

// Timeout leaves a slow gateway time for a whole batch.
func (*deliver[T]) Timeout(*river.Job[T]) time.Duration { return 5 * time.Minute }

// Work delivers what is due, and comes back when the next message is, if that is
// soon.
func (w *deliver[T]) Work(ctx context.Context, _ *river.Job[T]) error {
	if w.Sender == nil {
		return nil
	}
	tried, next, err := outbox.Deliver(ctx, w.DB, w.Clock, w.send)
	if tried > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "messages were handed over", slog.Int("tried", tried))
	}
	if err != nil || next.IsZero() {
		return err
	}
	if wait := next.Sub(w.Clock.Now()); wait < soon {
		return river.JobSnooze(max(wait, time.Second))
	}
	return nil
}

// soon is how far away a try may be for the job to wait for it, rather than to
// come up by itself again.
const soon = 30 * time.Second

// send makes one try. What is logged of a failure names neither number nor text.
func (o *Options) send(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
	receipt, err := o.Sender.Send(ctx, sms.Message{ID: m.ID, To: m.To, Text: m.Text, Kind: string(m.Kind)})
	if err == nil {
		return outbox.Receipt{ProviderID: receipt.ProviderID}
	}
	o.Log.LogAttrs(ctx, slog.LevelWarn, "a message was not taken", slog.String("message", m.ID), slog.String("kind", string(m.Kind)), slog.Any("error", err))
	r := outbox.Receipt{Err: err, Permanent: sms.IsPermanent(err)}
	if e, ok := errors.AsType[*sms.Error](err); ok {
		r.RetryAfter = e.RetryAfter
	}
	return r
}
