package portal

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const agreementsPath = "/agreements"

// Agreements answers GET /agreements: every text that was accepted, as it was
// accepted, and what waits for an answer.
func (h *Portal) Agreements(c echo.Context) error {
	actor, plans := guard.ActorOf(c), h.Plans.Plans()
	read, err := enrolment.ReadAgreementsPage(c.Request().Context(), h.DB, plans.Fee, h.Policy(), actor.MerchantID, h.today())
	if err != nil {
		return err
	}
	a := agreementsPresenter{
		agreementWords: agreementWords{p: printer(c), plans: plans, today: h.today()},
		page:           read, mayAnswer: actor.Can(account.ManageAgreements),
	}
	frame := h.frame(c, agreementsPath, "agreements.title")
	return page.Render(c, http.StatusOK, portal.Agreements(frame, a.props(asOf(a.p, h.AsOf(), h.Clock.Now()))))
}

// agreementsPresenter turns what was agreed into finished texts.
type agreementsPresenter struct {
	agreementWords
	page      *enrolment.AgreementsPage
	mayAnswer bool
}

func (a *agreementsPresenter) props(asOf string) portal.AgreementsProps {
	p := a.p
	props := portal.AgreementsProps{
		Heading: components.Heading{Title: p.T("agreements.title"), Lead: p.T("agreements.lead", "as_of", asOf)},
		Waiting: portal.AgreementList{Title: p.T("agreements.waiting.title"), Text: p.T("agreements.waiting.text")},
		Current: portal.AgreementList{Title: p.T("agreements.current.title")},
		Past:    portal.AgreementList{Title: p.T("agreements.past.title")},
	}
	for i := range a.page.Agreements {
		one := &a.page.Agreements[i]
		card := a.card(one)
		switch one.Standings[0].Standing {
		case enrolment.Waiting:
			card.Answer = a.answer(one)
			props.Waiting.Cards = append(props.Waiting.Cards, card)
		case enrolment.InForce, enrolment.ToCome:
			props.Current.Cards = append(props.Current.Cards, card)
		default:
			props.Past.Cards = append(props.Past.Cards, card)
		}
	}
	for i := range a.page.Proposals {
		props.Proposals = append(props.Proposals, a.proposal(&a.page.Proposals[i]))
	}
	if len(a.page.Agreements) == 0 {
		props.Empty, props.EmptyText = p.T("agreements.none.title"), p.T("agreements.none.text")
	}
	return props
}

// answer leads to where the merchant says yes or no; who may not is told who
// may.
func (a *agreementsPresenter) answer(one *enrolment.Agreement) *portal.AgreementAnswer {
	n := one.Count(enrolment.Waiting)
	if !a.mayAnswer {
		return &portal.AgreementAnswer{Text: a.p.N("agreements.waiting.ask_owner", n)}
	}
	return &portal.AgreementAnswer{
		Text: a.p.N("agreements.waiting.ask", n),
		Link: &components.ButtonLink{Label: a.p.T("agreements.waiting.answer"), Href: a.href(one)},
	}
}

func (a *agreementsPresenter) card(one *enrolment.Agreement) portal.AgreementCard {
	p := a.p
	card := portal.AgreementCard{
		ID:    "agreement-" + strconv.FormatInt(one.PlanID, 10) + "-" + strconv.Itoa(one.Version),
		Title: a.title(one.PlanID, one.Version), Price: a.price(one.PlanID, one.Version),
		Tags: a.tags(one), Facts: components.Facts{{Term: p.T("agreements.who"), Body: portal.Sentences(a.ways(one))}},
		Terms: a.terms(one.PlanID, one.Version),
	}
	terminals := p.List(a.names(one))
	if rest := one.Terminals - len(one.Names); rest > 0 {
		terminals = p.N("agreements.terminals.more", one.Terminals, "names", terminals)
	}
	card.Facts = append(card.Facts, components.Fact{Term: p.T("agreements.terminals.for"), Body: portal.LinkAfter(terminals, page.Link{Label: p.T("agreements.terminals.see"), Href: a.href(one)})})
	return card
}

