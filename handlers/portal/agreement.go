package portal

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// The parameters of the list of an agreement's terminals, and the fields of the
// answer.
const (
	agreementAfter    = "after"    // the serial number after which it begins
	agreementAnswered = "answered" // set: beyond the terminals that wait
	answerField       = "answer"   // confirmAnswer or denyAnswer
	answerTerminal    = "terminal" // each chosen serial number
	answerScope       = "scope"    // scopeAll or scopeChosen
	answerSeen        = "seen"     // enrolment.AgreementPage.Seen
	confirmAnswer     = "confirm"
	denyAnswer        = "deny"
	scopeAll          = "all"
	scopeChosen       = "chosen"
)

// Agreement answers GET /agreements/{plan}/{version}: what one version says, for
// which terminals it was accepted, and what an answer would change.
func (h *Portal) Agreement(c echo.Context) error {
	return h.showAgreement(c, http.StatusOK, form.State{})
}

// agreementAsked reads which version is asked for.
func (h *Portal) agreementAsked(c echo.Context, plans *disclosure.Plans) (*disclosure.Plan, int, error) {
	version, err := strconv.Atoi(c.Param("version"))
	plan := plans.ByCode(c.Param("plan"))
	if err != nil || plan == nil || plan.Fee.Version(version) == nil {
		return nil, 0, fault.New(fault.NotFound, "agreements.not_found")
	}
	return plan, version, nil
}

// showAgreement shows the page with the state of its answer.
func (h *Portal) showAgreement(c echo.Context, status int, state form.State) error {
	actor, plans := guard.ActorOf(c), h.Plans.Plans()
	plan, version, err := h.agreementAsked(c, plans)
	if err != nil {
		return err
	}
	after := enrolment.Mark{SN: c.QueryParam(agreementAfter), Answered: c.QueryParam(agreementAnswered) != ""}
	read, err := enrolment.ReadAgreementPage(c.Request().Context(), h.DB, plans.Fee, h.Policy(), actor.MerchantID, plan.ID, version, after, h.today())
	if err != nil {
		return err
	}
	a := agreementPresenter{
		agreementWords: agreementWords{p: printer(c), plans: plans, today: h.today()},
		page:           read, plan: plan, version: version, after: after,
	}
	frame := h.frame(c, agreementsPath, "agreements.one.title", "title", a.title(plan.ID, version))
	frame.Crumbs = []page.Link{{Label: a.p.T("portal.nav.agreements"), Href: agreementsPath}, {Label: a.title(plan.ID, version)}}
	return page.Render(c, status, portal.Agreement(frame, a.props(actor.Can(account.ManageAgreements), frame.Brand.Hotline, state)))
}

func agreementHref(code string, version int) string {
	return agreementsPath + "/" + url.PathEscape(code) + "/" + strconv.Itoa(version)
}

// agreementPresenter turns one version and its terminals into finished texts.
type agreementPresenter struct {
	agreementWords
	page    *enrolment.AgreementPage
	plan    *disclosure.Plan
	version int
	after   enrolment.Mark
}

func (a *agreementPresenter) props(mayAnswer bool, hotline string, state form.State) portal.AgreementProps {
	p := a.p
	props := portal.AgreementProps{
		Heading: components.Heading{
			Title: a.title(a.plan.ID, a.version),
			Lead:  p.N("agreements.one.lead", a.page.Agreement.Terminals, "price", a.price(a.plan.ID, a.version)),
		},
		State: state, Text: a.text(a.plan.ID, a.version), Binding: a.binding(a.plan.ID, a.version),
		Terminals: a.terminals(), Pages: a.pages(),
	}
	if waiting := a.page.Agreement.Count(enrolment.Waiting); waiting > 0 {
		props.Waiting = p.N("agreements.one.waiting", waiting)
		if mayAnswer {
			props.Answer = a.answer(waiting, state)
		} else {
			props.WaitingText = p.T("agreements.one.ask_owner")
		}
	}
	if a.page.Agreement.Count(enrolment.Denied) > 0 && hotline != "" {
		props.DeniedNote = p.T("agreements.one.denied_note", "hotline", hotline)
	}
	return props
}

// answer asks the merchant whether they agreed, and says first what either
// answer changes.
func (a *agreementPresenter) answer(waiting int, state form.State) *portal.AnswerProps {
	p := a.p
	out := &portal.AnswerProps{
		Action:  agreementHref(a.plan.Fee.Code, a.version),
		Title:   p.T("agreements.answer.title"),
		Changes: a.consequences(),
		Hidden:  components.Hidden{Name: answerSeen, Value: strconv.FormatInt(a.page.Seen, 10)},
		Legend:  p.T("agreements.answer.which"), Error: state.Error(answerTerminal), FieldName: answerTerminal,
		Confirm: components.Button{Label: p.T("agreements.answer.confirm"), Name: answerField, Value: confirmAnswer},
		Deny:    components.Button{Label: p.T("agreements.answer.deny"), Look: components.Warning, Name: answerField, Value: denyAnswer},
	}
	if a.page.Lines > 0 {
		out.Taken = p.N("agreements.answer.taken", a.page.Lines, "amount", a.page.Taken)
		out.TakenLink = page.Link{
			Label: p.T("agreements.answer.taken_see"), Href: deductionsPath + "?" + url.Values{feeParam: {string(a.plan.Fee.Item)}}.Encode(),
		}
	}
	for i := range a.page.Terminals {
		t := &a.page.Terminals[i]
		if t.Standing == enrolment.Waiting {
			out.Choices = append(out.Choices, portal.AnswerChoice{
				Value: t.SN, Label: p.T("agreements.answer.terminal", "alias", t.Alias, "tail", p.Tail(t.SN)),
				Hint: p.List(a.accepted(t)), Checked: !state.Refused() || state.Chosen(answerTerminal, t.SN),
			})
		}
	}
	if waiting > len(out.Choices) {
		chosen := scopeChosen
		if state.Chosen(answerScope, scopeAll) {
			chosen = scopeAll
		}
		out.Scope = &portal.AnswerScope{
			Field: components.Field{Name: answerScope, Label: p.T("agreements.answer.scope"), Value: chosen},
			Options: []components.Option{
				{Value: scopeChosen, Label: p.T("agreements.answer.scope_chosen")},
				{Value: scopeAll, Label: p.N("agreements.answer.scope_all", waiting)},
			},
		}
	}
	return out
}

