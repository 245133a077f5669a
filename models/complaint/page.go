package complaint

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/worktime"
)

// Listed is a case as a list shows it.
type Listed struct {
	ID         string
	Number     string
	Kind       Kind
	Subject    Subject
	Ref        string
	Item       fee.Item
	Reason     Reason
	FiledAt    time.Time // UTC, as all of them
	State      worktime.State
	MergedInto string    // number of the case that goes on; empty: it was not merged
	NextDueAt  time.Time // zero: no clock runs
	Owner      string    // name; empty: nobody
	Finding    Finding   // of the latest decision; empty: none
}

const listedColumns = `c.id, c.number, c.kind, c.subject, c.subject_ref, c.item, c.reason, c.filed_at, c.state, c.next_due_at, c.owner_name,
	(select m.number from cases m where m.id = c.merged_into),
	(select d.finding from case_decisions d where d.case_id = c.id order by d.number desc limit 1)`

func (l *Listed) scan(rows db.Rows, more ...any) error {
	var filed, due db.Time
	var merged, finding db.Text
	err := rows.Scan(append([]any{&l.ID, &l.Number, &l.Kind, &l.Subject, &l.Ref, &l.Item, &l.Reason, &filed, &l.State, &due, &l.Owner, &merged, &finding}, more...)...)
	l.FiledAt, l.MergedInto, l.Finding = filed.Time, string(merged), Finding(finding)
	if due.Before(never) {
		l.NextDueAt = due.Time
	}
	return err
}

func scanListed(all *[]Listed) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l Listed
			err := l.scan(rows)
			*all = append(*all, l)
			return err
		})
	}
}

// listShown is how many cases a part of a list holds.
const listShown = 30

// isOpen is true of a case c that somebody still has to do something about.
const isOpen = `c.merged_into is null and c.state not in ('closed', 'withdrawn')`

// List is a part of a merchant's cases, the latest first.
type List struct {
	Open []Listed // those that are not at their end, of the first part alone
	Rows []Listed // those that are
	More Mark     // where the next part begins; zero: this is the last
}

// ReadList reads a part of a merchant's cases, in one round trip.
func ReadList(ctx context.Context, r db.Reader, merchantID int64, after Mark) (*List, error) {
	l := &List{}
	b := db.NewBatch()
	if after.ID == "" {
		after.At = never
		AddOpen(b, merchantID, mostOpen, &l.Open)
	}
	b.Add(`
		select `+listedColumns+` from cases c
		where c.merchant_id = $1 and (c.filed_at < $2 or c.filed_at = $2 and c.id < $3) and not (`+isOpen+`)
		order by c.filed_at desc, c.id desc limit $4`, []any{merchantID, after.At, after.ID, listShown + 1}, scanListed(&l.Rows))
	err := r.Read(ctx, b)
	if len(l.Rows) > listShown {
		l.Rows = l.Rows[:listShown]
		last := &l.Rows[listShown-1]
		l.More = Mark{last.FiledAt, last.ID}
	}
	return l, err
}

// mostOpen is how many open cases of a merchant are listed: it can't have more
// without somebody speaking to them.
const mostOpen = 200

// AddOpen has a batch read cases of a merchant that are not at their end, at most
// so many, the latest first.
func AddOpen(b *db.Batch, merchantID int64, most int, into *[]Listed) {
	b.Add(`select `+listedColumns+` from cases c where c.merchant_id = $1 and `+isOpen+` order by c.filed_at desc, c.id desc limit $2`,
		[]any{merchantID, most}, scanListed(into))
}

// AddAbout has a batch read the number of the complaint about a line of a
// merchant's bill that is under way; nothing where none is.
func AddAbout(b *db.Batch, merchantID int64, lineID string, number *string) {
	b.Add(openAboutLine, []any{merchantID, lineID}, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(number) })
	})
}

// Step is a line of a case's log.
type Step struct {
	Kind   worktime.Kind
	At     time.Time
	Days   int // of an extended deadline, in all
	By     string
	Remark string
}

// Page is a case as its merchant sees it.
type Page struct {
	Listed
	MerchantID int64
	About      About
	SN         string // of the terminal it is about; empty: none
	Alias      string // the merchant's own name for it, else the acquirer's
	Channel    Channel
	FiledBy    string // name
	CallPhone  string // at which they want to be called, E.164, to be masked; empty: none was given
	Authority  string
	AuthorityN string // its number
	AnswerBy   date.Date
	Standing   worktime.Standing // with its clocks, at the moment asked about
	Policy     worktime.Policy
	Holds      bool // nothing is taken for the fee until the decision
	Steps      []Step
	Posts      []Post // in order
	Files      []File
	Evidence   []Evidence
	Decisions  []Decision
	Refunds    []Refund
	Links      []Link
	Stars      int // of the merchant's rating; 0: none
	Remark     string

	head head
}

