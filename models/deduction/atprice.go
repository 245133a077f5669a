package deduction

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// AtPrice is what a terminal paid by a plan over some time, beside what it would
// have paid by another price.
type AtPrice struct {
	Lines      int       // deductions and columns of settlements that took money
	NotChecked int       // of these, such as can't be told by a price, and are in no sum
	Taken      money.Fen // and not given back
	Agreed     money.Fen // of that, as the price in force then says
	Would      money.Fen // as the other price says
}

// More returns how much more the other price comes to than the agreed one.
func (a *AtPrice) More() money.Fen { return a.Would.Minus(a.Agreed) }

// Plus adds what another terminal paid.
func (a *AtPrice) Plus(b AtPrice) {
	a.Lines, a.NotChecked = a.Lines+b.Lines, a.NotChecked+b.NotChecked
	a.Taken, a.Agreed, a.Would = a.Taken.Plus(b.Taken), a.Agreed.Plus(b.Agreed), a.Would.Plus(b.Would)
}

// ReplayAtPrice replays the history of terminals that pay by a plan twice, as it
// was agreed and as if the plan had had another price from its beginning, and
// adds up what fell on the days after one up to another. It reads the whole
// history of the terminals, so that callers with many go through them part by
// part. It returns an error wrapping fee.ErrInvalidCase where a fact can't be.
func ReplayAtPrice(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, planID int64, price fee.Price, after, to date.Date, terminalIDs []int64) (map[int64]AtPrice, error) {
	plan := plans(planID)
	if plan == nil {
		return nil, fmt.Errorf("deduction: plan %d is not known here", planID)
	}
	terminals, err := readBills(ctx, r, terminalIDs, !plan.HasCycles())
	if err != nil {
		return nil, err
	}
	other := &otherPrice{
		plans: plans, policy: policy, planID: planID, plan: *plan, after: after, to: to,
	}
	other.plan.Versions = []fee.Version{{Number: 1, PublishedOn: date.First, EffectiveOn: firstEffective(plan), DisclosureDays: new(int), Price: price}}
	all := make(map[int64]AtPrice, len(terminals))
	for id, t := range terminals {
		if all[id], err = other.replay(t); err != nil {
			return nil, fmt.Errorf("deduction: terminal %s, plan %d at another price: %w", t.SN, planID, err)
		}
	}
	return all, nil
}

func firstEffective(plan *fee.Plan) date.Date {
	first := date.Last
	for i := range plan.Versions {
		first = min(first, plan.Versions[i].EffectiveOn)
	}
	return first
}

// readBills reads what terminals agreed to and what was taken, with settlements
// only where they are asked for: they come by the hundred.
func readBills(ctx context.Context, r db.Reader, ids []int64, settlements bool) (map[int64]*Terminal, error) {
	l := &loader{terminals: map[int64]*Terminal{}, bySN: map[string]*Terminal{}}
	if err := l.readTerminals(ctx, r, ids, map[int64]string{}); err != nil || len(l.terminals) == 0 {
		return l.terminals, err
	}
	l.list()
	b := db.NewBatch()
	l.addEnrolments(b)
	l.addDeductions(b)
	if settlements {
		l.addSettlements(b)
	}
	return l.terminals, r.Read(ctx, b)
}

// otherPrice is a plan as if it had had one price from its beginning.
type otherPrice struct {
	plans     PlanByID
	policy    fee.Policy
	planID    int64
	plan      fee.Plan
	after, to date.Date
}

func (o *otherPrice) replay(t *Terminal) (sum AtPrice, err error) {
	agreed, err := o.judge(t, o.plans, nil)
	if err != nil {
		return sum, err
	}
	e := t.enrolment(o.planID)
	if e == nil {
		return sum, nil
	}
	would, err := o.judge(t, func(id int64) *fee.Plan {
		if id == o.planID {
			return &o.plan
		}
		return o.plans(id)
	}, accepted(e.Fee))
	if err != nil {
		return sum, err
	}
	for ref, then := range agreed {
		l := then.Deduction
		if on := date.Of(l.At); on <= o.after || on > o.to || l.State != fee.Posted && l.State != fee.Authorized {
			continue
		}
		sum.Lines++
		other := would[ref]
		if then.Verdict.Reasons.Has(fee.NotItemised) || other.Verdict.Reasons.Has(fee.NotItemised) {
			sum.NotChecked++
			continue
		}
		sum.Taken = sum.Taken.Plus(l.Amount.Minus(l.Refunded))
		sum.Agreed = sum.Agreed.Plus(then.Verdict.Expected)
		sum.Would = sum.Would.Plus(other.Verdict.Expected)
	}
	return sum, nil
}

// accepted is the enrolment with the one price accepted on the days on which the
// merchant accepted any: what was never agreed is not owed by it either.
func accepted(e fee.Enrolment) *fee.Enrolment {
	given := make([]fee.Acceptance, len(e.Accepted))
	for i, a := range e.Accepted {
		given[i] = fee.Acceptance{Version: 1, On: a.On, Via: a.Via}
	}
	e.Accepted = given
	return &e
}

// judge replays what the plan took from the terminal, by the line's id; instead
// stands for the enrolment where it is given.
func (o *otherPrice) judge(t *Terminal, plans PlanByID, instead *fee.Enrolment) (map[string]fee.Judged, error) {
	all := map[string]fee.Judged{}
	for _, bill := range t.bills(plans) {
		if bill.planID != o.planID {
			continue
		}
		c := t.Case(bill.plan, bill.planID, bill.item, o.policy)
		if instead != nil {
			c.Enrolment = instead
		}
		judged, err := fee.Replay(c, bill.deductions)
		if err != nil {
			return nil, err
		}
		for _, j := range judged {
			all[j.Deduction.Ref] = j
		}
	}
	return all, nil
}
