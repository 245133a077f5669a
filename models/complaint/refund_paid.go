package complaint

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/worktime"
)

// GivenBack is money of a deduction that the core system has given back.
type GivenBack struct {
	LineID    string    // the deduction's
	RefundID  string    // the refund that it is for; empty: whichever it fits
	Amount    money.Fen // zero: all that was left of the deduction
	Actor     audit.Actor
	RequestID string
}

// toPay is a refund that is approved and not paid in full.
type toPay struct {
	id, number string
	left, part money.Fen
}

// GiveBackIn counts money that was given back towards the refunds of the
// deduction that were approved: the one that is named, else one of just that
// amount, else one after another. Where there is none, the money was given back
// without a case. It returns fault.Invalid for the field "refund" where the one
// that is named is not open for the deduction, and for "amount_fen" where it is
// less.
func (c *Cases) GiveBackIn(ctx context.Context, tx *db.Tx, g GivenBack) error {
	open, err := openRefunds(ctx, tx, g.LineID)
	if err == nil {
		open, err = g.spread(open)
	}
	if err != nil {
		return err
	}
	// Cases are held in the order of their numbers, so that two who hold several
	// never wait for each other.
	slices.SortFunc(open, func(a, b toPay) int { return cmp.Compare(a.number, b.number) })
	at, by := c.clock.Now(), person{actor: g.Actor, requestID: g.RequestID}
	for _, p := range open {
		h, err := lock(ctx, tx, 0, p.number)
		if err != nil {
			return err
		}
		r := &Refund{ID: p.id, LineID: g.LineID}
		var paid money.Fen
		err = tx.QueryRow(ctx, `select state, amount_fen, paid_fen from refund_proposals where merchant_id = $1 and id = $2`, h.merchantID, p.id).Scan(&r.State, &r.Amount, &paid)
		if err != nil {
			return err
		}
		if r.State != RefundApproved && r.State != RefundSent {
			continue // somebody was quicker
		}
		if err := h.pay(ctx, tx, at, by, r, min(p.part, r.Amount.Minus(paid)), paid); err != nil {
			return err
		}
	}
	return nil
}

// Payable is a refund as whoever pays it has to know it.
type Payable struct {
	ID     string
	Number string // of the case
	State  RefundState
	Amount money.Fen
	Paid   money.Fen // so much of it
	LineID string    // of the bill; empty: none
	// Deduction says that the line is a deduction of its own, of which what was
	// given back is kept too. A settlement's line is not.
	Deduction bool
}

// ReadPayable reads a refund. It returns fault.NotFound.
func ReadPayable(ctx context.Context, r db.Reader, refundID string) (p Payable, err error) {
	err = r.QueryRow(ctx, `
		select r.id, c.number, r.state, r.amount_fen, r.paid_fen, r.line_id,
			exists (select 1 from deductions d where d.merchant_id = r.merchant_id and d.id = r.line_id)
		from refund_proposals r join cases c on c.id = r.case_id where r.id = $1`, refundID).
		Scan(&p.ID, &p.Number, &p.State, &p.Amount, &p.Paid, &p.LineID, &p.Deduction)
	if db.NotFound(err) {
		err = fault.New(fault.NotFound, "case.refund_not_found")
	}
	return p, err
}

// Part returns how much of the refund is paid with an amount, nil being all that
// is left. It returns fault.Conflict where the refund is not approved, or all of
// it was paid, and fault.Invalid for the field "amount_fen".
func (p *Payable) Part(amount *money.Fen) (money.Fen, error) {
	left := p.Amount.Minus(p.Paid)
	switch {
	case p.State == RefundPaid:
		return 0, fault.New(fault.Conflict, "case.refund_paid")
	case p.State != RefundApproved && p.State != RefundSent:
		return 0, fault.New(fault.Conflict, "case.refund_not_approved")
	case amount == nil:
		return left, nil
	case *amount <= 0 || *amount > left:
		return 0, wrongField("amount_fen", "case.refund_wrong", "left", left)
	}
	return *amount, nil
}

