package portal

import (
	"slices"
	"time"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// movesOf returns what happened to the money of a line that was taken, step by
// step with its day, from what complaints about it came to; none where nothing is
// known beyond the line itself.
func movesOf(line *deduction.Line, on *complaint.OnLine) []explain.Move {
	if line.State != fee.Posted && line.State != fee.Refunded || len(on.Refunds) == 0 && len(on.GivenBack) == 0 && !on.Unapproved() {
		return nil
	}
	type step struct {
		at time.Time
		explain.Move
	}
	var steps []step
	add := func(kind explain.MoveKind, at time.Time, amount money.Fen) {
		steps = append(steps, step{at, explain.Move{Kind: kind, On: date.Of(at), Amount: amount}})
	}
	var back, paid, open money.Fen // that the core system told of; that refunds counted; that is still to come of one begun
	for i := range on.Refunds {
		r := &on.Refunds[i]
		add(explain.MoveApproved, r.ApprovedAt(), r.Amount)
		if !r.SentAt.IsZero() && !r.SentAt.Equal(r.PaidAt) {
			add(explain.MoveSent, r.SentAt, r.Amount)
		}
		if paid = paid.Plus(r.Paid); r.State == complaint.RefundSent && r.Paid > 0 {
			open = open.Plus(r.Amount.Minus(r.Paid))
		}
	}
	for _, g := range on.GivenBack {
		back = back.Plus(g.Amount)
	}
	dated := money.Fen(0)
	if back >= paid {
		for _, g := range on.GivenBack {
			add(explain.MoveReturned, g.At, g.Amount)
		}
		dated = back
	} else {
		for i := range on.Refunds {
			if r := &on.Refunds[i]; r.State == complaint.RefundPaid {
				add(explain.MoveReturned, r.PaidAt, r.Amount)
				dated = dated.Plus(r.Amount)
			}
		}
	}
	if on.Unapproved() {
		add(explain.MoveGranted, on.DecidedAt, on.Granted)
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.at.Compare(b.at) })
	moves := []explain.Move{{Kind: explain.MoveTaken, On: line.On, Amount: line.Amount}}
	for _, s := range steps {
		moves = append(moves, s.Move)
	}
	if rest := max(returned(line), paid).Minus(dated); rest > 0 {
		moves = append(moves, explain.Move{Kind: explain.MoveReturned, Amount: rest})
	}
	if open > 0 {
		moves = append(moves, explain.Move{Kind: explain.MoveReturning, Amount: open})
	}
	return moves
}

// returned is how much of a line was given back, by the bill.
func returned(line *deduction.Line) money.Fen {
	if line.State == fee.Refunded {
		return line.Amount
	}
	return line.Refunded
}
