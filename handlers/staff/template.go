package staff

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Template answers GET /admin/templates/{kind}/{channel}: how a template stands,
// and what can be done with it.
func (h *Templates) Template(c echo.Context) error {
	return h.showTemplate(c, http.StatusOK, form.State{})
}

func (h *Templates) showTemplate(c echo.Context, status int, s form.State) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.TemplatesPath, "admin_templates.title", "admin_templates.title")
	p, actor := frame.T, guard.StaffOf(c)
	frame.Title = templateTitle(p, d.Kind, d.Channel)
	frame.Crumbs[1].Label = frame.Title
	props := views.TemplateProps{State: s, Path: templatePath(d.Kind, d.Channel), History: templateHistory(p, d.Events), Revision: "0"}
	writes, reviews := actor.Can(staff.WriteTemplates), actor.Can(staff.ReviewTemplates)
	if v := d.AtWork; v != nil {
		props.Revision = strconv.Itoa(v.Revision)
		props.Versions = append(props.Versions, templateVersion(p, d.Channel, v))
		props.Findings = templateFindings(p, d)
		props.FindingsTitle = p.T("admin_templates.one.findings_none")
		if n := len(props.Findings); n > 0 {
			props.FindingsTitle = p.N("admin_templates.one.findings", n)
		}
		props.MayEdit = writes && v.State == notice.TemplateDraft
		props.MaySubmit = props.MayEdit && len(props.Findings) == 0
		props.MayWithdraw = writes && v.State == notice.TemplateInReview
		props.MayReview = reviews && v.State == notice.TemplateInReview && !v.Wrote(actor.ID)
		if reviews && v.State == notice.TemplateInReview && v.Wrote(actor.ID) {
			props.Note = p.T("admin_templates.one.own")
		}
	} else {
		props.MayRenew = writes
	}
	props.MayRestore = (props.MayEdit || props.MayRenew) && (d.AtWork != nil || d.Live.Number > 0)
	props.Versions = append(props.Versions, templateVersion(p, d.Channel, &d.Live))
	return page.Render(c, status, views.Template(frame, props))
}

// read reads the template that an address names.
func (h *Templates) read(c echo.Context) (*notice.TemplateDetail, error) {
	return notice.GetTemplate(c.Request().Context(), h.DB, notice.Kind(c.Param("kind")), notice.Channel(c.Param("channel")))
}

// templateParts are what the parts of a template are called.
var templateParts = map[notice.Part]string{
	notice.One: "admin_templates.part.one", notice.Many: "admin_templates.part.many", notice.Subject: "admin_templates.part.subject",
	notice.SubjectMany: "admin_templates.part.subject_many", notice.Body: "admin_templates.part.body", notice.BodyMany: "admin_templates.part.body_many",
	notice.What: "admin_templates.part.what", notice.WhatMany: "admin_templates.part.what_many", notice.Note: "admin_templates.part.note",
}

// templateLanguages are the languages of a template, with their names.
var templateLanguages = []struct{ locale, name string }{
	{string(i18n.ZhCN), "admin_templates.zh"}, {string(i18n.En), "admin_templates.en"},
}

func templateVersion(p *i18n.Printer, channel notice.Channel, v *notice.TemplateVersion) views.TemplateVersion {
	shown := views.TemplateVersion{Title: p.T("admin_templates.one.at_work", "n", v.Number)}
	switch {
	case v.Number == 0:
		shown.Title = p.T("admin_templates.one.shipped")
	case v.State == notice.TemplateLive:
		shown.Title = p.T("admin_templates.one.live", "n", v.Number)
	}
	switch v.State {
	case notice.TemplateDraft:
		shown.Tag = components.Tag{Verdict: components.None, Word: p.T("admin_templates.state.draft")}
	case notice.TemplateInReview:
		shown.Tag = components.Tag{Verdict: components.Wait, Word: p.T("admin_templates.state.in_review")}
	default:
		shown.Tag = components.Tag{Verdict: components.OK, Word: p.T("admin_templates.state.live")}
	}
	if !v.UpdatedAt.IsZero() {
		shown.Facts = components.Facts{{Term: p.T("admin_templates.one.updated"), Text: p.DateTime(v.UpdatedAt)}}
	}
	for _, l := range templateLanguages {
		text := views.TemplateText{Lang: l.locale, Name: p.T(l.name)}
		for _, part := range notice.PartsOf(channel) {
			text.Parts = append(text.Parts, views.TemplatePart{Label: p.T(templateParts[part]), Text: v.Words.In(l.locale)[part]})
		}
		shown.Texts = append(shown.Texts, text)
	}
	return shown
}

