package staff

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// CausePages answers staff who put right for many what was found wrong in one
// case.
type CausePages struct {
	*Staff
	Causes *rootcause.Causes
	Plans  *disclosure.Catalogue
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *CausePages) Routes(r *server.Router) {
	see, work, approve := guard.Staff(staff.SeeCases), guard.Staff(staff.WorkCases), guard.Staff(staff.ApproveRefunds)
	r.Get("/admin/cases/:number/cause", see, h.Find)
	r.Get("/admin/cases/:number/cause/csv", see, h.FoundCSV)
	r.Post("/admin/cases/:number/cause", work, h.Propose)
	r.Get("/admin/causes", see, h.List)
	r.Get("/admin/causes/:id", see, h.Cause)
	r.Get("/admin/causes/:id/csv", see, h.LinesCSV)
	r.Post("/admin/causes/:id/approve", approve, h.Approve)
	r.Post("/admin/causes/:id/refuse", approve, h.Refuse)
	r.Post("/admin/causes/:id/halt", work, h.Halt)
	r.Post("/admin/causes/:id/continue", approve, h.Continue)
}

func causeHref(id string) string { return views.CausesPath + "/" + url.PathEscape(id) }

// findHref is where what a case has in common with others is looked for.
func findHref(number string) string { return caseHref(number) + "/cause" }

// List answers GET /admin/causes: what was proposed, and what became of it.
func (h *CausePages) List(c echo.Context) error {
	actor := guard.StaffOf(c)
	after, ok := complaint.ParseMark(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	all, more, err := rootcause.List(c.Request().Context(), h.DB, actor, after)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "root_cause.list.title")
	p := frame.T
	props := views.CausesProps{
		Sections: casePages(p, actor, views.CausesPath), Heading: components.Heading{Title: frame.Title, Lead: p.T("root_cause.list.lead")},
		Empty: p.T("root_cause.list.none"), EmptyText: p.T("root_cause.list.none_text"), Pages: p.T("admin_cases.pages"),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{
			{Label: p.T("root_cause.list.number")}, {Label: p.T("root_cause.reason")}, {Label: p.T("root_cause.what")}, {Label: p.T("root_cause.state")}, {Label: p.T("root_cause.by")},
		}},
	}
	for i := range all {
		a := &all[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: a.Number, Href: causeHref(a.ID), Head: true}, {Text: a.Plan.Reason, Part: a.CaseNumber}, {Text: causeDoes(p, &a.Plan)}, {Tag: causeTag(p, a)},
			{Text: a.ProposedBy, Part: p.ShortDateTime(a.ProposedAt)},
		}})
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_cases.first"), Href: views.CausesPath}
	}
	if text := more.String(); text != "" {
		props.Next = &page.Link{Label: p.T("admin_cases.next"), Href: views.CausesPath + "?" + url.Values{afterParam: {text}}.Encode()}
	}
	return page.Render(c, http.StatusOK, views.Causes(frame, props))
}
