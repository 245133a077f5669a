package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/figures"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// ownerParam names whose cases a lead looks at.
const ownerParam = "owner"

// Board answers GET /admin/board: who has how much to do, and how it goes.
func (h *CasePages) Board(c echo.Context) error {
	now := h.Clock.Now()
	o, err := complaint.ReadBoard(c.Request().Context(), h.DB, guard.StaffOf(c), now)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "admin_board.title")
	p := frame.T
	props := views.BoardProps{
		Sections: casePages(p, guard.StaffOf(c), views.BoardPath),
		Heading:  components.Heading{Title: frame.Title, Lead: p.T("admin_board.lead")},
		Facts: components.Facts{
			{Term: p.T("admin_board.decided"), Text: p.N("admin_board.cases", o.Decided)},
			{Term: p.T("admin_board.in_time"), Text: share(p, o.InTime, o.Decided), Part: p.N("admin_board.cases", o.InTime)},
			{Term: p.T("admin_board.upheld"), Text: share(p, o.Upheld, o.Decided), Part: p.N("admin_board.cases", o.Upheld)},
			{Term: p.T("admin_board.rating"), Text: stars(p, o), Part: p.N("admin_board.ratings", o.Rated)},
		},
		Sample: page.Link{Label: p.T("admin_board.sample"), Href: views.SamplePath},
		Loads:  loadTable(p, o), Alarms: lateTable(p, o), NoAlarms: p.T("admin_board.no_alarms"), NoLoads: p.T("admin_board.no_loads"),
	}
	return page.Render(c, http.StatusOK, views.Board(frame, props))
}

// share writes a part of a whole, where there is a whole.
func share(p *i18n.Printer, part, whole int) string {
	if whole == 0 {
		return p.T("admin_board.nothing")
	}
	return figures.Share(p, int64(part)*1_000_000/int64(whole))
}

// stars writes how content merchants are, to a tenth.
func stars(p *i18n.Printer, o *complaint.Board) string {
	if o.Rated == 0 {
		return p.T("admin_board.nothing")
	}
	tenths := (o.Stars*10 + o.Rated/2) / o.Rated
	return p.T("admin_board.stars", "n", strconv.Itoa(tenths/10)+"."+strconv.Itoa(tenths%10))
}

func loadTable(p *i18n.Printer, o *complaint.Board) components.Table {
	t := components.Table{Caption: p.T("admin_board.loads"), Columns: []components.Column{
		{Label: p.T("admin_cases.columns.owner")}, {Label: p.T("admin_board.open"), Num: true}, {Label: p.T("admin_cases.view.due"), Num: true}, {Label: p.T("admin_cases.view.breached"), Num: true},
	}}
	for i := range o.Loads {
		l := &o.Loads[i]
		who := components.Cell{Text: p.T("admin_cases.nobody"), Href: views.CasesPath + "?" + viewParam + "=" + string(complaint.Unassigned), Head: true}
		if l.OwnerID != "" {
			who.Text, who.Href = l.Owner, views.CasesPath+"?"+url.Values{ownerParam: {l.OwnerID}}.Encode()
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{who, {Text: p.Count(int64(l.Open))}, {Text: p.Count(int64(l.DueToday))}, {Text: p.Count(int64(l.Breached))}}})
	}
	return t
}

func lateTable(p *i18n.Printer, o *complaint.Board) components.Table {
	t := components.Table{Caption: p.T("admin_board.alarms"), Columns: []components.Column{
		{Label: p.T("admin_cases.columns.number")}, {Label: p.T("admin_board.clock")}, {Label: p.T("admin_cases.step.when")}, {Label: p.T("admin_cases.columns.owner")},
	}}
	for i := range o.Alarms {
		a := &o.Alarms[i]
		tag := components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.step.warned", "clock", p.T(caseClocks[a.Clock]))}
		if a.Breach {
			tag = components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.step.breached", "clock", p.T(caseClocks[a.Clock]))}
		}
		owner := a.Owner
		if owner == "" {
			owner = p.T("admin_cases.nobody")
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: a.Number, Href: caseHref(a.Number), Head: true}, {Tag: tag}, {Text: p.ShortDateTime(a.At)}, {Text: owner}}})
	}
	return t
}

// Sample answers GET /admin/board/sample: closed cases that are looked at again.
func (h *CasePages) Sample(c echo.Context) error {
	return h.showSample(c, http.StatusOK, form.State{})
}

