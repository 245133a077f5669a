package portal

import (
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
)

// rates sets what sales cost against what was agreed, by way of paying.
func (s *statementPresenter) rates(rates *[3]report.Rate) components.Table {
	p := s.p
	table := components.Table{Caption: p.T("statements.rates.title"), Columns: []components.Column{
		{Label: p.T("statements.rates.way")}, {Label: p.T("statements.rates.sales"), Num: true},
		{Label: p.T("statements.rates.fee"), Num: true}, {Label: p.T("statements.rates.effective"), Num: true}, {Label: p.T("statements.rates.agreed"), Num: true},
	}}
	for i := range rates {
		r := &rates[i]
		switch {
		case r.Count == 0 && r.Sales == 0 && r.Fee == 0:
		case r.Method != fee.AnyMethod:
			table.Rows = append(table.Rows, s.rateRow(r))
		case len(table.Rows) > 1: // of one alone it would say the same again
			table.Sums = append(table.Sums, s.rateRow(r))
		}
	}
	return table
}

func (s *statementPresenter) rateRow(r *report.Rate) components.Row {
	effective := s.p.T("statements.rates.unknown")
	if r.Rated {
		effective = s.p.Percent(int64(r.Effective))
	}
	agreed := s.p.T("statements.rates.unclear")
	if r.Agreed.Unclear == "" {
		agreed = s.p.Percent(int64(r.Agreed.Rate))
	}
	return components.Row{Cells: []components.Cell{
		{Text: wayName(s.p, r.Method), Part: s.p.T("statements.rates.sold", "n", r.Count), Head: true}, {Text: s.money(r.Sales)}, {Text: s.money(r.Fee)},
		{Text: effective}, {Text: agreed, Part: joinRemarks(s.agreed(r))},
	}}
}

// wayName names a way of paying, or all of them together.
func wayName(p *i18n.Printer, method fee.Method) string {
	switch method {
	case fee.Card:
		return p.T("statements.rates.card")
	case fee.QR:
		return p.T("statements.rates.qr")
	default:
		return p.T("statements.rates.both")
	}
}

// agreed says how a fee compares with the agreed rate, and what that is made
// of; or why it can't be said.
func (s *statementPresenter) agreed(r *report.Rate) []string {
	p, a := s.p, &r.Agreed
	if a.Unclear != "" {
		return []string{p.T(unclearKeys[a.Unclear])}
	}
	remarks := []string{s.compare(r.Fee.Minus(a.Due), a.Slack)}
	if len(a.Rates) > 1 {
		var each []string
		for _, one := range a.Rates {
			each = append(each, p.Percent(int64(one)))
		}
		remarks = append(remarks, p.T("statements.rates.weighted", "rates", p.List(each)))
	}
	return remarks
}

// compare says whether a fee is what was agreed, as far as rounding lets tell.
func (s *statementPresenter) compare(over, slack money.Fen) string {
	switch {
	case over > slack:
		return s.p.T("statements.rates.over", "amount", over)
	case over < -slack:
		return s.p.T("statements.rates.under", "amount", -over)
	default:
		return s.p.T("statements.rates.same")
	}
}

var unclearKeys = map[report.Unclear]string{
	report.NoFee:      "statements.rates.why.no_fee",
	report.NotAgreed:  "statements.rates.why.not_agreed",
	report.PricedBy:   "statements.rates.why.priced_by",
	report.HasBounds:  "statements.rates.why.has_bounds",
	report.NotStated:  "statements.rates.why.not_stated",
	report.BothUnlike: "statements.rates.why.both",
}

// allRate says what all fees together cost of the sales.
func (s *statementPresenter) allRate(rate money.Rate, known bool) string {
	if !known {
		return ""
	}
	return s.p.T("statements.rates.all", "amount", rate.Of(100_00), "rate", s.p.Percent(int64(rate)))
}
