package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

func cannedHref(id string) string { return views.CannedPath + "/" + url.PathEscape(id) }

// newCanned stands for the id of a canned reply that is to be written.
const newCanned = "new"

// CannedReplies answers GET /admin/canned: what staff write often.
func (h *CasePages) CannedReplies(c echo.Context) error {
	actor := guard.StaffOf(c)
	all, err := complaint.ListCanned(c.Request().Context(), h.DB, actor)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "admin_canned.title")
	p := frame.T
	props := views.CannedListProps{
		Sections: casePages(p, actor, views.CannedPath),
		Heading:  components.Heading{Title: frame.Title, Lead: p.T("admin_canned.lead")}, Empty: p.T("admin_canned.none"), EmptyText: p.T("admin_canned.none_text"),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{{Label: p.T("admin_canned.name")}, {Label: p.T("admin_canned.words")}, {Label: p.T("admin_canned.changed")}}},
	}
	if actor.Can(staff.WorkCases) {
		props.New = &page.Link{Label: p.T("admin_canned.new"), Href: cannedHref(newCanned)}
	}
	for i := range all {
		r := &all[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: r.Name, Href: cannedHref(r.ID), Head: true}, {Body: views.CannedWords(r.ZhCN, r.En)}, {Text: r.ChangedBy, Part: p.ShortDateTime(r.ChangedAt)},
		}})
	}
	return page.Render(c, http.StatusOK, views.CannedList(frame, props))
}

// CannedReply answers GET /admin/canned/{id}: the words in both languages.
func (h *CasePages) CannedReply(c echo.Context) error {
	return h.showCanned(c, http.StatusOK, form.State{})
}

// SaveCanned answers POST /admin/canned/{id}.
func (h *CasePages) SaveCanned(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	r := complaint.Canned{ID: c.Param("id"), Name: values.Get("name"), ZhCN: values.Get("zh"), En: values.Get("en")}
	r.Version = values.Count(linesName)
	if r.ID == newCanned {
		r.ID = ""
	}
	_, err = h.Cases.SaveCanned(c.Request().Context(), guard.StaffOf(c), r)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showCanned(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.CannedPath, "admin_canned.saved")
}

// RemoveCanned answers POST /admin/canned/{id}/remove.
func (h *CasePages) RemoveCanned(c echo.Context) error {
	if err := h.Cases.RemoveCanned(c.Request().Context(), guard.StaffOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, views.CannedPath, "admin_canned.removed")
}

func (h *CasePages) showCanned(c echo.Context, status int, state form.State) error {
	actor, id := guard.StaffOf(c), c.Param("id")
	var r complaint.Canned
	var err error
	if id == newCanned {
		err = actor.Must(staff.WorkCases)
	} else {
		r, err = complaint.ReadCanned(c.Request().Context(), h.DB, actor, id)
	}
	if err != nil {
		return err
	}
	frame := h.frame(c, views.CasesPath, "admin_canned.title")
	p := frame.T
	frame.Crumbs = []page.Link{{Label: p.T("admin_cases.title"), Href: views.CasesPath}, {Label: frame.Title, Href: views.CannedPath}, {Label: p.T("admin_canned.one")}}
	ask := func(name, label, now string, most int) components.Field {
		f := field(state, name, p.T(label))
		if !state.Refused() {
			f.Value = now
		}
		f.MaxLength = strconv.Itoa(most)
		return f
	}
	named := ask("name", "admin_canned.name", r.Name, complaint.MaxCannedName)
	named.Autocomplete = "off" // it is nobody's name
	words := func(name, label, now string) views.CaseField {
		return views.CaseField{Kind: views.WordsField, Field: ask(name, label, now, complaint.MaxWords)}
	}
	props := views.CannedProps{
		State: state, Heading: components.Heading{Title: p.T("admin_canned.one")}, PlacesTitle: p.T("admin_canned.places"),
		Form: &views.CaseForm{
			ID: "canned", Action: cannedHref(id), Lines: strconv.Itoa(r.Version), Submit: components.Button{Label: p.T("admin_canned.save")},
			Fields: []views.CaseField{
				{Field: named}, words("zh", "admin_guides.edit.zh", r.ZhCN), words("en", "admin_guides.edit.en", r.En),
			},
		},
	}
	for _, one := range complaint.CannedPlaces {
		props.Places = append(props.Places, views.CannedPlace{Name: "{" + one + "}", Meaning: p.T(cannedPlaces[one])})
	}
	switch {
	case !actor.Can(staff.WorkCases):
		props.Form = nil
		props.Facts = components.Facts{{Term: p.T("admin_canned.name"), Text: r.Name}, {Term: p.T("admin_canned.words"), Body: views.CannedWords(r.ZhCN, r.En)}}
	case id != newCanned:
		props.Remove = &views.CaseForm{ID: "remove", Action: cannedHref(id) + "/remove", Submit: components.Button{Label: p.T("admin_canned.remove"), Look: components.Warning}}
	}
	return page.Render(c, status, views.Canned(frame, props))
}

// cannedPlaces say what stands in a place of a canned reply.
var cannedPlaces = map[string]string{
	"merchant": "admin_canned.place.merchant", "number": "admin_canned.place.number", "terminal": "admin_canned.place.terminal",
	"fee": "admin_canned.place.fee", "promised": "admin_canned.place.promised", "me": "admin_canned.place.me",
}
