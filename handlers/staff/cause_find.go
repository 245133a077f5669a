package staff

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Fields of what is looked for, and of what is proposed.
const (
	samePlan, sameAgent, sameBatch, sameRule = "plan", "agent", "batch", "rule"
	causeFrom, causeTo                       = "from", "to"
	causeLines, causeDue                     = "seen", "due"
)

// today is the day in Shanghai.
func (h *CausePages) today() date.Date { return date.Of(h.Clock.Now()) }

// Find answers GET /admin/cases/{number}/cause: what else the same cause has hit.
func (h *CausePages) Find(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	s, err := h.search(c, values)
	if err != nil {
		return err
	}
	return h.showFound(c, http.StatusOK, s, form.State{})
}

// Propose answers POST /admin/cases/{number}/cause.
func (h *CausePages) Propose(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	s, err := h.search(c, values)
	if err != nil {
		return err
	}
	due, _ := strconv.ParseInt(values.Get(causeDue), 10, 64) // one that is none was not seen
	id, err := h.Causes.Propose(c.Request().Context(), guard.StaffOf(c), rootcause.Proposal{
		Token: tokenOf(values), Case: s.offer.Case, Criteria: s.criteria, Seen: rootcause.Seen{Lines: int64(values.Count(causeLines)), Due: money.Fen(due)},
		Plan: rootcause.Plan{
			Refund: values.Get("refund") == yes, Stop: values.Get("stop") == yes, Tell: values.Get("tell") == yes, Reason: values.Get("reason"), Words: values.Get("words"),
		},
	})
	if state, status, ok := guard.Refused(c, values, s.renamed(err)); ok {
		return h.showFound(c, status, s, state)
	}
	if err != nil {
		return err
	}
	return done(c, causeHref(id), "root_cause.proposed")
}

// tokenOf is the name of a form, so that it counts once; one that came without
// gets one.
func tokenOf(values form.Values) string {
	if token := values.Get(tokenName); token != "" && len(token) <= 64 {
		return token
	}
	return newToken()
}

// showFound shows what was found, and offers to do something about it. State is of
// a proposal that was refused.
func (h *CausePages) showFound(c echo.Context, status int, s *causeSearch, state form.State) error {
	actor, ctx := guard.StaffOf(c), c.Request().Context()
	after, ok := complaint.ParseMark(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	found := &rootcause.Found{}
	asked := form.Filled(s.values)
	if s.some() {
		var err error
		found, err = rootcause.Find(ctx, h.DB, actor, s.criteria, after, h.today())
		if refused, _, ok := guard.Refused(c, s.values, s.renamed(err)); ok {
			found, asked = &rootcause.Found{}, refused
		} else if err != nil {
			return err
		}
	}
	frame := h.frame(c, views.CasesPath, "root_cause.find.title")
	p := frame.T
	frame.Crumbs = []page.Link{{Label: p.T("admin_cases.title"), Href: views.CasesPath}, {Label: s.offer.Case, Href: caseHref(s.offer.Case)}, {Label: frame.Title}}
	props := views.FindCauseProps{
		State: state, Heading: components.Heading{Title: frame.Title, Lead: p.T("root_cause.find.lead")}, Target: listID,
	}
	if !state.Refused() {
		props.State = asked
	}
	if !s.some() {
		props.None, props.NoneText = p.T("root_cause.find.nothing"), p.T("root_cause.find.nothing_text")
		return page.Render(c, status, views.FindCause(frame, props), page.Fragment{ID: listID})
	}
	path, query := findHref(s.offer.Case), s.query()
	props.Filter = components.Filter{Label: p.T("root_cause.find.filter"), Action: path, Target: listID}
	h.offerSame(p, &props, s, asked)
	if asked.Refused() {
		props.None, props.NoneText = p.T("root_cause.find.wrong"), said(asked)
		return page.Render(c, status, views.FindCause(frame, props), page.Fragment{ID: listID})
	}
	if found.Lines == 0 {
		props.None, props.NoneText = p.T("root_cause.find.none"), p.T("root_cause.find.none_text")
		return page.Render(c, status, views.FindCause(frame, props), page.Fragment{ID: listID})
	}
	props.Facts, props.Left = foundFacts(p, found), leftOut(p, found)
	props.Table = h.hits(p, found.Hits)
	props.File = page.Link{Label: p.T("root_cause.find.file"), Href: withQuery(path+"/csv", query)}
	props.Pages = p.T("admin_cases.pages")
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_cases.first"), Href: withQuery(path, query)}
	}
	if actor.Can(staff.WorkCases) {
		props.Propose = offerAction(p, s, found, state)
	} else {
		props.MayNot = p.T("root_cause.may_not")
	}
	if text := found.More.String(); text != "" {
		query.Set(afterParam, text)
		props.Next = &page.Link{Label: p.T("admin_cases.next"), Href: withQuery(path, query)}
	}
	return page.Render(c, status, views.FindCause(frame, props), page.Fragment{ID: listID})
}

// said is what is wrong with a form, in one line.
func said(state form.State) string {
	var all []string
	for _, f := range state.Failures() {
		all = append(all, f.Message)
	}
	return strings.Join(all, " ")
}

