package portal

import (
	"slices"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
)

// coming lists what is to be taken in the next weeks.
func (v *homePresenter) coming() components.Table {
	p := v.p
	table := components.Table{
		Caption: p.N("home.coming.title", deduction.ComingDays),
		Columns: []components.Column{
			{Label: p.T("deductions.columns.date")}, {Label: p.T("home.columns.terminal")}, {Label: p.T("deductions.columns.fee")},
			{Label: p.T("home.columns.notice")}, {Label: p.T("deductions.columns.amount"), Num: true},
		},
	}
	for i := range v.page.Coming {
		c := &v.page.Coming[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			v.comingDay(c),
			{Text: v.called(&c.Terminal)},
			v.comingFee(c),
			v.comingNotice(c),
			v.comingAmount(c),
		}})
	}
	return table
}

// comingAmount is what is to be taken: nothing for now of a terminal that is
// reported gone.
func (v *homePresenter) comingAmount(c *deduction.Coming) components.Cell {
	if c.Holds.Has(fee.ReportedGone) {
		return components.Cell{Text: v.p.T("home.coming.waits")}
	}
	return components.Cell{Body: components.Money{Text: v.p.Money(int64(c.Amount))}}
}

// later says what is the first charge beyond the next weeks.
func (v *homePresenter) later() string {
	c := v.page.Later
	if c == nil || c.Holds.Has(fee.ReportedGone) {
		return ""
	}
	plan := v.plans.ByID(c.PlanID)
	if plan == nil {
		return ""
	}
	return v.p.T("home.coming.later", "day", dayInList(v.p, c.DueOn, v.today), "terminal", v.called(&c.Terminal),
		"fee", explain.ItemName(v.p, plan.Fee.Item), "amount", c.Amount)
}

// comingDay is the day from which a charge may be taken.
func (v *homePresenter) comingDay(c *deduction.Coming) components.Cell {
	if c.DueOn < v.today {
		return components.Cell{Text: v.p.T("home.coming.open"), Part: v.p.T("home.coming.since", "day", dayInList(v.p, c.DueOn, v.today)), Head: true}
	}
	day := components.Time{Text: dayInList(v.p, c.DueOn, v.today), Machine: c.DueOn.String()}
	return components.Cell{Body: day, Part: v.p.RelativeDays(c.DueOn.DaysSince(v.today)), Head: true}
}

func (v *homePresenter) comingFee(c *deduction.Coming) components.Cell {
	plan := v.plans.ByID(c.PlanID)
	if plan == nil {
		return components.Cell{}
	}
	l := explain.Line{Kind: explain.KindDeduction, Amount: c.Amount, State: fee.Posted, Verdict: fee.Verdict{Cycle: fee.Cycle{Index: c.Cycle}}}
	if version := plan.Fee.Version(c.Version); version != nil {
		l.Price = &version.Price
		if version.Price.Kind == fee.Recurring {
			l.Verdict.Cycle.To = date.Last
		}
	}
	return components.Cell{
		Text: explain.ItemName(v.p, plan.Fee.Item), Href: terminalAddress(c.Terminal.SN) + "#" + feeID(plan.Fee.Code), Part: explain.Short(v.p, l),
	}
}

// comingNotice says whether a charge was announced, or that it is looked at
// before it is taken.
func (v *homePresenter) comingNotice(c *deduction.Coming) components.Cell {
	switch {
	case c.Holds.Has(fee.ReportedGone):
		return components.Cell{Body: components.Tag{Verdict: components.Wait, Word: v.p.T("terminals.status.reported")}}
	case c.Holds != 0:
		return components.Cell{Body: components.Tag{Verdict: components.Wait, Word: v.p.T("home.coming.held")}}
	case c.NotifiedAt.IsZero():
		return components.Cell{Body: components.Tag{Verdict: components.None, Word: v.p.T("home.coming.not_told")}}
	}
	return components.Cell{
		Body: components.Tag{Verdict: components.OK, Word: v.p.T("home.coming.told", "channel", explain.ChannelName(v.p, c.Channel))},
		Part: dayInList(v.p, date.Of(c.NotifiedAt), v.today),
	}
}

