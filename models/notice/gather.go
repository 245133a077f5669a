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
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
)

// gatherBatch is how many letters are written in one transaction: enough to
// spread its cost, few enough that no other waits long.
const gatherBatch = 50

// gatherMost is how many letters one run looks for at most, which bounds its
// memory; the next run finds the rest.
const gatherMost = 20_000

// Gather writes a letter for each merchant, kind and day of which notices wait
// whose time has come, puts it into the inbox, and hands it to the first channel
// that reaches somebody. In the quiet hours what can wait is put off to their
// end. It returns how many letters it wrote. It may run beside others of its
// kind: a notice goes into one letter. A letter that can't be written keeps none
// of the others waiting.
func Gather(ctx context.Context, d *db.DB, c clock.Clock, o Post) (letters int, err error) {
	g := &gathering{d: d, post: o, now: c.Now()}
	if g.policy, err = PolicyAhead(ctx, d, g.now); err != nil {
		return 0, fmt.Errorf("notice: gathering: %w", err)
	}
	groups, err := g.due(ctx)
	if err != nil {
		return 0, fmt.Errorf("notice: gathering: %w", err)
	}
	var errs []error
	for len(groups) > 0 {
		n := min(gatherBatch, len(groups))
		written, err := g.some(ctx, groups[:n])
		if errors.Is(err, errMoved) || err != nil && n > 1 && ctx.Err() == nil {
			// One of them stands in the way of the others: each by itself.
			written, err = g.each(ctx, groups[:n])
		}
		letters += written
		if err != nil {
			errs = append(errs, fmt.Errorf("notice: gathering: %w", err))
		}
		if ctx.Err() != nil {
			break
		}
		groups = groups[n:]
	}
	return letters, errors.Join(errs...)
}

// gathering is one run of Gather.
type gathering struct {
	d      *db.DB
	post   Post
	policy fee.Policy
	now    time.Time
}

// group is what goes into one letter.
type group struct {
	merchantID int64
	kind       Kind
	dueOn      date.Date
}

// due returns what waits and is due.
func (g *gathering) due(ctx context.Context) (all []group, err error) {
	err = g.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one group
			var kind string
			err := rows.Scan(&one.merchantID, &kind, &one.dueOn)
			one.kind = Kind(kind)
			all = append(all, one)
			return err
		})
	}, `
		select merchant_id, kind, due_on from notices where letter_id is null and not_before <= $1
		group by merchant_id, kind, due_on order by merchant_id, kind, due_on limit $2`, g.now, gatherMost)
	return all, err
}

// errMoved says that what a letter was to tell changed while it was written.
var errMoved = errors.New("notice: the notices changed meanwhile")

// each writes letters one by one, and goes on after one that can't be written.
// One that changed meanwhile is left for the next run.
func (g *gathering) each(ctx context.Context, groups []group) (letters int, err error) {
	var errs []error
	for i := range groups {
		n, err := g.some(ctx, groups[i:i+1])
		letters += n
		if err != nil && !errors.Is(err, errMoved) {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return letters, errors.Join(errs...)
}

// some writes a few letters. They are rendered before the transaction, in which
// the notices are taken only as they were read.
func (g *gathering) some(ctx context.Context, groups []group) (int, error) {
	wanted := make(map[group]bool, len(groups))
	merchants := make([]int64, 0, len(groups))
	for _, one := range groups {
		wanted[one] = true
		merchants = append(merchants, one.merchantID)
	}
	merchants = compact(merchants)
	drafts, err := readDrafts(ctx, g.d, `n.merchant_id in `+idList(merchants)+` and n.letter_id is null and n.not_before <= $1`, g.now)
	if err != nil {
		return 0, err
	}
	preferences, err := readPreferences(ctx, g.d, merchants)
	if err != nil {
		return 0, err
	}
	recipients, err := Recipients(ctx, g.d, merchants...)
	if err != nil {
		return 0, err
	}
	told, err := g.toldBySMS(ctx, drafts)
	if err != nil {
		return 0, err
	}
	var now []*leaving
	var later []*leaving
	var moot []mootLine
	for _, d := range drafts {
		if !wanted[group{d.MerchantID, d.Kind, d.DueOn}] {
			continue
		}
		if moot = append(moot, d.withoutMoot()...); len(d.Lines) == 0 {
			continue
		}
		l, err := g.leave(d, preferences[d.MerchantID], without(recipients[d.MerchantID], told[d]), len(told[d]) > 0)
		if err != nil {
			return 0, err
		}
		if l.at.After(g.now) {
			later = append(later, l)
		} else {
			now = append(now, l)
		}
	}
	err = g.d.Write(ctx, func(tx *db.Tx) error {
		for i := range moot {
			if err := moot[i].drop(ctx, tx); err != nil {
				return err
			}
		}
		for _, l := range later {
			if err := g.putOff(ctx, tx, l); err != nil {
				return err
			}
		}
		return g.write(ctx, tx, now)
	})
	if err != nil {
		return 0, err
	}
	return len(now), nil
}

// leaving is a letter on its way out.
type leaving struct {
	*draft
	at       time.Time // when it may go
	channels Channels  // by which it is tried, beside the inbox
	missing  bool      // a channel was chosen and works, but reaches nobody
	copies   []outbox.New
}

// leave says when a letter goes and by which channels, and renders it if that is
// now. Who was told of the same by other messages is not missing.
func (g *gathering) leave(d *draft, p *Preferences, to []Recipient, toldElse bool) (*leaving, error) {
	d.InboxOnly = p.InboxOnly()
	l := &leaving{draft: d}
	l.channels = g.post.usable(d.Kind, p.ChannelsOf(d.Kind), to)
	l.missing = len(l.channels) == 0 && !toldElse && slices.ContainsFunc(p.ChannelsOf(d.Kind), g.post.On)
	var last time.Time
	if d.Kind.Event() == EventUpcoming && slices.Contains(d.isTold, false) {
		last = p.lastMoment(d.DueOn, g.policy)
	}
	l.at = p.moment(d.Kind, g.now, len(l.channels) == 0, last)
	if l.at.After(g.now) {
		return l, nil
	}
	d.ID, d.CreatedAt = id.New("l", g.now), g.now
	var err error
	l.copies, err = g.post.copies(&d.Letter, Inbox, []Recipient{{Channel: Inbox, Locale: p.Locale}}, g.now)
	if err != nil || len(l.channels) == 0 {
		return l, err
	}
	first, err := g.post.copies(&d.Letter, l.channels[0], to, g.now)
	l.copies = append(l.copies, first...)
	return l, err
}

// toldBySMS returns, for letters about sign-ins, the numbers that got a text
// message about the same already.
func (g *gathering) toldBySMS(ctx context.Context, drafts []*draft) (map[*draft][]string, error) {
	told := map[*draft][]string{}
	for _, d := range drafts {
		if d.Kind != Security {
			continue
		}
		for i := range d.Lines {
			err := g.d.Query(ctx, func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var number string
					err := rows.Scan(&number)
					told[d] = append(told[d], number)
					return err
				})
			}, `select recipient from messages where merchant_id is null and created_at = $1 and kind = $2 and channel = $3`,
				d.Lines[i].Facts.At, d.Lines[i].Facts.Step, string(SMS))
			if err != nil {
				return nil, err
			}
		}
	}
	return told, nil
}

