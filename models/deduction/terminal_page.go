package deduction

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// TerminalPage is one terminal with everything it pays, as its page shows it.
type TerminalPage struct {
	Terminal Card
	Fees     []TerminalFee // in the order of enrolment
	Recent   []Line        // the latest lines of its bill, newest first
	ThisYear money.Fen     // taken and not given back since 1 January
	Usage    *Usage        // the SIM's data this month; nil: nobody reported any
}

// Card is what is known of a terminal itself.
type Card struct {
	ID             int64
	SN             string
	Alias          string // the merchant's own name for it, else the core system's
	Shop           string
	Model          string
	Type           string
	ICCID          string
	Carrier        string
	ActivatedOn    date.Date
	InactiveFrom   date.Date
	InactiveReason string // returned, lost, unbound or broken; empty while in use
	ReportedGoneOn date.Date
	ReplacesSN     string
	ClosedOn       date.Date // the merchant's
}

// TerminalFee is one fee of a terminal: what was agreed, what was taken, and
// what is to come.
type TerminalFee struct {
	PlanID     int64
	Plan       *disclosure.Plan
	Enrolment  fee.Enrolment
	AcceptedBy string // who gave the latest acceptance
	Lines      []Line // of a fee with cycles, oldest first
	Notices    []fee.Notice
	Charges    []fee.Charge // to come within a year
	InForce    *fee.Version // what the merchant owes today; nil: nothing is agreed
	Account    fee.Account  // cycle by cycle, from the first to today; empty for a fee without cycles
}

// Usage is what a SIM used in a month.
type Usage struct {
	UsedMB      int64
	AllowanceMB *int64
	Balance     *money.Fen
	AsOf        date.Date // the last day reported
}

// recentLines is how many lines a terminal's page lists before it leads to the
// full list.
const recentLines = 8