// MayBeReviewed reports whether the merchant may ask for a review on a day.
func (p *Page) MayBeReviewed(today date.Date) bool {
	return !p.Standing.ReviewBy.IsZero() && today <= p.Standing.ReviewBy
}

// Extended returns the step that extended the reply deadline which runs now, or
// ran last; its Days are 0 where none did: a review starts a deadline of its own.
func (p *Page) Extended() (s Step) {
	for _, one := range p.Steps {
		switch one.Kind {
		case worktime.ReviewAsked:
			s = Step{}
		case worktime.DeadlineExtended:
			s = one
		}
	}
	return s
}

// ReadPage reads a merchant's case as it stands at a moment, in one round trip. It
// returns fault.NotFound where the merchant has no such case.
func ReadPage(ctx context.Context, r db.Reader, merchantID int64, number string, now time.Time) (*Page, error) {
	if merchantID == 0 {
		return nil, errNotFound
	}
	p := &Page{}
	b := db.NewBatch()
	p.addTo(b, merchantID, number, false)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if err := p.assemble(now); err != nil {
		return nil, err
	}
	for i := range p.Decisions {
		p.Decisions[i].RootCause, p.Decisions[i].StaffID = "", ""
	}
	return p, nil
}

// itsID is the id of the merchant's case with a number, or nothing; staff name no
// merchant.
const itsID = `(select id from cases where number = $1 and ($2 = 0 or merchant_id = $2))`

// addTo asks for the parts of a case.
func (p *Page) addTo(b *db.Batch, merchantID int64, number string, forStaff bool) {
	args := []any{number, merchantID}
	b.Add(`select `+headColumns+`, `+listedColumns+`, c.channel, c.filed_name, c.call_phone, c.authority, c.authority_number, c.authority_due_on, t.sn, coalesce(t.own_alias, t.alias),
			exists (select 1 from disputes d where d.id = c.id || '-' || cast(c.dispute as text) and d.closed_at is null)
		`+headTables+` left join terminals t on t.id = c.terminal_id where c.id = `+itsID, args, p.readHead)
	b.Add(`select kind, at, days, actor_name, remark from case_events where case_id = `+itsID+` order by seq`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s Step
			var at db.Time
			err := rows.Scan(&s.Kind, &at, &s.Days, &s.By, &s.Remark)
			s.At = at.Time
			p.Steps = append(p.Steps, s)
			p.head.log.Log = append(p.head.log.Log, worktime.Event{Kind: s.Kind, At: s.At, Days: s.Days})
			return err
		})
	})
	b.Add(`select p.id, p.kind, p.at, p.author_name, p.body, p.kind = 'message' and substr(p.author_id, 1, 3) = 'st_' from case_posts p join cases c on c.id = p.case_id and c.merchant_id = p.merchant_id
		where c.id = `+itsID+` and (p.kind <> 'note' or $3) order by p.at, p.id`, []any{number, merchantID, forStaff}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o Post
			var at db.Time
			err := rows.Scan(&o.ID, &o.Kind, &at, &o.By, &o.Body, &o.TakenDown)
			o.At = at.Time
			p.Posts = append(p.Posts, o)
			return err
		})
	})
	b.Add(`select f.id, f.name, f.type, f.bytes, f.at, f.by_name from case_files f join cases c on c.id = f.case_id and c.merchant_id = f.merchant_id
		where c.id = `+itsID+` order by f.at, f.id`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f File
			var at db.Time
			err := rows.Scan(&f.ID, &f.Name, &f.Type, &f.Bytes, &at, &f.By)
			f.At = at.Time
			p.Files = append(p.Files, f)
			return err
		})
	})
	b.Add(`select e.number, e.at, e.hash, e.facts from case_evidence e join cases c on c.id = e.case_id and c.merchant_id = e.merchant_id
		where c.id = `+itsID+` order by e.number`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Evidence
			var at db.Time
			var facts string
			err := rows.Scan(&e.Number, &at, &e.Hash, &facts)
			e.At, e.Facts = at.Time, []byte(facts)
			p.Evidence = append(p.Evidence, e)
			return err
		})
	})
	b.Add(`select number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at from case_decisions
		where case_id = `+itsID+` order by number`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d Decision
			var at db.Time
			err := rows.Scan(&d.Number, &d.Round, &d.Finding, &d.RootCause, &d.Reason, &d.Amount, &d.Suggested, &d.StaffID, &d.By, &at)
			d.At = at.Time
			p.Decisions = append(p.Decisions, d)
			return err
		})
	})
	b.Add(`select r.id, r.line_id, r.amount_fen, r.state, r.proposed_by, r.proposed_name, r.proposed_at, r.second_name, r.answered_at, r.remark, r.sent_at, r.paid_at
		from refund_proposals r join cases c on c.id = r.case_id and c.merchant_id = r.merchant_id
		where c.id = `+itsID+` and (r.state in ('approved', 'sent', 'paid') or $3) order by r.proposed_at, r.id`, []any{number, merchantID, forStaff}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f Refund
			var second db.Text
			var proposed, answered, sent, paid db.Time
			err := rows.Scan(&f.ID, &f.LineID, &f.Amount, &f.State, &f.ProposedID, &f.ProposedBy, &proposed, &second, &answered, &f.Remark, &sent, &paid)
			f.SecondBy, f.ProposedAt, f.AnsweredAt, f.SentAt, f.PaidAt = string(second), proposed.Time, answered.Time, sent.Time, paid.Time
			p.Refunds = append(p.Refunds, f)
			return err
		})
	})
	b.Add(`select o.number, l.kind, l.at, l.other_id = c.id from cases c join case_links l on l.case_id = c.id or l.other_id = c.id
		join cases o on o.id = case when l.case_id = c.id then l.other_id else l.case_id end
		where c.id = `+itsID+` order by l.at, o.number`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l Link
			var at db.Time
			err := rows.Scan(&l.Number, &l.Kind, &at, &l.Later)
			l.At = at.Time
			p.Links = append(p.Links, l)
			return err
		})
	})
	b.Add(`select stars, remark from case_ratings where case_id = `+itsID, args, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(&p.Stars, &p.Remark) })
	})
}

