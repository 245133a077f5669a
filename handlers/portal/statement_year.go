package portal

import (
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
)

// yearPresenter turns a year's statement into finished texts.
type yearPresenter struct {
	statementPresenter
	page *report.Year
}

func (y *yearPresenter) props(mayExport bool) portal.YearProps {
	p, total := y.p, &y.page.Total
	props := portal.YearProps{
		Heading: components.Heading{
			Title: p.T("statements.headline_year", "year", y.name, "sales", total.Sales(), "fees", y.allFees(total), "paid", total.PaidOut),
			Lead:  y.lead(),
		},
		Day:    p.Date(y.today),
		Nav:    y.neighbours(),
		Months: y.months(),
	}
	if total.IsEmpty() {
		props.Heading.Title = p.T("statements.none.title_year", "year", y.name)
		props.Empty = p.T("statements.none.text")
		return props
	}
	props.Identity = y.identity(total, func(func(*report.Total) money.Fen) string { return "" })
	props.Fees = y.feeStack(total, y.apartRemark)
	props.RateNote = y.allRate(y.page.Rate, y.page.Rated)
	props.Files = y.files(p.T("statements.file.about_year"), mayExport)
	return props
}

func (y *yearPresenter) lead() string {
	switch {
	case y.isOpen():
		return y.p.T("statements.lead_open_year", "as_of", y.asOf)
	case len(y.page.Months) > 0 && y.page.Months[0].Month > y.period.From:
		return y.p.T("statements.lead_cut", "n", report.YearsKept, "month", y.p.Month(y.page.Months[0].Month), "as_of", y.asOf)
	default:
		return y.p.T("statements.lead", "as_of", y.asOf)
	}
}

// months lists what each month came to.
func (y *yearPresenter) months() components.Table {
	p := y.p
	table := components.Table{Caption: p.T("statements.year.months"), Columns: []components.Column{
		{Label: p.T("statements.year.month")}, {Label: p.T("statements.year.sales"), Num: true}, {Label: p.T("statements.year.fees"), Num: true},
		{Label: p.T("statements.year.paid"), Num: true}, {Label: p.T("statements.year.check")},
	}}
	for i := range y.page.Months {
		m := &y.page.Months[i]
		month := report.MonthOf(m.Month)
		head := components.Cell{Text: p.Month(m.Month), Href: statementHref(month), Head: true}
		if month.Holds(y.today) {
			head.Part = p.T("statements.year.open")
		}
		table.Rows = append(table.Rows, y.row(head, &m.Total))
	}
	table.Sums = []components.Row{y.row(components.Cell{Text: p.T("statements.year.sum"), Head: true}, &y.page.Total)}
	return table
}

func (y *yearPresenter) row(head components.Cell, t *report.Total) components.Row {
	return components.Row{Cells: []components.Cell{
		head, {Text: y.money(t.Sales())}, {Text: y.money(t.AllFees())}, {Text: y.money(t.PaidOut)}, {Body: y.check(t)},
	}}
}

func (y *yearPresenter) check(t *report.Total) components.Tag {
	switch {
	case t.Gaps > 0:
		return components.Tag{Verdict: components.Bad, Word: y.p.N("statements.year.gaps", int(t.Gaps))}
	case t.Settlements == 0:
		return components.Tag{Verdict: components.None, Word: y.p.T("statements.year.none")}
	default:
		return components.Tag{Verdict: components.OK, Word: y.p.T("statements.year.even")}
	}
}