// ReadTerminalPage reads a merchant's terminal by its serial number, in one
// round trip. It returns fault.NotFound where the merchant has no such
// terminal.
func ReadTerminalPage(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, sn string, today date.Date) (*TerminalPage, error) {
	q := &terminalPageQuery{page: &TerminalPage{}, plans: plans, args: []any{merchantID, sn}}
	b := db.NewBatch()
	b.Add(`select t.id, t.sn, coalesce(t.own_alias, t.alias), s.name, t.model, t.type, t.iccid, t.carrier, t.activated_on,
			t.inactive_from, t.inactive_reason, t.reported_gone_on, t.replaces_sn, m.closed_on
		from terminals t join shops s on s.id = t.shop_id join merchants m on m.id = t.merchant_id
		where t.merchant_id = $1 and t.sn = $2`, q.args, q.readCard)
	b.Add(`select e.plan_id, e.anchor_on, e.cancelled_on, e.own_limit_fen, a.version, a.accepted_on, a.via, a.accepted_by
		from enrolments e left join acceptances a on a.enrolment_id = e.id
		where e.terminal_id = `+thisTerminal+` order by e.id, a.accepted_on, a.id`, q.args, q.readEnrolments)
	b.Add(selectLines+` where terminal_id = `+thisTerminal+` and cycle_index is not null order by at, seq, id`, q.args, q.readCycleLines)
	b.Add(selectLines+` where terminal_id = `+thisTerminal+` order by at desc, id desc limit `+itoa(recentLines), q.args, q.readRecent)
	b.Add(`select cast(coalesce(sum(amount_fen), 0) as bigint) from bill_months
		where terminal_id = `+thisTerminal+` and month >= $3`, append(q.args, yearStart(today)), q.readYear)
	b.Add(`select cast(sum(used_mb) as bigint), max(allowance_mb), max(used_on), min(balance_fen) from sim_usage
		where merchant_id = $1 and terminal_id = `+thisTerminal+` and used_on >= $3`, append(q.args, today.MonthStart()), q.readUsage)
	b.Add(`select plan_id, period_from, amount_fen, channel, delivered_at from delivered_notices
		where terminal_id = `+thisTerminal+` order by delivered_at, id`, q.args, q.readNotices)
	b.Add(`select item, cycle from disputes where terminal_id = `+thisTerminal+` and closed_at is null`, q.args, q.readDisputes)
	b.Add(`select old.sn, l.item, max(l.cycle_to), max(case when l.cycle_to is null then 1 else 0 end)
		from terminals new join terminals old on old.sn = new.replaces_sn and old.merchant_id = new.merchant_id
		join bill_lines l on l.terminal_id = old.id and l.cycle_index is not null
		where new.merchant_id = $1 and new.sn = $2 and new.id <> old.id and l.settles
			and l.state in ('authorized', 'posted', 'refunded', 'waived')
		group by old.sn, l.item`, q.args, q.readReplaced)
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if q.page.Terminal.ID == 0 {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	return q.page, q.foresee(policy, today)
}

// thisTerminal is the id of the merchant's terminal with the serial number, or
// nothing: no statement of the page can read another merchant's.
const thisTerminal = `(select id from terminals where merchant_id = $1 and sn = $2)`

func yearStart(d date.Date) date.Date {
	year, _, _ := d.Civil()
	return date.New(year, time.January, 1)
}

// terminalPageQuery collects the answers of the page's statements.
type terminalPageQuery struct {
	page     *TerminalPage
	plans    *disclosure.Plans
	args     []any
	terminal Terminal // the same facts, as the rules take them
}

func (q *terminalPageQuery) readCard(rows db.Rows) error {
	c := &q.page.Terminal
	return db.Each(rows, func() error {
		var reason, replaces db.Text
		err := rows.Scan(&c.ID, &c.SN, &c.Alias, &c.Shop, &c.Model, &c.Type, &c.ICCID, &c.Carrier, &c.ActivatedOn,
			&c.InactiveFrom, &reason, &c.ReportedGoneOn, &replaces, &c.ClosedOn)
		c.InactiveReason, c.ReplacesSN = string(reason), string(replaces)
		q.terminal.SN, q.terminal.ActivatedOn, q.terminal.InactiveFrom = c.SN, c.ActivatedOn, c.InactiveFrom
		q.terminal.ReportedGoneOn, q.terminal.MerchantClosedOn = c.ReportedGoneOn, c.ClosedOn
		return err
	})
}

func (q *terminalPageQuery) readEnrolments(rows db.Rows) error {
	return db.Each(rows, func() error {
		var f TerminalFee
		var a fee.Acceptance
		var version *int
		var via, by db.Text
		err := rows.Scan(&f.PlanID, &f.Enrolment.AnchorOn, &f.Enrolment.CancelledOn, &f.Enrolment.OwnLimit, &version, &a.On, &via, &by)
		if err != nil {
			return err
		}
		if q.fee(f.PlanID) == nil {
			f.Plan = q.plans.ByID(f.PlanID)
			q.page.Fees = append(q.page.Fees, f)
		}
		if version != nil {
			a.Version, a.Via = *version, string(via)
			known := q.fee(f.PlanID)
			known.AcceptedBy = string(by)
			known.Enrolment.Accepted = append(known.Enrolment.Accepted, a)
		}
		return nil
	})
}

func (q *terminalPageQuery) fee(planID int64) *TerminalFee {
	for i := range q.page.Fees {
		if q.page.Fees[i].PlanID == planID {
			return &q.page.Fees[i]
		}
	}
	return nil
}

func (q *terminalPageQuery) readCycleLines(rows db.Rows) error {
	return db.Each(rows, func() error {
		var l Line
		if err := scanLine(rows, &l); err != nil {
			return err
		}
		if f := q.fee(l.PlanID); f != nil {
			f.Lines = append(f.Lines, l)
		}
		return nil
	})
}

func (q *terminalPageQuery) readRecent(rows db.Rows) error {
	q.page.Recent = make([]Line, 0, recentLines)
	return db.Each(rows, func() error {
		q.page.Recent = append(q.page.Recent, Line{})
		return scanLine(rows, &q.page.Recent[len(q.page.Recent)-1])
	})
}

func (q *terminalPageQuery) readYear(rows db.Rows) error {
	return db.First(rows, &q.page.ThisYear)
}

func (q *terminalPageQuery) readUsage(rows db.Rows) error {
	var used *int64
	var u Usage
	if err := db.First(rows, &used, &u.AllowanceMB, &u.AsOf, &u.Balance); err != nil || used == nil {
		return err
	}
	u.UsedMB = *used
	q.page.Usage = &u
	return nil
}

func (q *terminalPageQuery) readNotices(rows db.Rows) error {
	return db.Each(rows, func() error {
		var n Notice
		var delivered db.Time
		err := rows.Scan(&n.PlanID, &n.PeriodFrom, &n.Amount, &n.Channel, &delivered)
		n.DeliveredAt = delivered.Time
		q.terminal.Notices = append(q.terminal.Notices, n)
		return err
	})
}

func (q *terminalPageQuery) readDisputes(rows db.Rows) error {
	return db.Each(rows, func() error {
		var cycle *int
		d := Dispute{Fee: fee.Dispute{Open: true}}
		if err := rows.Scan(&d.Item, &cycle); err != nil {
			return err
		}
		d.Fee.WholeItem = cycle == nil
		if cycle != nil {
			d.Fee.Cycle = *cycle
		}
		q.terminal.Disputes = append(q.terminal.Disputes, d)
		return nil
	})
}

func (q *terminalPageQuery) readReplaced(rows db.Rows) error {
	return db.Each(rows, func() error {
		var item fee.Item
		var through date.Date
		var once int
		r := q.terminal.Replaced
		if r == nil {
			r = &Replaced{PaidThrough: map[fee.Item]date.Date{}}
			q.terminal.Replaced = r
		}
		if err := rows.Scan(&r.SN, &item, &through, &once); err != nil {
			return err
		}
		if once > 0 {
			through = date.Last
		}
		r.PaidThrough[item] = through
		return nil
	})
}

// foresee asks the rules what is to come of each fee, and how its cycles stand.
func (q *terminalPageQuery) foresee(policy fee.Policy, today date.Date) error {
	for i := range q.page.Fees {
		f := &q.page.Fees[i]
		q.terminal.Enrolments = append(q.terminal.Enrolments, Enrolment{PlanID: f.PlanID, Fee: f.Enrolment})
	}
	for i := range q.page.Fees {
		f := &q.page.Fees[i]
		if f.Plan == nil {
			return fmt.Errorf("deduction: terminal %s pays by plan %d, which is not known here", q.page.Terminal.SN, f.PlanID)
		}
		c := q.terminal.Case(&f.Plan.Fee, f.PlanID, f.Plan.Fee.Item, policy)
		f.InForce = fee.VersionOn(c, today)
		if !f.Plan.Fee.HasCycles() {
			continue
		}
		c.History = entries(f.Lines)
		f.Notices = c.Notices
		var err error
		if f.Charges, err = fee.Forecast(c, today, today.AddMonths(12)); err != nil {
			return err
		}
		if f.Account, err = fee.Reconcile(c, judgedLines(f.Lines), date.First, date.Last, today); err != nil {
			return err
		}
	}
	return nil
}

// entries turns judged lines into the history that the rules take.
func entries(lines []Line) []fee.Entry {
	history := make([]fee.Entry, 0, len(lines))
	for i := range lines {
		l := &lines[i]
		e := fee.Entry{Amount: l.Amount.Minus(l.Refunded), On: l.On, State: l.State, OrderRef: l.OrderRef}
		if l.Settles {
			e.Cycle = l.Verdict.Cycle.Index
		}
		history = append(history, e)
	}
	return history
}

// judgedLines turns lines of the bill back into what the rules judged.
func judgedLines(lines []Line) []fee.Judged {
	judged := make([]fee.Judged, len(lines))
	for i := range lines {
		l := &lines[i]
		judged[i] = fee.Judged{
			Deduction: &fee.Deduction{Ref: l.ID, Amount: l.Amount, Refunded: l.Refunded, At: l.At, State: l.State},
			Verdict:   l.Verdict,
		}
		if l.Settles {
			judged[i].Settles = l.Verdict.Cycle.Index
		}
	}
	return judged
}
