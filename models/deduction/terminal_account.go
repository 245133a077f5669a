package deduction

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// Foreseen is a charge to come of one of a terminal's fees.
type Foreseen struct {
	PlanID int64
	fee.Charge
}

// ReadForecast returns what is to come of all fees of the terminal with a serial
// number, from today up to a date, the earliest first, from the facts as they
// are now. Fees without cycles have no dates to foresee. It returns
// fault.NotFound where nobody has such a terminal.
func ReadForecast(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, sn string, today, until date.Date) ([]Foreseen, error) {
	t, err := factsOfSN(ctx, r, plans, policy, sn)
	if err != nil {
		return nil, err
	}
	if err := readScheduled(ctx, r, map[int64]*Terminal{t.ID: t}); err != nil {
		return nil, err
	}
	lines, err := t.Judge(plans, policy)
	if err != nil {
		return nil, err
	}
	var foreseen []Foreseen
	for i := range t.Enrolments {
		planID := t.Enrolments[i].PlanID
		plan := plans(planID)
		if plan == nil {
			return nil, errUnknownPlan(t.SN, planID)
		}
		c := t.Case(plan, planID, plan.Item, policy)
		c.History = entries(linesOfPlan(lines, planID))
		charges, err := fee.Forecast(c, today, until)
		if err != nil {
			return nil, fmt.Errorf("deduction: terminal %s, plan %d: %w", t.SN, planID, err)
		}
		t.onSchedule(planID, charges)
		for _, charge := range charges {
			foreseen = append(foreseen, Foreseen{planID, charge})
		}
	}
	slices.SortStableFunc(foreseen, func(a, b Foreseen) int { return cmp.Compare(a.On, b.On) })
	return foreseen, nil
}

// FeeAccount is what was expected of one of a terminal's fees over a span,
// against what was taken.
type FeeAccount struct {
	PlanID int64 // 0: the terminal never took up this fee
	Item   fee.Item
	fee.Account
}

// TerminalAccount is all of a terminal's fees over a span.
type TerminalAccount struct {
	Fees []FeeAccount
	Refs map[string]string // the core system's numbers, by the references of the deductions in Fees
}

// ReadAccount sets what was taken for the terminal with a serial number against
// what was agreed, fee by fee, for the days from one to another, as known today
// from the facts as they are now: what was taken is in exactly one place. It
// returns fault.NotFound where nobody has such a terminal.
func ReadAccount(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, sn string, from, to, today date.Date) (*TerminalAccount, error) {
	t, err := factsOfSN(ctx, r, plans, policy, sn)
	if err != nil {
		return nil, err
	}
	bills := t.bills(plans)
	for i := range t.Enrolments {
		planID := t.Enrolments[i].PlanID
		if plan := plans(planID); plan != nil && plan.HasCycles() && !slices.ContainsFunc(bills, func(b *bill) bool { return b.planID == planID }) {
			bills = append(bills, &bill{planID: planID, plan: plan, item: plan.Item})
		}
	}
	account := &TerminalAccount{Refs: t.refs()}
	for _, b := range bills {
		if b.planID != 0 && b.plan == nil {
			return nil, errUnknownPlan(t.SN, b.planID)
		}
		c := t.Case(b.plan, b.planID, b.item, policy)
		judged, err := fee.Replay(c, b.deductions)
		if err != nil {
			return nil, fmt.Errorf("deduction: terminal %s, plan %d: %w", t.SN, b.planID, err)
		}
		of := FeeAccount{PlanID: b.planID, Item: b.item}
		if of.Account, err = fee.Reconcile(c, judged, from, to, today); err != nil {
			return nil, fmt.Errorf("deduction: terminal %s, plan %d: %w", t.SN, b.planID, err)
		}
		if len(of.Lines) > 0 {
			account.Fees = append(account.Fees, of)
		}
	}
	return account, nil
}

// refs returns the core system's numbers of all lines of the terminal's bill.
func (t *Terminal) refs() map[string]string {
	refs := make(map[string]string, len(t.Deductions)+len(t.Settlements))
	for i := range t.Deductions {
		refs[t.Deductions[i].ID] = t.Deductions[i].Ref
	}
	for i := range t.Settlements {
		s := &t.Settlements[i]
		for _, kind := range []Kind{KindCard, KindQR, KindPayout, KindOther} {
			refs[s.ID+"-"+string(kind)] = s.Ref
		}
	}
	return refs
}

// factsOfSN reads everything known about the terminal with a serial number,
// whosever it is.
func factsOfSN(ctx context.Context, r db.Reader, plans PlanByID, policy fee.Policy, sn string) (*Terminal, error) {
	var id int64
	err := r.QueryRow(ctx, `select id from terminals where sn = $1`, sn).Scan(&id)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "errors.not_found.terminal")
	}
	if err != nil {
		return nil, err
	}
	terminals, err := factsOf(ctx, r, plans, policy, []int64{id})
	if err != nil {
		return nil, err
	}
	return terminals[id], nil
}

// FindByRef returns the merchant and the id of the deduction with a number, ours
// or the core system's, and whether it was judged yet. It returns fault.NotFound
// where there is none.
func FindByRef(ctx context.Context, r db.Reader, ref string) (merchantID int64, lineID string, judged bool, err error) {
	err = r.QueryRow(ctx, `
		select t.merchant_id, d.id, exists (select 1 from bill_lines l where l.merchant_id = d.merchant_id and l.id = d.id)
		from deduction_refs f join deductions d on d.id = f.deduction_id and d.at = f.at join terminals t on t.id = d.terminal_id
		where f.ref = `+refOf, ref).Scan(&merchantID, &lineID, &judged)
	if db.NotFound(err) {
		return 0, "", false, fault.New(fault.NotFound, "errors.not_found.deduction")
	}
	return merchantID, lineID, judged, err
}
