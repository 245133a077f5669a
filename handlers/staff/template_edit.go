package staff

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Edit answers GET /admin/templates/{kind}/{channel}/edit: the draft, or where
// there is none the words in use, of which saving makes a draft.
func (h *Templates) Edit(c echo.Context) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	v, revision := &d.Live, 0
	if d.AtWork != nil {
		v, revision = d.AtWork, d.AtWork.Revision
	}
	if v.State == notice.TemplateInReview {
		return fault.New(fault.Conflict, "admin_templates.conflict")
	}
	values := form.Values{views.RevisionField: {strconv.Itoa(revision)}}
	for _, l := range templateLanguages {
		for _, part := range notice.PartsOf(d.Channel) {
			values[notice.TemplateField(l.locale, part)] = []string{v.Words.In(l.locale)[part]}
		}
	}
	return h.showTemplateForm(c, http.StatusOK, d.Kind, d.Channel, form.Filled(values))
}

// Save answers POST /admin/templates/{kind}/{channel}/edit.
func (h *Templates) Save(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	t, err := templateOf(c, values)
	if err != nil {
		return err
	}
	words := notice.Words{ZhCN: notice.Wording{}, En: notice.Wording{}}
	for _, l := range templateLanguages {
		for _, part := range notice.PartsOf(t.Channel) {
			text := lineEnds.Replace(values.Get(notice.TemplateField(l.locale, part)))
			words.In(l.locale)[part] = strings.TrimSpace(text)
		}
	}
	err = h.desk(c).Save(c.Request().Context(), t, &words)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showTemplateForm(c, status, t.Kind, t.Channel, state)
	}
	if err != nil {
		return err
	}
	return done(c, templatePath(t.Kind, t.Channel), "admin_templates.done.saved")
}

// showTemplateForm shows the form of a template, both languages side by side.
func (h *Templates) showTemplateForm(c echo.Context, status int, k notice.Kind, channel notice.Channel, s form.State) error {
	frame := h.inside(c, views.TemplatesPath, "admin_templates.title", "admin_templates.edit.title")
	p := frame.T
	frame.Crumbs = slices.Insert(frame.Crumbs, 1, page.Link{Label: templateTitle(p, k, channel), Href: templatePath(k, channel)})
	props := views.TemplateFormProps{State: s, Action: templatePath(k, channel) + "/edit", Revision: s.Value(views.RevisionField), Places: placeList(p, k, channel)}
	for _, l := range templateLanguages {
		text := views.TemplateFields{Name: p.T(l.name)}
		for _, part := range notice.PartsOf(channel) {
			name := notice.TemplateField(l.locale, part)
			text.Fields = append(text.Fields, views.TemplateField{Lines: roomOf[part], Field: components.Field{
				Name: name, Label: p.T(templateParts[part]), Value: s.Value(name), Error: s.Error(name), Required: true, Autocomplete: "off",
			}})
		}
		props.Texts = append(props.Texts, text)
	}
	return page.Render(c, status, views.TemplateForm(frame, props))
}

// roomOf is how much room the form gives to what is longer than a line.
var roomOf = map[notice.Part]views.FieldLines{
	notice.One: views.FewLines, notice.Many: views.FewLines, notice.Body: views.ManyLines, notice.BodyMany: views.ManyLines,
}

// templatePlaces are what the places of templates stand for.
var templatePlaces = map[string]string{
	"date":        "admin_templates.place.date",
	"amount":      "admin_templates.place.amount",
	"item":        "admin_templates.place.item",
	"terminal":    "admin_templates.place.terminal",
	"name":        "admin_templates.place.name",
	"period":      "admin_templates.place.period",
	"every":       "admin_templates.place.every",
	"once":        "admin_templates.place.once",
	"again":       "admin_templates.place.again",
	"wait":        "admin_templates.place.wait",
	"before_date": "admin_templates.place.before_date",
	"before":      "admin_templates.place.before",
	"after":       "admin_templates.place.after",
	"reason":      "admin_templates.place.reason",
	"taken_on":    "admin_templates.place.taken_on",
	"left":        "admin_templates.place.left",
	"more":        "admin_templates.place.more",
	"month":       "admin_templates.place.month",
	"percent":     "admin_templates.place.percent",
	"used":        "admin_templates.place.used",
	"allowance":   "admin_templates.place.allowance",
	"number":      "admin_templates.place.number",
	"news":        "admin_templates.place.news", "promise": "admin_templates.place.promise",
	"text":     "admin_templates.place.text",
	"at":       "admin_templates.place.at",
	"what":     "admin_templates.place.what",
	"n":        "admin_templates.place.n",
	"operator": "admin_templates.place.operator",
	"merchant": "admin_templates.place.merchant",
	"lines":    "admin_templates.place.lines",
}

