package portal

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const terminalKey = "portal.terminal"

// AskTerminal has a terminal read along with the session, for Terminal.
func (h *Portal) AskTerminal(c echo.Context) db.Statement {
	q := deduction.AskTerminalPage(c.Param("sn"), h.Plans.Plans(), h.today())
	c.Set(terminalKey, q)
	return q.Along()
}

// Terminal answers GET /terminals/{sn}: what one terminal pays, since when, and
// what is to come.
func (h *Portal) Terminal(c echo.Context) error {
	q, ok := c.Get(terminalKey).(*deduction.TerminalQuestion)
	if !ok {
		q = deduction.AskTerminalPage(c.Param("sn"), h.Plans.Plans(), h.today())
	}
	read, err := q.Page(c.Request().Context(), h.DB, h.Policy(), guard.ActorOf(c).MerchantID)
	if err != nil {
		return err
	}
	return h.AnswerTerminal(c, read)
}

// AnswerTerminal answers with the page of a terminal that was read in whatever
// way, as Terminal does: the bench compares ways of reading it.
func (h *Portal) AnswerTerminal(c echo.Context, read *deduction.TerminalPage) error {
	actor := guard.ActorOf(c)
	t := terminalPresenter{p: printer(c).ForPage(), page: read, plans: h.Plans.Plans(), words: &h.words, today: h.today()}
	if actor.Can(account.ManageComplaints) {
		t.complain = &page.Link{Label: t.p.T("terminals.complain"), Href: complainAddress(complaint.OfTerminal, read.Terminal.SN)}
	}
	props := t.props(asOf(t.p, h.AsOf(), h.Clock.Now()))
	if actor.Can(account.RenameTerminals) {
		props.Rename = &page.Link{Label: t.p.T("terminals.rename.open"), Href: terminalAddress(read.Terminal.SN) + "/name"}
	}
	props.Guides = h.terminalGuides(t.p, read.Fees)
	props.Complain = t.complain
	props.Stop = page.Link{Label: t.p.T("stop.open"), Href: stopAddress(read.Terminal.SN)}
	frame := h.frame(c, "/terminals", "terminals.one.title", "alias", props.Heading.Title)
	frame.Crumbs = []page.Link{
		{Label: t.p.T("portal.nav.terminals"), Href: "/terminals"},
		{Label: props.Heading.Title},
	}
	return page.Render(c, http.StatusOK, portal.Terminal(frame, props))
}

// terminalPresenter turns what was read into finished texts.
type terminalPresenter struct {
	p     *i18n.Printer
	page  *deduction.TerminalPage
	plans *disclosure.Plans
	words *planWordCache
	today date.Date
	said  acceptanceSaid

	complain *page.Link // to where its fees are complained of; nil: the reader may not
}

func (t *terminalPresenter) props(asOf string) *portal.TerminalProps {
	p, card := t.p, &t.page.Terminal
	props := &portal.TerminalProps{
		Heading: components.Heading{
			Title: shownAs(p, card.Alias, card.SN), Lead: t.lead(),
		},
		Next: t.next(), Year: t.year(asOf), Usage: t.usage(), About: t.about(), All: t.all(),
		Recent: t.recent(), More: page.Link{Label: p.T("terminals.recent.all"), Href: "/deductions?terminal=" + url.QueryEscape(card.SN)},
		Wrong: t.wrong(), Report: t.report(),
	}
	props.SIM, props.SIMLinks = t.sim()
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

// lead says which terminal it is, and how it stands.
func (t *terminalPresenter) lead() string {
	card := &t.page.Terminal
	if card.Type == "" {
		return t.p.T("terminals.one.lead_bare", "tail", t.p.Tail(card.SN), "shop", card.Shop, "status", t.status())
	}
	return t.p.T("terminals.one.lead", "tail", t.p.Tail(card.SN), "shop", card.Shop, "model", card.Type, "status", t.status())
}

// status says how the terminal stands, with the day since when.
func (t *terminalPresenter) status() string {
	p, card := t.p, &t.page.Terminal
	switch {
	case !card.InactiveFrom.IsZero() && card.InactiveFrom <= t.today:
		return p.T("terminals.one.gone", "why", p.T(goneKey(card.InactiveReason)), "day", &card.InactiveFrom)
	case !card.ReportedGoneOn.IsZero():
		return p.T("terminals.one.reported", "day", &card.ReportedGoneOn)
	case card.ActivatedOn.IsZero() || card.ActivatedOn > t.today:
		return p.T("terminals.one.not_yet")
	default:
		return p.T("terminals.one.in_use", "day", &card.ActivatedOn)
	}
}

// isGone reports whether the merchant no longer has the terminal.
func (t *terminalPresenter) isGone() bool {
	card := &t.page.Terminal
	return !card.InactiveFrom.IsZero() && card.InactiveFrom <= t.today && merchant.InactiveReason(card.InactiveReason).Gone()
}

// terminalAddress is the address of a terminal's page.
func terminalAddress(sn string) string { return terminalsPath + "/" + url.PathEscape(sn) }

// wrong leads to what was not as agreed lately.
func (t *terminalPresenter) wrong() *portal.TerminalNotice {
	if t.page.Wrong == 0 {
		return nil
	}
	return &portal.TerminalNotice{
		Tone: components.Bad, Lead: t.p.N("home.wrong.lead", t.page.Wrong, "days", deduction.WrongDays),
		Link: page.Link{Label: t.p.T("home.wrong.see"), Href: wrongAddress(t.page.Terminal.SN, t.today)},
	}
}

// report tells how the merchant's report that the terminal is gone stands.
func (t *terminalPresenter) report() *portal.TerminalNotice {
	r := &t.page.Report
	if r.Number == "" {
		return nil
	}
	notice := &portal.TerminalNotice{
		Tone: components.Info, Text: t.p.T("terminals.report.waiting", "day", &r.On),
		Link: page.Link{Label: t.p.T("terminals.report.proof"), Href: proofAddress(t.page.Terminal.SN, r.Number)},
	}
	if r.Reason != "" {
		notice.Tone, notice.Lead = components.Wait, t.p.T("terminals.report.refused", "day", &r.On)
		notice.Text = t.p.T("terminals.report.refused_text", "reason", r.Reason)
	}
	return notice
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
	if c.Holds.Has(fee.ReportedGone) {
		return &portal.NextFee{Waits: t.p.T("terminals.next.waits")}
	}
	return &portal.NextFee{
		Amount: t.p.Money(int64(c.Amount)),
		What:   t.words.get(t.p, first).item,
		When:   components.Time{Text: t.p.Date(&c.On), Machine: c.On.String()},
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
