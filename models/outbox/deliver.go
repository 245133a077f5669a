package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

// Outgoing is a message on its way to a provider.
type Outgoing struct {
	ID          string // the same at each try
	Kind        Kind
	Channel     string
	To          string // number (E.164), address or openid
	Locale      string // BCP 47 tag
	Subject     string // of a mail
	Text        string
	HTML        string            // of a mail
	Template    string            // whose words: name and version
	Fields      map[string]string // what fills the places of a provider's template
	Unsubscribe string            // where one click ends such mail; empty: nowhere
	Code        string            // by which anyone may check it, and its reader finds it in the portal; or empty
}

// Receipt is what a provider said of a message. It took it where Err is nil.
type Receipt struct {
	Provider   string        // who it was, such as aliyun
	ProviderID string        // their own name for it, or empty
	Err        error         // holds neither address nor text: it is kept
	Reason     string        // what kind of thing stands in the way
	Permanent  bool          // another try would fail likewise
	Unsure     bool          // it may have been taken in spite of the error
	RetryAfter time.Duration // what the provider asks to wait, or zero
}

// reasonSettings says that our own account or key at the provider is at fault:
// each message would fail until staff mend it, and none of them for good.
const reasonSettings = "settings"

// reasonLimited says that there were too many messages, to one person mostly,
// so that others may still get theirs.
const reasonLimited = "limited"

// Send hands one message to a provider, in one try. Its context ends before
// anybody else may take the message up.
type Send func(ctx context.Context, m Outgoing) Receipt

// DeliverOptions say how a channel is delivered on.
type DeliverOptions struct {
	Send Send
	// Idempotent says that the provider tells a second try by the message's id:
	// several messages are then on their way at a time. Otherwise it is one, so
	// that a process that is killed leaves at most one that may go out twice.
	Idempotent bool
	// Window is for how long an idempotent provider tells a second try; zero: for
	// ever.
	Window    time.Duration
	PerSecond float64 // how many the provider takes in a second, from all processes together; zero: any number
	// Turn is held while a message is on its way to a provider that can't tell a
	// second try, so that a process with several such channels still has one on
	// its way in all; may be nil. An urgent message does not wait for its turn: it
	// is never tried again where a try broke off.
	Turn   sync.Locker
	Urgent bool      // only urgent messages
	Until  time.Time // no message is taken up later; zero: as long as there are any
}

const (
	batch    = 64 // messages taken up at once, of those that may be on their way together
	senders  = 8  // of which so many are on their way at the same time
	lease    = 5 * time.Minute
	longTry  = 4 * time.Minute // after which a try is cut off, so that it ends within the lease
	firstTry = 5 * time.Second // before the second try; each later wait is three times as long
	longest  = 3 * time.Hour
	// unsureWait is how long a report may take to tell what became of a try, where
	// trying again could make a second message of it.
	unsureWait = 10 * time.Minute
)

// Deliver hands every message that is due on a channel to its provider, and
// returns how many it tried and when there is more to do, the zero time where
// none waits. Any number of processes may call it: each message goes to one of
// them. Where one ends amid a try, the message is taken up again five minutes
// later under the same id; where the provider can't tell a second try by that,
// the message is marked as one that may have gone out twice.
func Deliver(ctx context.Context, d *db.DB, c clock.Clock, channel string, o DeliverOptions) (tried int, next time.Time, err error) {
	for ctx.Err() == nil && (o.Until.IsZero() || c.Now().Before(o.Until)) {
		n, free, err := deliverSome(ctx, d, c, channel, &o)
		tried += n
		if err != nil {
			return tried, time.Time{}, fmt.Errorf("outbox: delivering on %s: %w", channel, err)
		}
		if n == 0 {
			next, err := nextDue(ctx, d, channel)
			if !next.IsZero() && next.Before(free) {
				next = free
			}
			return tried, next, err
		}
	}
	return tried, c.Now(), ctx.Err()
}

