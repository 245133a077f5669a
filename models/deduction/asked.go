package deduction

import (
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// Asked is a terminal and an item of which a deduction is asked for.
type Asked struct {
	SN   string
	Item fee.Item
}

// AskedFacts is what is known of terminals and items that are asked for.
type AskedFacts struct {
	Policy    fee.Policy // in force now
	published string     // differs whenever what is published does; empty: no terminal was found
	terminals map[Asked]*Terminal
	replaces  map[Asked]string // the terminals that others took the place of
}

// Terminal returns what is known of a terminal as far as the item goes, or nil
// where there is no such terminal.
func (f *AskedFacts) Terminal(a Asked) *Terminal { return f.terminals[a] }

// Add makes a deduction of a terminal known to what is asked after it.
func (f *AskedFacts) Add(plans PlanByID, a Asked, d Deduction) error {
	t := f.terminals[a]
	t.Deductions = append(t.Deductions, d)
	for later, sn := range f.replaces {
		if sn == a.SN && later.Item == a.Item {
			if err := f.linkReplaced(plans, later); err != nil {
				return err
			}
		}
	}
	return nil
}

// linkReplaced tells a terminal what the one that it took the place of had paid,
// where both are one merchant's.
func (f *AskedFacts) linkReplaced(plans PlanByID, a Asked) (err error) {
	t, old := f.terminals[a], f.terminals[Asked{f.replaces[a], a.Item}]
	if old == nil || old.ID == t.ID || old.MerchantID != t.MerchantID {
		return nil
	}
	t.Replaced, err = old.AsReplaced(plans, f.Policy)
	return err
}

// Ask returns the case of a request for one of the terminal's fees, which comes
// after all that is known of it. Plan is nil, and planID 0, where the terminal
// has none for the item. It returns an error wrapping fee.ErrInvalidCase.
func (t *Terminal) Ask(plans PlanByID, plan *fee.Plan, planID int64, item fee.Item, policy fee.Policy, request fee.Request) (*fee.Case, error) {
	facts := t.Case(plan, planID, item, policy)
	var known []fee.Deduction
	if plan != nil {
		billed := t
		if !facts.AddsUp() {
			billed = t.ofOrders()
		}
		for _, b := range billed.bills(plans) {
			if b.planID == planID && b.item == item && b.plan == plan {
				known = b.deductions
			}
		}
	}
	return fee.Ask(facts, known, request)
}

// ofOrders is the terminal with no more of its deductions than those that name an
// order. Whoever asks thousands of times in one batch, for each payout of a
// terminal, say, would otherwise have all before it sorted anew for each.
func (t *Terminal) ofOrders() *Terminal {
	orders := *t
	orders.Deductions, orders.Settlements = nil, nil
	for i := range t.Deductions {
		if t.Deductions[i].OrderRef != "" {
			orders.Deductions = append(orders.Deductions, t.Deductions[i])
		}
	}
	return &orders
}

// restsOnSettlements reports whether a verdict on the plan may rest on columns
// of settlements, or on deductions that plan_charges leaves out.
func restsOnSettlements(plan *fee.Plan, e *Enrolment) bool {
	if plan.HasCycles() {
		return plan.Item == fee.Transaction || plan.Item == fee.Withdrawal
	}
	return plan.Cap12m > 0 || e.Fee.OwnLimit != nil
}

// addDeduction adds one that is not there yet.
func (t *Terminal) addDeduction(d Deduction) {
	if !slices.ContainsFunc(t.Deductions, func(known Deduction) bool { return known.ID == d.ID }) {
		t.Deductions = append(t.Deductions, d)
	}
}

// lookBack is how far before a request its limits add up: twelve months, and no
// more than a month on top, since the own limit's month may begin before.
func lookBack(from date.Date) date.Date { return from.AddMonths(-13) }