// without leaves out who has been told already.
func without(to []Recipient, numbers []string) []Recipient {
	return slices.DeleteFunc(to, func(r Recipient) bool { return r.Channel == SMS && slices.Contains(numbers, r.Address) })
}

// ofGroup names the notices of a letter that wait and are due, by $1 to $4.
const ofGroup = `merchant_id = $1 and kind = $2 and due_on is not distinct from $3 and letter_id is null and not_before <= $4`

// putOff has the notices of a letter wait until it may go.
func (g *gathering) putOff(ctx context.Context, tx *db.Tx, l *leaving) error {
	_, err := tx.Exec(ctx, `update notices set not_before = $5 where `+ofGroup, l.MerchantID, string(l.Kind), l.DueOn, g.now, l.at)
	return err
}

// write keeps letters with their notices, and hands the copies to the outbox. It
// returns errMoved where the notices of one are not what was read.
func (g *gathering) write(ctx context.Context, tx *db.Tx, all []*leaving) error {
	var copies []outbox.New
	for _, l := range all {
		if err := g.take(ctx, tx, l); err != nil {
			return err
		}
		copies = append(copies, l.copies...)
	}
	rest := all
	_, err := tx.Bulk(ctx, "letters", letterColumns, func() ([]any, bool, error) {
		if len(rest) == 0 {
			return nil, false, nil
		}
		l := rest[0]
		rest = rest[1:]
		return l.row(), true, nil
	})
	if err != nil {
		return err
	}
	_, err = outbox.QueueAll(ctx, tx, g.post.Jobs, copies)
	return err
}

var letterColumns = []string{"id", "merchant_id", "kind", "due_on", "total_fen", "created_at", "state", "channels", "step", "next_at"}

func (l *leaving) row() []any {
	var next db.Time
	switch {
	case len(l.channels) > 0:
		next = db.At(l.CreatedAt.Add(times[l.channels[0]]))
	case l.missing:
		next = db.At(l.CreatedAt)
	}
	return []any{
		l.ID, l.MerchantID, string(l.Kind), l.DueOn, int64(l.Total), l.CreatedAt, string(Open), l.channels.String(), min(len(l.channels), 1), next,
	}
}

// take puts a letter's notices into it.
func (g *gathering) take(ctx context.Context, tx *db.Tx, l *leaving) error {
	var taken []string
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var one Line
			var amount, version *int64
			if err := rows.Scan(&one.TerminalID, &one.PlanID, &one.Cycle, &one.LeadDays, &one.Round, &one.Ref, &amount, &version); err != nil {
				return err
			}
			one.Amount, one.Version = money.Fen(orZero(amount)), int(orZero(version))
			taken = append(taken, one.name())
			return nil
		})
	}, `update notices set letter_id = $5 where `+ofGroup+` returning terminal_id, plan_id, cycle, lead_days, round, ref, amount_fen, version`,
		l.MerchantID, string(l.Kind), l.DueOn, g.now, l.ID)
	if err != nil {
		return err
	}
	read := make([]string, len(l.Lines))
	for i := range l.Lines {
		read[i] = l.Lines[i].name()
	}
	slices.Sort(taken)
	slices.Sort(read)
	if !slices.Equal(taken, read) {
		return errMoved
	}
	return nil
}

// name tells a line from others of its letter, and from the same about another
// amount.
func (l *Line) name() string {
	return fmt.Sprintf("%d %d %d %d %d %s %d %d", l.TerminalID, l.PlanID, l.Cycle, l.LeadDays, l.Round, l.Ref, l.Amount, l.Version)
}
