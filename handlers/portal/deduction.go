package portal

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Deduction answers GET /deductions/{id}: one line of the bill, explained.
func (h *Portal) Deduction(c echo.Context) error {
	actor := guard.ActorOf(c)
	today := h.today()
	d := deductionPresenter{p: printer(c), plans: h.Plans.Plans(), today: today, actor: actor}
	more := db.NewBatch()
	complaint.AddOnLine(more, actor.MerchantID, c.Param("id"), &d.became)
	read, err := deduction.ReadDetailPage(c.Request().Context(), db.Along(h.DB, more), d.plans, h.Policy(), actor.MerchantID, c.Param("id"), today)
	if err != nil {
		return err
	}
	d.page = read
	d.text = explain.Deduction(d.p, read.Explanation, d.context())
	frame := h.frame(c, "/deductions", "deductions.one.title", "headline", d.text.Headline)
	frame.Crumbs = d.crumbs()
	props := d.props(asOf(d.p, h.AsOf(), h.Clock.Now()))
	props.Call = d.call(frame.Brand)
	props.Guides = h.guideLinks(d.p, read.Line.Item, read.Explanation.Verdict.Reasons)
	return page.Render(c, http.StatusOK, portal.Deduction(frame, props))
}

// deductionPresenter turns what was read of a line into finished texts.
type deductionPresenter struct {
	p      *i18n.Printer
	page   *deduction.DetailPage
	plans  *disclosure.Plans
	today  date.Date
	actor  guard.Actor
	became complaint.OnLine // by complaints about it
	text   explain.Text
}

// context is what the words need beyond the verdict. The hotline is left out of
// it: the page has its own place for whom to call.
func (d *deductionPresenter) context() explain.Context {
	line, card := &d.page.Line, &d.page.Terminal
	ctx := explain.Context{
		Case: d.page.Case, Kind: explain.Kind(line.Kind), Item: line.Item, State: line.State, Refunded: line.Refunded, Ref: d.ref(),
		Terminal: explain.Terminal{
			Alias: card.Alias, SN: card.SN, Carrier: card.Carrier, InactiveReason: card.InactiveReason, SalesThatDay: d.sales(),
		},
		Terms: d.terms(), AcceptedBy: d.acceptedBy(), Settlement: d.settled(), Moves: movesOf(line, &d.became),
	}
	if d.page.Decided != nil {
		ctx.Own = d.page.Decided.Own
	}
	if f := d.page.Fee; f != nil && len(f.Charges) > 0 {
		ctx.Next = &f.Charges[0]
	}
	if a := d.page.Announced(d.page.Explanation.Facts.Notice); a != nil {
		ctx.NoticeTo, ctx.NoticeAt = masked(notice.Channel(a.Channel), a.To), a.At
	}
	if d.actor.Can(account.SeeTerminals) {
		ctx.Pages.Terminal = "/terminals/" + card.SN
	}
	if d.actor.Can(account.SeeAgreements) {
		ctx.Pages.Agreements = "/agreements"
	}
	return ctx
}

// ref is the number to quote: the core system's, of the deduction or of the
// settlement.
func (d *deductionPresenter) ref() string {
	if d.page.Ref != "" {
		return d.page.Ref
	}
	return d.page.Line.SettlementRef
}

// sales is how many sales the terminal had on the day of the line's settlement.
func (d *deductionPresenter) sales() int {
	if s := d.page.Settlement; s != nil && s.On == d.page.Line.On {
		return int(s.CardCount + s.QRCount)
	}
	return 0
}

func (d *deductionPresenter) terms() explain.Terms {
	plan := d.plans.ByID(d.page.Line.PlanID)
	if plan == nil {
		return explain.Terms{}
	}
	locale := string(d.p.Locale())
	published := plan.Published(d.page.Line.Verdict.Version)
	return explain.Terms{
		Title: published.Terms.Title.In(locale), Recipient: published.Terms.Recipient.In(locale), PricedBy: published.Terms.PricedBy.In(locale),
		Refund: published.Terms.Refund.In(locale), Stop: published.Terms.Stop.In(locale),
		Disclosure: plan.Title.In(locale), Version: published.DisclosureVersion, Clause: published.Terms.Clause,
		URL: disclosed.ClauseHref(d.plans, plan.Slug, published.DisclosureVersion, published.Terms.Clause),
	}
}

// acceptedBy is who gave the acceptance that counts, where that is the latest;
// of earlier ones the name is not at hand.
func (d *deductionPresenter) acceptedBy() string {
	counts, f := d.page.Explanation.Facts.Acceptance, d.page.Fee
	if counts == nil || f == nil || len(f.Enrolment.Accepted) == 0 {
		return ""
	}
	if f.Enrolment.Accepted[len(f.Enrolment.Accepted)-1] != *counts {
		return ""
	}
	return f.AcceptedBy
}

func (d *deductionPresenter) settled() *explain.Settlement {
	s := d.page.Settlement
	if s == nil {
		return nil
	}
	return &explain.Settlement{On: s.On, Sales: s.Sales(), Fees: s.Fees(), PaidOut: s.PaidOut}
}

