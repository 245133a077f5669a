package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

// Outgoing is a message on its way to a gateway.
type Outgoing struct {
	ID   string // the same at each try
	Kind Kind
	To   string // E.164
	Text string
}

// Receipt is what a gateway said of a message. It took it where Err is nil.
type Receipt struct {
	ProviderID string        // the gateway's own name for it, or empty
	Err        error         // holds neither number nor text: it is kept
	Permanent  bool          // another try would fail likewise
	RetryAfter time.Duration // what the gateway asks to wait, or zero
}

// Send hands one message to a gateway, in one try.
type Send func(ctx context.Context, m Outgoing) Receipt

const (
	batch    = 64 // messages taken up at once
	senders  = 8  // of which so many are on their way at the same time
	lease    = 2 * time.Minute
	firstTry = 5 * time.Second // before the second try; each later wait is three times as long
	longest  = 3 * time.Hour
)

// Deliver hands every message that is due to the gateway, and returns how many
// it tried and when the next one is due, the zero time where none waits. Any
// number of processes may call it: each message goes to one of them. Where one
// ends amid a try, the message is taken up again two minutes later under the
// same id, by which the gateway tells a second try.
func Deliver(ctx context.Context, d *db.DB, c clock.Clock, send Send) (tried int, next time.Time, err error) {
	for {
		due, err := claim(ctx, d, c.Now())
		if err != nil {
			return tried, next, fmt.Errorf("outbox: taking up messages: %w", err)
		}
		if err := sendAll(ctx, d, c, due, send); err != nil {
			return tried, next, fmt.Errorf("outbox: noting what became of messages: %w", err)
		}
		tried += len(due)
		if len(due) == batch {
			continue
		}
		next, err := nextDue(ctx, d)
		return tried, next, err
	}
}

// waiting is a message that was taken up.
type waiting struct {
	Outgoing
	createdAt time.Time
	attempts  int
}

func claim(ctx context.Context, d *db.DB, now time.Time) (due []waiting, err error) {
	locked := ""
	if d.Dialect == db.Postgres {
		locked = " for update skip locked"
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		due = nil
		return tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var w waiting
				var kind string
				if err := rows.Scan(&w.ID, &kind, &w.To, &w.Text, &w.createdAt, &w.attempts); err != nil {
					return err
				}
				w.Kind = Kind(kind)
				due = append(due, w)
				return nil
			})
		}, `
			update messages set state = 'sending', attempts = attempts + 1, next_at = $2
			where id in (
				select id from messages where state in ('queued', 'sending') and next_at <= $1
				order by next_at limit $3`+locked+`)
			returning id, kind, recipient, body, created_at, attempts`, now, now.Add(lease), batch)
	})
	return due, err
}

// sendAll sends a few messages at a time, so that one that hangs does not keep
// the others waiting, and notes each outcome as it comes.
func sendAll(ctx context.Context, d *db.DB, c clock.Clock, due []waiting, send Send) error {
	var all sync.WaitGroup
	errs := make([]error, len(due))
	free := make(chan struct{}, senders)
	for i := range due {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			errs[i] = sendOne(ctx, d, c, &due[i], send)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func sendOne(ctx context.Context, d *db.DB, c clock.Clock, w *waiting, send Send) error {
	until := w.createdAt.Add(w.Kind.lifetime())
	if !c.Now().Before(until) {
		return settle(ctx, d, w, outcome{state: Dead, cause: "too late to be of use", at: c.Now()})
	}
	r := send(ctx, w.Outgoing)
	now := c.Now()
	switch {
	case r.Err == nil:
		return settle(ctx, d, w, outcome{state: Accepted, provider: r.ProviderID, at: now})
	case ctx.Err() != nil:
		return ctx.Err() // the process stops; the lease ends and another takes it up
	case r.Permanent:
		return settle(ctx, d, w, outcome{state: Failed, cause: r.Err.Error(), at: now})
	}
	again := now.Add(max(backOff(w.attempts), r.RetryAfter))
	if !again.Before(until) {
		return settle(ctx, d, w, outcome{state: Dead, cause: r.Err.Error(), at: now})
	}
	return settle(ctx, d, w, outcome{state: Queued, cause: r.Err.Error(), at: now, again: again})
}

// backOff is how long to wait after so many tries: 5 s, 15 s, 45 s … 3 h.
func backOff(tries int) time.Duration {
	wait := firstTry
	for range tries - 1 {
		if wait *= 3; wait >= longest {
			return longest
		}
	}
	return wait
}

// outcome is what became of a try; again is when there will be another.
type outcome struct {
	state           State
	cause, provider string
	at, again       time.Time
}

// settle notes what became of a try, unless the lease ran out meanwhile and
// another process has taken the message up.
func settle(ctx context.Context, d *db.DB, w *waiting, o outcome) error {
	var accepted db.Time
	if o.state == Accepted {
		accepted = db.At(o.at)
	}
	next := o.at
	if o.state == Queued {
		next = o.again
	}
	body := w.Text
	if w.Kind.secret() && o.state != Queued {
		body = ""
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			update messages set state = $3, next_at = $4, last_error = $5, provider_id = $6, accepted_at = $7, body = $8
			where id = $1 and state = 'sending' and attempts = $2`,
			w.ID, w.attempts, string(o.state), next, db.Text(o.cause), db.Text(o.provider), accepted, body)
		return err
	})
}

func nextDue(ctx context.Context, r db.Reader) (time.Time, error) {
	var next db.Time
	err := r.QueryRow(ctx, `select min(next_at) from messages where state in ('queued', 'sending')`).Scan(&next)
	return next.Time, err
}
