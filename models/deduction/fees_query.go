package deduction

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// feesQuery reads one terminal with its fees. The terminal is named by an
// expression that yields its id, or nothing where it is another merchant's, so
// that no statement reads what is not the reader's.
type feesQuery struct {
	plans    *disclosure.Plans
	terminal string // SQL of the terminal's id
	plan     string // SQL of the one plan wanted; empty: all
	args     []any
	card     Card
	fees     []TerminalFee
	facts    Terminal // the same, as the rules take it
}

// add puts the statements into a batch.
func (q *feesQuery) add(b *db.Batch) {
	b.Add(`select t.id, t.sn, coalesce(t.own_alias, t.alias), s.name, t.model, t.type, t.iccid, t.carrier, t.activated_on,
			t.inactive_from, t.inactive_reason, t.reported_gone_on, t.replaces_sn, m.closed_on
		from terminals t join shops s on s.id = t.shop_id join merchants m on m.id = t.merchant_id
		where t.id = `+q.terminal, q.args, q.readCard)
	b.Add(`select e.plan_id, e.anchor_on, e.cancelled_on, e.own_limit_fen, a.version, a.accepted_on, a.via, a.accepted_by
		from enrolments e left join acceptances a on a.enrolment_id = e.id
		where e.terminal_id = `+q.terminal+q.ofPlan("e.plan_id")+` order by e.id, a.accepted_on, a.id`, q.args, q.readEnrolments)
	b.Add(selectLines+` where terminal_id = `+q.terminal+` and (cycle_index is not null or period_from is not null)`+q.ofPlan("plan_id")+` order by at, seq, id`, q.args, q.readCycleLines)
	b.Add(`select plan_id, period_from, amount_fen, channel, delivered_at from delivered_notices
		where terminal_id = `+q.terminal+q.ofPlan("plan_id")+` order by delivered_at, id`, q.args, q.readNotices)
	b.Add(`select item, cycle from disputes where terminal_id = `+q.terminal+` and closed_at is null`, q.args, q.readDisputes)
	b.Add(`select old.sn, l.item, l.at, l.seq, l.cycle_to
		from terminals new join terminals old on old.sn = new.replaces_sn and old.merchant_id = new.merchant_id and old.id <> new.id
		join bill_lines l on l.terminal_id = old.id and l.cycle_index is not null
		where new.id = `+q.terminal+` and l.settles and l.state in ('authorized', 'posted', 'refunded', 'waived')`, q.args, q.readReplaced)
}

func (q *feesQuery) ofPlan(column string) string {
	if q.plan == "" {
		return ""
	}
	return " and " + column + " = " + q.plan
}

func (q *feesQuery) readCard(rows db.Rows) error {
	c := &q.card
	return db.Each(rows, func() error {
		var reason, replaces db.Text
		err := rows.Scan(&c.ID, &c.SN, &c.Alias, &c.Shop, &c.Model, &c.Type, &c.ICCID, &c.Carrier, &c.ActivatedOn,
			&c.InactiveFrom, &reason, &c.ReportedGoneOn, &replaces, &c.ClosedOn)
		c.InactiveReason, c.ReplacesSN = string(reason), string(replaces)
		q.facts.SN, q.facts.ActivatedOn, q.facts.InactiveFrom = c.SN, c.ActivatedOn, goneFrom(c.InactiveFrom, c.InactiveReason)
		q.facts.ReportedGoneOn, q.facts.MerchantClosedOn = c.ReportedGoneOn, c.ClosedOn
		return err
	})
}

func (q *feesQuery) readEnrolments(rows db.Rows) error {
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
			q.fees = append(q.fees, f)
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

func (q *feesQuery) fee(planID int64) *TerminalFee {
	for i := range q.fees {
		if q.fees[i].PlanID == planID {
			return &q.fees[i]
		}
	}
	return nil
}

func (q *feesQuery) readCycleLines(rows db.Rows) error {
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

func (q *feesQuery) readNotices(rows db.Rows) error {
	return db.Each(rows, func() error {
		var n Notice
		var delivered db.Time
		err := rows.Scan(&n.PlanID, &n.PeriodFrom, &n.Amount, &n.Channel, &delivered)
		n.DeliveredAt = delivered.Time
		q.facts.Notices = append(q.facts.Notices, n)
		return err
	})
}

func (q *feesQuery) readDisputes(rows db.Rows) error {
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
		q.facts.Disputes = append(q.facts.Disputes, d)
		return nil
	})
}

func (q *feesQuery) readReplaced(rows db.Rows) error {
	return db.Each(rows, func() error {
		var sn string
		var item fee.Item
		var at db.Time
		var seq int64
		var through date.Date
		if err := rows.Scan(&sn, &item, &at, &seq, &through); err != nil {
			return err
		}
		if q.facts.Replaced == nil {
			q.facts.Replaced = &Replaced{SN: sn, Paid: map[fee.Item][]fee.Paid{}}
		}
		q.facts.Replaced.add(item, at.Time, seq, through)
		return nil
	})
}

// foresee asks the rules what is to come of each fee, and how its cycles stand.
func (q *feesQuery) foresee(policy fee.Policy, today date.Date) error {
	for i := range q.fees {
		f := &q.fees[i]
		q.facts.Enrolments = append(q.facts.Enrolments, Enrolment{PlanID: f.PlanID, Fee: f.Enrolment})
	}
	for i := range q.fees {
		f := &q.fees[i]
		if f.Plan == nil {
			return errUnknownPlan(q.card.SN, f.PlanID)
		}
		c := q.facts.Case(&f.Plan.Fee, f.PlanID, f.Plan.Fee.Item, policy)
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
