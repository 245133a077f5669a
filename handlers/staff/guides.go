package staff

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Guides are the pages on which guides are written, reviewed and published.
type Guides struct{ *Staff }

// Routes registers the guides and the searches that found nothing.
func (h *Guides) Routes(r *server.Router) {
	see, write, review := guard.Staff(staff.SeeGuides), guard.Staff(staff.WriteGuides), guard.Staff(staff.ReviewGuides)
	r.Get("/admin/guides", see, h.List)
	r.Get("/admin/guides/new", write, h.New)
	r.Post("/admin/guides/new", write, h.Create)
	r.Post("/admin/guides/months", write, h.SetMonths)
	r.Get("/admin/guides/:slug", see, h.Guide)
	r.Get("/admin/guides/:slug/edit", write, h.Edit)
	r.Post("/admin/guides/:slug/edit", write, h.Save)
	r.Post("/admin/guides/:slug/submit", write, h.Submit)
	r.Post("/admin/guides/:slug/withdraw", write, h.Withdraw)
	r.Post("/admin/guides/:slug/discard", write, h.Discard)
	r.Get("/admin/guides/:slug/review", review, h.Review)
	r.Post("/admin/guides/:slug/publish", review, h.Publish)
	r.Post("/admin/guides/:slug/send-back", review, h.SendBack)
	r.Post("/admin/guides/:slug/take-down", review, h.TakeDown)
	r.Get("/admin/searches", guard.Staff(staff.SeeSearches), h.Searches)
}

// The names of categories and states, by what they are.
var (
	guideCategories = map[guide.Category]string{
		guide.Fees: "guides.category.fees", guide.SIM: "guides.category.sim", guide.Terminals: "guides.category.terminals",
		guide.Statements: "guides.category.statements", guide.Reminders: "guides.category.reminders",
		guide.Complaints: "guides.category.complaints", guide.Safety: "guides.category.safety",
	}
	guideStates = map[guide.State]string{
		guide.Draft: "admin_guides.state.draft", guide.InReview: "admin_guides.state.in_review",
		guide.Published: "admin_guides.state.published", guide.Discarded: "admin_guides.state.discarded",
	}
)

// filterParam says which guides are listed.
const filterParam = "show"

// guideFilters are what can be listed, in the order in which they are shown.
var guideFilters = []struct {
	value, label string
	lists        func(l *guide.Listed, on checking) bool
}{
	{"", "admin_guides.filter.all", func(*guide.Listed, checking) bool { return true }},
	{"review", "admin_guides.filter.review", func(l *guide.Listed, _ checking) bool { return l.AtWork == guide.InReview }},
	{"draft", "admin_guides.filter.draft", func(l *guide.Listed, _ checking) bool { return l.AtWork == guide.Draft }},
	{"stale", "admin_guides.filter.stale", func(l *guide.Listed, on checking) bool { return on.due(l) }},
	{"down", "admin_guides.filter.down", func(l *guide.Listed, _ checking) bool { return l.Down }},
}

// checking tells which guides are due for a check.
type checking struct {
	today  date.Date
	months int // for which a check counts
}

func (on checking) due(l *guide.Listed) bool {
	return l.Published > 0 && !l.Down && guide.Stale(l.Reviewed, on.today, on.months)
}

// List answers GET /admin/guides.
func (h *Guides) List(c echo.Context) error { return h.showList(c, http.StatusOK, form.State{}) }

func (h *Guides) showList(c echo.Context, status int, s form.State) error {
	ctx := c.Request().Context()
	all, err := guide.List(ctx, h.DB)
	if err != nil {
		return err
	}
	months, err := setting.GetGuideMonths(ctx, h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.GuidesPath, "admin_guides.title")
	p, on := frame.T, checking{clock.Today(h.Clock), months}
	props := views.GuidesProps{MayWrite: guard.StaffOf(c).Can(staff.WriteGuides)}
	if props.MayWrite {
		props.Months = monthsForm(p, months, s)
	}
	chosen := guideFilters[0]
	for _, f := range guideFilters {
		if f.value == c.QueryParam(filterParam) {
			chosen = f
		}
	}
	for _, f := range guideFilters {
		link := page.Link{Label: p.T(f.label), Href: views.GuidesPath, Current: f.value == chosen.value}
		if f.value != "" {
			link.Href += "?" + filterParam + "=" + f.value
		}
		props.Filters = append(props.Filters, link)
	}
	props.Table = components.Table{
		Caption: p.T("admin_guides.title"),
		Columns: []components.Column{
			{Label: p.T("admin_guides.list.guide")}, {Label: p.T("admin_guides.list.category")}, {Label: p.T("admin_guides.list.state")},
			{Label: p.T("admin_guides.list.reviewed")}, {Label: p.T("admin_guides.list.votes"), Num: true}, {Label: p.T("admin_guides.list.updated")},
		},
	}
	for i := range all {
		if chosen.lists(&all[i], on) {
			props.Table.Rows = append(props.Table.Rows, guideRow(p, &all[i], on))
		}
	}
	return page.Render(c, status, views.Guides(frame, props))
}

func guideRow(p *i18n.Printer, l *guide.Listed, on checking) components.Row {
	state := components.Cell{Tag: guideTag(p, cmp.Or(l.AtWork, guide.Published))}
	if l.AtWork == "" && l.Down {
		state.Tag = downTag(p)
	}
	if l.Published > 0 {
		state.Part = p.T("admin_guides.list.version", "n", l.Published)
		if l.Shipped {
			state.Part += " · " + p.T("admin_guides.list.shipped")
		}
	}
	reviewed, votes := components.Cell{}, components.Cell{}
	if l.Published > 0 {
		reviewed.Text = p.Date(l.Reviewed)
		votes.Text = p.T("admin_guides.list.votes_of", "yes", l.Yes, "no", l.No)
	}
	if on.due(l) {
		reviewed.Part = p.T("admin_guides.list.stale", "months", on.months)
	}
	return components.Row{Cells: []components.Cell{
		{Text: l.Content.In(string(p.Locale())).Title, Href: guidePath(l.Slug), Part: l.Slug, Head: true},
		{Text: p.T(guideCategories[l.Content.Category])}, state, reviewed, votes, {Text: p.DateTime(l.UpdatedAt)},
	}}
}

func guideTag(p *i18n.Printer, s guide.State) components.Tag {
	verdict := components.None
	switch s {
	case guide.InReview:
		verdict = components.Wait
	case guide.Published:
		verdict = components.OK
	}
	return components.Tag{Verdict: verdict, Word: p.T(guideStates[s])}
}

func downTag(p *i18n.Printer) components.Tag {
	return components.Tag{Verdict: components.Bad, Word: p.T("admin_guides.state.down")}
}

func guidePath(slug string) string { return views.GuidesPath + "/" + slug }