// comingSum says how many charges are to come, and what they come to.
func (v *homePresenter) comingSum() string {
	n := v.page.ComingCount - v.page.ComingWaits
	if n == 0 {
		return ""
	}
	return v.p.N("home.coming.sum", n, "amount", v.page.ComingTotal)
}

// taken lists the latest deductions, and what the latest day's sales cost, newest
// first.
func (v *homePresenter) taken() components.Table {
	p := v.p
	table := components.Table{
		Caption: p.T("home.taken.title"),
		Columns: []components.Column{
			{Label: p.T("deductions.columns.date")}, {Label: p.T("deductions.columns.fee")},
			{Label: p.T("deductions.columns.check")}, {Label: p.T("deductions.columns.amount"), Num: true},
		},
	}
	type dated struct {
		on  date.Date
		row components.Row
	}
	var rows []dated
	for i := range v.page.Sales {
		rows = append(rows, dated{v.page.Sales[i].On, v.salesRow(&v.page.Sales[i])})
	}
	for i := range v.page.Taken {
		rows = append(rows, dated{v.page.Taken[i].On, v.takenRow(&v.page.Taken[i])})
	}
	slices.SortStableFunc(rows, func(a, b dated) int { return b.on.DaysSince(a.on) })
	for _, r := range rows {
		table.Rows = append(table.Rows, r.row)
	}
	return table
}

func (v *homePresenter) takenRow(l *deduction.ListedLine) components.Row {
	plan := v.plans.ByID(l.PlanID)
	return components.Row{Cells: []components.Cell{
		{Text: dayInList(v.p, l.On, v.today)},
		{Text: lineName(v.p, &l.Line), Href: "/deductions/" + l.ID, Part: v.at(v.called(&l.Terminal), explain.Short(v.p, listed(&l.Line, plan))), Head: true},
		{Body: tagOf(v.p, &l.Line, plan)},
		{Body: lineMoney(v.p, &l.Line)},
	}}
}

// at puts the terminal before what is said of a line.
func (v *homePresenter) at(terminal, said string) string {
	if said == "" {
		return terminal
	}
	return v.p.T("home.taken.at", "terminal", terminal, "said", said)
}

// salesRow is a day's fees of one kind: a line, or those of several terminals
// together.
func (v *homePresenter) salesRow(s *deduction.DaySales) components.Row {
	p := v.p
	terminal, href := v.called(&s.Terminal), "/deductions/"+s.LineID
	if s.Lines > 1 {
		terminal, href = p.N("home.taken.terminals", s.Lines), "/deductions?from="+s.On.String()+"&to="+s.On.String()
	}
	part := ""
	switch {
	case s.Kind == deduction.KindPayout:
		part = p.N("home.taken.payouts", s.SaleCount)
	case s.SaleCount > 0:
		part = p.N("home.taken.sales", s.SaleCount, "sale", s.Sale)
	}
	return components.Row{Cells: []components.Cell{
		{Text: dayInList(p, s.On, v.today)},
		{Text: explain.KindName(p, explain.Kind(s.Kind)), Href: href, Part: v.at(terminal, part), Head: true},
		{Body: v.salesTag(s)},
		{Body: components.Money{Text: p.Money(int64(s.Amount))}},
	}}
}

func (v *homePresenter) salesTag(s *deduction.DaySales) components.Tag {
	p := v.p
	switch {
	case s.Denied > 0 && s.Lines == 1:
		return components.Tag{Verdict: components.Bad, Word: p.T("explain.tag.wrong")}
	case s.Denied > 0:
		return components.Tag{Verdict: components.Bad, Word: p.N("home.taken.wrong", s.Denied)}
	case s.Held > 0:
		return components.Tag{Verdict: components.Wait, Word: p.T("explain.tag.doubt")}
	case s.NotChecked == s.Lines:
		return components.Tag{Verdict: components.None, Word: p.T("explain.tag.unchecked")}
	case s.NotChecked > 0:
		return components.Tag{Verdict: components.None, Word: p.N("home.taken.not_checked", s.NotChecked)}
	default:
		return components.Tag{Verdict: components.OK, Word: p.T("explain.tag.ok")}
	}
}
