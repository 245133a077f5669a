package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Cause answers GET /admin/causes/{id}: one action, how far it has come, and its
// lines.
func (h *CausePages) Cause(c echo.Context) error { return h.showCause(c, http.StatusOK, form.State{}) }

// Approve answers POST /admin/causes/{id}/approve.
func (h *CausePages) Approve(c echo.Context) error {
	return h.actOn(c, "root_cause.approved", func(form.Values) error {
		return h.Causes.Approve(c.Request().Context(), guard.StaffOf(c), c.Param("id"))
	})
}

// Refuse answers POST /admin/causes/{id}/refuse.
func (h *CausePages) Refuse(c echo.Context) error {
	return h.actOn(c, "root_cause.refused", func(v form.Values) error {
		return h.Causes.Refuse(c.Request().Context(), guard.StaffOf(c), c.Param("id"), v.Get("remark"))
	})
}

// Halt answers POST /admin/causes/{id}/halt.
func (h *CausePages) Halt(c echo.Context) error {
	return h.actOn(c, "root_cause.halted", func(form.Values) error {
		return h.Causes.Halt(c.Request().Context(), guard.StaffOf(c), c.Param("id"))
	})
}

// Continue answers POST /admin/causes/{id}/continue.
func (h *CausePages) Continue(c echo.Context) error {
	return h.actOn(c, "root_cause.continued", func(form.Values) error {
		return h.Causes.Continue(c.Request().Context(), guard.StaffOf(c), c.Param("id"))
	})
}

func (h *CausePages) actOn(c echo.Context, key string, act func(form.Values) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = act(values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showCause(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, causeHref(c.Param("id")), key)
}

// whichLines reads which lines of an action are asked for.
func whichLines(c echo.Context) (which rootcause.Which) {
	for what := range causeWhats {
		if string(what) == c.QueryParam(kindParam) {
			which.What = what
		}
	}
	switch state := rootcause.LineState(c.QueryParam(showParam)); state {
	case rootcause.LinePending, rootcause.LineDone, rootcause.LineSkipped:
		which.State = state
	}
	return which
}

func (h *CausePages) showCause(c echo.Context, status int, state form.State) error {
	after, ok := rootcause.ParseLineMark(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	actor, which := guard.StaffOf(c), whichLines(c)
	read, err := rootcause.Read(c.Request().Context(), h.DB, actor, c.Param("id"), which, after)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.CasesPath, "root_cause.list.title")
	p, path := frame.T, causeHref(read.ID)
	frame.Title = p.T("root_cause.one.title", "number", read.Number)
	frame.Crumbs = []page.Link{{Label: p.T("admin_cases.title"), Href: views.CasesPath}, {Label: p.T("root_cause.list.title"), Href: views.CausesPath}, {Label: read.Number}}
	props := views.CauseProps{
		State: state, Heading: components.Heading{Title: frame.Title, Lead: read.Plan.Reason}, Tag: causeTag(p, &read.Action),
		Case:     page.Link{Label: p.T("root_cause.one.case", "number", read.CaseNumber), Href: caseHref(read.CaseNumber)},
		Progress: progressOf(p, read), Facts: h.causeFacts(p, read), Sums: causeSums(p, read),
		Filter: components.Filter{Label: p.T("root_cause.one.filter"), Action: path, Target: listID},
		Choices: []views.FilterChoice{
			{Field: components.Field{Name: kindParam, Label: p.T("root_cause.what"), Value: string(which.What)}, Options: []components.Option{{Label: p.T("root_cause.one.any")}}},
			{Field: components.Field{Name: showParam, Label: p.T("root_cause.state"), Value: string(which.State)}, Options: []components.Option{
				{Label: p.T("root_cause.one.any")}, {Value: string(rootcause.LinePending), Label: p.T("root_cause.lines.pending")},
				{Value: string(rootcause.LineDone), Label: p.T("root_cause.lines.done")}, {Value: string(rootcause.LineSkipped), Label: p.T("root_cause.one.skipped")},
			}},
		},
		Table: h.causeLines(p, read.Lines), Empty: p.T("root_cause.one.none"), Pages: p.T("admin_cases.pages"),
	}
	for _, what := range rootcause.Whats {
		props.Choices[0].Options = append(props.Choices[0].Options, components.Option{Value: string(what), Label: p.T(causeWhats[what])})
	}
	if read.State == rootcause.Working {
		props.Again = path
	}
	query := url.Values{}
	if which.What != "" {
		query.Set(kindParam, string(which.What))
	}
	if which.State != "" {
		query.Set(showParam, string(which.State))
	}
	if len(query) > 0 {
		props.Filter.Clear = path
	}
	props.File = page.Link{Label: p.T("root_cause.find.file"), Href: withQuery(path+"/csv", query)}
	if after.Subject != "" {
		props.First = &page.Link{Label: p.T("admin_cases.first"), Href: withQuery(path, query)}
	}
	if text := read.More.String(); text != "" {
		query.Set(afterParam, text)
		props.Next = &page.Link{Label: p.T("admin_cases.next"), Href: withQuery(path, query)}
	}
	offerAnswer(p, &props, read, actor, state)
	return page.Render(c, status, views.Cause(frame, props), page.Fragment{ID: views.ProgressID}, page.Fragment{ID: listID})
}

// progressOf says how far an action has come.
func progressOf(p *i18n.Printer, read *rootcause.Page) components.Meter {
	worked, all := read.Progress()
	tone := components.Wait
	if read.State == rootcause.Done {
		tone = components.OK
	}
	m := components.Meter{Label: p.T("root_cause.one.progress"), Text: p.T("root_cause.one.progress_value", "n", worked, "all", all), Value: worked, Max: all, Tone: tone}
	if !read.DoneAt.IsZero() {
		m.Part = p.T("root_cause.one.done_at", "when", p.DateTime(read.DoneAt))
	}
	return m
}

func (h *CausePages) causeFacts(p *i18n.Printer, read *rootcause.Page) components.Facts {
	facts := append(causeCriteria(p, h.Plans.Plans(), &read.Criteria),
		components.Fact{Term: p.T("root_cause.what"), Text: causeDoes(p, &read.Plan)},
		components.Fact{Term: p.T("root_cause.one.words"), Text: read.Plan.Words},
		components.Fact{Term: p.T("root_cause.by"), Text: read.ProposedBy, Part: p.DateTime(read.ProposedAt)})
	switch {
	case read.State == rootcause.Refused:
		facts = append(facts, components.Fact{Term: p.T("root_cause.one.refused_by"), Text: read.SecondBy, Part: read.Remark})
	case read.SecondBy != "":
		facts = append(facts, components.Fact{Term: p.T("root_cause.one.approved_by"), Text: read.SecondBy, Part: p.DateTime(read.AnsweredAt)})
	}
	if read.State == rootcause.Halted {
		facts = append(facts, components.Fact{Term: p.T("root_cause.one.halted_by"), Text: read.HaltedBy, Part: p.DateTime(read.HaltedAt)})
	}
	return facts
}

// causeSums says how many lines stand how.
func causeSums(p *i18n.Printer, read *rootcause.Page) components.Table {
	t := components.Table{Caption: p.T("root_cause.one.sums"), Columns: []components.Column{
		{Label: p.T("root_cause.what")}, {Label: p.T("root_cause.state")}, {Label: p.T("root_cause.one.count"), Num: true}, {Label: p.T("root_cause.columns.due"), Num: true},
	}}
	for _, s := range read.Sums {
		amount := ""
		if s.Amount > 0 {
			amount = p.Money(int64(s.Amount))
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T(causeWhats[s.What]), Head: true}, causeLine(p, s.State, s.Why), {Text: p.Count(s.Lines)}, {Text: amount},
		}})
	}
	return t
}

