package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Terminal answers GET /terminals/{sn}: what one terminal pays, since when, and
// what is to come.
func (h *Portal) Terminal(c echo.Context) error {
	return h.showTerminal(c, http.StatusOK, form.State{})
}

// showTerminal shows the page with the state of its form to rename.
func (h *Portal) showTerminal(c echo.Context, status int, rename form.State) error {
	actor := guard.ActorOf(c)
	read, err := deduction.ReadTerminalPage(c.Request().Context(), h.DB, h.Plans.Plans(), h.Policy(), actor.MerchantID, c.Param("sn"), h.today())
	if err != nil {
		return err
	}
	return h.answerTerminal(c, status, read, rename)
}

// AnswerTerminal answers with the page of a terminal that was read in whatever
// way, as Terminal does: the bench compares ways of reading it.
func (h *Portal) AnswerTerminal(c echo.Context, read *deduction.TerminalPage) error {
	return h.answerTerminal(c, http.StatusOK, read, form.State{})
}

func (h *Portal) answerTerminal(c echo.Context, status int, read *deduction.TerminalPage, rename form.State) error {
	actor := guard.ActorOf(c)
	t := terminalPresenter{p: printer(c), page: read, plans: h.Plans.Plans(), today: h.today()}
	props := t.props()
	props.AsOf = asOf(t.p, h.AsOf(), h.Clock.Now())
	if actor.Can(account.RenameTerminals) {
		props.Rename = renameForm(t.p, &read.Terminal, rename)
	}
	frame := h.frame(c, "/terminals", "terminals.one.title", "alias", read.Terminal.Alias)
	frame.Crumbs = []page.Link{
		{Label: t.p.T("portal.nav.terminals"), Href: "/terminals"},
		{Label: read.Terminal.Alias},
	}
	return page.Render(c, status, portal.Terminal(frame, props))
}

// terminalPresenter turns what was read into finished texts.
type terminalPresenter struct {
	p     *i18n.Printer
	page  *deduction.TerminalPage
	plans planNames
	today date.Date
}

func (t *terminalPresenter) props() portal.TerminalProps {
	p, card := t.p, &t.page.Terminal
	props := portal.TerminalProps{
		Heading: components.Heading{
			Title: card.Alias,
			Lead:  p.T("terminals.one.lead", "tail", p.Tail(card.SN), "shop", card.Shop, "model", card.Type, "status", t.status()),
		},
		Next: t.next(), Year: t.year(), Usage: t.usage(), About: t.about(),
		Recent: t.recent(), RecentHref: "/deductions?terminal=" + card.SN,
	}
	for i := range t.page.Fees {
		f := &t.page.Fees[i]
		props.All.Rows = append(props.All.Rows, t.feeRow(f))
		if !f.Plan.Fee.HasCycles() {
			continue
		}
		props.Fees = append(props.Fees, t.feeCard(f))
	}
	props.All.Caption = p.T("terminals.all.title")
	props.All.Columns = []components.Column{{Label: p.T("terminals.all.fee")}, {Label: p.T("terminals.all.price")}, {Label: p.T("terminals.all.basis")}}
	return props
}

// status says how the terminal stands, with the day since when.
func (t *terminalPresenter) status() string {
	p, card := t.p, &t.page.Terminal
	switch {
	case !card.InactiveFrom.IsZero() && card.InactiveFrom <= t.today:
		return p.T("terminals.one.gone", "why", p.T(goneKey(card.InactiveReason)), "day", card.InactiveFrom)
	case !card.ReportedGoneOn.IsZero():
		return p.T("terminals.one.reported", "day", card.ReportedGoneOn)
	case card.ActivatedOn.IsZero() || card.ActivatedOn > t.today:
		return p.T("terminals.one.not_yet")
	default:
		return p.T("terminals.one.in_use", "day", card.ActivatedOn)
	}
}

// next is the terminal's earliest charge to come.
func (t *terminalPresenter) next() *portal.NextFee {
	var first *deduction.TerminalFee
	for i := range t.page.Fees {
		f := &t.page.Fees[i]
		if len(f.Charges) > 0 && (first == nil || f.Charges[0].On < first.Charges[0].On) {
			first = f
		}
	}
	if first == nil {
		return nil
	}
	c := &first.Charges[0]
	return &portal.NextFee{
		Amount: t.p.Money(int64(c.Amount)),
		What:   explain.ItemName(t.p, first.Plan.Fee.Item),
		When:   components.Time{Text: t.p.Date(c.On), Machine: c.On.String()},
		In:     t.p.RelativeDays(c.On.DaysSince(t.today)),
	}
}

func (t *terminalPresenter) year() components.Fact {
	year, _, _ := t.today.Civil()
	return components.Fact{Term: t.p.T("terminals.one.year", "year", t.p.Year(year)), Text: t.p.Money(int64(t.page.ThisYear))}
}

// usage says what the SIM used this month. Without an allowance there is no
// bar; without a report there is nothing.
func (t *terminalPresenter) usage() *components.Meter {
	u := t.page.Usage
	if u == nil {
		return nil
	}
	m := &components.Meter{
		Label: t.p.T("terminals.usage.label"), Value: u.UsedMB, Tone: components.OK,
		Text: t.p.T("terminals.usage.used", "used", u.UsedMB),
		Part: t.p.T("terminals.usage.as_of", "day", t.p.ShortDate(u.AsOf)),
	}
	if u.AllowanceMB == nil {
		return m
	}
	m.Max = *u.AllowanceMB
	m.Text = t.p.T("terminals.usage.of", "used", u.UsedMB, "allowance", m.Max)
	m.Tone = usageTone(u.UsedMB, m.Max)
	return m
}