// placeList says what a kind's words may name on a channel, and where.
func placeList(p *i18n.Printer, k notice.Kind, channel notice.Channel) (all []views.TemplatePlace) {
	parts := notice.PartsOf(channel)
	where := map[string][]string{}
	var order []string
	for _, part := range parts {
		for _, place := range notice.PlacesOf(k, part) {
			if where[place.Name] == nil {
				order = append(order, place.Name)
			}
			where[place.Name] = append(where[place.Name], p.T(templateParts[part]))
		}
	}
	for _, name := range order {
		meaning := p.T(templatePlaces[name])
		if len(where[name]) < len(parts) {
			meaning = p.T("admin_templates.edit.only_in", "meaning", meaning, "parts", p.List(where[name]))
		}
		all = append(all, views.TemplatePlace{Name: "{" + name + "}", Meaning: meaning})
	}
	return all
}

// Review answers GET /admin/templates/{kind}/{channel}/review: what a version
// changes, for who did not write it.
func (h *Templates) Review(c echo.Context) error {
	return h.showTemplateReview(c, http.StatusOK, form.State{})
}

func (h *Templates) showTemplateReview(c echo.Context, status int, s form.State) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	v := d.AtWork
	if v == nil || v.State != notice.TemplateInReview {
		return fault.New(fault.Conflict, "admin_templates.conflict")
	}
	if v.Wrote(guard.StaffOf(c).ID) {
		return fault.New(fault.Forbidden, "admin_templates.own")
	}
	title := templateTitle(printer(c), d.Kind, d.Channel)
	frame := h.inside(c, views.TemplatesPath, "admin_templates.title", "admin_templates.review.title", "title", title)
	p := frame.T
	frame.Crumbs = slices.Insert(frame.Crumbs, 1, page.Link{Label: title, Href: templatePath(d.Kind, d.Channel)})
	props := views.TemplateReviewProps{
		State: s, Path: templatePath(d.Kind, d.Channel), Revision: strconv.Itoa(v.Revision),
		Version: templateVersion(p, d.Channel, v), History: templateHistory(p, d.Events),
		Comment: components.Field{
			Name: notice.TemplateCommentField, Label: p.T("admin_templates.review.comment"), Value: s.Value(notice.TemplateCommentField),
			Error: s.Error(notice.TemplateCommentField), Required: true,
		},
	}
	names := templateFields(p, d.Channel)
	for _, diff := range notice.CompareTemplates(d.Channel, d.Live.Words, v.Words) {
		shown := views.GuideDifference{Field: names[diff.Field]}
		for _, l := range diff.Lines {
			shown.Lines = append(shown.Lines, views.GuideLine{Added: l.Added, Removed: l.Removed, Text: l.Text})
		}
		props.Differences = append(props.Differences, shown)
	}
	return page.Render(c, status, views.TemplateReview(frame, props))
}

// SendBack answers POST /admin/templates/{kind}/{channel}/send-back.
func (h *Templates) SendBack(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	t, err := templateOf(c, values)
	if err != nil {
		return err
	}
	err = h.desk(c).SendBack(c.Request().Context(), t, values.Get(notice.TemplateCommentField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		if fault.Is(err, fault.Invalid) {
			return h.showTemplateReview(c, status, state)
		}
		return h.showTemplate(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, templatePath(t.Kind, t.Channel), "admin_templates.done.sent_back")
}
