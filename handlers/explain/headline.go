package explain

import "github.com/mingbai/mingbai/models/fee"

var stateHeadlines = map[fee.State]string{
	fee.Denied:   "explain.headline.denied",
	fee.Held:     "explain.headline.held",
	fee.Voided:   "explain.headline.voided",
	fee.Waived:   "explain.headline.waived",
	fee.Refunded: "explain.headline.refunded",
	fee.Reversed: "explain.headline.reversed",
}

// headline says in one sentence what a merchant wants to know first: that the
// money was not taken, or came back, or was too much, or else when it was taken
// and what for.
func (w *writer) headline() string {
	reasons := w.e.Verdict.Reasons
	key, ok := stateHeadlines[w.ctx.State]
	switch {
	case ok:
	case w.ctx.State == fee.Authorized && w.e.Verdict.Decision == fee.Deny:
		key = "explain.headline.due_wrong"
	case w.ctx.State == fee.Authorized:
		key = "explain.headline.due"
	case w.ctx.Kind == KindOther:
		key = "explain.headline.unnamed"
	case w.ctx.Kind != KindDeduction && w.ctx.Kind != "":
		key = w.columnHeadline()
	case w.overReturned():
		key = "explain.headline.over_returned"
	case w.e.Verdict.Decision == fee.Deny && onlyOver(reasons):
		key = "explain.headline.over"
	case w.e.Verdict.Decision == fee.Deny && w.again():
		key = "explain.headline.again"
	case w.e.Verdict.Decision == fee.Deny && onlyLimits(reasons):
		key = "explain.headline.limit"
	case w.e.Verdict.Decision == fee.Deny:
		key = "explain.headline.wrong"
	case w.e.Verdict.Decision == fee.Hold:
		key = "explain.headline.doubt"
	default:
		key = "explain.headline.taken"
	}
	return w.p.T(key, "date", w.e.On, "amount", w.e.Amount, "over", w.over(), "fee", w.fee(), "title", w.title())
}

// columnHeadline is that of a settlement's fee column.
func (w *writer) columnHeadline() string {
	switch {
	case w.e.Verdict.Decision == fee.Deny && onlyOver(w.e.Verdict.Reasons):
		return "explain.headline.column_over"
	case w.e.Verdict.Decision == fee.Deny:
		return "explain.headline.column_wrong"
	case w.e.Verdict.Decision == fee.Hold:
		return "explain.headline.column_doubt"
	}
	return "explain.headline.column"
}

// overReturned reports whether all that was wrong was too high an amount, and
// the excess went back.
func (w *writer) overReturned() bool {
	l := w.line()
	return onlyOver(w.e.Verdict.Reasons) && l.overReturned()
}

// again reports whether the money was taken a second time for the same thing.
func (w *writer) again() bool {
	for _, before := range []*fee.Entry{w.e.Facts.SettledBy, w.e.Facts.SameOrder} {
		if before != nil && before.State == fee.Posted {
			return true
		}
	}
	return false
}
