package deduction

import (
	"cmp"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// feesQuery reads one terminal with its fees.
type feesQuery struct {
	union *feesUnion
	plans *disclosure.Plans

	merchantID int64 // where the sheet is read
	card       Card
	fees       []TerminalFee
	facts      Terminal // the same, as the rules take it
	accepted   []acceptedRow
	cycleLines []Line
	replaced   []replacedRow
	recent     []Line
	year       money.Fen
	usage      *Usage
	kept       kept
	wrong      int
	days       *sheetDays // where a sheet is written
}

// acceptedRow is an enrolment with one of its acceptances, or with none.
type acceptedRow struct {
	enrolmentID, acceptanceID, planID int64
	enrolment                         fee.Enrolment
	acceptance                        fee.Acceptance // Version 0: none
	by                                string
}

// replacedRow is a cycle that the terminal paid for whose place this one took.
type replacedRow struct {
	sn      string
	item    fee.Item
	at      time.Time
	seq     int64
	through date.Date
}

// ofThis limits a table to the terminal.
const ofThis = "terminal_id = (select id from this)"

// newFeesUnion returns the statement that reads one terminal with its fees. This
// is a SELECT that yields the terminal's row, and where only one plan is wanted
// that as plan_id, or no row where the terminal is another merchant's: nothing
// that is read can be what is not the reader's.
//
// What it looks up by key stands in a subselect, not in a join: PostgreSQL keeps
// one plan for all terminals, and may have made it when the table was small.
func newFeesUnion(this string, onePlan bool) *feesUnion {
	ofPlan := func(column string) string {
		if !onePlan {
			return ""
		}
		return " and " + column + " = (select plan_id from this)"
	}
	u := &feesUnion{sql: "with this as (" + this + ")"}
	u.add((*feesQuery).readCycleLine, lineColumnsOf("bill_lines l where l."+ofThis+" and (l.cycle_index is not null or l.period_from is not null)"+ofPlan("l.plan_id")))
	u.add((*feesQuery).readCard, unionColumns{
		texts: []string{
			"sn", "coalesce(own_alias, alias)", "(select s.name from shops s where s.id = this.shop_id)", "model", "type", "iccid", "carrier",
			"inactive_reason", "replaces_sn",
		},
		numbers: []string{"id"},
		days:    []string{"activated_on", "inactive_from", "reported_gone_on", "(select m.closed_on from merchants m where m.id = this.merchant_id)"},
		from:    "this",
	})
	u.add((*feesQuery).readAccepted, unionColumns{
		texts:   []string{"a.via", "a.accepted_by"},
		numbers: []string{"e.id", "a.id", "e.plan_id", "e.own_limit_fen", "cast(a.version as bigint)"},
		days:    []string{"e.anchor_on", "e.cancelled_on", "a.accepted_on"},
		from:    "enrolments e left join acceptances a on a.enrolment_id = e.id where e." + ofThis + ofPlan("e.plan_id"),
	})
	u.add((*feesQuery).readNotice, unionColumns{
		texts:   []string{"n.channel"},
		numbers: []string{"n.plan_id", "n.amount_fen"},
		days:    []string{"n.period_from"},
		at:      "n.delivered_at",
		from:    "delivered_notices n where n." + ofThis + ofPlan("n.plan_id"),
	})
	u.add((*feesQuery).readDispute, unionColumns{
		texts:   []string{"d.item"},
		numbers: []string{"cast(d.cycle as bigint)"},
		at:      "d.opened_at",
		from:    "disputes d where d." + ofThis + " and d.closed_at is null",
	})
	u.add((*feesQuery).readReplaced, unionColumns{
		texts:   []string{"old.sn", "l.item"},
		numbers: []string{"l.seq"},
		days:    []string{"l.cycle_to"},
		at:      "l.at",
		from: `this join terminals old on old.sn = this.replaces_sn and old.merchant_id = this.merchant_id and old.id <> this.id
			join bill_lines l on l.terminal_id = old.id and l.cycle_index is not null
			where l.settles and l.state in ('authorized', 'posted', 'refunded', 'waived')`,
	})
	u.add((*feesQuery).readScheduledOfThis, scheduledOfThis)
	return u
}

func (q *feesQuery) readCard(r *unionRow) error {
	q.card = Card{
		ID: r.numbers[0].Int64, SN: q.kept.text(r.texts[0]), Alias: q.kept.text(r.texts[1]), Shop: q.kept.text(r.texts[2]),
		Model: word[string](r.texts[3]), Type: word[string](r.texts[4]), ICCID: q.kept.text(r.texts[5]), Carrier: word[string](r.texts[6]),
		ActivatedOn: r.days[0], InactiveFrom: r.days[1], InactiveReason: word[string](r.texts[7]), ReportedGoneOn: r.days[2],
		ReplacesSN: q.kept.text(r.texts[8]), ClosedOn: r.days[3],
	}
	return nil
}

func (q *feesQuery) readAccepted(r *unionRow) error {
	if q.accepted == nil {
		q.accepted = make([]acceptedRow, 0, 8)
	}
	q.accepted = append(q.accepted, acceptedRow{
		enrolmentID: r.numbers[0].Int64, acceptanceID: r.numbers[1].Int64, planID: r.numbers[2].Int64,
		enrolment:  fee.Enrolment{AnchorOn: r.days[0], CancelledOn: r.days[1], OwnLimit: q.kept.fen(r.numbers[3])},
		acceptance: fee.Acceptance{Version: int(r.numbers[4].Int64), On: r.days[2], Via: word[string](r.texts[0])},
		by:         q.kept.text(r.texts[1]),
	})
	return nil
}

func (q *feesQuery) readCycleLine(r *unionRow) error { return q.appendLine(&q.cycleLines, r) }

func (q *feesQuery) readNotice(r *unionRow) error {
	if q.facts.Notices == nil {
		q.facts.Notices = make([]Notice, 0, 16)
	}
	q.facts.Notices = append(q.facts.Notices, Notice{
		PlanID: r.numbers[0].Int64, PeriodFrom: r.days[0], Amount: money.Fen(r.numbers[1].Int64), Channel: word[string](r.texts[0]), DeliveredAt: r.at.Time,
	})
	return nil
}

func (q *feesQuery) readDispute(r *unionRow) error {
	q.facts.Disputes = append(q.facts.Disputes, Dispute{
		Item: word[fee.Item](r.texts[0]),
		Fee:  fee.Dispute{Open: true, WholeItem: !r.numbers[0].Valid, Cycle: int(r.numbers[0].Int64), OpenedAt: r.at.Time},
	})
	return nil
}

func (q *feesQuery) readReplaced(r *unionRow) error {
	q.replaced = append(q.replaced, replacedRow{
		sn: q.kept.text(r.texts[0]), item: word[fee.Item](r.texts[1]), at: r.at.Time, seq: r.numbers[0].Int64, through: r.days[0],
	})
	return nil
}

// assemble puts together what was read. Rows come in no order.
func (q *feesQuery) assemble() {
	q.takeCard()
	slices.SortFunc(q.facts.Notices, func(a, b Notice) int {
		return cmp.Or(a.DeliveredAt.Compare(b.DeliveredAt), cmp.Compare(a.PlanID, b.PlanID), cmp.Compare(a.PeriodFrom, b.PeriodFrom), cmp.Compare(a.Channel, b.Channel))
	})
	q.assembleFees()
	slices.SortFunc(q.cycleLines, func(a, b Line) int { return cmp.Or(cmp.Compare(a.PlanID, b.PlanID), compareLines(a, b)) })
	for rest := q.cycleLines; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].PlanID == rest[0].PlanID {
			n++
		}
		if f := q.fee(rest[0].PlanID); f != nil {
			f.Lines = rest[:n:n]
		}
		rest = rest[n:]
	}
	q.takeReplaced()
}