func (d *deductionPresenter) crumbs() []page.Link {
	alias := d.page.Terminal.Alias
	if alias == "" {
		alias = d.p.Tail(d.page.Terminal.SN)
	}
	return []page.Link{
		{Label: d.p.T("portal.nav.deductions"), Href: "/deductions"},
		{Label: alias, Href: "/deductions?terminal=" + d.page.Terminal.SN},
		{Label: lineName(d.p, &d.page.Line)},
	}
}

func (d *deductionPresenter) props(asOf string) portal.DeductionProps {
	p, line, text := d.p, &d.page.Line, &d.text
	props := portal.DeductionProps{
		Heading: components.Heading{Title: text.Headline, Lead: text.Lead},
		Tag:     components.Tag{Verdict: verdictOf(text.Tag.Tone), Word: text.Tag.Word}, AsOf: asOf,
		Because: text.Because, Tone: verdictOf(text.Tag.Tone),
		WhyTitle: p.T("deductions.one.why", "amount", p.Money(int64(line.Amount))), Why: whyRows(text.Why),
		ChecksTitle: text.ChecksTitle, Checks: checkGroups(&text.Checks),
		Money: text.Money, Next: text.Next.Lines,
		Settlement: d.settlement(), About: d.about(),
	}
	for _, l := range text.Next.Links {
		props.Links = append(props.Links, page.Link{Label: l.Text, Href: l.URL})
	}
	if a := d.page.Announced(d.page.Explanation.Facts.Notice); a != nil && d.actor.Can(account.SeeMessages) {
		props.Told = &page.Link{
			Label: p.T("inbox.told.link", "channel", explain.ChannelName(p, a.Channel), "moment", p.ShortDateTime(a.At)), Href: letterAddress(a.LetterID),
		}
	}
	if line.Kind == deduction.KindDeduction && d.actor.Can(account.Export) {
		props.Receipt = receiptsOf(line.ID)
	}
	if f := d.page.Fee; f != nil && f.Plan.Fee.HasCycles() {
		timeline := drawTimeline(p, &d.page.Terminal, f, d.today, line.ID)
		props.Timeline = &timeline
	}
	return props
}

func whyRows(from []explain.Row) []portal.WhyRow {
	rows := make([]portal.WhyRow, len(from))
	for i, r := range from {
		rows[i] = portal.WhyRow{Label: r.Label, Basis: page.Link{Label: r.Link.Text, Href: r.Link.URL}, Lines: r.Lines}
		for _, l := range r.Calc {
			rows[i].Calc = append(rows[i].Calc, portal.CalcLine(l))
		}
	}
	return rows
}

// fullStops end a sentence, and no title.
const fullStops = ".\u3002"

func checkGroups(from *[5]explain.Group) components.Checks {
	groups := make(components.Checks, len(from))
	for i := range from {
		g := &from[i]
		group := components.CheckGroup{Title: g.Title, Verdict: verdictOf(g.Tag.Tone), Word: g.Tag.Word, Open: g.Status == fee.Failed}
		if strings.TrimRight(g.Summary, fullStops) != g.Title {
			group.Part = g.Summary
		}
		for _, r := range g.Rules {
			if r.Text != "" {
				group.Items = append(group.Items, components.Check{Verdict: verdictOf(r.Tag.Tone), Word: r.Tag.Word, Text: r.Text})
			}
		}
		if len(group.Items) == 0 {
			group.Items = []components.Check{{Verdict: group.Verdict, Word: group.Word, Text: g.Summary}}
		}
		groups[i] = group
	}
	return groups
}

// call says where to turn with the line: to the complaint about it, if there is
// one, or to where one is filed, and to the acquirer's hotline.
func (d *deductionPresenter) call(brand page.Brand) *portal.CallProps {
	p := d.p
	call := &portal.CallProps{Title: p.T("deductions.one.ask"), Ref: d.ref()}
	if brand.Hotline != "" {
		call.Label, call.Number, call.Second = p.T("deductions.one.call_button"), telephone(brand.Hotline), p.T("deductions.one.call_second", "hotline", brand.Hotline)
	}
	tone := d.text.Tag.Tone
	switch {
	case d.became.Number != "" && d.actor.Can(account.SeeComplaints):
		d.leadToCase(call)
		return call
	case d.actor.Can(account.ManageComplaints):
		call.Complain = &page.Link{Label: p.T("deductions.one.complain_button"), Href: complainAddress(complaint.OfDeduction, d.page.Line.ID)}
		call.Text = p.T("deductions.one.complain")
		switch tone {
		case explain.ToneBad:
			call.Text = p.T("deductions.one.complain_wrong")
		case explain.ToneWait:
			call.Text = p.T("deductions.one.complain_doubt")
		default:
			call.Title = p.T("deductions.one.wrong")
		}
		return call
	case brand.Hotline == "":
		return nil
	}
	switch tone {
	case explain.ToneBad:
		call.Text = p.T("deductions.one.call_wrong", "hotline", brand.Hotline)
	case explain.ToneWait:
		call.Text = p.T("deductions.one.call_doubt", "hotline", brand.Hotline)
	default:
		call.Title, call.Text = p.T("deductions.one.wrong"), p.T("deductions.one.call", "hotline", brand.Hotline)
	}
	return call
}

