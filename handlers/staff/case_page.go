package staff

import (
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/evidence"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Case answers GET /admin/cases/{number}: one case. Who opens it is seen by the
// others.
func (h *CasePages) Case(c echo.Context) error { return h.showCase(c, 200, form.State{}, 0) }

// showCase shows a case with what was typed, and with what happened to it since
// its log had so many lines; 0: nobody asks.
func (h *CasePages) showCase(c echo.Context, status int, state form.State, since int) error {
	ctx, actor, number, now := c.Request().Context(), guard.StaffOf(c), c.Param("number"), h.Clock.Now()
	if err := h.Cases.Lock(ctx, actor, number); err != nil {
		return err
	}
	var causes []rootcause.Action
	along := db.NewBatch()
	rootcause.OfCase(along, number, &causes)
	k, err := complaint.ReadDesk(ctx, db.Along(h.DB, along), actor, number, now)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.CasesPath, "admin_cases.title")
	v := &casePresenter{p: frame.T, k: k, plans: h.Plans.Plans(), now: now, actor: actor, state: state, canned: c.QueryParam("canned"), english: c.QueryParam("in") == string(i18n.En)}
	frame.Title = v.title()
	frame.Crumbs = []page.Link{{Label: v.p.T("admin_cases.title"), Href: views.CasesPath}, {Label: number}}
	props := v.props()
	props.Open = v.openBy(k.Openers)
	props.Find, props.Causes = v.causes(causes)
	if since > 0 && since < k.Lines() {
		props.Changed = v.steps(k.Steps[since:])
	}
	if state.Refused() {
		props.Unsent = v.unsent(&props)
	}
	return page.Render(c, status, views.Case(frame, props))
}

// casePresenter puts a case into words.
type casePresenter struct {
	p       *i18n.Printer
	k       *complaint.Desk
	plans   *disclosure.Plans
	now     time.Time
	actor   staff.Actor
	state   form.State
	canned  string // id of the canned reply that was chosen
	english bool   // in which language
}

func (v *casePresenter) title() string { return caseTitle(v.p, v.k.Kind, v.k.Reason, v.k.Item) }

// openBy says who else has the case open.
func (v *casePresenter) openBy(others []complaint.Opener) string {
	var who []string
	for _, o := range others {
		who = append(who, v.p.T("admin_cases.open_since", "who", o.Name, "when", v.p.Time(o.Since)))
	}
	switch {
	case len(who) == 0:
		return ""
	case v.actor.Can(staff.WorkCases):
		return v.p.T("admin_cases.open_ask", "who", v.p.List(who))
	}
	return v.p.T("admin_cases.open_by", "who", v.p.List(who))
}

func (v *casePresenter) props() views.CaseProps {
	p, k := v.p, v.k
	props := views.CaseProps{
		State: v.state, Sub: strings.Join(v.sub(), " · "), Title: v.title(), Tags: v.tags(),
		Posts: v.posts(), Inquiries: v.inquiries(), Decisions: v.decisions(), Refunds: v.refunds(),
		Clocks: v.clocks(), Known: v.known(), Merchant: v.merchant(), Files: v.files(), Links: v.links(), Log: v.log(), Rating: v.rating(),
		Earlier: v.beside("admin_cases.beside.earlier", k.Earlier), Similar: v.beside("admin_cases.beside.similar", k.Similar),
	}
	props.Rules, props.Checks = v.rules()
	if k.MergedInto != "" {
		props.MergedTo = &page.Link{Label: p.T("admin_cases.merged_into", "number", k.MergedInto), Href: caseHref(k.MergedInto)}
	}
	if v.actor.Can(staff.Unmask) {
		props.Contact = &page.Link{Label: p.T("admin_cases.contact.link"), Href: caseHref(k.Number) + "/contact"}
	}
	if v.actor.Can(staff.ExportEvidence) {
		props.Pack = &page.Link{Label: p.T("admin_cases.known.pack"), Href: packHref(evidence.OfCase, k.Number)}
	}
	if !v.actor.Can(staff.WorkCases) {
		props.MayNot = p.T("admin_cases.may_not")
		return props
	}
	if k.MergedInto == "" {
		v.offer(&props)
	}
	return props
}

func (v *casePresenter) sub() []string {
	parts := []string{v.k.Number, v.k.Merchant}
	if v.k.SN != "" {
		parts = append(parts, v.p.T("admin_cases.terminal", "alias", v.k.Alias, "tail", v.p.Tail(v.k.SN)))
	}
	return parts
}

func (v *casePresenter) tags() []components.Tag {
	p, k := v.p, v.k
	tags := []components.Tag{listedTag(p, &k.Listed)}
	if k.Standing.State.UnderWay() && k.MergedInto == "" && v.k.Standing.Round() > 1 {
		tags = append(tags, components.Tag{Verdict: components.Info, Word: p.T("admin_cases.in_review")})
	}
	if k.WaitsFor != complaint.WaitsForNothing {
		tags = append(tags, components.Tag{Verdict: components.Wait, Word: p.T(waitsFor[k.WaitsFor])})
	}
	if k.Authority != "" {
		tags = append(tags, components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.authority_tag", "who", k.Authority)})
	}
	if k.Holds {
		tags = append(tags, components.Tag{Verdict: components.Info, Word: p.T("admin_cases.holds")})
	}
	return tags
}

// reviewsOwn reports whether the reader decided what is to be reviewed now.
func (v *casePresenter) reviewsOwn() bool {
	return slices.ContainsFunc(v.k.Decisions, func(d complaint.Decision) bool { return d.StaffID == v.actor.ID && d.Round < v.k.Standing.Round() })
}

// unsent is what somebody wrote into a form that the case has no longer, because
// somebody else was quicker.
func (v *casePresenter) unsent(props *views.CaseProps) (words []string) {
	shown := map[string]bool{}
	see := func(forms ...*views.CaseForm) {
		for _, f := range forms {
			for i := 0; f != nil && i < len(f.Fields); i++ {
				shown[f.Fields[i].Name] = true
			}
		}
	}
	see(props.Reply, props.Note, props.Decide, props.Refund)
	for _, some := range [][]views.CaseForm{props.Deeds, props.Hand} {
		for i := range some {
			see(&some[i])
		}
	}
	for i := range props.Inquiries {
		see(props.Inquiries[i].Take)
	}
	for _, name := range append([]string{decideForm + "root_cause"}, v.state.Written()...) {
		for line := range strings.Lines(v.state.Value(name)) {
			if line = strings.TrimSpace(line); line != "" && !shown[name] {
				words = append(words, line)
			}
		}
	}
	return words
}
