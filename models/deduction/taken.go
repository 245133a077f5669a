package deduction

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// TakenIn is a deduction as the core system reported it in a file.
type TakenIn struct {
	MerchantID int64
	TerminalID int64
	SN         string
	Deduction
}

// refOf is the core system's number of the deduction that $1 names by our number
// or by the core system's.
const refOf = `coalesce((select named.ref from deductions named where named.id = $1), $1)`

// FindTakenIn returns the deduction with a number, ours or the core system's. It
// returns fault.NotFound.
func FindTakenIn(ctx context.Context, r db.Reader, number string) (*TakenIn, error) {
	t := &TakenIn{}
	var planID *int64
	var at db.Time
	var settlement, order, method db.Text
	err := r.QueryRow(ctx, `
		select d.merchant_id, d.terminal_id, t.sn, d.id, d.ref, d.item, d.plan_id, d.amount_fen, d.refunded_fen, d.at, d.period_from, d.state, d.origin,
			d.sale_fen, d.sale_count, d.sale_net_fen, d.method, d.settlement_ref, d.order_ref, d.seq, d.gate
		from deduction_refs f
		join deductions d on d.id = f.deduction_id and d.at = f.at
		join terminals t on t.id = d.terminal_id
		where f.ref = `+refOf, number).
		Scan(&t.MerchantID, &t.TerminalID, &t.SN, &t.ID, &t.Ref, &t.Item, &planID, &t.Amount, &t.Refunded, &at, &t.PeriodFrom, &t.State, &t.Origin,
			&t.Sale, &t.SaleCount, &t.SaleNet, &method, &settlement, &order, &t.Seq, &t.Gate)
	if db.NotFound(err) {
		return nil, fault.New(fault.NotFound, "errors.not_found.deduction")
	}
	t.PlanID, t.At, t.Method, t.SettlementRef, t.OrderRef = orZero(planID), at.Time, fee.Method(method), string(settlement), string(order)
	return t, err
}

// LockTaken lets nobody else decide on the terminal of the deduction with a
// number, ours or the core system's, until the transaction ends.
func LockTaken(ctx context.Context, tx *db.Tx, number string) error {
	if tx.Dialect != db.Postgres {
		return nil // its transactions come one after the other
	}
	_, err := tx.Exec(ctx, `
		select id from terminals where id in (
			select d.terminal_id from deduction_refs f join deductions d on d.id = f.deduction_id and d.at = f.at where f.ref = `+refOf+`)
		order by id for no key update`, number)
	return err
}

// JudgeOne judges one deduction of a terminal among all that is known of it, as
// the terminal's bill does, and returns the case that it is judged by.
func JudgeOne(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, terminalID int64, id string) (*fee.Case, fee.Verdict, error) {
	terminals, err := factsOf(ctx, r, plans.Fee, policy, []int64{terminalID})
	if err != nil {
		return nil, fee.Verdict{}, err
	}
	t := terminals[terminalID]
	if t == nil {
		return nil, fee.Verdict{}, fault.New(fault.NotFound, "errors.not_found.deduction")
	}
	for _, bill := range t.bills(plans.Fee) {
		if _, ok := bill.sources[id]; !ok {
			continue
		}
		if bill.planID != 0 && bill.plan == nil {
			return nil, fee.Verdict{}, errUnknownPlan(t.SN, bill.planID)
		}
		c, err := fee.ReplayUntil(t.Case(bill.plan, bill.planID, bill.item, policy), bill.deductions, id)
		if err != nil {
			return nil, fee.Verdict{}, fmt.Errorf("deduction: terminal %s, plan %d: %w", t.SN, bill.planID, err)
		}
		v, err := fee.Judge(c)
		return c, v, err
	}
	return nil, fee.Verdict{}, fault.New(fault.NotFound, "errors.not_found.deduction")
}

// Forget leaves a deduction out of what is known of a terminal, so that it is not
// judged by itself.
func (t *Terminal) Forget(id string) {
	kept := t.Deductions[:0:0]
	for _, d := range t.Deductions {
		if d.ID != id {
			kept = append(kept, d)
		}
	}
	t.Deductions = kept
}