// leadToCase leads to the complaint that there is: what is still to be said of the
// line is said there, also after a decision.
func (d *deductionPresenter) leadToCase(call *portal.CallProps) {
	p, o := d.p, &d.became
	call.Title, call.Text = p.T("deductions.one.complained"), p.T("deductions.one.complained_text", "number", o.Number)
	call.Complain = &page.Link{Label: p.T("deductions.one.complained_button"), Href: caseAddress(o.Number)}
	if !o.State.UnderWay() {
		call.Title, call.Text = p.T("deductions.one.decided"), p.T("deductions.one.decided_text", "number", o.Number, "day", dayInList(p, date.Of(o.DecidedAt), d.today))
		call.Complain.Label = p.T("deductions.one.decided_button")
	}
}

// telephone is the address that a phone dials.
func telephone(number string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}

// settlement lists what the day's settlement adds up from, with the row that the
// line belongs to.
func (d *deductionPresenter) settlement() *portal.SettlementProps {
	s, p := d.page.Settlement, d.p
	if s == nil {
		return nil
	}
	props := &portal.SettlementProps{Title: p.T("deductions.settlement.title", "day", p.ShortDate(s.On))}
	add := func(key string, amount int64, part string) {
		if amount != 0 {
			props.Rows = append(props.Rows, components.Fact{Term: p.T(key), Text: p.Money(amount), Part: part})
		}
	}
	add("deductions.settlement.card", int64(s.Card), d.count(s.CardCount))
	add("deductions.settlement.qr", int64(s.QR), d.count(s.QRCount))
	add("deductions.settlement.card_fee", -int64(s.CardFee), d.mine(deduction.KindCard))
	add("deductions.settlement.qr_fee", -int64(s.QRFee), d.mine(deduction.KindQR))
	add("deductions.settlement.payout_fee", -int64(s.PayoutFee), d.mine(deduction.KindPayout))
	add("deductions.settlement.other_fee", -int64(s.OtherFee), d.mine(deduction.KindOther))
	props.Rows = append(props.Rows, components.Fact{Term: p.T("deductions.settlement.paid_out"), Text: p.Money(int64(s.PaidOut)), Sum: true})
	switch gap := s.Gap(); {
	case gap < 0:
		props.Note = p.T("deductions.settlement.short", "gap", p.Money(int64(-gap)))
	case gap > 0:
		props.Note = p.T("deductions.settlement.surplus", "gap", p.Money(int64(gap)))
	}
	return props
}

func (d *deductionPresenter) count(n int64) string {
	return d.p.N("deductions.settlement.sales", int(n))
}

// mine says that the line belongs to a column of its settlement.
func (d *deductionPresenter) mine(column deduction.Kind) string {
	if d.column() != column {
		return ""
	}
	if d.page.Line.Kind != deduction.KindDeduction {
		return d.p.T("deductions.settlement.this")
	}
	return d.p.T("deductions.settlement.mine", "amount", d.p.Money(int64(d.page.Line.Amount)))
}

// column is the column of its settlement that the line stands in.
func (d *deductionPresenter) column() deduction.Kind {
	line, plan := &d.page.Line, d.plans.ByID(d.page.Line.PlanID)
	switch {
	case line.Kind != deduction.KindDeduction:
		return line.Kind
	case line.Item == fee.Transaction && plan != nil && plan.Fee.Method == fee.QR:
		return deduction.KindQR
	case line.Item == fee.Transaction:
		return deduction.KindCard
	case line.Item == fee.Withdrawal:
		return deduction.KindPayout
	default:
		return deduction.KindOther
	}
}

// about are the facts that make the page a receipt.
func (d *deductionPresenter) about() components.Facts {
	p, line, card := d.p, &d.page.Line, &d.page.Terminal
	var facts components.Facts
	if ref := d.ref(); ref != "" {
		facts = append(facts, components.Fact{Term: p.T("deductions.about.ref"), Body: components.Reference{Text: ref}})
	}
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, components.Fact{Term: p.T(key), Text: text})
		}
	}
	add("deductions.about.merchant", d.actor.MerchantName)
	add("deductions.about.terminal", terminalName(p, card.Alias, card.SN))
	add("deductions.about.shop", card.Shop)
	if line.Kind == deduction.KindDeduction {
		add("deductions.about.at", p.DateTime(line.At))
	} else {
		add("deductions.about.on", p.Date(line.On))
	}
	add("deductions.about.state", explain.StateName(p, line.State))
	if line.SettlementRef != d.ref() {
		add("deductions.about.settlement", line.SettlementRef)
	}
	add("deductions.about.order", line.OrderRef)
	add("deductions.about.judged", p.DateTime(d.page.JudgedAt))
	return facts
}
