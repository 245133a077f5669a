package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/delivery"
)

// Channels are the ways out of the house, as they are configured now.
type Channels interface {
	// On reports whether a channel is configured.
	On(c notice.Channel) bool
	// Send hands a message to the provider of its channel, in one try.
	Send(ctx context.Context, m outbox.Outgoing) outbox.Receipt
	// Reports reports whether the channel's provider tells what was delivered.
	Reports(c notice.Channel) bool
	// Idempotent reports whether the provider tells a second try by the message's
	// id.
	Idempotent(c notice.Channel) bool
	// PerSecond returns how many messages the provider takes in a second; zero:
	// any number.
	PerSecond(c notice.Channel) float64
}

// wechatWindow is for how long WeChat tells a second try: ten minutes, less what
// its clock and ours may differ by.
const wechatWindow = 9 * time.Minute

// deliverer is what a process delivers with. On each channel it does so once at a
// time: what is due, one run finds all of.
type deliverer struct {
	Options
	turn    sync.Mutex // of messages whose provider can't tell a second try
	running map[notice.Channel]*sync.Mutex
}

func newDeliverer(o Options) *deliverer {
	d := &deliverer{Options: o, running: map[notice.Channel]*sync.Mutex{}}
	for _, c := range notice.Outside {
		d.running[c] = &sync.Mutex{}
	}
	return d
}

// deliver hands messages of a channel to its provider. A use case that queues one
// wakes it; it also comes up by itself, for messages that wait for another try
// and for those that a process took up and left.
type deliver[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	*deliverer
	channel func(T) notice.Channel
}

// deliverDue is the delivery that comes up by itself. It is a kind of its own, so
// that one that waits keeps no use case from waking the other.
type deliverDue struct {
	Channel notice.Channel `json:"channel"`
}

// Kind names the job.
func (deliverDue) Kind() string { return "deliver_due_messages" }

// runFor is how long one run takes up messages. What is left then is the next
// run's.
const runFor = 10 * time.Minute

// Timeout leaves time for the tries that are on their way at the end of a run.
func (*deliver[T]) Timeout(*river.Job[T]) time.Duration { return runFor + 5*time.Minute }

// Work delivers what is due, and comes back when the next message is, if that is
// soon.
func (w *deliver[T]) Work(ctx context.Context, job *river.Job[T]) error {
	channel := w.channel(job.Args)
	running, known := w.running[channel]
	if !known || w.Channels == nil || !w.Channels.On(channel) {
		return nil
	}
	o := outbox.DeliverOptions{
		Send: w.send, Idempotent: w.Channels.Idempotent(channel), PerSecond: w.Channels.PerSecond(channel), Turn: &w.turn, Until: w.Clock.Now().Add(runFor),
	}
	if channel == notice.WeChat {
		o.Window = wechatWindow
	}
	if !running.TryLock() {
		// The run that is on finds what is due. Only a code can't wait until it is
		// through with a message that hangs.
		o.Urgent = true
	} else {
		defer running.Unlock()
	}
	tried, next, err := outbox.Deliver(ctx, w.DB, w.Clock, string(channel), o)
	if tried > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "messages were handed over", slog.String("channel", string(channel)), slog.Int("tried", tried))
	}
	if err != nil || next.IsZero() || o.Urgent {
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

// send makes one try. What is logged of a failure names neither recipient nor
// text.
func (d *deliverer) send(ctx context.Context, m outbox.Outgoing) outbox.Receipt {
	r := d.Channels.Send(ctx, m)
	if r.Err != nil {
		d.Log.LogAttrs(ctx, slog.LevelWarn, "a message was not taken",
			slog.String("message", m.ID), slog.String("kind", string(m.Kind)), slog.String("channel", m.Channel), slog.Any("error", r.Err))
	}
	if r.Reason == string(delivery.NotFollowing) {
		// The next letter goes another way at once.
		if err := notice.EndRecipient(ctx, d.DB, d.Clock.Now(), notice.Channel(m.Channel), m.To, r.Reason); err != nil {
			d.Log.LogAttrs(ctx, slog.LevelError, "a recipient who can't be reached was not ended", slog.String("message", m.ID), slog.Any("error", err))
		}
	}
	return r
}