// names are what the first few of the terminals are called, with the end of the
// serial number: a merchant may call several the same.
func (a *agreementsPresenter) names(one *enrolment.Agreement) (names []string) {
	for _, name := range one.Names {
		if name.Alias == "" {
			names = append(names, a.p.Tail(name.SN))
		} else {
			names = append(names, a.p.T("agreements.answer.terminal", "alias", name.Alias, "tail", a.p.Tail(name.SN)))
		}
	}
	return names
}

// tags say how an agreement stands, with the number of terminals where it
// stands differently for some.
func (a *agreementsPresenter) tags(one *enrolment.Agreement) (tags []components.Tag) {
	var before enrolment.Standing
	for i := range one.Standings {
		s := one.Standings[i].Standing
		if i > 0 && s == before {
			continue
		}
		before = s
		word := standingWord(a.p, s)
		if n := one.Count(s); n < one.Terminals {
			word = a.p.N("agreements.standing.some", n, "standing", word)
		}
		tags = append(tags, components.Tag{Verdict: standingTone(s), Word: word})
	}
	return tags
}

// proposal says what a published version would change.
func (a *agreementsPresenter) proposal(p *enrolment.Proposal) portal.Proposal {
	to := a.plans.Fee(p.PlanID).Version(p.Version)
	out := portal.Proposal{Title: a.title(p.PlanID, p.Version), Terms: a.terms(p.PlanID, p.Version)}
	price := a.barePrice(p.PlanID, p.Version)
	switch {
	case p.Now == 0:
		out.Lead = a.p.T("agreements.proposal.first", "price", price)
		out.Text = a.p.N("agreements.proposal.not_charged", p.Terminals)
	case to.EffectiveOn > a.today:
		out.Lead = a.p.T("agreements.proposal.lead", "day", to.EffectiveOn, "from", a.barePrice(p.PlanID, p.Now), "to", price)
		out.Text = a.p.N("agreements.proposal.kept", p.Terminals, "price", a.barePrice(p.PlanID, p.Now))
	default:
		out.Lead = a.p.T("agreements.proposal.since", "day", to.EffectiveOn, "to", price)
		out.Text = a.p.N("agreements.proposal.kept", p.Terminals, "price", a.barePrice(p.PlanID, p.Now))
	}
	if p.Accepted > 0 {
		out.Accepted = a.p.N("agreements.proposal.accepted", p.Accepted)
	}
	if p.ChangeID != "" {
		out.Change = &page.Link{Label: a.p.T("agreements.proposal.see"), Href: feeChangeAddress(p.ChangeID)}
	}
	return out
}

// agreementWords puts versions of plans into words.
type agreementWords struct {
	p     *i18n.Printer
	plans *disclosure.Plans
	today date.Date
}

func (a *agreementWords) href(one *enrolment.Agreement) string {
	return agreementHref(a.plans.ByID(one.PlanID).Fee.Code, one.Version)
}

func (a *agreementWords) published(planID int64, version int) disclosure.Published {
	return a.plans.ByID(planID).Published(version)
}

func (a *agreementWords) title(planID int64, version int) string {
	return a.published(planID, version).Terms.Title.In(string(a.p.Locale()))
}

func (a *agreementWords) price(planID int64, version int) string {
	return explain.Price(a.p, a.plans.Fee(planID).Version(version).Price)
}

// barePrice is the price without its free period, for sentences that compare.
func (a *agreementWords) barePrice(planID int64, version int) string {
	price := a.plans.Fee(planID).Version(version).Price
	if price.Kind == fee.Recurring {
		price.FreeDays, price.FreeMonths = 0, 0
	}
	return explain.Price(a.p, price)
}

// terms are what a version says, and the Chinese of it for who reads another
// language.
func (a *agreementWords) terms(planID int64, version int) portal.AgreementTerms {
	return portal.AgreementTerms{
		More: a.p.T("agreements.text.more"), Text: a.text(planID, version),
		BindingMore: a.p.T("agreements.text.binding"), Binding: a.binding(planID, version),
	}
}

// text is what a version says, in the reader's language.
func (a *agreementWords) text(planID int64, version int) components.Facts {
	return a.textIn(a.p, planID, version)
}

