package staff

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// New answers GET /admin/guides/new.
func (h *Guides) New(c echo.Context) error {
	return h.showForm(c, http.StatusOK, "", form.Filled(form.Values{guide.OrderField: {"10"}}))
}

// Create answers POST /admin/guides/new.
func (h *Guides) Create(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	slug := values.Get(guide.SlugField)
	err = h.keep(c, values, guide.Edit{Slug: slug, New: true})
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showForm(c, status, "", state)
	}
	if err != nil {
		return err
	}
	return done(c, guidePath(slug), "admin_guides.edit.saved")
}

// Edit answers GET /admin/guides/{slug}/edit: the draft, or where there is none
// the published version, of which saving makes a draft.
func (h *Guides) Edit(c echo.Context) error {
	slug := c.Param("slug")
	d, err := guide.Get(c.Request().Context(), h.DB, slug)
	if err != nil {
		return err
	}
	v, revision := d.AtWork, 0
	if v != nil {
		revision = v.Revision
	} else {
		v = d.Published
	}
	if v == nil || v.State == guide.InReview {
		return fault.New(fault.Conflict, "guides.conflict")
	}
	return h.showForm(c, http.StatusOK, slug, form.Filled(valuesOf(v.Content, revision)))
}

// Save answers POST /admin/guides/{slug}/edit.
func (h *Guides) Save(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	revision, err := revisionOf(values)
	if err != nil {
		return err
	}
	slug := c.Param("slug")
	err = h.keep(c, values, guide.Edit{Slug: slug, Revision: revision})
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showForm(c, status, slug, state)
	}
	if err != nil {
		return err
	}
	return done(c, guidePath(slug), "admin_guides.edit.saved")
}

func (h *Guides) keep(c echo.Context, values form.Values, e guide.Edit) error {
	var err error
	if e.Content, err = contentOf(values); err != nil {
		return err
	}
	_, err = guide.Save(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), e)
	return err
}

// contentOf reads a guide from its form.
func contentOf(values form.Values) (guide.Content, error) {
	content := guide.Content{
		Category: guide.Category(values.Get(guide.CategoryField)), Codes: strings.Fields(values.Get(guide.CodesField)), Order: values.Number(guide.OrderField),
	}
	for _, item := range values.All(guide.ItemsField) {
		content.Items = append(content.Items, fee.Item(item))
	}
	for _, locale := range []string{guide.ZhCN, guide.En} {
		get := func(field string) string { return lineEnds.Replace(values.Get(guide.FieldIn(locale, field))) }
		text := content.In(locale)
		text.Title, text.Summary, text.Body = get(guide.TitleField), get(guide.SummaryField), get(guide.BodyField)
		for line := range strings.SplitSeq(get(guide.QuestionsField), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				text.Questions = append(text.Questions, line)
			}
		}
	}
	return content, nil
}

// lineEnds makes the line ends of a browser plain.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// valuesOf fills a form with a guide.
func valuesOf(content *guide.Content, revision int) form.Values {
	values := form.Values{
		views.RevisionField: {strconv.Itoa(revision)},
		guide.CategoryField: {string(content.Category)}, guide.OrderField: {strconv.Itoa(content.Order)},
		guide.CodesField: {strings.Join(content.Codes, " ")},
	}
	for _, item := range content.Items {
		values[guide.ItemsField] = append(values[guide.ItemsField], string(item))
	}
	for _, locale := range []string{guide.ZhCN, guide.En} {
		text := content.In(locale)
		for field, value := range map[string]string{
			guide.TitleField: text.Title, guide.SummaryField: text.Summary,
			guide.QuestionsField: strings.Join(text.Questions, "\n"), guide.BodyField: text.Body,
		} {
			values[guide.FieldIn(locale, field)] = []string{value}
		}
	}
	return values
}