// offerSame offers what the case's line has in common with others.
func (h *CausePages) offerSame(p *i18n.Printer, props *views.FindCauseProps, s *causeSearch, asked form.State) {
	o := s.offer
	box := func(name, label string) {
		props.Same = append(props.Same, field(asked, name, label))
	}
	if o.PlanID != 0 {
		box(samePlan, p.T("root_cause.find.plan", "plan", planOfCause(p, h.Plans.Plans(), o.PlanID, o.Version)))
	}
	if o.Agent != "" {
		box(sameAgent, p.T("root_cause.find.agent", "agent", o.Agent))
	}
	if o.Batch != "" {
		box(sameBatch, p.T("root_cause.find.batch", "batch", o.Batch))
	}
	if len(o.Rules) > 0 {
		props.Rule = views.FilterChoice{Field: field(asked, sameRule, p.T("root_cause.same.rule")), Options: []components.Option{{Label: p.T("root_cause.find.any_rule")}}}
		for _, rule := range o.Rules {
			props.Rule.Options = append(props.Rule.Options, components.Option{Value: rule, Label: ruleName(p, rule)})
		}
	}
	for _, d := range []struct{ name, label string }{{causeFrom, p.T("root_cause.find.from")}, {causeTo, p.T("root_cause.find.to")}} {
		f := field(asked, d.name, d.label)
		f.Type, f.Size = "date", components.Short
		props.Days = append(props.Days, f)
	}
}

// foundFacts says what a cause has hit.
func foundFacts(p *i18n.Printer, f *rootcause.Found) components.Facts {
	return components.Facts{
		{Term: p.T("root_cause.found.lines"), Text: p.N("root_cause.found.lines_value", int(f.Lines)), Part: p.Money(int64(f.Taken))},
		{Term: p.T("root_cause.found.terminals"), Text: p.N("root_cause.found.terminals_value", int(f.Terminals)), Part: p.N("root_cause.found.merchants_value", int(f.Merchants))},
		{Term: p.T("root_cause.found.due"), Text: p.Money(int64(f.Due)), Part: p.N("root_cause.found.lines_value", int(f.Fit))},
		{Term: p.T("root_cause.found.stops"), Text: p.N("root_cause.found.terminals_value", int(f.Stops))},
	}
}

// leftOut says how many lines nothing is given back of, and why.
func leftOut(p *i18n.Printer, f *rootcause.Found) components.Table {
	t := components.Table{Caption: p.T("root_cause.found.left"), Columns: []components.Column{
		{Label: p.T("root_cause.found.why")}, {Label: p.T("root_cause.found.lines"), Num: true}, {Label: p.T("root_cause.found.taken"), Num: true},
	}}
	for _, l := range f.Left {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T(causeWhys[rootcause.Why(l.Why)]), Head: true}, {Text: p.Count(l.Lines)}, {Text: p.Money(int64(l.Taken))},
		}})
	}
	return t
}

// hits lists lines that a cause has hit.
func (h *CausePages) hits(p *i18n.Printer, hits []rootcause.Hit) components.Table {
	t := components.Table{Caption: p.T("root_cause.find.list"), Columns: []components.Column{
		{Label: p.T("root_cause.columns.day")}, {Label: p.T("root_cause.columns.merchant")}, {Label: p.T("root_cause.columns.terminal")},
		{Label: p.T("root_cause.columns.fee")}, {Label: p.T("root_cause.columns.taken"), Num: true}, {Label: p.T("root_cause.columns.due"), Num: true},
	}}
	for i := range hits {
		one := &hits[i]
		due := components.Cell{Text: p.Money(int64(one.Due))}
		if one.Why != "" {
			due = components.Cell{Text: p.T("root_cause.columns.none"), Part: p.T(causeWhys[rootcause.Why(one.Why)])}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.Date(one.On), Head: true}, {Text: one.Merchant, Part: one.MerchantRef}, {Text: one.Alias, Part: one.SN},
			{Text: explain.ItemName(p, one.Item)}, {Text: p.Money(int64(one.Taken))}, due,
		}})
	}
	return t
}

// offerAction offers to propose something about what was found.
func offerAction(p *i18n.Printer, s *causeSearch, f *rootcause.Found, state form.State) *views.ProposeCause {
	propose := &views.ProposeCause{
		Action: findHref(s.offer.Case), Title: p.T("root_cause.propose.title"), Text: p.T("root_cause.propose.text"), Submit: components.Button{Label: p.T("root_cause.propose.submit")},
		Reason: field(state, "reason", p.T("root_cause.propose.reason")), Words: field(state, "words", p.T("root_cause.propose.words")),
		Hidden: []components.Hidden{
			{Name: tokenName, Value: newToken()}, {Name: causeLines, Value: strconv.FormatInt(f.Lines, 10)}, {Name: causeDue, Value: strconv.FormatInt(int64(f.Due), 10)},
		},
	}
	for _, name := range searched {
		propose.Hidden = append(propose.Hidden, components.Hidden{Name: name, Value: s.values.Get(name)})
	}
	for _, one := range []struct {
		some              bool
		name, label, hint string
	}{
		{f.Fit > 0, "refund", p.N("root_cause.propose.refund", int(f.Fit), "amount", f.Due), p.T("root_cause.propose.refund_hint")},
		{f.Stops > 0, "stop", p.N("root_cause.propose.stop", int(f.Stops)), p.T("root_cause.propose.stop_hint")},
		{true, "tell", p.N("root_cause.propose.tell", int(f.Merchants)), p.T("root_cause.propose.tell_hint")},
	} {
		if one.some {
			box := field(state, one.name, one.label)
			box.Hint = one.hint
			propose.Whats = append(propose.Whats, box)
		}
	}
	propose.Reason.MaxLength, propose.Reason.Hint = strconv.Itoa(rootcause.MaxReason), p.T("root_cause.propose.reason_hint")
	propose.Words.MaxLength, propose.Words.Hint = strconv.Itoa(rootcause.MaxWords), p.T("root_cause.propose.words_hint")
	return propose
}
