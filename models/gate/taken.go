package gate

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// lockAny reads a deduction while nobody else decides on its terminal: one that
// was asked for or reported here, or else one that came with a file, which is
// named by the core system's number. It returns fault.NotFound.
func lockAny(ctx context.Context, tx *db.Tx, id string) (*row, error) {
	r, err := lockRow(ctx, tx, id)
	if !fault.Is(err, fault.NotFound) {
		return r, err
	}
	if err := deduction.LockTaken(ctx, tx, id); err != nil {
		return nil, err
	}
	t, err := deduction.FindTakenIn(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	r = &row{
		ID: t.ID, MerchantID: t.MerchantID, TerminalID: t.TerminalID, PlanID: t.PlanID, Item: t.Item, Ref: t.Ref, Amount: t.Amount, Origin: t.Origin,
		At: t.At, State: t.State, Refunded: t.Refunded, SN: t.SN, taken: t,
	}
	if t.Gate == deduction.GateUngated {
		r.UngatedAt = t.At
	}
	err = tx.QueryRow(ctx, `
		select (select count(*) from gate_steps where merchant_id = $1 and deduction_id = $2),
			(select count(*) from gate_decisions where merchant_id = $1 and deduction_id = $2)`, r.MerchantID, r.ID).Scan(&r.steps, &r.number)
	return r, err
}

// came tells how the deduction came by the gate.
func (r *row) came() deduction.Gate {
	switch {
	case !r.UngatedAt.IsZero():
		return deduction.GateUngated
	case r.taken != nil:
		return deduction.GateNone
	}
	return deduction.GateAsked
}

// request is the deduction as the rules were asked about it, or as the file said
// it.
func (r *row) request() (fee.Request, error) {
	if t := r.taken; t != nil {
		return fee.Request{
			Amount: t.Amount, At: t.At, PeriodFrom: t.PeriodFrom, Sale: t.Sale, SaleCount: t.SaleCount, Method: t.Method, SaleNet: t.SaleNet,
			OrderRef: t.OrderRef, Origin: t.Origin,
		}, nil
	}
	before, err := r.latest.read()
	if err != nil {
		return fee.Request{}, err
	}
	return before.Case.Request, nil
}

// after answers how a deduction stands after a step. One that came with a file is
// judged anew, as its bill will be.
func (g *Gate) after(ctx context.Context, tx *db.Tx, r *row, now time.Time) (Answer, error) {
	if r.taken == nil {
		return g.stands(r, now)
	}
	p, err := g.whatIsPublished(ctx, tx)
	if err != nil {
		return Answer{}, unavailable(err)
	}
	c, v, err := deduction.JudgeOne(ctx, tx, p.Plans, p.Policy(now), r.TerminalID, r.ID)
	if err != nil {
		return Answer{}, unavailable(err)
	}
	return r.answer(g, &verdict{deduction.Decided{Case: c}, v}, now), nil
}

// whatIsPublished returns what holds for all as it is now.
func (g *Gate) whatIsPublished(ctx context.Context, r db.Reader) (*deduction.Published, error) {
	if p := g.published.Load(); p != nil {
		if still, err := p.Still(ctx, r); err != nil || still {
			return p, err
		}
	}
	p, err := deduction.ReadPublished(ctx, r)
	if err == nil {
		g.published.Store(p)
	}
	return p, err
}
