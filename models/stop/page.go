package stop

import (
	"context"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/money"
)

// Page is a terminal with what of it can be stopped.
type Page struct {
	TerminalID     int64
	SN             string
	Alias          string // the merchant's own name for it, else the core system's
	Shop           string
	ActivatedOn    date.Date
	InactiveFrom   date.Date
	InactiveReason string
	ReportedGoneOn date.Date
	Fees           []Fee     // that are charged by cycle and not over
	Requests       []Request // of the terminal, the latest first
}

// Fee is a fee of a terminal that can be stopped.
type Fee struct {
	PlanID      int64
	CancelledOn date.Date // already, from this day on; zero: no
	PaidThrough date.Date // last day of the latest cycle that is paid; zero: none is
	Due         []Charge  // what is due or to come, as foreseen, the earliest first

	plan     *fee.Plan
	anchor   date.Date
	accepted string // the versions that the merchant accepted himself
}

// Charge is what is to be taken for a cycle.
type Charge struct {
	Cycle  int
	From   date.Date // the cycle's first day
	On     date.Date // the first day on which it may be taken: From, or a later one
	Amount money.Fen
}

// Effect is what stopping a fee on a day does.
type Effect struct {
	PaidThrough date.Date // what was paid goes on until then; zero: nothing goes on
	Still       []Charge  // for cycles that begin before the day: still to be paid
	Spared      *Charge   // the first that is not charged any more; nil: none was foreseen
}

// Owed is the sum of what is still to be paid.
func (e *Effect) Owed() (sum money.Fen) {
	for i := range e.Still {
		sum = sum.Plus(e.Still[i].Amount)
	}
	return sum
}

// Stopped returns what stopping the fee on a day, the first without it, does: a
// cycle that has begun by then stays as it is, and none that begins on the day
// or later is charged.
func (f *Fee) Stopped(on date.Date) (e Effect) {
	if f.PaidThrough >= on {
		e.PaidThrough = f.PaidThrough
	}
	last := Charge{}
	for i := range f.Due {
		if last = f.Due[i]; last.From >= on {
			e.Spared = &last
			return e
		}
		e.Still = append(e.Still, last)
	}
	for last.Cycle > 0 {
		next, ok := f.following(last)
		switch {
		case !ok:
			return e
		case next.From >= on:
			e.Spared = &next
			return e
		}
		e.Still = append(e.Still, next)
		last = next
	}
	return e
}

// following returns the charge of the cycle after another's, which nobody has
// foreseen yet: at the price that stands on its first day by what is accepted
// now. It reports false where none follows.
func (f *Fee) following(c Charge) (Charge, bool) {
	price := &f.plan.Versions[0].Price
	if price.Kind != fee.Recurring {
		return Charge{}, false
	}
	from := fee.ScheduleOf(price, f.anchor).Cycle(c.Cycle + 1).From
	if !f.CancelledOn.IsZero() && from >= f.CancelledOn {
		return Charge{}, false
	}
	// A version that was published has its own days of disclosure, so that no policy decides.
	version := f.plan.Version(enrolment.VersionInForce(f.plan, fee.DefaultPolicy, f.accepted, 0, from))
	if version != nil {
		c.Amount = version.Price.Amount
	}
	return Charge{Cycle: c.Cycle + 1, From: from, On: from, Amount: c.Amount}, true
}

// Fee returns the fee of a plan, or nil.
func (p *Page) Fee(planID int64) *Fee {
	for i := range p.Fees {
		if p.Fees[i].PlanID == planID {
			return &p.Fees[i]
		}
	}
	return nil
}

// IsGone reports whether the terminal is known to be gone on a day.
func (p *Page) IsGone(today date.Date) bool {
	return !p.InactiveFrom.IsZero() && p.InactiveFrom <= today && merchant.InactiveReason(p.InactiveReason).Gone()
}

// yearsBack and yearsAhead bound the day that a request may name: what lies beyond
// is a slip of the finger.
const yearsBack, yearsAhead = 5, 2

// Days returns the first and the last day that a request of a kind may name: a
// fee ends today or later; a terminal was there before it was gone, and is gone
// by today.
func (p *Page) Days(k Kind, today date.Date) (first, last date.Date) {
	if k == OfFee {
		return today, today.AddMonths(12 * yearsAhead)
	}
	return min(today, max(p.ActivatedOn, today.AddMonths(-12*yearsBack))), today
}

// requestsShown is how many requests of a terminal a page lists.
const requestsShown = 20

