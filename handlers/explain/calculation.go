package explain

import (
	"strings"

	"github.com/mingbai/mingbai/models/fee"
)

// CalcLine is a line of the calculation.
type CalcLine struct {
	Text   string
	Amount string
	Total  bool // the sum of the lines before it
}

// calculation writes the lines that add up to the amount, and their sum where
// there is more than one.
func (w *writer) calculation() []CalcLine {
	lines := make([]CalcLine, 0, len(w.e.Lines)+1)
	for i := range w.e.Lines {
		l := &w.e.Lines[i]
		lines = append(lines, CalcLine{Text: w.calcText(l), Amount: w.p.Money(int64(l.Amount))})
	}
	if len(lines) > 1 {
		lines = append(lines, CalcLine{Text: w.p.T("explain.calc.total"), Amount: w.p.Money(int64(w.e.Amount)), Total: true})
	}
	return lines
}

func (w *writer) calcText(l *fee.CalcLine) string {
	switch l.Kind {
	case fee.CalcCycle:
		if w.e.Verdict.Cycle.To.IsZero() {
			return w.p.T("explain.calc.once")
		}
		return w.p.T("explain.calc.cycle", "number", w.e.Verdict.Cycle.Index, "span", w.span())
	case fee.CalcCount:
		return w.p.T("explain.calc.count", "count", l.Count, "unit", l.Unit)
	case fee.CalcRate:
		rate := w.p.Percent(int64(l.Rate))
		if _, decimals, _ := strings.Cut(l.Exact, "."); len(decimals) <= 2 {
			return w.p.T("explain.calc.rate", "sale", l.Sale, "rate", rate)
		}
		return w.p.T("explain.calc.rate_rounded", "sale", l.Sale, "rate", rate, "exact", exact(l.Exact))
	case fee.CalcMin:
		return w.p.T("explain.calc.min", "unit", l.Unit)
	case fee.CalcCap:
		return w.p.T("explain.calc.cap", "unit", l.Unit)
	case fee.CalcRounding:
		return w.p.N("explain.calc.rounding", int(l.Count))
	case fee.CalcOver:
		return w.p.T("explain.calc.over")
	case fee.CalcUnder:
		return w.p.T("explain.calc.under")
	}
	return w.unpriced()
}

// exact is a share in yuan with more decimals than money has.
type exact string

// Yuan returns the share as it is.
func (x exact) Yuan() string { return string(x) }

// unpriced says why the amount can't be worked out.
func (w *writer) unpriced() string {
	reasons := w.e.Verdict.Reasons
	switch {
	case reasons.Has(fee.BadAmount):
		return w.p.T("explain.calc.bad_amount")
	case reasons.Has(fee.NotItemised):
		return w.p.T("explain.calc.together")
	case reasons.Has(fee.SaleUnknown):
		return w.p.T("explain.calc.no_sale")
	case w.e.Facts.Price == nil:
		return w.p.T("explain.calc.no_price")
	default:
		return w.p.T("explain.calc.not_owed")
	}
}
