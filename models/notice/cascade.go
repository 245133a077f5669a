package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/outbox"
)

// times is what a channel has to bring a letter to somebody before the next one
// is tried: a WeChat message is there within seconds or not at all, a text
// message may wait for a phone that is out of reach for a while, and a mail only
// has to be taken, since nobody tells whether it arrived.
var times = map[Channel]time.Duration{WeChat: 10 * time.Minute, SMS: 30 * time.Minute, Email: 30 * time.Minute}

// cascadeBatch is how many letters are looked at together, and pause when one
// is looked at again that can't go on now.
const (
	cascadeBatch = 100
	pause        = 10 * time.Minute
)

// Cascade takes letters on their way: one that reached somebody is told, one
// whose channel failed or took too long goes by the next channel, and one that
// has no channel left is unreached, for staff to call. It returns how many it
// moved. It may run beside others of its kind. A letter that can't be written
// keeps none of the others waiting.
func Cascade(ctx context.Context, d *db.DB, c clock.Clock, post Post) (moved int, err error) {
	k := &cascade{d: d, post: post, now: c.Now()}
	if k.policy, err = PolicyAhead(ctx, d, k.now); err != nil {
		return 0, fmt.Errorf("notice: following letters: %w", err)
	}
	var errs []error
	for ctx.Err() == nil {
		ids, err := k.due(ctx)
		if err != nil {
			return moved, errors.Join(append(errs, fmt.Errorf("notice: following letters: %w", err))...)
		}
		n, err := k.some(ctx, ids)
		moved += n
		if err != nil {
			errs = append(errs, fmt.Errorf("notice: following letters: %w", err))
		}
		if len(ids) == 0 || errors.Is(err, errStuck) {
			break
		}
	}
	return moved, errors.Join(append(errs, ctx.Err())...)
}

// errStuck says that letters could not even be put off.
var errStuck = errors.New("notice: letters stay where they are")

// cascade is one run of Cascade.
type cascade struct {
	d      *db.DB
	post   Post
	policy fee.Policy
	now    time.Time
}

// due returns letters of which there is news, or which are to be looked at.
func (k *cascade) due(ctx context.Context) ([]string, error) {
	ids, err := outbox.LettersWithNews(ctx, k.d, cascadeBatch)
	if err != nil || len(ids) == cascadeBatch {
		return ids, err
	}
	err = k.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
			return nil
		})
	}, `select id from letters where state = 'open' and next_at is not null and next_at <= $1 order by next_at, id limit $2`, k.now, cascadeBatch-len(ids))
	return ids, err
}

// sentLetter is a letter on its way.
type sentLetter struct {
	id         string
	merchantID int64
	kind       Kind
	dueOn      date.Date
	state      LetterState
	channels   Channels
	step       int // how many of the channels were tried
	nextAt     db.Time
	copies     []outbox.Copy
}

// LetterState is what became of a letter.
type LetterState string

// The states of a letter.
const (
	Open      LetterState = "open"      // on its way
	Told      LetterState = "told"      // it reached somebody
	Unreached LetterState = "unreached" // no channel is left, and staff are to call
)

// step is what a letter does next.
type step struct {
	*sentLetter
	to     LetterState
	step   int
	nextAt time.Time // zero: it is not looked at again by itself
	onward bool      // by the next channel
	copies []outbox.New
}

// decide says what a letter does next, but for whom the next channel reaches.
func (l *sentLetter) decide(now time.Time, reports func(Channel) bool) step {
	s := step{sentLetter: l, to: l.state, step: l.step}
	var waits, hidden bool
	var began time.Time
	var current Channel
	if l.step > 0 && l.step <= len(l.channels) {
		current = l.channels[l.step-1]
	}
	for _, c := range l.copies {
		under := Channel(c.Channel)
		switch c.State {
		case outbox.Delivered, outbox.Read, outbox.Acknowledged:
			s.to = Told
			return s
		case outbox.Queued, outbox.Sending:
			waits = true
		case outbox.Accepted:
			hidden = hidden || under != Inbox && !reports(under)
		case outbox.Failed, outbox.Dead:
			continue
		}
		if under == current && c.CreatedAt.After(began) {
			began = c.CreatedAt
		}
	}
	switch until := began.Add(times[current]); {
	case l.state != Open, len(l.channels) == 0 && l.nextAt.IsZero():
	case hidden: // it may well have arrived, and nobody will say so
	case !began.IsZero() && now.Before(until):
		s.nextAt = until
	case l.step < len(l.channels):
		s.onward = true
	case waits: // until it is given up
		s.nextAt = now.Add(pause)
	default:
		s.to = Unreached
	}
	return s
}

// results are what others are told of a letter that comes to its end: what has to
// be told before a charge is told of where it is counted.
func (s *step) results(now time.Time) []result {
	switch {
	case s.to == Unreached:
		return []result{{letterID: s.id}}
	case s.to == Told && !s.kind.counts():
		return []result{{s.id, s.arrivedBy(), now}}
	}
	return nil
}

// arrivedBy is the first channel by which a letter is known to have arrived.
func (l *sentLetter) arrivedBy() Channel {
	for _, c := range l.copies {
		switch c.State {
		case outbox.Delivered, outbox.Read, outbox.Acknowledged:
			return Channel(c.Channel)
		}
	}
	return ""
}

