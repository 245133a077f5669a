package feechange

import (
	"context"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Change is a published version that asks a merchant for more.
type Change struct {
	ID          string
	MerchantID  int64
	PlanID      int64
	From        int // version in force without it when it was opened
	To          int
	EffectiveOn date.Date
	OpenedAt    time.Time
	ContentHash string // of what was published
	SeenAt      time.Time
}

// Page is a change as its merchant sees it.
type Page struct {
	Change
	Withdrawn bool // the version was taken back: nothing changes
	Count     Count
	Sums      deduction.AtPrice // of all terminals that are reckoned
	Reckoned  int               // terminals that are
	Left      Left              // what is still to be answered
	UpTo      date.Date         // last day of the twelve months that the sums are of; zero: none is reckoned
	Terminals []Terminal        // a part of them, by serial number
	More      string            // the serial number after which the next part begins; empty: this is the last
	Answers   []Answer          // the latest first, at most mostAnswers
	Ending    *Ending           // nil: nobody ends the service
}

// Count counts a change's terminals by how it stands for them.
type Count struct {
	Accepted int
	Open     int // neither accepted nor ended
	Ended    int // or ends by the merchant's own wish
	Kept     []Kept
}

// Left is the sums of the terminals that are open.
type Left struct {
	Sums     deduction.AtPrice
	Reckoned int // terminals that are in the sums
}

// All returns how many terminals the change is about.
func (c *Count) All() int { return c.Accepted + c.Open + c.Ended }

// Kept counts the open terminals that stay with a version.
type Kept struct {
	Version   int
	Terminals int
}

// Terminal is one of a change's terminals.
type Terminal struct {
	ID         int64
	SN         string
	Alias      string // the merchant's own name for it, else the core system's
	Shop       string
	Then       int // version in force from the change's day on, as things are now; 0: none
	AcceptedOn date.Date
	AcceptedBy string
	EndsOn     date.Date // first day without the fee; zero: it goes on
	IsOpen     bool
	IsReckoned bool
	Figures    deduction.AtPrice
	Due        money.Fen // to be given back for what the end left unused
	Back       money.Fen // of that, so far
}

// Answer is what somebody of the merchant's said.
type Answer struct {
	Kind      Kind
	Terminals int
	Name      string
	Words     string
	At        time.Time
}

// Ending is the end of the service for the terminals that did not accept.
type Ending struct {
	EndsOn       date.Date // the first day without it
	Reason       string
	By           string // name of who decided
	DecidedAt    time.Time
	CarriedOutAt time.Time // zero: not yet
	Terminals    int       // for which the service ends
	Due          money.Fen // to be given back; known when it was carried out
	Back         money.Fen // of that, so far
}

// How many terminals a page lists, and answers.
const (
	terminalsShown = 50
	mostAnswers    = 20
)

// Read reads a merchant's change with the terminals after a serial number, in one
// round trip. It returns fault.NotFound where the merchant has no such change,
// and fault.Unavailable where its plan was published so lately that it is not
// known here yet.
func Read(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, merchantID int64, id, after string, today date.Date) (*Page, error) {
	q := &pageQuery{plans: plans, policy: policy, today: today, page: &Page{}}
	b := db.NewBatch()
	args := []any{merchantID, id}
	b.Add(`
		select c.id, c.merchant_id, c.plan_id, c.from_version, c.to_version, c.effective_on, c.opened_at, v.content_hash, s.seen_at
		from fee_changes c
		join disclosure_versions v on v.id = c.disclosure_version_id
		left join fee_change_views s on s.change_id = c.id
		where c.merchant_id = $1 and c.id = $2`, args, q.readChange)
	b.Add(`
		select e.id, e.reason, e.staff_name, e.decided_at, e.ends_on, e.carried_out_at,
			(select count(*) from service_ending_terminals t join enrolments n on n.id = t.enrolment_id where t.ending_id = e.id and n.cancelled_on = e.ends_on),
			`+owed(`d.subject = e.id and d.merchant_id = e.merchant_id`)+`
		from service_endings e where e.merchant_id = $1 and e.change_id = $2`, args, q.readEnding)
	b.Add(terminalsOfChange+`
		select x.versions, x.accepted, x.cancelled_on, x.is_ending, count(*), count(x.reckoned_to), max(x.reckoned_to),
			cast(coalesce(sum(x.taken_fen), 0) as bigint), cast(coalesce(sum(x.agreed_fen), 0) as bigint), cast(coalesce(sum(x.would_fen), 0) as bigint),
			cast(coalesce(sum(x.lines), 0) as bigint), cast(coalesce(sum(x.not_checked), 0) as bigint)
		from x group by 1, 2, 3, 4 order by 1, 2, 3, 4`, args, q.readCounts)
	b.Add(terminalsOfChange+`
		select x.terminal_id, x.sn, x.alias, x.shop, x.versions, x.accepted, x.cancelled_on, x.is_ending, x.reckoned_to,
			coalesce(x.taken_fen, 0), coalesce(x.agreed_fen, 0), coalesce(x.would_fen, 0), coalesce(x.lines, 0), coalesce(x.not_checked, 0),
			(select min(a.accepted_on) from acceptances a where a.enrolment_id = x.enrolment_id and a.version = x.to_version and a.via <> 'agent'),
			(select min(a.accepted_by) from acceptances a where a.enrolment_id = x.enrolment_id and a.version = x.to_version and a.via <> 'agent'),
			`+owed(`d.terminal_id = x.terminal_id and d.plan_id = x.plan_id and d.cause = 'service_ended'`)+`
		from x where x.sn > $3 order by x.sn limit $4`, []any{merchantID, id, after, terminalsShown + 1}, q.readTerminals)
	b.Add(`select answer, terminals, name, words, at from fee_change_answers where merchant_id = $1 and change_id = $2 order by at desc, id desc limit $3`,
		[]any{merchantID, id, mostAnswers}, q.readAnswers)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if q.page.ID == "" {
		return nil, fault.New(fault.NotFound, notFoundKey)
	}
	return q.page, q.err
}

// owed sums up what ended services left unused, refund_dues d: what is due, and
// what has come back of it. That is how much less stands as paid of the cycle than
// when the service ended.
func owed(where string) string {
	const back = `case
		when o.kept is null or o.kept >= o.paid_fen then 0
		when o.paid_fen - o.kept >= o.amount_fen then o.amount_fen
		else o.paid_fen - o.kept end`
	sum := func(of string) string {
		return `(select cast(coalesce(sum(` + of + `), 0) as bigint) from (
			select d.amount_fen, d.paid_fen, (
				select sum(case when l.settles and l.state in ('posted', 'refunded') then l.amount_fen - l.refunded_fen else 0 end)
				from bill_lines l where l.terminal_id = d.terminal_id and l.plan_id = d.plan_id and l.cycle_index = d.cycle) as kept
			from refund_dues d where ` + where + `) o)`
	}
	return sum("o.amount_fen") + `, ` + sum(back)
}

// terminalsOfChange names the terminals x of the change $2 of the merchant $1,
// with the versions that the merchant accepted for each.
const terminalsOfChange = `
	with own as (
		select enrolment_id, string_agg(cast(version as text), ' ' order by version) as versions
		from (
			select distinct a.enrolment_id, a.version
			from acceptances a join fee_change_terminals m on m.enrolment_id = a.enrolment_id
			where m.merchant_id = $1 and m.change_id = $2 and a.via <> 'agent') accepted
		group by enrolment_id),
	x as (
		select m.*, t.sn, coalesce(t.own_alias, t.alias) as alias, s.name as shop, coalesce(own.versions, '') as versions, n.cancelled_on, c.to_version, c.plan_id,
			case when exists (select 1 from acceptances a where a.enrolment_id = m.enrolment_id and a.version = c.to_version and a.via <> 'agent') then 1 else 0 end as accepted,
			case when exists (
				select 1 from service_endings e join service_ending_terminals i on i.ending_id = e.id
				where e.change_id = c.id and i.enrolment_id = m.enrolment_id and e.ends_on = n.cancelled_on) then 1 else 0 end as is_ending
		from fee_change_terminals m
		join fee_changes c on c.id = m.change_id
		join enrolments n on n.id = m.enrolment_id
		join terminals t on t.id = m.terminal_id
		join shops s on s.id = t.shop_id
		left join own on own.enrolment_id = m.enrolment_id
		where m.merchant_id = $1 and m.change_id = $2 and c.merchant_id = $1)`

// pageQuery collects the answers of the page's statements.
type pageQuery struct {
	plans  PlanByID
	policy fee.Policy
	today  date.Date
	page   *Page
	err    error // what the page can't be shown for
}

func (q *pageQuery) readChange(rows db.Rows) error {
	return db.Each(rows, func() error {
		c := &q.page.Change
		var opened, seen db.Time
		if err := rows.Scan(&c.ID, &c.MerchantID, &c.PlanID, &c.From, &c.To, &c.EffectiveOn, &opened, &c.ContentHash, &seen); err != nil {
			return err
		}
		c.OpenedAt, c.SeenAt = opened.Time, seen.Time
		plan := q.plans(c.PlanID)
		if plan == nil || plan.Version(c.From) == nil {
			q.err = fault.New(fault.Unavailable, "errors.unavailable")
			return nil
		}
		q.page.Withdrawn = plan.Version(c.To) == nil
		return nil
	})
}

func (q *pageQuery) readEnding(rows db.Rows) error {
	return db.Each(rows, func() error {
		var e Ending
		var id string
		var decided, done db.Time
		err := rows.Scan(&id, &e.Reason, &e.By, &decided, &e.EndsOn, &done, &e.Terminals, &e.Due, &e.Back)
		e.DecidedAt, e.CarriedOutAt = decided.Time, done.Time
		q.page.Ending = &e
		return err
	})
}

// member is how the change stands for a terminal.
type member struct {
	versions    string // accepted by the merchant
	accepted    int
	cancelledOn date.Date
	ending      int // 1: by the end of the service over this change
}

// isOpen reports whether the merchant may still accept for it.
func (m *member) isOpen(today date.Date) bool {
	return m.accepted == 0 && (m.cancelledOn.IsZero() || m.ending == 1 && m.cancelledOn > today)
}

// then returns the version in force from the change's day on.
func (q *pageQuery) then(versions string) int {
	c := &q.page.Change
	plan := q.plans(c.PlanID)
	if plan == nil {
		return 0
	}
	return enrolment.VersionInForce(plan, q.policy, versions, 0, max(q.today, c.EffectiveOn))
}

func (q *pageQuery) readCounts(rows db.Rows) error {
	p := q.page
	return db.Each(rows, func() error {
		var m member
		var n, reckoned int
		var upTo date.Date
		var f deduction.AtPrice
		err := rows.Scan(&m.versions, &m.accepted, &m.cancelledOn, &m.ending, &n, &reckoned, &upTo, &f.Taken, &f.Agreed, &f.Would, &f.Lines, &f.NotChecked)
		if err != nil {
			return err
		}
		p.Reckoned += reckoned
		p.UpTo = max(p.UpTo, upTo)
		p.Sums.Plus(f)
		switch {
		case m.isOpen(q.today):
			p.Count.Open += n
			p.Left.Reckoned += reckoned
			p.Left.Sums.Plus(f)
			p.Count.keep(q.then(m.versions), n)
		case m.accepted == 1:
			p.Count.Accepted += n
		default:
			p.Count.Ended += n
		}
		return nil
	})
}

func (c *Count) keep(version, terminals int) {
	i := slices.IndexFunc(c.Kept, func(k Kept) bool { return k.Version == version })
	if i < 0 {
		c.Kept = append(c.Kept, Kept{Version: version})
		i = len(c.Kept) - 1
	}
	c.Kept[i].Terminals += terminals
}

func (q *pageQuery) readTerminals(rows db.Rows) error {
	p := q.page
	err := db.Each(rows, func() error {
		var t Terminal
		var m member
		var upTo date.Date
		var by db.Text
		err := rows.Scan(&t.ID, &t.SN, &t.Alias, &t.Shop, &m.versions, &m.accepted, &m.cancelledOn, &m.ending, &upTo,
			&t.Figures.Taken, &t.Figures.Agreed, &t.Figures.Would, &t.Figures.Lines, &t.Figures.NotChecked, &t.AcceptedOn, &by, &t.Due, &t.Back)
		t.AcceptedBy, t.EndsOn, t.IsReckoned, t.IsOpen, t.Then = string(by), m.cancelledOn, !upTo.IsZero(), m.isOpen(q.today), q.then(m.versions)
		p.Terminals = append(p.Terminals, t)
		return err
	})
	if len(p.Terminals) > terminalsShown {
		p.Terminals = p.Terminals[:terminalsShown]
		p.More = p.Terminals[terminalsShown-1].SN
	}
	return err
}

func (q *pageQuery) readAnswers(rows db.Rows) error {
	return db.Each(rows, func() error {
		var a Answer
		var at db.Time
		err := rows.Scan(&a.Kind, &a.Terminals, &a.Name, &a.Words, &at)
		a.At = at.Time
		q.page.Answers = append(q.page.Answers, a)
		return err
	})
}
