package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Deductions answers GET /deductions: the merchant's bill, newest first, as its
// filter narrows it. HTMX asks for the list alone.
func (h *Portal) Deductions(c echo.Context) error {
	actor := guard.ActorOf(c)
	asked, err := readDeductionQuery(c)
	if err != nil {
		return err
	}
	read, err := deduction.ReadListPage(c.Request().Context(), h.DB, actor.MerchantID, asked.filter, asked.at)
	if err != nil {
		return err
	}
	if asked.outOfDate(read) {
		return c.Redirect(http.StatusSeeOther, asked.address(deductionsPath, "", ""))
	}
	l := deductionList{p: printer(c), page: read, asked: asked, plans: h.Plans.Plans(), today: h.today(), actor: actor}
	status := http.StatusOK
	if asked.state.Refused() {
		status = http.StatusUnprocessableEntity
	}
	results := l.results()
	found := page.Fragment{ID: portal.DeductionsID, View: portal.DeductionsFound(l.p, results)}
	if _, part := page.Wanted(c.Request(), []page.Fragment{found}); part {
		return page.Render(c, status, found.View, found)
	}
	frame := h.frame(c, "/deductions", "deductions.list.title")
	return page.Render(c, status, portal.Deductions(frame, l.props(results, asOf(l.p, h.AsOf(), h.Clock.Now()))))
}

// deductionList turns a part of the bill into finished texts.
type deductionList struct {
	p     *i18n.Printer
	page  *deduction.ListPage
	asked *deductionQuery
	plans planNames
	today date.Date
	actor guard.Actor
}

func (l *deductionList) props(results portal.DeductionsResults, asOf string) portal.DeductionsProps {
	p, state := l.p, l.asked.state
	props := portal.DeductionsProps{
		Heading: components.Heading{Title: p.T("deductions.list.title"), Lead: p.T("deductions.list.lead", "as_of", asOf)},
		Fold:    p.T("deductions.filter.open"), IsOpen: state.Refused(),
		Filter: components.Filter{Label: p.T("deductions.filter.label"), Action: deductionsPath, Target: portal.DeductionsID},
		Fee:    portal.Choice{Field: components.Field{Name: feeParam, Label: p.T("deductions.filter.fee"), Value: state.Value(feeParam)}, Options: l.fees()},
		Month:  portal.Choice{Field: components.Field{Name: monthParam, Label: p.T("deductions.filter.month"), Value: state.Value(monthParam)}, Options: l.months()},
		From:   l.day(fromParam, p.T("deductions.filter.from")), To: l.day(toParam, p.T("deductions.filter.to")),
		Amount: components.Field{
			Name: amountParam, Label: p.T("deductions.filter.amount"), Value: state.Value(amountParam), Error: state.Error(amountParam),
			InputMode: "decimal", MaxLength: "20",
		},
		Results: results,
	}
	if l.asked.filter.Check != "" {
		props.Hidden = append(props.Hidden, components.Hidden{Name: checkParam, Value: string(l.asked.filter.Check)})
	}
	switch {
	case len(l.page.Terminals) > 1:
		props.Terminal = &portal.Choice{
			Field:   components.Field{Name: terminalParam, Label: p.T("deductions.filter.terminal"), Value: state.Value(terminalParam)},
			Options: l.terminals(),
		}
	case l.page.Chosen != nil:
		props.Hidden = append(props.Hidden, components.Hidden{Name: terminalParam, Value: l.page.Chosen.SN})
	}
	if l.page.Terminals == nil && l.actor.Can(account.SeeTerminals) {
		props.Find = page.Link{Label: p.T("deductions.filter.find_terminal"), Href: "/terminals"}
	}
	return props
}

func (l *deductionList) day(name, label string) components.Field {
	state := l.asked.state
	return components.Field{Name: name, Label: label, Type: "date", Value: state.Value(name), Error: state.Error(name), Max: l.today.String()}
}

