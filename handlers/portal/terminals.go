package portal

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// What the list of terminals takes from its address.
const (
	terminalsPath       = "/terminals"
	searchTerminalParam = "q"
	statusTerminalParam = "status"
	afterTerminalParam  = "after"
	beforeTerminalParam = "before"
)

// longestSearch is how many bytes of a search are looked for.
const longestSearch = 100

// fewTerminals is how many terminals are seen at a glance, without a filter.
const fewTerminals = 6

// Terminals answers GET /terminals: the merchant's terminals, as the filter
// narrows them. HTMX asks for the list alone.
func (h *Portal) Terminals(c echo.Context) error {
	actor := guard.ActorOf(c)
	filter := deduction.TerminalFilter{Search: c.QueryParam(searchTerminalParam), Status: deduction.TerminalStatus(c.QueryParam(statusTerminalParam))}
	filter.Search = filter.Search[:min(len(filter.Search), longestSearch)]
	if !filter.Status.Known() {
		filter.Status = ""
	}
	at := deduction.TerminalPlace{After: c.QueryParam(afterTerminalParam), Before: c.QueryParam(beforeTerminalParam)}
	read, err := deduction.ReadTerminalsPage(c.Request().Context(), h.DB, actor.MerchantID, filter, at, h.today())
	if err != nil {
		return err
	}
	l := terminalList{p: printer(c), page: read, filter: filter, plans: h.Plans.Plans(), today: h.today()}
	found := page.Fragment{ID: portal.TerminalsID}
	if _, part := page.Wanted(c.Request(), []page.Fragment{found}); part {
		found.View = portal.TerminalsFound(l.p, l.results())
		return page.Render(c, http.StatusOK, found.View, found)
	}
	frame := h.frame(c, terminalsPath, "terminals.list.title")
	return page.Render(c, http.StatusOK, portal.Terminals(frame, l.props(asOf(l.p, h.AsOf(), h.Clock.Now()))))
}

// terminalList turns a part of the list into finished texts.
type terminalList struct {
	p      *i18n.Printer
	page   *deduction.TerminalsPage
	filter deduction.TerminalFilter
	plans  planNames
	today  date.Date
}

func (l *terminalList) props(asOf string) portal.TerminalsProps {
	p := l.p
	props := portal.TerminalsProps{
		Heading: components.Heading{Title: p.T("terminals.list.title"), Lead: p.T("home.lead", "terminals", countTerminals(p, l.page.All, l.page.InUse), "as_of", asOf)},
		Results: l.results(),
	}
	if l.page.All > fewTerminals || l.narrows() {
		props.Filter = &components.Filter{Label: p.T("terminals.list.filter"), Action: terminalsPath, Target: portal.TerminalsID}
		props.Search = components.Field{Name: searchTerminalParam, Label: p.T("terminals.list.search"), Value: l.filter.Search, Type: "search", MaxLength: "40"}
		if l.filter.Status != "" {
			props.Hidden = []components.Hidden{{Name: statusTerminalParam, Value: string(l.filter.Status)}}
		}
	}
	return props
}

// narrows reports whether the filter leaves anything out.
func (l *terminalList) narrows() bool { return l.filter != (deduction.TerminalFilter{}) }

// shownAs is what a terminal is called: its name, or else the end of its serial
// number.
func shownAs(p *i18n.Printer, alias, sn string) string {
	if alias == "" {
		return p.Tail(sn)
	}
	return alias
}

// countTerminals says how many terminals there are, and how many of them are in
// use.
func countTerminals(p *i18n.Printer, all, inUse int) string {
	if all == inUse {
		return p.N("home.terminals.all", all)
	}
	return p.N("home.terminals.some", all, "in_use", inUse)
}

// statusNames are the statuses to filter by, in the order of the tabs.
var statusNames = []struct {
	status deduction.TerminalStatus
	key    string
}{
	{"", "terminals.list.all"},
	{deduction.TerminalsInUse, "terminals.list.in_use"},
	{deduction.TerminalsDue, "terminals.list.due"},
	{deduction.TerminalsGone, "terminals.list.gone"},
}

func (l *terminalList) results() portal.TerminalsResults {
	p := l.p
	results := portal.TerminalsResults{Table: l.table(), Pages: l.pages()}
	if l.page.All > fewTerminals || l.narrows() {
		results.Tabs = &components.Tabs{Label: p.T("terminals.list.statuses")}
		for _, s := range statusNames {
			results.Tabs.Links = append(results.Tabs.Links, page.Link{
				Label: p.T(s.key, "days", deduction.ComingDays), Href: terminalsAddress(l.filter.Search, s.status, "", ""), Current: s.status == l.filter.Status,
			})
		}
	}
	switch {
	case len(l.page.Rows) > 0:
	case l.page.All == 0:
		results.Empty, results.EmptyText = p.T("terminals.list.none"), p.T("terminals.list.none_text")
	default:
		results.Empty, results.EmptyText, results.Clear = p.T("terminals.list.not_found"), p.T("terminals.list.not_found_text"), terminalsPath
	}
	return results
}