// Read reads what of a merchant's terminal can be stopped, in one round trip. It
// returns fault.NotFound where the merchant has no such terminal.
func Read(ctx context.Context, r db.Reader, plans PlanByID, merchantID int64, sn string, today date.Date) (*Page, error) {
	q := &pageQuery{plans: plans, page: &Page{}}
	b := db.NewBatch()
	q.addTo(b, merchantID, sn, today)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if q.page.TerminalID == 0 {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	return q.page, nil
}

// addTo asks for the page's parts.
func (q *pageQuery) addTo(b *db.Batch, merchantID int64, sn string, today date.Date) {
	args := []any{merchantID, sn}
	b.Add(`
		select t.id, t.sn, coalesce(t.own_alias, t.alias), s.name, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on
		from terminals t join shops s on s.id = t.shop_id
		where t.merchant_id = $1 and t.sn = $2`, args, q.readTerminal)
	b.Add(`
		select e.plan_id, e.cancelled_on, (
			select max(l.cycle_to) from bill_lines l
			where l.terminal_id = e.terminal_id and l.plan_id = e.plan_id and l.cycle_index is not null and l.settles and l.state in ('posted', 'authorized')),
			(select count(*) from bill_lines l
			where l.terminal_id = e.terminal_id and l.plan_id = e.plan_id and l.cycle_index is not null and l.settles and l.state in ('posted', 'authorized')),
			e.anchor_on, coalesce((
			select string_agg(cast(a.version as text), ' ') from acceptances a where a.enrolment_id = e.id and a.via <> 'agent'), '')
		from terminals t join enrolments e on e.terminal_id = t.id
		where t.merchant_id = $1 and t.sn = $2 and (e.cancelled_on is null or e.cancelled_on > $3)
		order by e.id`, []any{merchantID, sn, today}, q.readFees)
	b.Add(`
		select f.plan_id, f.cycle_index, coalesce(f.period_from, f.due_on), f.due_on, f.amount_fen
		from terminals t join forecasts f on f.terminal_id = t.id
		where t.merchant_id = $1 and t.sn = $2
		order by f.plan_id, f.due_on`, args, q.readDue)
	b.Add(requests+` where r.merchant_id = $1 and t.sn = $2 order by r.at desc, r.id desc limit $3`, []any{merchantID, sn, requestsShown}, func(rows db.Rows) error {
		return scanRequests(rows, &q.page.Requests)
	})
}

// pageQuery collects the answers of the page's statements.
type pageQuery struct {
	plans PlanByID
	page  *Page
}

func (q *pageQuery) readTerminal(rows db.Rows) error {
	p := q.page
	return db.Each(rows, func() error {
		var reason db.Text
		err := rows.Scan(&p.TerminalID, &p.SN, &p.Alias, &p.Shop, &p.ActivatedOn, &p.InactiveFrom, &reason, &p.ReportedGoneOn)
		p.InactiveReason = string(reason)
		return err
	})
}

func (q *pageQuery) readFees(rows db.Rows) error {
	return db.Each(rows, func() error {
		var f Fee
		var settled int
		if err := rows.Scan(&f.PlanID, &f.CancelledOn, &f.PaidThrough, &settled, &f.anchor, &f.accepted); err != nil {
			return err
		}
		plan := q.plans(f.PlanID)
		if plan == nil || !plan.HasCycles() || plan.Kind() == fee.OneOff && settled > 0 {
			return nil // it is taken of each sale, or was taken once for all
		}
		f.plan = plan
		q.page.Fees = append(q.page.Fees, f)
		return nil
	})
}

func (q *pageQuery) readDue(rows db.Rows) error {
	return db.Each(rows, func() error {
		var planID int64
		var c Charge
		err := rows.Scan(&planID, &c.Cycle, &c.From, &c.On, &c.Amount)
		if f := q.page.Fee(planID); f != nil {
			f.Due = append(f.Due, c)
		}
		return err
	})
}

// requests reads what scanRequests scans; the where is left to whoever asks.
const requests = `select ` + requestColumns + requestTables

const (
	requestColumns = `r.id, r.number, r.merchant_id, r.terminal_id, t.sn, coalesce(t.own_alias, t.alias), s.name, r.kind, r.plan_id, r.on_date, r.paid_through,
		r.remark, r.name, r.at, a.confirmed, a.gone_from, a.reason, a.staff_name, a.at`
	requestTables = `
	from stop_requests r
	join terminals t on t.id = r.terminal_id
	join shops s on s.id = t.shop_id
	left join stop_answers a on a.request_id = r.id`
)

func scanRequests(rows db.Rows, into *[]Request) error {
	return db.Each(rows, func() error {
		var r Request
		err := scanRequest(rows, &r)
		*into = append(*into, r)
		return err
	})
}

func scanRequest(rows db.Rows, r *Request, more ...any) error {
	var planID *int64
	var at, answered db.Time
	var confirmed *bool
	var a Answer
	var reason, by db.Text
	err := rows.Scan(append([]any{&r.ID, &r.Number, &r.MerchantID, &r.TerminalID, &r.SN, &r.Alias, &r.Shop, &r.Kind, &planID, &r.On, &r.PaidThrough, &r.Remark, &r.Name, &at,
		&confirmed, &a.GoneFrom, &reason, &by, &answered}, more...)...)
	r.At = at.Time
	if planID != nil {
		r.PlanID = *planID
	}
	if confirmed != nil {
		a.Confirmed, a.Reason, a.By, a.At = *confirmed, string(reason), string(by), answered.Time
		r.Answer = &a
	}
	return err
}

// ReadRequest reads a merchant's request about a terminal, in one batch. It
// returns fault.NotFound where there is none such.
func ReadRequest(ctx context.Context, r db.Reader, merchantID int64, sn, number string) (*Request, error) {
	var found []Request
	b := db.NewBatch()
	b.Add(requests+` where r.merchant_id = $1 and t.sn = $2 and r.number = $3`, []any{merchantID, sn, number}, func(rows db.Rows) error {
		return scanRequests(rows, &found)
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "stop.not_found")
	}
	return &found[0], nil
}
