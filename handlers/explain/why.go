package explain

import (
	"github.com/mingbai/mingbai/models/fee"
)

// Row is a label with what stands beside it: sentences, or the lines of the
// calculation, and a link before them.
type Row struct {
	Label string
	Link  Link
	Lines []string
	Calc  []CalcLine
}

// Link leads to a page. It is absent where its text is empty; where its address
// is empty, the text stands without a link.
type Link struct {
	Text string
	URL  string
}

// why writes the rows that answer why the amount is what it is. A row that has
// nothing to say is left out.
func (w *writer) why() []Row {
	rows := []Row{
		{Label: w.p.T("explain.why.agreed"), Lines: w.agreed()},
		{Label: w.p.T("explain.why.calculation"), Calc: w.calculation()},
		{Label: w.p.T("explain.why.collected"), Lines: w.collected()},
		{Label: w.p.T("explain.why.received"), Lines: w.received()},
		w.basis(),
	}
	if w.ctx.Terms.Refund != "" {
		rows = append(rows, Row{Label: w.p.T("explain.why.refund"), Lines: []string{w.ctx.Terms.Refund}})
	}
	if w.ctx.Terms.Stop != "" {
		rows = append(rows, Row{Label: w.p.T("explain.why.stop"), Lines: []string{w.ctx.Terms.Stop}})
	}
	return rows
}

// agreed writes the agreed price and what limits it.
func (w *writer) agreed() []string {
	price := w.e.Facts.Price
	if price == nil {
		return []string{w.p.T("explain.agreed.none")}
	}
	if w.mixed() {
		return []string{w.p.T("explain.agreed.mixed")}
	}
	lines := []string{w.p.T("explain.agreed.price", "price", Price(w.p, *price))}
	if !w.e.Facts.FreeUntil.IsZero() {
		lines = append(lines, w.p.T("explain.agreed.free_until", "until", w.e.Facts.FreeUntil))
	}
	switch price.Idle {
	case fee.Accrue:
		lines = append(lines, w.p.T("explain.agreed.idle_accrue"))
	case fee.Skip:
		lines = append(lines, w.p.T("explain.agreed.idle_skip"))
	}
	if w.c.Plan.Cap12m > 0 {
		lines = append(lines, w.p.T("explain.agreed.cap", "cap", w.c.Plan.Cap12m))
	}
	if limit := w.c.Enrolment.OwnLimit; limit != nil && (*limit > 0 || w.c.Plan.Item != fee.Overage) {
		lines = append(lines, w.p.T("explain.agreed.own_limit", "limit", *limit))
	}
	return lines
}

// collected says how the money was taken.
func (w *writer) collected() []string {
	s := w.ctx.Settlement
	switch {
	case w.ctx.State == fee.Authorized:
		return []string{w.p.T("explain.collected.not_yet")}
	case !w.taken():
		return []string{w.p.T("explain.collected.never", "amount", w.e.Amount)}
	case s == nil && w.ctx.CardTail != "":
		return []string{w.p.T("explain.collected.card", "on", w.day(w.e.On), "tail", w.ctx.CardTail)}
	case s == nil:
		return []string{w.p.T("explain.collected.unknown")}
	case w.ctx.Kind == KindDeduction || w.ctx.Kind == "":
		return []string{w.p.T("explain.collected.netted",
			"on", w.day(s.On), "due", s.PaidOut.Plus(w.e.Amount), "paid", s.PaidOut)}
	}
	lines := []string{w.p.T("explain.collected.day", "on", w.day(s.On), "sales", s.Sales, "fees", s.Fees, "paid", s.PaidOut)}
	if gap := s.PaidOut.Minus(s.Sales.Minus(s.Fees)); gap < 0 {
		lines = append(lines, w.p.T("explain.collected.short", "gap", -gap))
	} else if gap > 0 {
		lines = append(lines, w.p.T("explain.collected.surplus", "gap", gap))
	}
	return lines
}

// received says who gets the money, and that nobody else is to be paid.
func (w *writer) received() []string {
	var lines []string
	t := &w.ctx.Terms
	switch {
	case t.Recipient == "":
		lines = append(lines, w.p.T("explain.received.unknown"))
	case t.PricedBy == "":
		lines = append(lines, w.p.T("explain.received.by", "recipient", t.Recipient))
	default:
		lines = append(lines, w.p.T("explain.received.by_priced", "recipient", t.Recipient, "priced", t.PricedBy))
	}
	if carrier := w.ctx.Terminal.Carrier; carrier != "" && w.ctx.Item == fee.SimData {
		lines = append(lines, w.p.T("explain.received.carrier", "carrier", carrier))
	}
	return lines
}

// basis names the clause that the deduction rests on, and when the merchant
// agreed.
func (w *writer) basis() Row {
	row := Row{Label: w.p.T("explain.why.basis")}
	version, accepted := w.e.Facts.Version, w.e.Facts.Acceptance
	if version == nil || accepted == nil {
		row.Lines = []string{w.p.T("explain.basis.none")}
		return row
	}
	t := &w.ctx.Terms
	switch {
	case t.Disclosure != "" && t.Clause != "" && t.Version > 0:
		row.Link = Link{w.p.T("explain.basis.clause", "disclosure", t.Disclosure, "version", t.Version, "clause", t.Clause), t.URL}
	case t.Disclosure != "":
		row.Link = Link{w.p.T("explain.basis.disclosure", "disclosure", t.Disclosure), t.URL}
	}
	if t.Title != "" {
		row.Lines = append(row.Lines, w.p.T("explain.basis.title", "title", t.Title))
	}
	row.Lines = append(row.Lines, w.acceptedSentence(accepted))
	if accepted.Version != version.Number {
		row.Lines = append(row.Lines, w.p.T("explain.basis.not_dearer", "version", version.Number, "effective", version.EffectiveOn))
	}
	return row
}

// acceptedSentence says who agreed to which version of the price, when and how.
func (w *writer) acceptedSentence(a *fee.Acceptance) string {
	who := w.ctx.AcceptedBy
	if who == "" {
		who = w.p.T("explain.you")
	}
	if key, ok := viasInText[a.Via]; ok {
		return w.p.T("explain.accepted.via", "date", a.On, "who", who, "version", a.Version, "via", w.p.T(key))
	}
	return w.p.T("explain.accepted.plain", "date", a.On, "who", who, "version", a.Version)
}