// deliverSome takes up some messages and tries them. Free is when the channel
// may be used again.
func deliverSome(ctx context.Context, d *db.DB, c clock.Clock, channel string, o *DeliverOptions) (n int, free time.Time, err error) {
	want := batch
	if !o.Idempotent {
		want = 1
		if o.Turn != nil && !o.Urgent {
			o.Turn.Lock()
			defer o.Turn.Unlock()
		}
	}
	due, free, err := claim(ctx, d, c.Now(), channel, o, want)
	if err != nil {
		return 0, free, fmt.Errorf("taking up messages: %w", err)
	}
	if err := sendAll(ctx, d, c, due, o); err != nil {
		return len(due), free, fmt.Errorf("noting what became of messages: %w", err)
	}
	return len(due), free, nil
}

// waiting is a message that was taken up.
type waiting struct {
	Outgoing
	letter   bool // it is a copy of one
	notAfter time.Time
	attempts int
	takenAt  time.Time
	brokeOff bool // an earlier try, of which there was no word
}

// claim takes up to so many messages. From then on, and before any of them is
// tried, the database says that it may have been sent.
func claim(ctx context.Context, d *db.DB, now time.Time, channel string, o *DeliverOptions, want int) (due []waiting, free time.Time, err error) {
	locked, only := "", ""
	if d.Dialect == db.Postgres {
		locked = " for update skip locked"
	}
	if o.Urgent {
		only = " and urgent"
	}
	told := now // a broken-off try since then can be told from a second message
	switch {
	case o.Idempotent && o.Window > 0:
		told = now.Add(-o.Window)
	case o.Idempotent:
		told = time.Time{}
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		due = nil
		most, wait, err := mayTake(ctx, tx, channel, now, o.PerSecond, want)
		if free = wait; err != nil || most == 0 {
			return err
		}
		err = tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				w := waiting{takenAt: now}
				err := w.scan(rows)
				due = append(due, w)
				return err
			})
		}, `
			update messages set state = 'sending', attempts = attempts + 1, next_at = $3,
				maybe_twice = maybe_twice or (trying_at is not null and trying_at < $4 and not urgent),
				trying_at = coalesce(trying_at, $2)
			where id in (
				select id from messages where channel = $1 and state in ('queued', 'sending') and next_at <= $2`+only+`
				order by urgent desc, next_at limit $5`+locked+`)
			returning id, kind, channel, recipient, locale, subject, body, html, template, fields, unsubscribe, code, letter_id is not null, not_after,
				attempts, trying_at`, channel, now, now.Add(lease), told, most)
		if err != nil {
			return err
		}
		return noteTaken(ctx, tx, channel, now, o.PerSecond, len(due))
	})
	return due, free, err
}

func (w *waiting) scan(rows db.Rows) error {
	var kind string
	var fields db.JSON
	var code db.Text
	var trying time.Time
	err := rows.Scan(&w.ID, &kind, &w.Channel, &w.To, &w.Locale, &w.Subject, &w.Text, &w.HTML, &w.Template, &fields, &w.Unsubscribe, &code, &w.letter,
		&w.notAfter, &w.attempts, &trying)
	if err != nil {
		return err
	}
	w.Kind, w.Code, w.brokeOff = Kind(kind), string(code), trying.Before(w.takenAt)
	if len(fields) > 0 {
		return json.Unmarshal(fields, &w.Fields)
	}
	return nil
}