func (l *terminalList) pages() components.Pages {
	pages := components.Pages{T: l.p}
	if rows := l.page.Rows; len(rows) > 0 && l.page.Before {
		pages.Previous = terminalsAddress(l.filter.Search, l.filter.Status, beforeTerminalParam, rows[0].SN)
	}
	if rows := l.page.Rows; len(rows) > 0 && l.page.After {
		pages.Next = terminalsAddress(l.filter.Search, l.filter.Status, afterTerminalParam, rows[len(rows)-1].SN)
	}
	return pages
}

// wrongAddress is where the deductions of the last weeks stand that were not as
// agreed: those of a terminal, or of all.
func wrongAddress(sn string, today date.Date) string {
	query := url.Values{
		checkParam: {string(deduction.CheckNotAgreed)}, fromParam: {today.AddDays(-deduction.WrongDays).String()},
	}
	if sn != "" {
		query.Set(terminalParam, sn)
	}
	return deductionsPath + "?" + query.Encode()
}

// terminalsAddress is the address of the list with a filter, at a place.
func terminalsAddress(search string, status deduction.TerminalStatus, place, sn string) string {
	query := url.Values{}
	for _, q := range [][2]string{{searchTerminalParam, search}, {statusTerminalParam, string(status)}, {place, sn}} {
		if q[1] != "" {
			query.Set(q[0], q[1])
		}
	}
	if len(query) == 0 {
		return terminalsPath
	}
	return terminalsPath + "?" + query.Encode()
}

func (l *terminalList) table() components.Table {
	p := l.p
	year, _, _ := l.today.Civil()
	table := components.Table{
		Caption: p.T("terminals.list.title"),
		Columns: []components.Column{
			{Label: p.T("terminals.list.terminal")}, {Label: p.T("terminals.list.status")}, {Label: p.T("terminals.list.next")},
			{Label: p.T("terminals.usage.label")}, {Label: p.T("terminals.one.year", "year", p.Year(year)), Num: true},
		},
	}
	for i := range l.page.Rows {
		t := &l.page.Rows[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: shownAs(p, t.Alias, t.SN), Href: terminalAddress(t.SN), Part: p.T("terminals.list.where", "tail", p.Tail(t.SN), "shop", t.Shop), Head: true},
			l.status(t),
			l.next(t.Next, t.ReportedGoneOn),
			l.usage(t.Usage),
			{Body: components.Money{Text: p.Money(int64(t.ThisYear))}},
		}})
	}
	return table
}

// status says how a terminal stands, and since when.
func (l *terminalList) status(t *deduction.TerminalRow) components.Cell {
	tag := func(v components.Verdict, key string, since date.Date) components.Cell {
		c := components.Cell{Body: components.Tag{Verdict: v, Word: l.p.T(key)}}
		if !since.IsZero() {
			c.Part = l.p.T("terminals.list.since", "day", dayInList(l.p, since, l.today))
		}
		return c
	}
	switch {
	case !t.InactiveFrom.IsZero() && t.InactiveFrom <= l.today:
		return tag(components.None, goneKey(t.InactiveReason), t.InactiveFrom)
	case !t.ReportedGoneOn.IsZero():
		return tag(components.Wait, "terminals.status.reported", t.ReportedGoneOn)
	case t.ActivatedOn.IsZero() || t.ActivatedOn > l.today:
		return tag(components.None, "terminals.status.not_yet", 0)
	default:
		return tag(components.OK, "terminals.status.in_use", 0)
	}
}

// next says when the terminal is charged next, for what and how much. From the
// day on which it is reported gone, nothing is until staff have answered.
func (l *terminalList) next(n *deduction.NextCharge, reportedGone date.Date) components.Cell {
	p := l.p
	if n == nil {
		return components.Cell{Text: p.T("terminals.list.no_next")}
	}
	if !reportedGone.IsZero() && n.On >= reportedGone {
		return components.Cell{Text: p.T("home.coming.waits")}
	}
	what := p.N("terminals.list.fees", n.Fees)
	if plan := l.plans.ByID(n.PlanID); n.Fees == 1 && plan != nil {
		what = explain.ItemName(p, plan.Fee.Item)
	}
	c := components.Cell{Part: p.T("terminals.list.charge", "fee", what, "amount", n.Amount)}
	if n.On < l.today {
		c.Text = p.T("home.coming.open")
	} else {
		c.Body = components.Time{Text: dayInList(p, n.On, l.today), Machine: n.On.String()}
	}
	return c
}

// usage says what the SIM used this month, and warns where it is nearly all.
func (l *terminalList) usage(u *deduction.Usage) components.Cell {
	if u == nil {
		return components.Cell{Text: l.p.T("terminals.list.no_usage")}
	}
	as := l.p.T("terminals.usage.as_of", "day", l.p.ShortDate(u.AsOf))
	if u.AllowanceMB == nil {
		return components.Cell{Text: l.p.T("terminals.list.used", "used", u.UsedMB), Part: as}
	}
	text := l.p.T("terminals.list.used_of", "used", u.UsedMB, "allowance", *u.AllowanceMB)
	if tone := usageTone(u.UsedMB, *u.AllowanceMB); tone != components.OK {
		return components.Cell{Body: components.Tag{Verdict: tone, Word: text}, Part: as}
	}
	return components.Cell{Text: text, Part: as}
}

// usageTone warns from four fifths of an allowance on.
func usageTone(used, allowance int64) components.Verdict {
	switch {
	case used >= allowance:
		return components.Bad
	case used*5 >= allowance*4:
		return components.Wait
	default:
		return components.OK
	}
}
