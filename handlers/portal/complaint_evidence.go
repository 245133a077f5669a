package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

// evidence is what was known of a case's subject, as it was written down then.
type evidence struct {
	number int
	at     time.Time
	hash   string
	complaint.Known
}

func readEvidence(e *complaint.Evidence) (*evidence, error) {
	known, err := e.Known()
	return &evidence{e.Number, e.At, e.Hash, known}, err
}

// lastEvidence is the latest look at the case's subject, or nil.
func (v *casePresenter) lastEvidence() (*evidence, error) {
	if len(v.page.Evidence) == 0 {
		return nil, nil
	}
	return readEvidence(&v.page.Evidence[len(v.page.Evidence)-1])
}

// explained writes what the verdict was, in the words of today. It returns nil
// where the subject was no line.
func (v *casePresenter) explained(e *evidence) (*explain.Text, error) {
	if e.Case == nil {
		return nil, nil
	}
	explanation, err := fee.Explain(e.Case)
	if err != nil {
		return nil, err
	}
	ctx := explain.OfKnown(&e.Known, &explanation, v.page.Alias, v.page.SN)
	ctx.Terms = v.terms(explanation.Verdict.Version)
	text := explain.Deduction(v.p, explanation, ctx)
	return &text, nil
}

// terms are those of the plan that the case is about.
func (v *casePresenter) terms(version int) explain.Terms {
	plan := v.plans.ByID(v.page.About.PlanID)
	if plan == nil {
		return explain.Terms{}
	}
	locale, published := string(v.p.Locale()), plan.Published(version)
	return explain.Terms{
		Title: published.Terms.Title.In(locale), Recipient: published.Terms.Recipient.In(locale), PricedBy: published.Terms.PricedBy.In(locale),
		Disclosure: plan.Title.In(locale), Version: published.DisclosureVersion, Clause: published.Terms.Clause,
	}
}

// evidenceCard lists what went with the case by itself.
func (v *casePresenter) evidenceCard() *portal.CaseEvidence {
	e := v.evidence
	if e == nil {
		return nil
	}
	card := &portal.CaseEvidence{
		As:   v.p.T("complaints.evidence.as", "moment", v.moment(e.at)),
		Link: page.Link{Label: v.p.T("complaints.evidence.all"), Href: caseAddress(v.page.Number) + "/evidence/" + strconv.Itoa(e.number)},
	}
	if text, err := v.explained(e); err == nil && text != nil {
		card.Checks = shortChecks(checkGroups(&text.Checks))
	}
	return card
}

// shortChecks are checks of which each says its part, and no more.
func shortChecks(groups components.Checks) (all []components.Check) {
	for i := range groups {
		g := &groups[i]
		one := components.Check{Verdict: g.Verdict, Word: g.Word, Text: g.Title}
		if g.Part != "" {
			one.Part = g.Part
		}
		all = append(all, one)
	}
	return all
}

// Evidence answers GET /complaints/{number}/evidence/{n}: what was known of the
// case's subject at a moment, to be read and printed.
func (h *Complaints) Evidence(c echo.Context) error {
	v, err := h.readCase(c)
	if err != nil {
		return err
	}
	v.evidence = nil
	for i := range v.page.Evidence {
		if strconv.Itoa(v.page.Evidence[i].Number) == c.Param("n") {
			if v.evidence, err = readEvidence(&v.page.Evidence[i]); err != nil {
				return err
			}
		}
	}
	if v.evidence == nil {
		return fault.New(fault.NotFound, "case.not_found")
	}
	frame := h.frame(c, complaintsPath, "complaints.evidence.title", "number", v.page.Number)
	props, err := v.proof()
	if err != nil {
		return err
	}
	return page.Render(c, http.StatusOK, portal.CaseProof(frame, props))
}

// proof writes all that a look at the subject found.
func (v *casePresenter) proof() (props portal.CaseProofProps, err error) {
	p, e := v.p, v.evidence
	props = portal.CaseProofProps{
		Heading: components.Heading{Title: p.T("complaints.evidence.title", "number", v.page.Number), Lead: p.T("complaints.evidence.lead", "moment", v.moment(e.at))},
		Back:    page.Link{Label: v.page.Number, Href: caseAddress(v.page.Number)},
	}
	text, err := v.explained(e)
	if err != nil {
		return props, err
	}
	if text != nil {
		props.Said = append([]string{text.Headline, text.Lead}, text.Because...)
		props.Checks, props.Why = checkGroups(&text.Checks), whyRows(text.Why)
		for i := range props.Checks {
			props.Checks[i].Open = true
		}
	}
	add := func(term, text string) {
		if text != "" {
			props.Facts = append(props.Facts, components.Fact{Term: term, Text: text})
		}
	}
	for _, n := range e.Told {
		add(p.T("complaints.evidence.notice"), p.T("complaints.evidence.told", "channel", explain.ChannelName(p, n.Channel), "moment", p.DateTime(n.At)))
	}
	if text != nil && len(e.Told) == 0 && e.Untold() {
		add(p.T("complaints.evidence.notice"), p.T("complaints.evidence.not_told"))
	}
	if s := e.Settled; s != nil {
		add(p.T("complaints.evidence.settlement"), p.T("complaints.evidence.settled", "day", s.On, "amount", s.PaidOut))
	}
	for _, a := range e.Agreements {
		said := p.T("complaints.evidence.not_accepted", "plan", v.planName(a.Plan))
		if a.Version > 0 {
			said = p.T("complaints.evidence.accepted", "plan", v.planName(a.Plan), "version", a.Version, "day", a.AcceptedOn, "via", explain.ViaName(p, a.Via))
		}
		add(p.T("complaints.evidence.agreement"), said)
	}
	for _, m := range e.Sent {
		add(p.T("complaints.evidence.message"), p.T("complaints.evidence.told", "channel", explain.ChannelName(p, m.Channel), "moment", p.DateTime(m.At)))
	}
	props.Facts = append(props.Facts, components.Fact{Term: p.T("complaints.evidence.hash"), Body: components.Reference{Text: e.hash}})
	return props, nil
}

// planName is what a plan is called.
func (v *casePresenter) planName(code string) string {
	if plan := v.plans.ByCode(code); plan != nil {
		return plan.Name(string(v.p.Locale()))
	}
	return code
}