// showForm shows the form of a guide; slug is empty for a new one.
func (h *Guides) showForm(c echo.Context, status int, slug string, s form.State) error {
	key, action := "admin_guides.edit.title", guidePath(slug)+"/edit"
	if slug == "" {
		key, action = "admin_guides.edit.new_title", views.NewGuidePath
	}
	frame := h.inside(c, views.GuidesPath, "admin_guides.title", key)
	p := frame.T
	if slug != "" {
		frame.Crumbs = slices.Insert(frame.Crumbs, 1, page.Link{Label: slug, Href: guidePath(slug)})
	}
	field := func(name, label, hint string) components.Field {
		f := components.Field{Name: name, Label: p.T(label), Value: s.Value(name), Error: s.Error(name), Required: true, Autocomplete: "off"}
		if hint != "" {
			f.Hint = p.T(hint)
		}
		return f
	}
	props := views.GuideFormProps{
		State: s, Action: action, Revision: s.Value(views.RevisionField), New: slug == "",
		Slug:     field(guide.SlugField, "admin_guides.edit.slug", "admin_guides.edit.slug_hint"),
		Category: field(guide.CategoryField, "admin_guides.edit.category", ""), Categories: categoryOptions(p),
		Order:     field(guide.OrderField, "admin_guides.edit.order", "admin_guides.edit.order_hint"),
		ItemsName: guide.ItemsField, ItemsError: s.Error(guide.ItemsField),
		Codes: field(guide.CodesField, "admin_guides.edit.codes", ""),
	}
	props.Slug.Size, props.Order.Size, props.Order.InputMode, props.Category.Size = components.Short, components.Short, "numeric", components.Short
	props.Codes.Required, props.Codes.Hint = false, p.T("admin_guides.edit.codes_hint", "all", allCodes())
	for _, item := range fee.Items {
		props.Items = append(props.Items, views.GuideBox{Value: string(item), Label: explain.ItemName(p, item), Ticked: s.Chosen(guide.ItemsField, string(item))})
	}
	for _, l := range []struct{ locale, name string }{{guide.ZhCN, "admin_guides.edit.zh"}, {guide.En, "admin_guides.edit.en"}} {
		in := func(name string) string { return guide.FieldIn(l.locale, name) }
		props.Texts = append(props.Texts, views.GuideTextFields{
			Name: p.T(l.name), Lang: l.locale,
			Title:     field(in(guide.TitleField), "admin_guides.edit.field_title", ""),
			Summary:   field(in(guide.SummaryField), "admin_guides.edit.summary", ""),
			Questions: field(in(guide.QuestionsField), "admin_guides.edit.questions", "admin_guides.edit.questions_hint"),
			Body:      field(in(guide.BodyField), "admin_guides.edit.body", "admin_guides.edit.body_hint"),
		})
	}
	return page.Render(c, status, views.GuideForm(frame, props))
}

func categoryOptions(p *i18n.Printer) (all []components.Option) {
	for _, category := range guide.Categories {
		all = append(all, components.Option{Value: string(category), Label: p.T(guideCategories[category])})
	}
	return all
}

func allCodes() string {
	var names []string
	for code := range fee.AllCodes() {
		names = append(names, code.String())
	}
	return strings.Join(names, " ")
}

// Review answers GET /admin/guides/{slug}/review: what a version changes, for who
// did not write it.
func (h *Guides) Review(c echo.Context) error { return h.showReview(c, http.StatusOK, form.State{}) }

func (h *Guides) showReview(c echo.Context, status int, s form.State) error {
	slug := c.Param("slug")
	d, err := guide.Get(c.Request().Context(), h.DB, slug)
	if err != nil {
		return err
	}
	v := d.AtWork
	if v == nil || v.State != guide.InReview {
		return fault.New(fault.Conflict, "guides.conflict")
	}
	if v.Wrote(guard.StaffOf(c).ID) {
		return fault.New(fault.Forbidden, "guides.review.own")
	}
	frame := h.inside(c, views.GuidesPath, "admin_guides.title", "admin_guides.review.title", "title", titleOf(printer(c), d))
	p := frame.T
	frame.Crumbs = slices.Insert(frame.Crumbs, 1, page.Link{Label: slug, Href: guidePath(slug)})
	props := views.GuideReviewProps{
		State: s, Path: guidePath(slug), Revision: strconv.Itoa(v.Revision),
		Version: versionCard(p, v, p.T("admin_guides.one.at_work", "n", v.Number)), History: history(p, d.Events),
		Comment: components.Field{
			Name: guide.CommentField, Label: p.T("admin_guides.review.comment"), Value: s.Value(guide.CommentField), Error: s.Error(guide.CommentField),
			MaxLength: strconv.Itoa(guide.MaxComment), Required: true,
		},
	}
	var before *guide.Content
	if d.Published != nil {
		before = d.Published.Content
	}
	for _, diff := range guide.Compare(before, v.Content) {
		shown := views.GuideDifference{Field: p.T(guideFields[diff.Field])}
		for _, l := range diff.Lines {
			shown.Lines = append(shown.Lines, views.GuideLine{Added: l.Change == guide.Added, Removed: l.Change == guide.Removed, Text: l.Text})
		}
		props.Differences = append(props.Differences, shown)
	}
	return page.Render(c, status, views.GuideReview(frame, props))
}

// Publish answers POST /admin/guides/{slug}/publish.
func (h *Guides) Publish(c echo.Context) error {
	return h.act(c, "admin_guides.done.published", func(slug string, revision int, _ form.Values) error {
		return guide.Publish(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, revision)
	})
}

// SendBack answers POST /admin/guides/{slug}/send-back.
func (h *Guides) SendBack(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	revision, err := revisionOf(values)
	if err != nil {
		return err
	}
	slug := c.Param("slug")
	err = guide.SendBack(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, revision, values.Get(guide.CommentField))
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Invalid {
		state, status, _ := guard.Refused(c, values, err)
		return h.showReview(c, status, state)
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showGuide(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, guidePath(slug), "admin_guides.done.sent_back")
}
