package staff

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Disclosures answers staff who write, review and publish what is charged.
type Disclosures struct {
	*Staff
	Plans  *disclosure.Catalogue
	Policy func() fee.Policy // in force now
	Jobs   event.Queue
}

// pend has touched terminals judged again.
func pend(ctx context.Context, tx *db.Tx) error { return deduction.PendTouched(ctx, tx) }

const (
	draftPrefix     = views.DisclosuresPath + "/drafts/"
	draftsShown     = 30
	stateParam      = "state"
	beforeParam     = "before"
	slugField       = "slug"
	ofField         = "of"
	ofNew           = "-new"
	revisionName    = "revision"
	contentHashName = "hash"
)

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Disclosures) Routes(r *server.Router) {
	see, write := guard.Staff(staff.SeeDisclosures), guard.Staff(staff.WriteDisclosures)
	publish, review := guard.Staff(staff.PublishDisclosures), guard.Staff(staff.ReviewDisclosures)
	covered := guard.Staff(staff.SeeCoverage)
	r.Get("/admin/disclosures", see, h.List)
	r.Get("/admin/disclosures/new", write, h.New)
	r.Post("/admin/disclosures/new", write, h.Begin)
	r.Get("/admin/disclosures/drafts/:id", see, h.Draft)
	r.Get("/admin/disclosures/drafts/:id/preview", see, h.Preview)
	r.Get("/admin/disclosures/drafts/:id/edit", write, h.Edit)
	r.Post("/admin/disclosures/drafts/:id/edit", write, h.Save, server.Body(editBody))
	r.Post("/admin/disclosures/drafts/:id/drop", write, h.Drop)
	r.Post("/admin/disclosures/drafts/:id/open", write, h.Open)
	r.Post("/admin/disclosures/drafts/:id/close", write, h.Close)
	r.Post("/admin/disclosures/drafts/:id/opinions/:opinion", write, h.Answer)
	r.Post("/admin/disclosures/drafts/:id/review", review, h.Review)
	r.Post("/admin/disclosures/drafts/:id/publish", publish, h.Publish)
	r.Get("/admin/disclosures/:slug/:version", see, h.Version)
	r.Post("/admin/disclosures/:slug/:version/withdraw", publish, h.ProposeWithdrawal)
	r.Post("/admin/disclosures/:slug/:version/withdraw/confirm", review, h.ConfirmWithdrawal)
	r.Get("/admin/disclosures/:slug/:version/coverage", covered, h.Coverage)
	r.Get("/admin/disclosures/:slug/:version/coverage.csv", covered, h.CoverageCSV)
}

func (h *Disclosures) today() date.Date { return clock.Today(h.Clock) }

// stateNames are the keys of a draft's states, in the order of the list.
var stateNames = []struct {
	state disclosure.State
	key   string
	tone  components.Verdict
}{
	{disclosure.Drafted, "admin_disclosures.state.draft", components.None},
	{disclosure.InReview, "admin_disclosures.state.in_review", components.Wait},
	{disclosure.Approved, "admin_disclosures.state.approved", components.Info},
	{disclosure.Released, "admin_disclosures.state.published", components.OK},
	{disclosure.Dropped, "admin_disclosures.state.dropped", components.None},
}

func draftTag(p *i18n.Printer, s disclosure.State) components.Tag {
	for _, one := range stateNames {
		if one.state == s {
			return components.Tag{Verdict: one.tone, Word: p.T(one.key)}
		}
	}
	return components.Tag{}
}

// List answers GET /admin/disclosures: drafts by state, and what is published.
func (h *Disclosures) List(c echo.Context) error {
	state, before := disclosure.State(c.QueryParam(stateParam)), c.QueryParam(beforeParam)
	drafts, more, err := disclosure.ListDrafts(c.Request().Context(), h.DB, state, before, draftsShown)
	if err != nil {
		return err
	}
	proposed, err := disclosure.WaitingWithdrawals(c.Request().Context(), h.DB, h.today())
	if err != nil {
		return err
	}
	frame := h.frame(c, views.DisclosuresPath, "admin_disclosures.title")
	p := frame.T
	props := views.DisclosuresProps{Label: p.T("admin_disclosures.list.states"), Published: h.published(p)}
	if len(proposed) > 0 {
		props.Proposed = p.T("admin_disclosures.withdraw.waiting")
	}
	for _, w := range proposed {
		props.Withdrawals = append(props.Withdrawals, h.waitingWithdrawal(p, &w))
	}
	if guard.StaffOf(c).Can(staff.WriteDisclosures) {
		props.New = &components.ButtonLink{Label: p.T("admin_disclosures.new.title"), Href: views.NewDisclosurePath}
	}
	props.States = append(props.States, page.Link{Label: p.T("admin_disclosures.list.all"), Href: views.DisclosuresPath, Current: state == ""})
	for _, one := range stateNames {
		props.States = append(props.States, page.Link{
			Label: p.T(one.key), Href: views.DisclosuresPath + "?" + url.Values{stateParam: {string(one.state)}}.Encode(), Current: state == one.state,
		})
	}
	props.Drafts = components.Table{Caption: p.T("admin_disclosures.list.drafts"), Columns: []components.Column{
		{Label: p.T("admin_disclosures.list.what")}, {Label: p.T("disclosures.history.state")}, {Label: p.T("admin_disclosures.list.changed")},
	}}
	for i := range drafts {
		d := &drafts[i]
		props.Drafts.Rows = append(props.Drafts.Rows, components.Row{Cells: []components.Cell{
			{Text: draftTitle(p, d.Title, d.Slug), Href: draftPrefix + d.ID, Part: d.Slug, Head: true}, {Tag: draftTag(p, d.State)},
			{Text: p.T("admin_disclosures.list.by", "name", d.UpdatedBy, "at", d.UpdatedAt)},
		}})
	}
	if len(drafts) == 0 {
		props.Empty = p.T("admin_disclosures.list.none")
	}
	if more {
		props.Next = page.Link{
			Label: p.T("admin_disclosures.list.older"),
			Href:  views.DisclosuresPath + "?" + url.Values{stateParam: {string(state)}, beforeParam: {drafts[len(drafts)-1].ID}}.Encode(),
		}
	}
	return page.Render(c, http.StatusOK, views.Disclosures(frame, props))
}