func (l *deductionList) terminals() []components.Option {
	options := []components.Option{{Label: l.p.T("deductions.filter.all_terminals")}}
	severalShops := false
	for _, t := range l.page.Terminals {
		severalShops = severalShops || t.Shop != l.page.Terminals[0].Shop
	}
	for i := range l.page.Terminals {
		t := &l.page.Terminals[i]
		label := terminalName(l.p, t.Alias, t.SN)
		if severalShops {
			label = l.p.T("deductions.in_shop", "terminal", label, "shop", t.Shop)
		}
		options = append(options, components.Option{Value: t.SN, Label: label})
	}
	return options
}

// terminalName is what the merchant calls a terminal, with the end of its
// serial number, which is all there is of one without a name.
func terminalName(p *i18n.Printer, alias, sn string) string {
	if alias == "" {
		return p.Tail(sn)
	}
	return p.T("deductions.terminal", "alias", alias, "tail", p.Tail(sn))
}

func (l *deductionList) fees() []components.Option {
	options := []components.Option{{Label: l.p.T("deductions.filter.all_fees")}}
	for _, item := range listedItems() {
		options = append(options, components.Option{Value: string(item), Label: explain.ItemName(l.p, item)})
	}
	return options
}

// listedMonths is for how many years back a month can be picked; days can be
// asked for without end.
const listedMonths = 36

func (l *deductionList) months() []components.Option {
	options := []components.Option{{Label: l.p.T("deductions.filter.all_months")}}
	if l.page.First.IsZero() {
		return options
	}
	month := l.today.MonthStart()
	for range listedMonths {
		if month < l.page.First {
			break
		}
		options = append(options, components.Option{Value: monthValue(month), Label: l.p.Month(month)})
		month = month.AddMonths(-1)
	}
	return options
}

func (l *deductionList) results() portal.DeductionsResults {
	p := l.p
	results := portal.DeductionsResults{
		Tabs: l.tabs(), Chosen: l.chosen(), Clear: deductionsPath,
		Table: l.table(), Pager: l.pager(), Sum: l.sum(),
		Empty: p.T("deductions.list.none_found"), EmptyWhy: p.T("deductions.list.none_found_why"),
	}
	for _, failure := range l.asked.state.Failures() {
		results.Wrong = append(results.Wrong, failure.Message)
	}
	if l.page.First.IsZero() {
		results.Empty, results.EmptyWhy = p.T("deductions.list.none"), p.T("deductions.list.none_why")
	}
	if l.actor.Can(account.Export) && len(l.page.Lines) > 0 {
		results.Export = l.asked.address(exportPath, "", "")
	}
	return results
}

// checkNames are the ways in which lines come out, in the order of the tabs.
var checkNames = []struct {
	check deduction.Check
	key   string
}{
	{"", "deductions.check.all"},
	{deduction.CheckNotAgreed, "deductions.check.not_agreed"},
	{deduction.CheckAgreed, "deductions.check.agreed"},
	{deduction.CheckUnchecked, "deductions.check.unchecked"},
	{deduction.CheckNotTaken, "deductions.check.not_taken"},
}

func (l *deductionList) tabs() components.Tabs {
	tabs := components.Tabs{Label: l.p.T("deductions.check.label")}
	for _, c := range checkNames {
		tabs.Links = append(tabs.Links, page.Link{
			Label: l.p.T(c.key), Href: l.asked.address(deductionsPath, checkParam, string(c.check)), Current: c.check == l.asked.filter.Check,
		})
	}
	return tabs
}