func (p *Page) readHead(rows db.Rows) error {
	return db.Each(rows, func() error {
		l := &p.Listed
		var filed, due db.Time
		var merged, finding, sn, alias db.Text
		err := p.head.scan(rows, &l.ID, &l.Number, &l.Kind, &l.Subject, &l.Ref, &l.Item, &l.Reason, &filed, &l.State, &due, &l.Owner, &merged, &finding,
			&p.Channel, &p.FiledBy, &p.CallPhone, &p.Authority, &p.AuthorityN, &p.AnswerBy, &sn, &alias, &p.Holds)
		l.FiledAt, l.MergedInto, l.Finding = filed.Time, string(merged), Finding(finding)
		if due.Before(never) {
			l.NextDueAt = due.Time
		}
		p.MerchantID, p.About, p.SN, p.Alias, p.Policy = p.head.merchantID, p.head.about, string(sn), string(alias), p.head.log.Policy
		return err
	})
}

// assemble works out how the case stands at a moment, or after its last line
// where that is later.
func (p *Page) assemble(now time.Time) (err error) {
	if p.ID == "" {
		return errNotFound
	}
	if last := p.head.last(); now.Before(last) {
		now = last
	}
	p.Standing, err = p.head.log.At(now)
	return err
}

// ReadEvidence reads what was known of a case's subject at a moment, whoever's
// the case is where merchantID is 0. It returns fault.NotFound.
func ReadEvidence(ctx context.Context, r db.Reader, merchantID int64, number string, n int) (Evidence, error) {
	e := Evidence{Number: n}
	var at db.Time
	var facts string
	err := r.QueryRow(ctx, `select e.at, e.hash, e.facts from case_evidence e join cases c on c.id = e.case_id and c.merchant_id = e.merchant_id
		where c.id = `+itsID+` and e.number = $3`, number, merchantID, n).Scan(&at, &e.Hash, &facts)
	if db.NotFound(err) {
		return e, fault.New(fault.NotFound, "case.not_found")
	}
	e.At, e.Facts = at.Time, []byte(facts)
	return e, err
}

// Lines is how many lines the case's log has: a form that is shown with them is
// told of what happened since.
func (p *Page) Lines() int { return len(p.Steps) }

// Granted returns what the latest decision grants.
func (p *Page) Granted() money.Fen {
	if len(p.Decisions) == 0 {
		return 0
	}
	return p.Decisions[len(p.Decisions)-1].Amount
}

// RefundsOf returns the refunds that a decision grants, by its place among them:
// those that were proposed after it and before the next.
func (p *Page) RefundsOf(decision int) (all []Refund) {
	for _, r := range p.Refunds {
		if r.ProposedAt.Before(p.Decisions[decision].At) || decision+1 < len(p.Decisions) && !r.ProposedAt.Before(p.Decisions[decision+1].At) {
			continue
		}
		all = append(all, r)
	}
	return all
}
