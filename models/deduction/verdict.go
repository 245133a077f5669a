package deduction

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// PlanByID returns a published plan, or nil.
type PlanByID func(id int64) *fee.Plan

// Judge returns the terminal's bill, each line judged against those before it,
// in the order of their instants. It returns an error wrapping
// fee.ErrInvalidCase where a fact can't be.
func (t *Terminal) Judge(plans PlanByID, policy fee.Policy) ([]Line, error) {
	var lines []Line
	for _, bill := range t.bills(plans) {
		if bill.planID != 0 && bill.plan == nil {
			return nil, errUnknownPlan(t.SN, bill.planID)
		}
		judged, err := fee.Replay(t.Case(bill.plan, bill.planID, bill.item, policy), bill.deductions)
		if err != nil {
			return nil, fmt.Errorf("deduction: terminal %s, plan %d: %w", t.SN, bill.planID, err)
		}
		for i := range judged {
			lines = append(lines, bill.line(&judged[i]))
		}
	}
	slices.SortStableFunc(lines, compareLines)
	return lines, nil
}

// Explain returns what there is to say about one line of the terminal's bill,
// from the very case that Judge judges it by, or fault.NotFound where the terminal
// has no such line.
func (t *Terminal) Explain(lineID string, plans PlanByID, policy fee.Policy) (fee.Explanation, error) {
	for _, bill := range t.bills(plans) {
		if _, ok := bill.sources[lineID]; !ok {
			continue
		}
		c, err := fee.ReplayUntil(t.Case(bill.plan, bill.planID, bill.item, policy), bill.deductions, lineID)
		if err != nil {
			return fee.Explanation{}, err
		}
		return fee.Explain(c)
	}
	return fee.Explanation{}, fault.New(fault.NotFound, "errors.not_found.deduction")
}

func compareLines(a, b Line) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
}

// Case returns the facts about one of the terminal's fees, without a history
// and a request. The plan may be nil where nobody knows one.
func (t *Terminal) Case(plan *fee.Plan, planID int64, item fee.Item, policy fee.Policy) *fee.Case {
	c := &fee.Case{
		Policy: policy,
		Terminal: fee.Terminal{
			ActivatedOn: t.ActivatedOn, InactiveFrom: t.InactiveFrom, ReportedGoneOn: t.ReportedGoneOn,
		},
		Merchant: fee.Merchant{ClosedOn: t.MerchantClosedOn},
	}
	if plan == nil {
		return c
	}
	c.Plan = *plan
	if e := t.enrolment(planID); e != nil {
		c.Enrolment = &e.Fee
		c.Notices = t.notices(plan, e)
	}
	for _, d := range t.Disputes {
		if d.Item == item {
			c.Disputes = append(c.Disputes, d.Fee)
		}
	}
	if t.Replaced != nil && plan.HasCycles() {
		c.Terminal.Replaces = &fee.Replaced{SN: t.Replaced.SN, Paid: t.Replaced.Paid[item]}
	}
	return c
}

func (t *Terminal) enrolment(planID int64) *Enrolment {
	for i := range t.Enrolments {
		if t.Enrolments[i].PlanID == planID {
			return &t.Enrolments[i]
		}
	}
	return nil
}

// notices returns what was announced of the plan, by cycle.
func (t *Terminal) notices(plan *fee.Plan, e *Enrolment) []fee.Notice {
	if !plan.HasCycles() {
		return nil
	}
	schedule := fee.ScheduleOf(&plan.Versions[0].Price, e.Fee.AnchorOn)
	var notices []fee.Notice
	for _, n := range t.Notices {
		if n.PlanID == e.PlanID {
			notices = append(notices, fee.Notice{
				Cycle: schedule.StartingOn(n.PeriodFrom), Amount: n.Amount, DeliveredAt: n.DeliveredAt, Channel: n.Channel,
			})
		}
	}
	return notices
}

// AsReplaced returns what the terminal's successor has to know of it: the
// settled cycles of each item. What an older terminal had paid
// does not decide what this one settled. It returns the errors of Judge.
func (t *Terminal) AsReplaced(plans PlanByID, policy fee.Policy) (*Replaced, error) {
	alone := *t
	alone.Replaced = nil
	lines, err := alone.Judge(plans, policy)
	if err != nil {
		return nil, err
	}
	r := &Replaced{SN: t.SN, Paid: map[fee.Item][]fee.Paid{}}
	for i := range lines {
		if l := &lines[i]; l.Settles && l.State.Settles() {
			r.add(l.Item, l.At, l.Seq, l.Verdict.Cycle.To)
		}
	}
	return r, nil
}

func (r *Replaced) add(item fee.Item, at time.Time, seq int64, through date.Date) {
	if through.IsZero() {
		through = date.Last // paid once, for ever
	}
	r.Paid[item] = append(r.Paid[item], fee.Paid{At: at, Seq: seq, Through: through})
}
