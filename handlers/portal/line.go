package portal

import (
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
)

// listed is a line of the bill as the words for lists take it.
func listed(l *deduction.Line, plan *disclosure.Plan) explain.Line {
	e := explain.Line{
		Kind: explain.Kind(l.Kind), Verdict: l.Verdict, Amount: l.Amount, Refunded: l.Refunded,
		Sale: l.Sale, SaleCount: l.SaleCount, State: l.State,
	}
	if plan != nil {
		if v := plan.Fee.Version(l.Verdict.Version); v != nil {
			e.Price = &v.Price
		}
	}
	return e
}

// tagOf returns the verdict on a line in a word.
func tagOf(p *i18n.Printer, l *deduction.Line, plan *disclosure.Plan) components.Tag {
	tag := explain.TagOf(p, listed(l, plan))
	return components.Tag{Verdict: verdictOf(tag.Tone), Word: tag.Word}
}

// verdictOf returns the look of a tone.
func verdictOf(t explain.Tone) components.Verdict {
	switch t {
	case explain.ToneOK:
		return components.OK
	case explain.ToneWait:
		return components.Wait
	case explain.ToneBad:
		return components.Bad
	case explain.ToneInfo:
		return components.Info
	default:
		return components.None
	}
}

// lineName returns what a line is called: the fee, or the settlement's column.
func lineName(p *i18n.Printer, l *deduction.Line) string {
	if l.Kind == deduction.KindDeduction {
		return explain.ItemName(p, l.Item)
	}
	return explain.KindName(p, explain.Kind(l.Kind))
}

// lineMoney returns a line's amount, struck where the money was not taken.
func lineMoney(p *i18n.Printer, l *deduction.Line) components.Money {
	m := components.Money{Text: p.Money(int64(l.Amount))}
	switch l.State {
	case fee.Posted, fee.Authorized, fee.Refunded:
	default:
		m.Why = explain.StateName(p, l.State)
	}
	return m
}

// priceOf is the price that stands for a terminal's fee: that in force, else
// that of the first version, which is what was to be agreed.
func priceOf(f *deduction.TerminalFee) *fee.Price {
	if f.InForce != nil {
		return &f.InForce.Price
	}
	return &f.Plan.Fee.Versions[0].Price
}

// goneKey says in a word why a terminal is out of use.
func goneKey(reason string) string {
	switch reason {
	case "returned":
		return "terminals.status.returned"
	case "lost":
		return "terminals.status.lost"
	case "broken":
		return "terminals.status.broken"
	default:
		return "terminals.status.unbound"
	}
}

// planNames finds published plans.
type planNames interface {
	ByID(id int64) *disclosure.Plan
}

// lineTable lists lines of one terminal's bill, each leading to its
// explanation.
func lineTable(p *i18n.Printer, lines []deduction.Line, plans planNames, today date.Date) components.Table {
	table := components.Table{
		Caption: p.T("terminals.recent.title"),
		Columns: []components.Column{
			{Label: p.T("deductions.columns.date")}, {Label: p.T("deductions.columns.fee")},
			{Label: p.T("deductions.columns.check")}, {Label: p.T("deductions.columns.amount"), Num: true},
		},
		Rows: make([]components.Row, 0, len(lines)),
	}
	cells := make([]components.Cell, 4*len(lines))
	day := ""
	for i := range lines {
		l := &lines[i]
		plan := plans.ByID(l.PlanID)
		row := cells[4*i : 4*i+4 : 4*i+4]
		if i == 0 || l.On != lines[i-1].On {
			day = dayWithin(p, &l.On, today)
		}
		row[0] = components.Cell{Text: day}
		row[1] = components.Cell{Text: lineName(p, l), Href: deductionPath + l.ID, Part: explain.Short(p, listed(l, plan)), Head: true}
		row[2] = components.Cell{Tag: tagOf(p, l, plan)}
		row[3] = components.Cell{Money: lineMoney(p, l)}
		table.Rows = append(table.Rows, components.Row{Cells: row})
	}
	return table
}

// dayInList writes a date without its year where that is the present one.
func dayInList(p *i18n.Printer, day, today date.Date) string { return dayWithin(p, &day, today) }

// dayWithin is dayInList for a date that lies in memory already: writing it costs
// no allocation.
func dayWithin(p *i18n.Printer, day *date.Date, today date.Date) string {
	year, _, _ := day.Civil()
	if now, _, _ := today.Civil(); year == now {
		return p.ShortDate(day)
	}
	return p.Date(day)
}