// binding is the Chinese text, for who reads another.
func (a *agreementWords) binding(planID int64, version int) components.Facts {
	if a.p.Locale() == i18n.ZhCN {
		return nil
	}
	return a.textIn(i18n.For(i18n.ZhCN), planID, version)
}

func (a *agreementWords) textIn(p *i18n.Printer, planID int64, version int) components.Facts {
	plan, published := a.plans.ByID(planID), a.published(planID, version)
	locale := string(p.Locale())
	facts := components.Facts{
		{Term: p.T("agreements.text.service"), Text: published.Terms.Title.In(locale), Part: explain.ItemName(p, plan.Fee.Item)},
		{Term: p.T("agreements.text.price"), Text: explain.Price(p, plan.Fee.Version(version).Price)},
	}
	add := func(term, text string) {
		if text != "" {
			facts = append(facts, components.Fact{Term: term, Text: text})
		}
	}
	add(p.T("agreements.text.recipient"), published.Terms.Recipient.In(locale))
	add(p.T("agreements.text.priced_by"), published.Terms.PricedBy.In(locale))
	add(p.T("agreements.text.stop"), published.Terms.Stop.In(locale))
	add(p.T("agreements.text.refund"), published.Terms.Refund.In(locale))
	basis := page.Link{Label: p.T("agreements.text.clause", "title", plan.Title.In(locale), "version", published.DisclosureVersion, "clause", published.Terms.Clause)}
	basis.Href = disclosed.ClauseHref(a.plans, plan.Slug, published.DisclosureVersion, published.Terms.Clause)
	facts = append(facts, components.Fact{Term: p.T("agreements.text.basis"), Body: portal.Linked(basis)})
	add(p.T("agreements.text.published"), p.T("agreements.text.effective", "published", published.PublishedOn, "effective", published.EffectiveOn))
	return facts
}

// ways say who accepted a version, when and how, a sentence each.
func (a *agreementWords) ways(one *enrolment.Agreement) (sentences []string) {
	for i := range one.Ways {
		sentences = append(sentences, a.way(&one.Ways[i], len(one.Ways) > 1))
	}
	return sentences
}

func (a *agreementWords) way(w *enrolment.Way, counted bool) string {
	p := a.p
	when := p.Date(w.First)
	if w.First != w.Last {
		when = p.Span(w.First, w.Last)
	}
	who := w.By
	if w.People > 1 {
		who = p.N("agreements.way.people", w.People)
	}
	said := a.said(who, when, w.Via)
	if counted {
		return p.N("agreements.way.counted", w.Terminals, "said", said)
	}
	return said
}

// said writes one acceptance: who, when and how.
func (a *agreementWords) said(who, when string, via enrolment.Via) string {
	switch {
	case via == enrolment.ViaAgent && who != "":
		return a.p.T("agreements.way.agent", "who", who, "when", when)
	case via == enrolment.ViaAgent:
		return a.p.T("agreements.way.agent_nameless", "when", when)
	case who != "":
		return a.p.T("agreements.way.by", "who", who, "when", when, "via", explain.ViaName(a.p, string(via)))
	default:
		return a.p.T("agreements.way.nameless", "when", when, "via", explain.ViaName(a.p, string(via)))
	}
}

func standingWord(p *i18n.Printer, s enrolment.Standing) string {
	switch s {
	case enrolment.Waiting:
		return p.T("agreements.standing.waiting")
	case enrolment.Denied:
		return p.T("agreements.standing.denied")
	case enrolment.InForce:
		return p.T("agreements.standing.in_force")
	case enrolment.ToCome:
		return p.T("agreements.standing.to_come")
	case enrolment.Replaced:
		return p.T("agreements.standing.replaced")
	case enrolment.Ended:
		return p.T("agreements.standing.ended")
	default:
		return p.T("agreements.standing.unused")
	}
}

func standingTone(s enrolment.Standing) components.Verdict {
	switch s {
	case enrolment.Waiting:
		return components.Wait
	case enrolment.Denied:
		return components.Bad
	case enrolment.InForce:
		return components.OK
	case enrolment.ToCome:
		return components.Info
	default:
		return components.None
	}
}
