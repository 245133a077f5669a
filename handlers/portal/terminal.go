package portal

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

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
	t := terminalPresenter{p: printer(c).ForPage(), page: read, plans: h.Plans.Plans(), words: &h.words, today: h.today()}
	props := t.props(asOf(t.p, h.AsOf(), h.Clock.Now()))
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
	words *planWordCache
	today date.Date
}

func (t *terminalPresenter) props(asOf string) portal.TerminalProps {
	p, card := t.p, &t.page.Terminal
	props := portal.TerminalProps{
		Heading: components.Heading{
			Title: card.Alias,
			Lead:  p.T("terminals.one.lead", "tail", p.Tail(card.SN), "shop", card.Shop, "model", card.Type, "status", t.status()),
		},
		Next: t.next(), Year: t.year(asOf), Usage: t.usage(), About: t.about(), All: t.all(),
		Recent: t.recent(), RecentHref: "/deductions?terminal=" + url.QueryEscape(card.SN),
	}
	for i := range t.page.Fees {
		f := &t.page.Fees[i]
		switch f.Plan.Fee.Kind() {
		case fee.Recurring:
			props.Fees = append(props.Fees, t.feeCard(f))
		case fee.OneOff:
			props.Once = append(props.Once, t.onceCard(f))
		}
	}
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
		What:   t.words.get(t.p, first).item,
		When:   components.Time{Text: t.p.Date(c.On), Machine: c.On.String()},
		In:     t.p.RelativeDays(c.On.DaysSince(t.today)),
	}
}

func (t *terminalPresenter) year(asOf string) portal.YearCost {
	year, _, _ := t.today.Civil()
	return portal.YearCost{
		Title: t.p.T("terminals.one.year", "year", t.p.Year(year)), Amount: t.p.Money(int64(t.page.ThisYear)),
		AsOf: t.p.T("terminals.one.year_as_of", "as_of", asOf),
	}
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