func (t *terminalPresenter) about() components.Facts {
	p, card := t.p, &t.page.Terminal
	facts := components.Facts{
		{Term: p.T("terminals.about.sn"), Text: p.Tail(card.SN)},
		{Term: p.T("terminals.about.shop"), Text: card.Shop},
	}
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, components.Fact{Term: p.T(key), Text: value})
		}
	}
	add("terminals.about.type", card.Type)
	add("terminals.about.carrier", card.Carrier)
	if card.ReplacesSN != "" {
		add("terminals.about.replaces", p.Tail(card.ReplacesSN))
	}
	return facts
}

// feeCard is a fee that has cycles: its timeline, what it rests on, and how its
// cycles stand.
func (t *terminalPresenter) feeCard(f *deduction.TerminalFee) portal.FeeCard {
	published := f.Plan.Published(versionOf(f))
	locale := string(t.p.Locale())
	card := portal.FeeCard{
		ID: feeID(f.Plan.Fee.Code), Title: published.Terms.Title.In(locale), Price: explain.Price(t.p, *priceOf(f)),
		Timeline: drawTimeline(t.p, &t.page.Terminal, f, t.today, ""),
		Facts: components.Facts{
			{Term: t.p.T("terminals.fee.recipient"), Text: published.Terms.Recipient.In(locale)},
			{Term: t.p.T("terminals.fee.stop"), Text: published.Terms.Stop.In(locale)},
			{Term: t.p.T("terminals.fee.refund"), Text: published.Terms.Refund.In(locale)},
		},
		More: t.p.T("terminals.cycles.more"),
	}
	card.Cycles, card.Sum = t.cycles(f)
	return card
}

// cycles is what was expected of each cycle and what was taken.
func (t *terminalPresenter) cycles(f *deduction.TerminalFee) (components.Table, string) {
	p := t.p
	table := components.Table{
		Caption: p.T("terminals.cycles.title"),
		Columns: []components.Column{
			{Label: p.T("terminals.cycles.period")}, {Label: p.T("terminals.cycles.standing")},
			{Label: p.T("terminals.cycles.expected"), Num: true}, {Label: p.T("terminals.cycles.actual"), Num: true},
		},
	}
	for i := range f.Account.Lines {
		l := &f.Account.Lines[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: period(p, l), Head: true},
			{Body: components.Tag{Verdict: standingVerdict(l.Standing), Word: explain.StandingName(p, l.Standing)}},
			{Text: p.Money(int64(l.Expected))}, {Text: p.Money(int64(l.Actual))},
		}})
	}
	switch d := f.Account.Difference; {
	case len(f.Account.Lines) == 0:
		return table, ""
	case d == 0:
		return table, p.T("terminals.cycles.even")
	case d > 0:
		return table, p.T("terminals.cycles.over", "amount", p.Money(int64(d)))
	default:
		return table, p.T("terminals.cycles.under", "amount", p.Money(int64(-d)))
	}
}

// period names the days of a cycle, or the day of a deduction that has none.
func period(p *i18n.Printer, l *fee.AccountLine) string {
	switch {
	case l.Cycle.Index == 0:
		return p.DayOf(l.Deductions[0].At)
	case l.Cycle.To.IsZero():
		return p.T("terminals.cycles.once", "from", l.Cycle.From)
	default:
		return p.Span(l.Cycle.From, l.Cycle.To)
	}
}

func standingVerdict(s fee.Standing) components.Verdict {
	switch s {
	case fee.StandsPaid:
		return components.OK
	case fee.StandsOpen:
		return components.Wait
	case fee.StandsOver, fee.StandsDuplicate, fee.StandsUnexpected:
		return components.Bad
	case fee.StandsRefunded, fee.StandsWaived, fee.StandsUnder:
		return components.Info
	default:
		return components.None
	}
}

// feeRow is a fee in the table of all: what it costs, and where that is written.
func (t *terminalPresenter) feeRow(f *deduction.TerminalFee) components.Row {
	p := t.p
	locale := string(p.Locale())
	published := f.Plan.Published(versionOf(f))
	basis := p.T("terminals.all.clause", "title", f.Plan.Title.In(locale), "version", published.DisclosureVersion, "clause", published.Terms.Clause)
	return components.Row{Cells: []components.Cell{
		{Text: explain.ItemName(p, f.Plan.Fee.Item), Part: published.Terms.Title.In(locale), Head: true},
		{Text: explain.Price(p, *priceOf(f)), Part: t.ended(f)},
		{Text: basis, Part: t.agreed(f)},
	}}
}

// ended says since when a fee is stopped, if it is.
func (t *terminalPresenter) ended(f *deduction.TerminalFee) string {
	if f.Enrolment.CancelledOn.IsZero() {
		return ""
	}
	return t.p.T("terminals.all.stopped", "day", f.Enrolment.CancelledOn)
}

// agreed says when, by whom and how the version in force was agreed, or that it
// was not.
func (t *terminalPresenter) agreed(f *deduction.TerminalFee) string {
	if f.InForce == nil {
		return t.p.T("terminals.all.not_agreed")
	}
	var found *fee.Acceptance
	for i := range f.Enrolment.Accepted {
		a := &f.Enrolment.Accepted[i]
		if a.Via != fee.ViaAgent && (a.Version == f.InForce.Number || found == nil) {
			found = a
		}
	}
	return t.p.T("terminals.all.agreed", "day", found.On, "via", explain.ViaName(t.p, found.Via))
}

// versionOf is the number of the version in force, 0 where there is none.
func versionOf(f *deduction.TerminalFee) int {
	if f.InForce == nil {
		return 0
	}
	return f.InForce.Number
}

func (t *terminalPresenter) recent() components.Table {
	return lineTable(t.p, t.page.Recent, t.plans, t.today)
}
