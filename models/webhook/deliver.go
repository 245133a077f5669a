package webhook

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Outgoing is a message on its way to an endpoint.
type Outgoing struct {
	EndpointID string
	URL        string
	EventID    string            // the same at each try
	Header     map[string]string // id, moment and signatures
	Body       []byte
}

// Answer is what an endpoint said to a message.
type Answer struct {
	Status     int           // 0: there was none
	Problem    string        // why there was none, in a few words that name no address
	RetryAfter time.Duration // what it asks to wait, or zero
}

func (a Answer) taken() bool { return a.Status >= 200 && a.Status < 300 }

// gone is the status of an endpoint that wants nothing any more.
const gone = 410

// Post hands one message to its endpoint, in one try that ends with its context.
type Post func(ctx context.Context, m Outgoing) Answer

const (
	round    = 32               // messages to one endpoint between two notes of what became of them
	senders  = 8                // of which so many are on their way at the same time
	together = 4                // endpoints that are sent to at the same time
	longTry  = 15 * time.Second // after which a try is cut off
	lease    = 3 * time.Minute  // for which nobody else sends to the endpoint
	tryUntil = 72 * time.Hour   // after which a message is given up

	longestRest = 15 * time.Minute // of an endpoint
)

// waits of a message before its next try; the last one stands for all later ones.
var waitsFor = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
}

// Deliver sends every message that is due, and returns how many tries it made.
// It takes up no more after a moment. Any number of processes may call it: each
// endpoint is one's at a time. Where one ends amid a try the message is sent again
// later, under the same id.
//
// An endpoint that takes nothing rests between tries, longer and longer, and is
// then tried with one message; after three days of that it is disabled.
func (h *Hooks) Deliver(ctx context.Context, post Post, until time.Time) (tried int, err error) {
	if _, err := Arrange(ctx, h.db, h.clock.Now()); err != nil {
		return 0, err
	}
	due, err := h.due(ctx)
	if err != nil {
		return 0, fmt.Errorf("webhook: looking for messages: %w", err)
	}
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	free := make(chan struct{}, together)
	for _, endpointID := range due {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			n, err := h.deliverTo(ctx, endpointID, post, until)
			mu.Lock()
			defer mu.Unlock()
			tried += n
			if err != nil {
				errs = append(errs, fmt.Errorf("webhook: sending to %s: %w", endpointID, err))
			}
		})
	}
	all.Wait()
	return tried, errors.Join(errs...)
}

// due returns the endpoints that there is something for, and nobody sends to.
func (h *Hooks) due(ctx context.Context) (ids []string, err error) {
	err = h.db.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `select w.id from webhook_endpoints w where `+isDue, h.clock.Now())
	return ids, err
}

// isDue holds where something is to be sent to the endpoint w at the moment $1.
const isDue = `w.disabled_at is null and (w.taken_until is null or w.taken_until <= $1) and (w.rests_until is null or w.rests_until <= $1)
	and exists (select 1 from webhook_deliveries d where d.endpoint_id = w.id and d.state = 'waiting' and d.next_at <= $1)`

// deliverTo sends to one endpoint, a round of messages after another.
func (h *Hooks) deliverTo(ctx context.Context, endpointID string, post Post, until time.Time) (tried int, err error) {
	for ctx.Err() == nil && h.clock.Now().Before(until) {
		s, err := h.take(ctx, endpointID)
		if err != nil || s == nil {
			return tried, err
		}
		answers := s.send(ctx, post)
		tried += len(answers)
		// A process that is told to stop still notes what it has heard.
		if err := s.settle(context.WithoutCancel(ctx), answers); err != nil {
			return tried, err
		}
	}
	return tried, ctx.Err()
}

// sending is a round of messages to one endpoint.
type sending struct {
	h       *Hooks
	e       Endpoint
	keys    [][]byte
	takenAt time.Time
	all     []message
}

// message is one of them.
type message struct {
	Told
	attempts int
	queuedAt time.Time
}

// take takes the endpoint and the messages that are due, in the order of their
// events. It returns nil where there is nothing to do.
func (h *Hooks) take(ctx context.Context, endpointID string) (s *sending, err error) {
	now := h.clock.Now()
	var locked error
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		s, locked = &sending{h: h, takenAt: now}, nil
		var failing db.Time
		err := tx.QueryRow(ctx, `update webhook_endpoints as w set taken_until = $2 where w.id = $3 and `+isDue+` returning id, url, failing_since`,
			now, now.Add(lease), endpointID).Scan(&s.e.ID, &s.e.URL, &failing)
		if db.NotFound(err) {
			s = nil
			return nil
		}
		if err != nil {
			return err
		}
		s.e.FailingSince = failing.Time
		if s.keys, err = h.keys(ctx, tx, now, endpointID); errors.Is(err, errLocked) {
			// Until it has a new secret, or the program its old one, there is no use in
			// trying at each turn.
			s, locked = nil, err
			if err := raiseLocked(ctx, tx, now, endpointID); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `update webhook_endpoints set taken_until = null, rests_until = $2 where id = $1`, endpointID, now.Add(longestRest))
			return err
		} else if err != nil {
			return err
		}
		return tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var m message
				err := m.scan(rows, &m.attempts, &m.queuedAt)
				s.all = append(s.all, m)
				return err
			})
		}, `select `+toldColumns+`, d.attempts, d.queued_at
			from webhook_deliveries d join api_events e on e.place = d.place`+toldJoins+`
			where d.endpoint_id = $1 and d.state = 'waiting' and d.next_at <= $2 order by d.place limit $3`, endpointID, now, round)
	})
	if s != nil && !s.e.FailingSince.IsZero() {
		s.all = probe(s.all)
	}
	if err == nil {
		err = locked
	}
	return s, err
}

