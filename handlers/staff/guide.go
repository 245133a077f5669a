package staff

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Guide answers GET /admin/guides/{slug}: how a guide stands, and what can be
// done with it.
func (h *Guides) Guide(c echo.Context) error { return h.showGuide(c, http.StatusOK, form.State{}) }

func (h *Guides) showGuide(c echo.Context, status int, s form.State) error {
	d, err := guide.Get(c.Request().Context(), h.DB, c.Param("slug"))
	if err != nil {
		return err
	}
	frame := h.inside(c, views.GuidesPath, "admin_guides.title", "admin_guides.title")
	p, actor := frame.T, guard.StaffOf(c)
	frame.Title = titleOf(p, d)
	frame.Crumbs[1].Label = frame.Title
	props := views.GuideProps{State: s, Path: guidePath(d.Slug), History: history(p, d.Events), Reasons: reasons(p, d.Reasons)}
	if v := d.AtWork; v != nil {
		props.Revision = strconv.Itoa(v.Revision)
		props.Versions = append(props.Versions, versionCard(p, v, p.T("admin_guides.one.at_work", "n", v.Number)))
		props.Findings = findings(p, d.Slug, v.Content)
		props.FindingsTitle = p.T("admin_guides.one.findings_none")
		if n := len(props.Findings); n > 0 {
			props.FindingsTitle = p.T("admin_guides.one.findings", "n", n)
		}
		writes, reviews := actor.Can(staff.WriteGuides), actor.Can(staff.ReviewGuides)
		props.MayEdit = writes && v.State == guide.Draft
		props.MaySubmit = props.MayEdit && len(props.Findings) == 0
		props.MayWithdraw = writes && v.State == guide.InReview
		props.MayReview = reviews && v.State == guide.InReview && !v.Wrote(actor.ID)
		if reviews && v.State == guide.InReview && v.Wrote(actor.ID) {
			props.Note = p.T("admin_guides.one.own")
		}
	} else {
		props.MayRenew = actor.Can(staff.WriteGuides)
	}
	switch v := d.Published; {
	case v == nil:
	case d.Down:
		card := versionCard(p, v, p.T("admin_guides.down.version", "n", v.Number))
		card.Tag = downTag(p)
		props.Versions = append(props.Versions, card)
	default:
		props.Public = "/guides/" + d.Slug
		props.Versions = append(props.Versions, versionCard(p, v, p.T("admin_guides.one.published", "n", v.Number)))
		if actor.Can(staff.ReviewGuides) && !v.Wrote(actor.ID) {
			props.TakeDown = takeDownForm(p, v, s)
		}
	}
	if d.Published != nil {
		props.Votes = p.T("admin_guides.list.votes_of", "yes", d.Yes, "no", d.No)
	}
	return page.Render(c, status, views.Guide(frame, props))
}

func titleOf(p *i18n.Printer, d *guide.Detail) string {
	v := d.AtWork
	if v == nil {
		v = d.Published
	}
	if v == nil {
		return d.Slug
	}
	if title := v.Content.In(string(p.Locale())).Title; title != "" {
		return title
	}
	return d.Slug
}

func versionCard(p *i18n.Printer, v *guide.Version, title string) views.GuideVersion {
	card := views.GuideVersion{Title: title, Tag: guideTag(p, v.State)}
	var fees []string
	for _, item := range v.Content.Items {
		fees = append(fees, explain.ItemName(p, item))
	}
	comma := p.T("common.format.list.comma")
	add := func(key, text string) {
		if text != "" {
			card.Facts = append(card.Facts, components.Fact{Term: p.T(key), Text: text})
		}
	}
	add("admin_guides.list.category", p.T(guideCategories[v.Content.Category]))
	add("admin_guides.one.fees", strings.Join(fees, comma))
	add("admin_guides.one.codes", strings.Join(v.Content.Codes, " "))
	if v.State == guide.Published {
		add("admin_guides.list.reviewed", p.Date(v.ReviewedOn))
	}
	add("admin_guides.list.updated", p.DateTime(v.UpdatedAt))
	for _, l := range []struct{ locale, name string }{{guide.ZhCN, "admin_guides.edit.zh"}, {guide.En, "admin_guides.edit.en"}} {
		text := v.Content.In(l.locale)
		html, err := guide.Read(text.Body).Preview()
		if err != nil {
			html = "" // it can't be drawn, and the form shows it as it is
		}
		card.Texts = append(card.Texts, views.GuideText{
			Lang: l.locale, Name: p.T(l.name), Title: text.Title, Summary: text.Summary, Body: html, Questions: text.Questions,
		})
	}
	return card
}