// sendAll sends a few messages at a time, so that one that hangs does not keep
// the others waiting, and notes each outcome as it comes.
func sendAll(ctx context.Context, d *db.DB, c clock.Clock, due []waiting, o *DeliverOptions) error {
	var all sync.WaitGroup
	errs := make([]error, len(due))
	free := make(chan struct{}, senders)
	for i := range due {
		free <- struct{}{}
		if c.Now().Sub(due[i].takenAt) > lease-longTry {
			break // the rest might still be under way when its lease ends
		}
		all.Go(func() {
			defer func() { <-free }()
			errs[i] = sendOne(ctx, d, c, &due[i], o)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// sendOne makes one try. A process that is told to stop still finishes it.
func sendOne(ctx context.Context, d *db.DB, c clock.Clock, w *waiting, o *DeliverOptions) error {
	last := context.WithoutCancel(ctx)
	again := !o.Idempotent && w.Kind.secret() && w.brokeOff
	if again || !c.Now().Before(w.notAfter) {
		reason, cause := "too_late", "too late to be of use"
		if again {
			reason, cause = "broke_off", "a try broke off, and whoever waits for the code asks for another"
		}
		return settle(last, d, w, outcome{state: Dead, reason: reason, cause: cause, at: c.Now(), unsure: w.brokeOff})
	}
	trying, cancel := context.WithTimeout(last, longTry)
	r := o.Send(trying, w.Outgoing)
	cancel()
	now := c.Now()
	if r.Err == nil {
		return settle(last, d, w, outcome{state: Accepted, provider: r.Provider, providerID: r.ProviderID, at: now})
	}
	if ctx.Err() != nil && errors.Is(r.Err, context.Canceled) {
		return ctx.Err() // cut off by the end of the process; once the lease ends another takes it up
	}
	failed := outcome{reason: r.Reason, cause: r.Err.Error(), provider: r.Provider, at: now, unsure: r.Unsure && !o.Idempotent}
	wait := max(backOff(w.ID, w.attempts), r.RetryAfter)
	if failed.unsure {
		wait = max(wait, unsureWait)
	}
	failed.again = now.Add(wait)
	switch {
	case r.Permanent && r.Reason != reasonSettings:
		failed.state = Failed
	case failed.again.Before(w.notAfter):
		failed.state = Queued
	default:
		failed.state = Dead
	}
	if err := settle(last, d, w, failed); err != nil {
		return err
	}
	if r.RetryAfter > 0 && r.Reason != reasonLimited {
		return hold(last, d, w.Channel, now.Add(r.RetryAfter))
	}
	return nil
}

// backOff is how long to wait after so many tries: 5 s, 15 s, 45 s … 3 h, each a
// sixth longer or shorter by the message, so that those which failed together
// don't come back together.
func backOff(messageID string, tries int) time.Duration {
	wait := firstTry
	for range tries - 1 {
		if wait *= 3; wait >= longest {
			wait = longest
			break
		}
	}
	h := fnv.New32a()
	fmt.Fprint(h, messageID, tries)
	return wait*5/6 + time.Duration(int64(wait)/3*int64(h.Sum32()%1000)/1000)
}

// outcome is what became of a try; again is when there will be another.
type outcome struct {
	state                               State
	reason, cause, provider, providerID string
	at, again                           time.Time
	unsure                              bool // the provider may have taken it
}

// settle notes what became of a try, unless the lease ran out meanwhile and
// another process has taken the message up. Where a report was quicker, the
// report stays, and the provider's word that it took the message is added.
func settle(ctx context.Context, d *db.DB, w *waiting, o outcome) error {
	if o.state == Accepted {
		return d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `
				update messages set state = case state when 'sending' then 'accepted' else state end,
					provider = $3, provider_id = coalesce(provider_id, $4), accepted_at = coalesce(accepted_at, $5), trying_at = null,
					reason = case state when 'sending' then null else reason end, last_error = case state when 'sending' then null else last_error end`+w.wiped()+`
				where id = $1 and attempts = $2 and (state = 'sending' or state in ('delivered', 'read', 'acknowledged', 'failed') and provider is null)`,
				w.ID, w.attempts, db.Text(o.provider), db.Text(o.providerID), o.at)
			return err
		})
	}
	next, trying, failed, wiped := o.at, db.Time{}, db.Time{}, ""
	if o.unsure {
		trying = db.At(w.takenAt)
	}
	if o.state == Queued {
		next = o.again
	} else {
		failed, wiped = db.At(o.at), w.wiped()
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			update messages set state = $3, next_at = $4, reason = $5, last_error = $6, trying_at = $7, failed_at = $8, news = $9`+wiped+`
			where id = $1 and attempts = $2 and state = 'sending'`,
			w.ID, w.attempts, string(o.state), next, db.Text(o.reason), db.Text(o.cause), trying, failed, w.letter && o.state != Queued)
		return err
	})
}

// wipe empties what may hold a secret.
const wipe = `, subject = '', body = '', html = '', fields = null`

func (w *waiting) wiped() string {
	if w.Kind.secret() {
		return wipe
	}
	return ""
}

func nextDue(ctx context.Context, r db.Reader, channel string) (time.Time, error) {
	var next db.Time
	err := r.QueryRow(ctx, `select min(next_at) from messages where channel = $1 and state in ('queued', 'sending')`, channel).Scan(&next)
	return next.Time, err
}