// some moves a few letters.
func (k *cascade) some(ctx context.Context, ids []string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	letters, err := k.read(ctx, ids)
	if err != nil {
		return 0, errors.Join(errStuck, err)
	}
	steps := make([]step, len(letters))
	for i, l := range letters {
		steps[i] = l.decide(k.now, k.post.Reports)
	}
	failed := k.write(ctx, steps)
	n, err := k.take(ctx, letters, steps)
	if err != nil {
		err = errors.Join(errStuck, err)
	}
	return n, errors.Join(failed, err)
}

func (k *cascade) read(ctx context.Context, ids []string) (all []*sentLetter, err error) {
	args := make([]any, len(ids))
	for i := range ids {
		args[i] = ids[i]
	}
	err = k.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			l := &sentLetter{}
			var kind, state, channels string
			err := rows.Scan(&l.id, &l.merchantID, &kind, &l.dueOn, &state, &channels, &l.step, &l.nextAt)
			l.kind, l.state, l.channels = Kind(kind), LetterState(state), ParseChannels(channels)
			all = append(all, l)
			return err
		})
	}, `select id, merchant_id, kind, due_on, state, channels, step, next_at from letters where id in (`+db.Placeholders(1, len(ids))+`) order by id`, args...)
	if err != nil {
		return nil, err
	}
	// The copies last: what is decided on a letter that another moved meanwhile is
	// not taken, whereas a letter read after its copies were would seem to have
	// gone by its last channel to nobody.
	copies, err := outbox.Copies(ctx, k.d, ids)
	for _, l := range all {
		l.copies = copies[l.id]
	}
	return all, err
}

// write renders the letters that go by another channel, for those whom it
// reaches, outside of any transaction. One that can't be written is looked at
// again later.
func (k *cascade) write(ctx context.Context, steps []step) error {
	var onward []*step
	var ids []string
	var merchants []int64
	for i := range steps {
		if s := &steps[i]; s.onward {
			s.nextAt = k.now.Add(pause)
			onward, ids, merchants = append(onward, s), append(ids, s.id), append(merchants, s.merchantID)
		}
	}
	if len(onward) == 0 {
		return nil
	}
	slices.Sort(merchants)
	merchants = slices.Compact(merchants)
	recipients, err1 := Recipients(ctx, k.d, merchants...)
	preferences, err2 := readPreferences(ctx, k.d, merchants)
	letters, err3 := readLetters(ctx, k.d, ids)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	var errs []error
	for _, s := range onward {
		l := letters[s.id]
		if l == nil {
			errs = append(errs, fmt.Errorf("letter %s has no lines", s.id))
			continue
		}
		if err := k.goOn(s, l, preferences[s.merchantID], recipients[s.merchantID]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// goOn writes a letter for the next channel that reaches somebody.
func (k *cascade) goOn(s *step, l *Letter, p *Preferences, to []Recipient) error {
	var last time.Time
	if s.kind.Event() == EventUpcoming {
		last = p.lastMoment(s.dueOn, k.policy)
	}
	if at := p.moment(s.kind, k.now, false, last); at.After(k.now) {
		s.nextAt = at
		return nil
	}
	usable := k.post.usable(s.kind, s.channels[s.step:], to)
	if len(usable) == 0 {
		s.step, s.nextAt = len(s.channels), k.now // nothing more is tried: what still waits decides
		return nil
	}
	next := usable[0]
	copies, err := k.post.copies(l, next, to, k.now)
	if err != nil {
		return err
	}
	s.step += slices.Index(s.channels[s.step:], next) + 1
	s.copies, s.nextAt = copies, k.now.Add(times[next])
	return nil
}

// take moves letters that have not moved since they were read.
func (k *cascade) take(ctx context.Context, letters []*sentLetter, steps []step) (moved int, err error) {
	instant := "timestamptz"
	if k.d.Dialect == db.SQLite {
		instant = "timestamp"
	}
	err = k.d.Write(ctx, func(tx *db.Tx) error {
		moved = 0
		if err := tx.Stage(ctx, "steps", "id text, state text, was text, step bigint, step_was bigint, next_at "+instant); err != nil {
			return err
		}
		rest := steps
		_, err := tx.Bulk(ctx, "steps", []string{"id", "state", "was", "step", "step_was", "next_at"}, func() ([]any, bool, error) {
			if len(rest) == 0 {
				return nil, false, nil
			}
			s := &rest[0]
			rest = rest[1:]
			return []any{s.id, string(s.to), string(s.state), int64(s.step), int64(s.sentLetter.step), db.At(s.nextAt)}, true, nil
		})
		if err != nil {
			return err
		}
		taken := map[string]bool{}
		err = tx.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id string
				err := rows.Scan(&id)
				taken[id] = true
				return err
			})
		}, `
			update letters set state = s.state, step = s.step, next_at = s.next_at
			from steps s
			where letters.id = s.id and letters.state = s.was and letters.step = s.step_was
			returning letters.id`)
		if err != nil {
			return err
		}
		var copies []outbox.New
		var heard []outbox.Copy
		var results []result
		for i := range steps {
			s := &steps[i]
			if taken[s.id] {
				copies, heard = append(copies, s.copies...), append(heard, letters[i].copies...)
				if s.to != s.state || len(s.copies) > 0 {
					moved++
				}
				if s.to != s.state {
					results = append(results, s.results(k.now)...)
				}
			}
		}
		if _, err := outbox.QueueAll(ctx, tx, k.post.Jobs, copies); err != nil {
			return err
		}
		if err := tellResults(ctx, tx, k.now, results); err != nil {
			return err
		}
		return outbox.Heard(ctx, tx, heard)
	})
	return moved, err
}