// ReviewSample answers POST /admin/board/sample/{number}.
func (h *CasePages) ReviewSample(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	number := c.Param("number")
	prefix := sampleField(number)
	mark := func(name string) int { return values.Count(prefix + name) }
	err = under(prefix, h.Cases.ReviewSample(c.Request().Context(), guard.StaffOf(c), number, complaint.Marks{
		Facts: mark("facts"), Words: mark("words"), Outcome: mark("outcome"), Remark: values.Get(prefix + "remark"),
	}))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showSample(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.SamplePath, "admin_board.reviewed")
}

// sampleField begins the names of the fields about a case.
func sampleField(number string) string { return number + "_" }

func (h *CasePages) showSample(c echo.Context, status int, state form.State) error {
	s, err := complaint.ReadSamples(c.Request().Context(), h.DB, guard.StaffOf(c))
	if err != nil {
		return err
	}
	frame := h.frame(c, views.CasesPath, "admin_board.sample")
	p := frame.T
	frame.Crumbs = []page.Link{{Label: p.T("admin_cases.title"), Href: views.CasesPath}, {Label: p.T("admin_board.title"), Href: views.BoardPath}, {Label: frame.Title}}
	props := views.SampleProps{
		Sections: casePages(p, guard.StaffOf(c), views.SamplePath),
		State:    state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_board.sample_lead")}, Empty: p.T("admin_board.sample_none"), EmptyText: p.T("admin_board.sample_none_text"),
	}
	if s.MoreWait {
		props.More = p.T("admin_board.sample_more", "n", len(s.Waiting))
	}
	for i := range s.Waiting {
		one := &s.Waiting[i]
		sampled := sampleProps(p, state, one)
		sampled.MayNot = !guard.StaffOf(c).Can(staff.LeadCases)
		props.Waiting = append(props.Waiting, sampled)
	}
	props.Reviewed = components.Table{Caption: p.T("admin_board.sample_done"), Columns: []components.Column{
		{Label: p.T("admin_cases.columns.case")}, {Label: p.T("admin_board.mark.facts"), Num: true}, {Label: p.T("admin_board.mark.words"), Num: true},
		{Label: p.T("admin_board.mark.outcome"), Num: true}, {Label: p.T("admin_board.remark")}, {Label: p.T("admin_board.by")},
	}}
	for i := range s.Reviewed {
		one := &s.Reviewed[i]
		props.Reviewed.Rows = append(props.Reviewed.Rows, components.Row{Cells: []components.Cell{
			{Text: caseTitle(p, one.Kind, one.Reason, one.Item), Href: caseHref(one.Number), Part: one.Number, Head: true},
			{Text: strconv.Itoa(one.Facts)}, {Text: strconv.Itoa(one.Words)}, {Text: strconv.Itoa(one.Outcome)}, {Text: one.Marks.Remark}, {Text: one.By, Part: p.ShortDateTime(one.At)},
		}})
	}
	return page.Render(c, status, views.Sample(frame, props))
}

func sampleProps(p *i18n.Printer, state form.State, s *complaint.Sampled) views.SampledProps {
	prefix := sampleField(s.Number)
	one := views.SampledProps{
		Title: caseTitle(p, s.Kind, s.Reason, s.Item), Case: page.Link{Label: s.Number, Href: caseHref(s.Number)},
		Facts: components.Facts{{Term: p.T("admin_cases.columns.merchant"), Text: s.Merchant}, {Term: p.T("admin_cases.columns.owner"), Text: s.Owner}},
		Form:  &views.CaseForm{ID: s.Number, Action: views.SamplePath + "/" + url.PathEscape(s.Number), Submit: components.Button{Label: p.T("admin_board.review")}},
	}
	if s.Stars > 0 {
		one.Facts = append(one.Facts, components.Fact{Term: p.T("admin_cases.rating.stars"), Text: p.N("admin_cases.rating.of_five", s.Stars)})
	}
	marks := []components.Option{{Label: p.T("admin_board.mark.none")}}
	for n := 5; n > 0; n-- {
		marks = append(marks, components.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
	}
	for _, f := range []struct{ name, label string }{{"facts", "admin_board.mark.facts"}, {"words", "admin_board.mark.words"}, {"outcome", "admin_board.mark.outcome"}} {
		one.Form.Fields = append(one.Form.Fields, views.CaseField{Kind: views.SelectField, Field: field(state, prefix+f.name, p.T(f.label)), Options: marks})
	}
	remark := field(state, prefix+"remark", p.T("admin_board.remark"))
	remark.Optional, remark.MaxLength = p.T("admin_cases.optional"), strconv.Itoa(complaint.MaxRemark)
	one.Form.Fields = append(one.Form.Fields, views.CaseField{Kind: views.WordsField, Field: remark})
	return one
}