// waitingWithdrawal leads to where a withdrawal is confirmed.
func (h *Disclosures) waitingWithdrawal(p *i18n.Printer, w *disclosure.WaitingWithdrawal) page.Link {
	title := w.Slug
	if d := h.Plans.Plans().Disclosure(w.Slug); d != nil {
		title = d.Title.In(string(p.Locale()))
	}
	return page.Link{
		Label: p.T("admin_disclosures.withdraw.one", "title", title, "version", w.Version, "name", w.By, "at", w.At, "day", w.EffectiveOn),
		Href:  versionHref(w.Slug, w.Version),
	}
}

func draftTitle(p *i18n.Printer, t disclosure.Text, slug string) string {
	if title := t.In(string(p.Locale())); title != "" {
		return title
	}
	return slug
}

func (h *Disclosures) published(p *i18n.Printer) components.Table {
	t := components.Table{Caption: p.T("admin_disclosures.list.published"), Columns: []components.Column{
		{Label: p.T("admin_disclosures.list.what")}, {Label: p.T("disclosures.published_on")}, {Label: p.T("disclosures.effective_on")}, {Label: p.T("disclosures.history.state")},
	}}
	today := h.today()
	for _, d := range h.Plans.Plans().Disclosures() {
		for i := len(d.Versions) - 1; i >= 0; i-- {
			v := &d.Versions[i]
			t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
				{Text: p.T("disclosures.version.title", "title", d.Title.In(string(p.Locale())), "version", v.Number), Href: versionHref(d.Slug, v.Number), Head: true},
				{Body: disclosed.Day(p, v.PublishedOn)}, {Body: disclosed.Day(p, v.EffectiveOn)}, {Tag: disclosed.PhaseTag(p, d.Phase(v.Number, today))},
			}})
		}
	}
	return t
}

// New answers GET /admin/disclosures/new: what to draft.
func (h *Disclosures) New(c echo.Context) error {
	return h.showNew(c, http.StatusOK, form.Filled(form.Values{ofField: {c.QueryParam(ofField)}}))
}

func (h *Disclosures) showNew(c echo.Context, status int, state form.State) error {
	frame := h.inside(c, views.DisclosuresPath, "admin_disclosures.title", "admin_disclosures.new.title")
	p := frame.T
	props := views.NewDisclosureProps{
		State:  state,
		Choose: components.Field{Name: ofField, Label: p.T("admin_disclosures.new.of"), Value: state.Value(ofField), Error: state.Error(ofField)},
		Slug: components.Field{
			Name: slugField, Label: p.T("admin_disclosures.new.slug"), Hint: p.T("admin_disclosures.new.slug_hint"),
			Value: state.Value(slugField), Error: state.Error(slugField), Optional: p.T("admin_disclosures.new.slug_optional"),
		},
		Submit: p.T("admin_disclosures.new.submit"),
	}
	for _, d := range h.Plans.Plans().Disclosures() {
		props.Options = append(props.Options, components.Option{Value: d.Slug, Label: d.Title.In(string(p.Locale())), Hint: p.T("admin_disclosures.new.next_hint")})
	}
	props.Options = append(props.Options, components.Option{Value: ofNew, Label: p.T("admin_disclosures.new.another"), Hint: p.T("admin_disclosures.new.another_hint")})
	return page.Render(c, status, views.NewDisclosure(frame, props))
}

// Begin answers POST /admin/disclosures/new.
func (h *Disclosures) Begin(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	slug := values.Get(ofField)
	if slug == "" || slug == ofNew {
		slug = values.Get(slugField)
	}
	content := h.Plans.Plans().ContentOf(slug, h.today())
	draftID, err := disclosure.Begin(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, &content)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNew(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, draftPrefix+draftID+"/edit", "admin_disclosures.done.begun")
}

// read returns the draft that is asked for.
func (h *Disclosures) read(c echo.Context) (*disclosure.DraftPage, error) {
	return disclosure.ReadDraftPage(c.Request().Context(), h.DB, c.Param("id"))
}

// refused shows a draft's page again with what a use case said of a form on it.
func (h *Disclosures) refused(c echo.Context, values form.Values, err error) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showDraft(c, status, state)
	}
	return err
}

// Preview answers GET /admin/disclosures/drafts/{id}/preview: the draft as
// merchants would see it.
func (h *Disclosures) Preview(c echo.Context) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.DisclosuresPath, "admin_disclosures.title", "admin_disclosures.preview.title")
	return page.Render(c, http.StatusOK, views.Preview(frame, views.PreviewProps{
		Note: frame.T.T("admin_disclosures.preview.note"), Back: page.Link{Label: frame.T.T("admin_disclosures.preview.back"), Href: draftPrefix + d.ID},
		Title: draftTitle(frame.T, d.Content.Title, d.Slug), Content: disclosed.Content(frame.T, &d.Content),
	}))
}

var errNoVersion = fault.New(fault.NotFound, "disclosures.fault.not_found")
