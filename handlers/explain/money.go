package explain

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// moveKeys are a step's sentence with its date, and without one.
var moveKeys = map[MoveKind][2]string{
	MoveAsked:     {"explain.move.asked", "explain.move.asked_undated"},
	MoveTaken:     {"explain.move.taken", "explain.move.taken_undated"},
	MoveGranted:   {"explain.move.granted", "explain.move.granted_undated"},
	MoveApproved:  {"explain.move.approved", "explain.move.approved_undated"},
	MoveSent:      {"explain.move.sent", "explain.move.sent_undated"},
	MoveReturning: {"explain.move.returning", "explain.move.returning_undated"},
	MoveReturned:  {"explain.move.returned", "explain.move.returned_undated"},
	MoveReversed:  {"explain.move.reversed", "explain.move.reversed_undated"},
	MoveWaived:    {"explain.move.waived", "explain.move.waived_undated"},
	MoveStopped:   {"explain.move.stopped", "explain.move.stopped_undated"},
	MoveHeld:      {"explain.move.held", "explain.move.held_undated"},
	MoveVoided:    {"explain.move.voided", "explain.move.voided_undated"},
}

// money says where the money is, step by step.
func (w *writer) money() []string {
	moves := w.ctx.Moves
	if len(moves) == 0 {
		moves = w.movesOfState()
	}
	var steps []string
	for _, m := range moves {
		keys, ok := moveKeys[m.Kind]
		switch {
		case !ok:
		case m.On.IsZero():
			steps = append(steps, w.p.T(keys[1], "amount", m.Amount))
		default:
			steps = append(steps, w.p.T(keys[0], "on", m.On, "amount", m.Amount))
		}
	}
	return steps
}

// movesOfState are the steps that the deduction's state alone tells of. When
// money went back it does not tell.
func (w *writer) movesOfState() []Move {
	on, amount := w.e.On, w.e.Amount
	const unknown = date.Date(0)
	switch w.ctx.State {
	case fee.Denied:
		return []Move{{MoveAsked, on, amount}, {MoveStopped, unknown, amount}}
	case fee.Held:
		return []Move{{MoveAsked, on, amount}, {MoveHeld, unknown, amount}}
	case fee.Authorized:
		return []Move{{MoveAsked, on, amount}}
	case fee.Voided:
		return []Move{{MoveAsked, on, amount}, {MoveVoided, unknown, amount}}
	case fee.Waived:
		return []Move{{MoveWaived, on, amount}}
	case fee.Reversed:
		return []Move{{MoveTaken, on, amount}, {MoveReversed, unknown, amount}}
	case fee.Refunded:
		return []Move{{MoveTaken, on, amount}, {MoveReturned, unknown, amount}}
	}
	moves := []Move{{MoveTaken, on, amount}}
	if w.ctx.Refunded > 0 {
		moves = append(moves, Move{MoveReturned, unknown, w.ctx.Refunded})
	}
	return moves
}