// probe chooses the message by which an endpoint is tried that takes nothing: the
// one that was tried least, among the first about each subject, since it may be
// the message that is at fault.
func probe(all []message) []message {
	seen := map[string]bool{}
	var best *message
	for i := range all {
		if m := &all[i]; !seen[m.subject] && (best == nil || m.attempts < best.attempts) {
			best = m
		}
		seen[all[i].subject] = true
	}
	if best == nil {
		return nil
	}
	return []message{*best}
}

// outcome is what became of one try.
type outcome struct {
	*message
	Answer
	at time.Time
}

// send makes a try for each message, a few at a time. Those about one subject go
// one after another, and where one fails the rest of them wait for another round.
func (s *sending) send(ctx context.Context, post Post) (all []outcome) {
	var order []string
	chains := map[string][]*message{}
	for i := range s.all {
		m := &s.all[i]
		if chains[m.subject] == nil {
			order = append(order, m.subject)
		}
		chains[m.subject] = append(chains[m.subject], m)
	}
	// The rest might still be under way when the lease ends.
	ctx, cancel := context.WithTimeout(ctx, lease-2*longTry)
	defer cancel()
	var mu sync.Mutex
	var work sync.WaitGroup
	free := make(chan struct{}, senders)
	for _, subject := range order {
		free <- struct{}{}
		work.Go(func() {
			defer func() { <-free }()
			for _, m := range chains[subject] {
				if ctx.Err() != nil {
					return
				}
				o := s.try(ctx, post, m)
				mu.Lock()
				all = append(all, o)
				mu.Unlock()
				if !o.taken() {
					return
				}
			}
		})
	}
	work.Wait()
	return all
}

// try makes one try. A process that is told to stop still finishes it.
func (s *sending) try(ctx context.Context, post Post, m *message) outcome {
	body, err := m.body()
	if err != nil {
		return outcome{message: m, Answer: Answer{Problem: "unwritable"}, at: s.h.clock.Now()}
	}
	now := s.h.clock.Now()
	trying, cancel := context.WithTimeout(context.WithoutCancel(ctx), longTry)
	defer cancel()
	answer := post(trying, Outgoing{EndpointID: s.e.ID, URL: s.e.URL, EventID: m.ID, Body: body, Header: map[string]string{
		IDHeader: m.ID, TimestampHeader: fmt.Sprint(now.Unix()), SignatureHeader: sign(s.keys, m.ID, now, body),
	}})
	return outcome{message: m, Answer: answer, at: s.h.clock.Now()}
}

// settle notes what became of a round, unless another process has taken the
// endpoint meanwhile.
func (s *sending) settle(ctx context.Context, all []outcome) error {
	now := s.h.clock.Now()
	return s.h.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `update webhook_endpoints set taken_until = null where id = $1 and taken_until = $2`, s.e.ID, s.takenAt.Add(lease))
		if err != nil || n == 0 {
			return err
		}
		taken, wantsNone := 0, false
		for i := range all {
			o := &all[i]
			if err := o.settle(ctx, tx, s.e.ID); err != nil {
				return err
			}
			if o.taken() {
				taken++
			}
			wantsNone = wantsNone || o.Status == gone
		}
		switch {
		case len(all) == 0:
			return nil
		case wantsNone:
			return disable(ctx, tx, now, itself, s.e.ID, Gone)
		case taken > 0:
			_, err = tx.Exec(ctx, `update webhook_endpoints set failing_since = null, rests_until = null where id = $1`, s.e.ID)
			return err
		}
		return s.rest(ctx, tx, now)
	})
}

// rest lets an endpoint that took nothing be, the longer the longer that is so.
func (s *sending) rest(ctx context.Context, tx *db.Tx, now time.Time) error {
	since := s.e.FailingSince
	if since.IsZero() {
		since = now
	}
	if now.Sub(since) >= tryUntil {
		return disable(ctx, tx, now, itself, s.e.ID, Failing)
	}
	wait := min(max(now.Sub(since)/4, waitsFor[0]), longestRest)
	_, err := tx.Exec(ctx, `update webhook_endpoints set failing_since = $2, rests_until = $3 where id = $1`, s.e.ID, since, now.Add(wait))
	return err
}

// settle notes what became of one try.
func (o *outcome) settle(ctx context.Context, tx *db.Tx, endpointID string) error {
	state, next := Delivered, o.at
	problem := o.Problem
	if !o.taken() {
		state = Waiting
		if problem == "" {
			problem = "status"
		}
		next = o.at.Add(max(backOff(o.ID, o.attempts+1), o.RetryAfter))
		last := o.queuedAt.Add(tryUntil)
		switch {
		case !o.at.Before(last):
			state = Dead
		case next.After(last):
			next = last
		}
	}
	_, err := tx.Exec(ctx, `
		update webhook_deliveries set state = $3, attempts = attempts + 1, next_at = $4, tried_at = $5, status = $6, problem = $7
		where endpoint_id = $1 and place = $2 and state = 'waiting' and queued_at = $8`,
		endpointID, o.place, string(state), next, o.at, o.Status, strings.ToValidUTF8(problem, ""), o.queuedAt)
	return err
}

// backOff is how long to wait after so many tries, a tenth longer or shorter by
// the message, so that those which failed together don't come back together.
func backOff(eventID string, tries int) time.Duration {
	wait := waitsFor[min(tries, len(waitsFor))-1]
	h := fnv.New32a()
	fmt.Fprint(h, eventID, tries)
	return wait*9/10 + time.Duration(int64(wait)/5*int64(h.Sum32()%1000)/1000)
}
