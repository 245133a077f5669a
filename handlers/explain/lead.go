package explain

import "github.com/mingbai/mingbai/models/fee"

// lead says which terminal and which period the deduction was for, and, where
// the headline does not, when it was taken.
func (w *writer) lead() string {
	switch w.ctx.State {
	case fee.Denied, fee.Held:
		asked := w.p.T("explain.lead.asked", "at", w.moment(w.c.Request.At), "terminal", w.terminal(), "amount", w.e.Amount)
		return w.p.Sentences(asked, w.period())
	}
	if w.ctx.Kind != KindDeduction && w.ctx.Kind != "" {
		return w.columnLead()
	}
	if w.undated() {
		taken := w.p.T("explain.lead.taken", "date", w.e.On, "terminal", w.terminal(), "amount", w.e.Amount, "fee", w.fee())
		return w.p.Sentences(taken, w.period())
	}
	return w.whatFor()
}

// undated reports whether the headline leaves the date out.
func (w *writer) undated() bool {
	return (w.ctx.State == fee.Posted || w.ctx.State == "") && w.e.Verdict.Decision == fee.Deny
}

// period says which period was asked for, in a sentence of its own.
func (w *writer) period() string {
	cycle := w.e.Verdict.Cycle
	if cycle.Index == 0 || cycle.To.IsZero() {
		return ""
	}
	return w.p.T("explain.lead.period", "span", w.span(), "length", w.length())
}

// whatFor describes what the money paid for.
func (w *writer) whatFor() string {
	cycle, r := w.e.Verdict.Cycle, &w.c.Request
	switch {
	case cycle.Index > 0 && cycle.To.IsZero():
		return w.p.T("explain.lead.once", "terminal", w.terminal(), "fee", w.fee())
	case cycle.Index > 0:
		key := "explain.lead.cycle"
		if w.ctx.Item == fee.SimData {
			key = "explain.lead.cycle_sim"
		}
		described := w.p.T(key, "terminal", w.terminal(), "fee", w.fee(), "span", w.span(), "length", w.length())
		return w.p.Sentences(described, w.p.T("explain.lead.number", "number", cycle.Index))
	case r.Sale != nil && w.sales() == 1:
		return w.p.T("explain.lead.sale", "terminal", w.terminal(), "sale", *r.Sale)
	case r.Sale != nil:
		return w.p.N("explain.lead.sales", w.sales(), "terminal", w.terminal(), "sale", *r.Sale)
	case w.c.Plan.Kind() == fee.PerItem && w.sales() > 0:
		return w.p.N("explain.lead.times", w.sales(), "terminal", w.terminal(), "fee", w.fee())
	}
	return w.p.T("explain.lead.plain", "terminal", w.terminal(), "fee", w.fee())
}

var columnLeads = map[Kind]string{KindCard: "explain.lead.cards", KindQR: "explain.lead.codes"}

// columnLead describes the sales that a settlement's column is the fee of.
func (w *writer) columnLead() string {
	key, ok := columnLeads[w.ctx.Kind]
	switch {
	case ok && w.c.Request.Sale != nil && w.countKnown():
		return w.p.N(key, w.sales(), "date", w.e.On, "terminal", w.terminal(), "sale", *w.c.Request.Sale)
	case w.ctx.Kind == KindPayout && w.sales() > 0:
		return w.p.N("explain.lead.payouts", w.sales(), "date", w.e.On, "terminal", w.terminal())
	}
	return w.p.T("explain.lead.column", "date", w.e.On, "terminal", w.terminal(), "amount", w.e.Amount)
}

// countKnown reports whether the count of sales is one that was reported. Sales
// that were priced apart are judged as several, however many they were.
func (w *writer) countKnown() bool {
	return w.sales() > 0 && !w.mixed()
}

// length is how long the fee's cycle is, as a noun.
func (w *writer) length() string { return length(w.p, w.c.Plan.Versions[0].Price.CycleMonths) }