func (h *CausePages) causeLines(p *i18n.Printer, lines []rootcause.Line) components.Table {
	t := components.Table{Caption: p.T("root_cause.one.list"), Columns: []components.Column{
		{Label: p.T("root_cause.columns.merchant")}, {Label: p.T("root_cause.columns.terminal")}, {Label: p.T("root_cause.what")}, {Label: p.T("root_cause.columns.due"), Num: true},
		{Label: p.T("root_cause.state")},
	}}
	for i := range lines {
		l := &lines[i]
		what := components.Cell{Text: p.T(causeWhats[l.What])}
		switch {
		case l.PlanID != 0:
			what.Part = planOfCause(p, h.Plans.Plans(), l.PlanID, 0)
		case l.Item != "":
			what.Part = explain.ItemName(p, l.Item)
		}
		if l.CaseNumber != "" {
			what.Text, what.Href = l.CaseNumber, caseHref(l.CaseNumber)
		}
		amount := components.Cell{}
		if l.Amount > 0 {
			amount.Text = p.Money(int64(l.Amount))
		}
		state := causeLine(p, l.State, l.Why)
		if l.State == rootcause.LineDone {
			state.Part = p.ShortDateTime(l.WorkedAt)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: l.Merchant, Part: l.MerchantRef, Head: true}, {Text: l.Alias, Part: l.SN}, what, amount, state}})
	}
	return t
}

// offerAnswer offers what the reader may do to an action.
func offerAnswer(p *i18n.Printer, props *views.CauseProps, read *rootcause.Page, actor staff.Actor, state form.State) {
	path, own := causeHref(read.ID), read.ProposedID == actor.ID
	button := func(name, titleKey, textKey string, look components.Look) {
		props.Forms = append(props.Forms, views.AnswerForm{
			Action: path + "/" + name, Title: p.T(titleKey), Text: p.T(textKey), Submit: components.Button{Label: p.T(titleKey), Look: look},
		})
	}
	switch read.State {
	case rootcause.Proposed:
		switch {
		case own:
			props.MayNot = p.T("root_cause.own")
		case !actor.Can(staff.ApproveRefunds):
			props.MayNot = p.T("root_cause.one.may_not")
		default:
			button("approve", "root_cause.one.approve", "root_cause.one.approve_text", components.Primary)
			button("refuse", "root_cause.one.refuse", "root_cause.one.refuse_text", components.Plain)
			remark := field(state, "remark", p.T("root_cause.one.remark"))
			remark.MaxLength = strconv.Itoa(rootcause.MaxRemark)
			props.Forms[1].Reason = &remark
		}
	case rootcause.Working:
		if actor.Can(staff.WorkCases) {
			button("halt", "root_cause.one.halt", "root_cause.one.halt_text", components.Plain)
		}
	case rootcause.Halted:
		switch {
		case own:
			props.MayNot = p.T("root_cause.own")
		case !actor.Can(staff.ApproveRefunds):
			props.MayNot = p.T("root_cause.one.may_not")
		default:
			button("continue", "root_cause.one.continue", "root_cause.one.continue_text", components.Primary)
		}
	}
}