// PayRefundIn counts money that was given back towards the one refund that is
// named, whatever it is for: a deduction, a line of a settlement or nothing that
// is on the bill. The case closes once nothing is outstanding. It returns the
// faults of Payable.Part, and fault.NotFound.
func (c *Cases) PayRefundIn(ctx context.Context, tx *db.Tx, g GivenBack) (Payable, error) {
	h, r, err := lockRefund(ctx, tx, g.RefundID)
	if err != nil {
		return Payable{}, err
	}
	p := Payable{ID: r.ID, Number: h.number, State: r.State, Amount: r.Amount, Paid: r.Paid, LineID: r.LineID}
	part, err := p.Part(&g.Amount)
	if err != nil {
		return Payable{}, err
	}
	if err := h.pay(ctx, tx, c.clock.Now(), person{actor: g.Actor, requestID: g.RequestID}, r, part, r.Paid); err != nil {
		return Payable{}, err
	}
	return ReadPayable(ctx, tx, r.ID)
}

func openRefunds(ctx context.Context, tx *db.Tx, lineID string) (all []toPay, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p toPay
			err := rows.Scan(&p.id, &p.number, &p.left)
			all = append(all, p)
			return err
		})
	}, `
		select r.id, c.number, r.amount_fen - r.paid_fen
		from refund_proposals r join cases c on c.id = r.case_id
		where r.line_id = $1 and r.state in ('approved', 'sent') and c.merged_into is null
		order by r.proposed_at, r.id`, lineID)
	return all, err
}

// spread chooses the refunds that money counts towards, with how much of it.
func (g *GivenBack) spread(open []toPay) ([]toPay, error) {
	if g.RefundID != "" {
		i := slices.IndexFunc(open, func(p toPay) bool { return p.id == g.RefundID })
		switch {
		case i < 0:
			return nil, wrongField("refund", "case.refund_not_open")
		case g.Amount > open[i].left:
			return nil, wrongField("amount_fen", "case.refund_wrong", "left", open[i].left)
		case g.Amount > 0:
			open[i].part = g.Amount
			return open[i : i+1], nil
		}
	}
	if g.Amount == 0 {
		for i := range open {
			open[i].part = open[i].left
		}
		return open, nil
	}
	if i := slices.IndexFunc(open, func(p toPay) bool { return p.left == g.Amount }); i >= 0 {
		open[i].part = g.Amount
		return open[i : i+1], nil
	}
	rest := g.Amount
	for i := range open {
		open[i].part = min(rest, open[i].left)
		if rest = rest.Minus(open[i].part); rest == 0 {
			return open[:i+1], nil
		}
	}
	return open, nil
}

// pay counts money towards a refund of which so much was paid. The case closes
// once nothing is outstanding, unless it is looked at again, or a decision after
// that waits for the merchant's word.
func (h *head) pay(ctx context.Context, tx *db.Tx, at time.Time, by person, r *Refund, amount, paid money.Fen) error {
	state, paidAt := r.State, db.Time{}
	if paid = paid.Plus(amount); paid >= r.Amount {
		state, paidAt = RefundPaid, db.At(at)
	} else if state == RefundApproved {
		state = RefundSent
	}
	_, err := tx.Exec(ctx, `update refund_proposals set state = $3, paid_fen = $4, sent_at = coalesce(sent_at, $5), paid_at = $6 where merchant_id = $1 and id = $2`,
		h.merchantID, r.ID, string(state), int64(paid), at, paidAt)
	if err != nil {
		return err
	}
	m, err := h.moneyIn(ctx, tx)
	if err != nil {
		return err
	}
	if !m.outstanding() && (h.now.State == worktime.RefundPending || h.now.State == worktime.Decided && h.accepted()) {
		err = h.close(ctx, tx, at, by)
	} else {
		err = h.tellPaid(ctx, tx, at, by)
	}
	if err != nil {
		return err
	}
	return h.record(ctx, tx, at, by, "pay_refund", map[string]any{"refund": r.ID, "amount_fen": int64(amount)})
}