// findings says what keeps a draft from being submitted, each with the way to its
// field.
func findings(p *i18n.Printer, slug string, content *guide.Content) (all []page.Link) {
	fields := guide.Check(content)
	f, ok := errors.AsType[*fault.Error](fields.Err())
	if !ok {
		return nil
	}
	for _, field := range f.Fields {
		all = append(all, page.Link{
			Label: p.T("admin_guides.one.finding", "field", p.T(guideFields[field.Name]), "text", p.T(field.Key, field.Args...)),
			Href:  guidePath(slug) + "/edit#" + form.ID(field.Name),
		})
	}
	return all
}

// guideFields are what the fields of a guide are called.
var guideFields = map[string]string{
	guide.CategoryField: "admin_guides.review.field.category", guide.OrderField: "admin_guides.review.field.order",
	guide.ItemsField: "admin_guides.review.field.items", guide.CodesField: "admin_guides.review.field.codes",
	"zh_title": "admin_guides.review.field.zh_title", "zh_summary": "admin_guides.review.field.zh_summary",
	"zh_questions": "admin_guides.review.field.zh_questions", "zh_body": "admin_guides.review.field.zh_body",
	"en_title": "admin_guides.review.field.en_title", "en_summary": "admin_guides.review.field.en_summary",
	"en_questions": "admin_guides.review.field.en_questions", "en_body": "admin_guides.review.field.en_body",
}

var guideEvents = map[guide.EventKind]string{
	guide.Created: "admin_guides.event.created", guide.Changed: "admin_guides.event.changed", guide.Submitted: "admin_guides.event.submitted",
	guide.SentBack: "admin_guides.event.sent_back", guide.Withdrawn: "admin_guides.event.withdrawn",
	guide.Approved: "admin_guides.event.published", guide.GivenUp: "admin_guides.event.discarded",
	guide.TakenDown: "admin_guides.event.taken_down",
}

func history(p *i18n.Printer, events []guide.Event) (all components.Facts) {
	for _, e := range events {
		all = append(all, components.Fact{
			Term: p.DateTime(e.At), Text: p.T(guideEvents[e.Kind], "name", e.Name, "version", e.Version, "comment", e.Comment),
		})
	}
	return all
}

func reasons(p *i18n.Printer, from []guide.Reason) (all components.Facts) {
	for _, r := range from {
		word := p.T("admin_guides.one.no")
		if r.Helped {
			word = p.T("admin_guides.one.yes")
		}
		all = append(all, components.Fact{Term: p.ShortDateTime(r.At), Text: r.Text, Part: word})
	}
	return all
}

// revisionOf is the revision of the draft that a form is about.
func revisionOf(values form.Values) (int, error) {
	n, err := strconv.Atoi(values.Get(views.RevisionField))
	if err != nil {
		return 0, &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid), Cause: err}
	}
	return n, nil
}

// Withdraw answers POST /admin/guides/{slug}/withdraw.
func (h *Guides) Withdraw(c echo.Context) error {
	return h.act(c, "admin_guides.done.withdrawn", func(slug string, revision int, _ form.Values) error {
		return guide.Withdraw(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, revision)
	})
}

// Discard answers POST /admin/guides/{slug}/discard.
func (h *Guides) Discard(c echo.Context) error {
	return h.act(c, "admin_guides.done.discarded", func(slug string, revision int, _ form.Values) error {
		return guide.Discard(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, revision)
	})
}

// Submit answers POST /admin/guides/{slug}/submit. What is wrong with the draft
// shows in its form.
func (h *Guides) Submit(c echo.Context) error {
	return h.act(c, "admin_guides.done.submitted", func(slug string, revision int, _ form.Values) error {
		return guide.Submit(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, revision)
	})
}

// act does something with the draft that a form is about, and leads back to the
// guide.
func (h *Guides) act(c echo.Context, doneKey string, do func(slug string, revision int, values form.Values) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	revision, err := revisionOf(values)
	if err != nil {
		return err
	}
	slug := c.Param("slug")
	err = do(slug, revision, values)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Invalid {
		err = fault.New(fault.Conflict, "guides.conflict") // the page offers it only where nothing is wrong
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showGuide(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, guidePath(slug), doneKey)
}