// templateFindings says what keeps a draft from being submitted, each with the
// way to its field.
func templateFindings(p *i18n.Printer, d *notice.TemplateDetail) (all []page.Link) {
	fields := notice.CheckTemplate(d.Kind, d.Channel, d.AtWork.Words)
	f, ok := errors.AsType[*fault.Error](fields.Err())
	if !ok {
		return nil
	}
	names := templateFields(p, d.Channel)
	for _, field := range f.Fields {
		all = append(all, page.Link{
			Label: p.T("admin_templates.one.finding", "field", names[field.Name], "text", p.T(field.Key, field.Args...)),
			Href:  templatePath(d.Kind, d.Channel) + "/edit#" + form.ID(field.Name),
		})
	}
	return all
}

// templateFields are what the fields of a template are called.
func templateFields(p *i18n.Printer, channel notice.Channel) map[string]string {
	names := map[string]string{}
	for _, l := range templateLanguages {
		for _, part := range notice.PartsOf(channel) {
			names[notice.TemplateField(l.locale, part)] = p.T("admin_templates.one.field", "language", p.T(l.name), "part", p.T(templateParts[part]))
		}
	}
	return names
}

var templateEvents = map[notice.TemplateEventKind]string{
	notice.TemplateCreated: "admin_templates.event.created", notice.TemplateChanged: "admin_templates.event.changed",
	notice.TemplateRestored: "admin_templates.event.restored", notice.TemplateSubmitted: "admin_templates.event.submitted",
	notice.TemplateSentBack: "admin_templates.event.sent_back", notice.TemplateWithdrawn: "admin_templates.event.withdrawn",
	notice.TemplateApproved: "admin_templates.event.approved", notice.TemplateGivenUp: "admin_templates.event.discarded",
}

func templateHistory(p *i18n.Printer, events []notice.TemplateEvent) (all components.Facts) {
	for _, e := range events {
		all = append(all, components.Fact{
			Term: p.DateTime(e.At), Text: p.T(templateEvents[e.Kind], "name", e.Name, "version", e.Version, "comment", e.Comment),
		})
	}
	return all
}

// Restore answers POST /admin/templates/{kind}/{channel}/restore.
func (h *Templates) Restore(c echo.Context) error {
	return h.act(c, "admin_templates.done.restored", func(k notice.Desk, t notice.Template, _ form.Values) error {
		return k.Restore(c.Request().Context(), t)
	})
}

// Submit answers POST /admin/templates/{kind}/{channel}/submit.
func (h *Templates) Submit(c echo.Context) error {
	return h.act(c, "admin_templates.done.submitted", func(k notice.Desk, t notice.Template, _ form.Values) error {
		err := k.Submit(c.Request().Context(), t)
		if fault.Is(err, fault.Invalid) {
			return fault.New(fault.Conflict, "admin_templates.conflict") // the page offers it only where nothing is wrong
		}
		return err
	})
}

// Withdraw answers POST /admin/templates/{kind}/{channel}/withdraw.
func (h *Templates) Withdraw(c echo.Context) error {
	return h.act(c, "admin_templates.done.withdrawn", func(k notice.Desk, t notice.Template, _ form.Values) error {
		return k.Withdraw(c.Request().Context(), t)
	})
}

// Discard answers POST /admin/templates/{kind}/{channel}/discard.
func (h *Templates) Discard(c echo.Context) error {
	return h.act(c, "admin_templates.done.discarded", func(k notice.Desk, t notice.Template, _ form.Values) error {
		return k.Discard(c.Request().Context(), t)
	})
}

// Approve answers POST /admin/templates/{kind}/{channel}/approve.
func (h *Templates) Approve(c echo.Context) error {
	return h.act(c, "admin_templates.done.approved", func(k notice.Desk, t notice.Template, _ form.Values) error {
		return k.Approve(c.Request().Context(), t)
	})
}

// act does something with the draft that a form is about, and leads back to the
// template.
func (h *Templates) act(c echo.Context, doneKey string, do func(k notice.Desk, t notice.Template, values form.Values) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	t, err := templateOf(c, values)
	if err != nil {
		return err
	}
	err = do(h.desk(c), t, values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showTemplate(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, templatePath(t.Kind, t.Channel), doneKey)
}

// templateOf is the template that a form is about.
func templateOf(c echo.Context, values form.Values) (notice.Template, error) {
	revision, err := revisionOf(values)
	return notice.Template{Kind: notice.Kind(c.Param("kind")), Channel: notice.Channel(c.Param("channel")), Revision: revision}, err
}

// desk acts as the reader, now.
func (h *Templates) desk(c echo.Context) notice.Desk {
	return notice.Desk{DB: h.DB, At: h.Clock.Now(), By: guard.StaffOf(c)}
}