// consequences say what either answer changes.
func (a *agreementPresenter) consequences() (sentences []string) {
	p := a.p
	for i := range a.page.Answers {
		c := &a.page.Answers[i]
		sentences = append(sentences, a.consequence(c))
	}
	return append(sentences, p.T("agreements.answer.past", "day", a.today), p.T("agreements.answer.if_denied"))
}

func (a *agreementPresenter) consequence(c *enrolment.Consequence) string {
	p := a.p
	now, then := "", a.barePrice(a.plan.ID, a.version)
	if c.Now != 0 {
		now = a.barePrice(a.plan.ID, c.Now)
	}
	cycles := a.plan.Fee.Kind() == fee.Recurring
	switch {
	case c.Then == c.Now && c.Now == 0:
		return p.N("agreements.answer.never", c.Terminals)
	case c.Then == c.Now:
		return p.N("agreements.answer.same", c.Terminals, "now", now)
	case c.Now == 0 && cycles:
		return p.N("agreements.answer.first_cycles", c.Terminals, "day", c.From, "then", then)
	case c.Now == 0:
		return p.N("agreements.answer.first", c.Terminals, "day", c.From, "then", then)
	case cycles:
		return p.N("agreements.answer.change_cycles", c.Terminals, "day", c.From, "now", now, "then", then)
	default:
		return p.N("agreements.answer.change", c.Terminals, "day", c.From, "now", now, "then", then)
	}
}

// accepted writes a terminal's acceptances.
func (a *agreementPresenter) accepted(t *enrolment.HeldTerminal) (sentences []string) {
	for i := range t.Accepted {
		one := &t.Accepted[i]
		sentences = append(sentences, a.said(one.By, a.p.Date(one.On), one.Via))
		if !one.DeniedOn.IsZero() {
			sentences = append(sentences, a.p.T("agreements.way.denied", "who", one.DeniedBy, "when", one.DeniedOn))
		}
	}
	return sentences
}

func (a *agreementPresenter) terminals() components.Table {
	p := a.p
	table := components.Table{Caption: p.T("agreements.terminals.title"), Columns: []components.Column{
		{Label: p.T("agreements.terminals.terminal")}, {Label: p.T("agreements.who")}, {Label: p.T("agreements.terminals.standing")},
	}}
	for i := range a.page.Terminals {
		t := &a.page.Terminals[i]
		head := terminalCell(p, t.Alias, t.SN, true)
		head.Part = joinRemarks([]string{head.Part, t.Shop})
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			head, {Body: portal.Sentences(a.accepted(t))},
			{Body: components.Tag{Verdict: standingTone(t.Standing), Word: standingWord(p, t.Standing)}, Part: a.remark(t)},
		}})
	}
	return table
}

// remark says what holds where the version does not.
func (a *agreementPresenter) remark(t *enrolment.HeldTerminal) string {
	p := a.p
	switch {
	case t.Standing == enrolment.Ended:
		return p.T("agreements.standing.ended_on", "day", t.EndedOn)
	case t.Standing == enrolment.ToCome:
		return p.T("agreements.standing.from", "day", a.plan.Fee.Version(a.version).EffectiveOn)
	case t.Standing == enrolment.InForce:
		return ""
	case t.Now == 0:
		return p.T("agreements.standing.nothing")
	default:
		return p.T("agreements.standing.now", "price", a.barePrice(a.plan.ID, t.Now))
	}
}

// pages lead through the terminals of a merchant that has many.
func (a *agreementPresenter) pages() portal.Neighbours {
	n := portal.Neighbours{Label: a.p.T("agreements.terminals.pages")}
	base := agreementHref(a.plan.Fee.Code, a.version)
	if a.after != (enrolment.Mark{}) {
		n.Before = &page.Link{Label: a.p.T("agreements.terminals.first"), Href: base + "#terminals"}
	}
	if more := a.page.More; more != (enrolment.Mark{}) {
		query := url.Values{agreementAfter: {more.SN}}
		if more.Answered {
			query.Set(agreementAnswered, "1")
		}
		n.After = &page.Link{Label: a.p.T("agreements.terminals.next"), Href: base + "?" + query.Encode() + "#terminals"}
	}
	return n
}