// takeCard tells the rules what the card says.
func (q *feesQuery) takeCard() {
	c := &q.card
	q.facts.SN, q.facts.ActivatedOn, q.facts.InactiveFrom = c.SN, c.ActivatedOn, goneFrom(c.InactiveFrom, c.InactiveReason)
	q.facts.ReportedGoneOn, q.facts.MerchantClosedOn = c.ReportedGoneOn, c.ClosedOn
}

// takeReplaced tells the rules what the terminal before paid.
func (q *feesQuery) takeReplaced() {
	for i := range q.replaced {
		r := &q.replaced[i]
		if q.facts.Replaced == nil {
			q.facts.Replaced = &Replaced{SN: r.sn, Paid: map[fee.Item][]fee.Paid{}}
		}
		q.facts.Replaced.add(r.item, r.at, r.seq, r.through)
	}
}

// assembleFees makes the fees of their enrolments, in the order of these, with
// the acceptances of each in the order of their days.
func (q *feesQuery) assembleFees() {
	slices.SortFunc(q.accepted, func(a, b acceptedRow) int {
		return cmp.Or(cmp.Compare(a.enrolmentID, b.enrolmentID), cmp.Compare(a.acceptance.On, b.acceptance.On), cmp.Compare(a.acceptanceID, b.acceptanceID))
	})
	q.fees = make([]TerminalFee, 0, len(q.accepted))
	all := make([]fee.Acceptance, 0, len(q.accepted))
	for i := range q.accepted {
		r := &q.accepted[i]
		last := len(q.fees) - 1
		if last < 0 || q.accepted[i-1].enrolmentID != r.enrolmentID {
			q.fees = append(q.fees, TerminalFee{PlanID: r.planID, Plan: q.plans.ByID(r.planID), Enrolment: r.enrolment})
			last++
			all = all[len(all):]
		}
		if r.acceptance.Version != 0 {
			all = append(all, r.acceptance)
			q.fees[last].AcceptedBy = r.by
			q.fees[last].Enrolment.Accepted = all[:len(all):len(all)]
		}
	}
}

func (q *feesQuery) fee(planID int64) *TerminalFee {
	for i := range q.fees {
		if q.fees[i].PlanID == planID {
			return &q.fees[i]
		}
	}
	return nil
}

// foresee asks the rules what is to come of each fee, and how its cycles stand.
func (q *feesQuery) foresee(policy fee.Policy, today date.Date) error {
	q.facts.Enrolments = make([]Enrolment, 0, len(q.fees))
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
		q.facts.onSchedule(f.PlanID, f.Charges)
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
	deductions := make([]fee.Deduction, len(lines))
	for i := range lines {
		l := &lines[i]
		deductions[i] = fee.Deduction{Ref: l.ID, Amount: l.Amount, Refunded: l.Refunded, At: l.At, State: l.State}
		judged[i] = fee.Judged{Deduction: &deductions[i], Verdict: l.Verdict}
		if l.Settles {
			judged[i].Settles = l.Verdict.Cycle.Index
		}
	}
	return judged
}