// chosen says each filter but the tab's in words, with the address that leaves
// it out.
func (l *deductionList) chosen() (links []page.Link) {
	p, f := l.p, &l.asked.filter
	add := func(param, words string) {
		links = append(links, page.Link{Label: words, Href: l.asked.address(deductionsPath, param, "")})
	}
	switch {
	case f.SN == "":
	case l.page.Chosen == nil:
		add(terminalParam, p.T("deductions.filter.unknown_terminal"))
	default:
		add(terminalParam, terminalName(p, l.page.Chosen.Alias, l.page.Chosen.SN))
	}
	if f.Item != "" {
		add(feeParam, explain.ItemName(p, f.Item))
	}
	if !l.asked.month.IsZero() {
		add(monthParam, p.Month(l.asked.month))
	}
	if !l.asked.from.IsZero() {
		add(fromParam, p.T("deductions.filter.since", "day", l.asked.from))
	}
	if !l.asked.to.IsZero() {
		add(toParam, p.T("deductions.filter.until", "day", l.asked.to))
	}
	if f.Amount != nil {
		add(amountParam, p.Money(int64(*f.Amount)))
	}
	return links
}

func (l *deductionList) sum() string {
	switch {
	case l.page.Sum == nil || l.page.Sum.Lines == 0:
		return ""
	case l.page.Sum.Taken == 0:
		return l.p.N("deductions.list.sum_nothing", int(l.page.Sum.Lines))
	}
	return l.p.N("deductions.list.sum", int(l.page.Sum.Lines), "amount", l.page.Sum.Taken)
}

func (l *deductionList) pager() components.Pager {
	pager := components.Pager{T: l.p}
	lines := l.page.Lines
	if len(lines) == 0 {
		return pager
	}
	if l.page.Newer {
		pager.Newer = l.asked.address(deductionsPath, newerParam, deduction.NewerThan(&lines[0].Line).Mark())
	}
	if l.page.Older {
		pager.Older = l.asked.address(deductionsPath, olderParam, deduction.OlderThan(&lines[len(lines)-1].Line).Mark())
	}
	return pager
}

// table lists the lines, each leading to its explanation.
func (l *deductionList) table() components.Table {
	p := l.p
	table := components.Table{Caption: p.T("deductions.list.title"), Columns: []components.Column{
		{Label: p.T("deductions.columns.date")}, {Label: p.T("deductions.columns.fee")},
		{Label: p.T("deductions.columns.check")}, {Label: p.T("deductions.columns.amount"), Num: true},
	}}
	for i := range l.page.Lines {
		line := &l.page.Lines[i]
		plan := l.plans.ByID(line.PlanID)
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Body: components.Time{Text: dayInList(p, line.On, l.today), Machine: line.On.String(), Full: p.Date(line.On)}},
			{Text: lineName(p, &line.Line), Href: "/deductions/" + line.ID, Part: l.part(line, plan), Head: true},
			{Body: tagOf(p, &line.Line, plan)}, {Body: lineMoney(p, &line.Line)},
		}})
	}
	return table
}

// part is what stands below a line: its terminal, and what there is to say in
// short. Where all lines are of one terminal, it is not named again and again.
func (l *deductionList) part(line *deduction.ListedLine, plan *disclosure.Plan) string {
	said := explain.Short(l.p, listed(&line.Line, plan))
	if l.asked.filter.SN != "" || len(l.page.Terminals) == 1 {
		return said
	}
	terminal := line.Terminal.Alias
	if !l.isOnly(terminal) {
		terminal = terminalName(l.p, terminal, line.Terminal.SN)
	}
	if said == "" {
		return terminal
	}
	return l.p.T("deductions.list.on", "terminal", terminal, "said", said)
}

// isOnly reports whether just one of the merchant's terminals bears a name.
func (l *deductionList) isOnly(alias string) bool {
	bearers := 0
	for i := range l.page.Terminals {
		if l.page.Terminals[i].Alias == alias {
			bearers++
		}
	}
	return bearers == 1 && alias != ""
}

// listedItems are what a line of the bill can be for.
func listedItems() []fee.Item {
	return append(fee.Items[:len(fee.Items):len(fee.Items)], deduction.ItemOther)
}
