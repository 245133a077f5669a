package staff

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// The fields of the forms on a draft's page.
const (
	commentField   = "comment"
	decisionField  = "decision"
	untilField     = "until"
	effectiveField = "effective_on"
	approveValue   = "approve"
	backValue      = "send_back"
)

// Draft answers GET /admin/disclosures/drafts/{id}: what it would change, what
// stands in its way, what it would have cost, what merchants say, and what the
// reader may do about it.
func (h *Disclosures) Draft(c echo.Context) error {
	return h.showDraft(c, http.StatusOK, form.State{})
}

func (h *Disclosures) showDraft(c echo.Context, status int, state form.State) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	plans := h.Plans.Plans()
	impact, err := h.impact(c, d, plans)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.DisclosuresPath, "admin_disclosures.title", "admin_disclosures.draft.title", "title", d.Slug)
	w := draftWords{p: frame.T, state: state, d: d, plans: plans, by: guard.StaffOf(c), today: h.today(), days: h.Policy().DisclosureDays}
	props := w.props()
	if d.State.Open() {
		props.Impact = w.impact(impact)
	}
	return page.Render(c, status, views.Draft(frame, props))
}

// impact asks what the proposed prices would have made of the last twelve
// months; nil: it is still being reckoned, or there is nothing to reckon.
func (h *Disclosures) impact(c echo.Context, d *disclosure.DraftPage, plans *disclosure.Plans) (*feechange.Impact, error) {
	if !d.State.Open() || len(d.Content.Fees) == 0 {
		return nil, nil
	}
	var proposed []feechange.Proposed
	for i := range d.Content.Fees {
		f := &d.Content.Fees[i]
		price := f.Price()
		if price.Validate() != nil || len(disclosure.Conflicts(plans, d.Slug, &disclosure.Content{Fees: []disclosure.ContentFee{*f}})) > 0 {
			return nil, nil
		}
		proposed = append(proposed, feechange.Proposed{Plan: f.Plan, Price: price})
	}
	return feechange.ImpactFor(c.Request().Context(), h.DB, h.Jobs, plans, h.Policy(), d.Hash, proposed, h.Clock.Now())
}

// Review answers POST /admin/disclosures/drafts/{id}/review.
func (h *Disclosures) Review(c echo.Context) error {
	return h.act(c, func(values form.Values) (string, error) {
		ctx, at, by := c.Request().Context(), h.Clock.Now(), guard.StaffOf(c)
		switch values.Get(decisionField) {
		case approveValue:
			return "admin_disclosures.done.approved", disclosure.Approve(ctx, h.DB, at, by, c.Param("id"), values.Get(contentHashName), values.Get(commentField))
		case backValue:
			return "admin_disclosures.done.sent_back", disclosure.SendBack(ctx, h.DB, at, by, c.Param("id"), values.Get(contentHashName), values.Get(commentField))
		}
		return "", &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid)}
	})
}

// Publish answers POST /admin/disclosures/drafts/{id}/publish.
func (h *Disclosures) Publish(c echo.Context) error {
	return h.act(c, func(values form.Values) (string, error) {
		effective, wrong := date.Parse(values.Get(effectiveField))
		_, err := disclosure.Publish(c.Request().Context(), h.DB, h.Jobs, h.Clock.Now(), guard.StaffOf(c), c.Param("id"), values.Get(contentHashName), effective, pend)
		return "admin_disclosures.done.published", orDateFault(err, wrong, effectiveField)
	})
}

// Open answers POST /admin/disclosures/drafts/{id}/open: merchants are asked.
func (h *Disclosures) Open(c echo.Context) error {
	return h.act(c, func(values form.Values) (string, error) {
		until, wrong := date.Parse(values.Get(untilField))
		err := disclosure.OpenForOpinions(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("id"), values.Get(contentHashName), until)
		return "admin_disclosures.done.opened", orDateFault(err, wrong, untilField)
	})
}

// Close answers POST /admin/disclosures/drafts/{id}/close.
func (h *Disclosures) Close(c echo.Context) error {
	return h.act(c, func(form.Values) (string, error) {
		return "admin_disclosures.done.closed", disclosure.CloseOpinions(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("id"))
	})
}

// Answer answers POST /admin/disclosures/drafts/{id}/opinions/{opinion}.
func (h *Disclosures) Answer(c echo.Context) error {
	return h.act(c, func(values form.Values) (string, error) {
		opinion := c.Param("opinion")
		err := disclosure.AnswerOpinion(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("id"), opinion, values.Raw(answerName(opinion)))
		return "admin_disclosures.done.answered", err
	})
}

// Drop answers POST /admin/disclosures/drafts/{id}/drop.
func (h *Disclosures) Drop(c echo.Context) error {
	return h.act(c, func(values form.Values) (string, error) {
		revision, err := strconv.Atoi(values.Get(revisionName))
		if err != nil {
			return "", &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid), Cause: err}
		}
		return "admin_disclosures.done.dropped", disclosure.Drop(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("id"), revision)
	})
}

// act does one thing with a draft and leads back to its page, or shows it again
// with what stands against it.
func (h *Disclosures) act(c echo.Context, do func(form.Values) (key string, err error)) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	key, err := do(values)
	if err != nil {
		return h.refused(c, values, err)
	}
	if err := h.Plans.Refresh(c.Request().Context()); err != nil {
		return err
	}
	return done(c, draftPrefix+c.Param("id"), key)
}

// orDateFault says that a field is no date where that is why it was refused:
// whether anything could be done at all comes first, and no date is too early
// for everything.
func orDateFault(err, wrong error, field string) error {
	if wrong == nil || !fault.Is(err, fault.Invalid) {
		return err
	}
	var fields fault.Fields
	fields.Add(field, "admin_disclosures.fault.date")
	return fields.Err()
}

func answerName(opinion string) string { return "answer-" + opinion }

// draftWords puts a draft into words.
type draftWords struct {
	p     *i18n.Printer
	state form.State
	d     *disclosure.DraftPage
	plans *disclosure.Plans
	by    staff.Actor
	today date.Date
	days  int // that a version is published ahead
}

func (w *draftWords) props() views.DraftProps {
	p, d := w.p, w.d
	props := views.DraftProps{
		Heading: components.Heading{Title: draftTitle(p, d.Content.Title, d.Slug), Lead: w.lead()}, State: w.state,
		Tag: draftTag(p, d.State), Facts: w.facts(), ChangesT: p.T("admin_disclosures.draft.changes"), History: w.history(), Forms: w.forms(),
		Links: []page.Link{{Label: p.T("admin_disclosures.preview.title"), Href: draftPrefix + d.ID + "/preview"}},
	}
	if d.State.Open() && w.by.Can(staff.WriteDisclosures) {
		props.Links = append(props.Links, page.Link{Label: p.T("admin_disclosures.edit.title"), Href: draftPrefix + d.ID + "/edit"})
	}
	if published := w.version(); published != nil {
		props.Links = append(props.Links, page.Link{Label: p.T("disclosures.read", "version", published.Number), Href: versionHref(d.Slug, published.Number)})
	}
	var before disclosure.Content
	if known := w.plans.Disclosure(d.Slug); known != nil {
		base := known.Version(d.BaseVersion)
		if base == nil {
			base = known.Shown(w.today)
		}
		before = w.plans.Content(known, base)
	}
	props.Changes = disclosed.ChangesInBoth(p, &before, &d.Content)
	if len(props.Changes) == 0 {
		props.Same = p.T("disclosures.compare.same")
	}
	if d.State.Open() {
		found := append(disclosure.Check(&d.Content), disclosure.Conflicts(w.plans, d.Slug, &d.Content)...)
		e := editor{p: p, draft: d}
		for _, f := range found {
			link := page.Link{Label: p.T("admin_disclosures.edit.finding", "field", e.label(f.Path), "what", p.T(f.Key, f.Args...))}
			if w.by.Can(staff.WriteDisclosures) {
				link.Href = draftPrefix + d.ID + "/edit#" + form.ID(f.Path)
			}
			props.Findings = append(props.Findings, link)
		}
		if len(found) > 0 {
			props.Finds = p.N("admin_disclosures.edit.findings", len(found))
		}
	}
	props.Opinions = w.opinions()
	return props
}

// version is the one that the draft became, or nil.
func (w *draftWords) version() *disclosure.Version {
	if known := w.plans.Disclosure(w.d.Slug); known != nil && w.d.VersionID != 0 {
		for i := range known.Versions {
			if known.Versions[i].ID == w.d.VersionID {
				return &known.Versions[i]
			}
		}
	}
	return nil
}

func (w *draftWords) lead() string {
	if w.d.BaseVersion == 0 {
		return w.p.T("admin_disclosures.draft.first", "slug", w.d.Slug)
	}
	return w.p.T("admin_disclosures.draft.next", "slug", w.d.Slug, "version", w.d.BaseVersion)
}

func (w *draftWords) facts() components.Facts {
	p, d := w.p, w.d
	var authors []string
	for _, a := range d.Authors {
		authors = append(authors, a.Name)
	}
	return components.Facts{
		{Term: p.T("admin_disclosures.draft.authors"), Text: p.List(authors)},
		{Term: p.T("admin_disclosures.list.changed"), Text: p.T("admin_disclosures.list.by", "name", d.UpdatedBy, "at", d.UpdatedAt)},
		{Term: p.T("admin_disclosures.draft.revision"), Text: p.Count(int64(d.Revision))},
		{Term: p.T("disclosures.proof.hash"), Body: components.Reference{Text: d.Hash}},
	}
}

// history lists what was decided, and when merchants were asked.
func (w *draftWords) history() components.Table {
	p := w.p
	t := components.Table{Caption: p.T("admin_disclosures.draft.history"), Columns: []components.Column{
		{Label: p.T("admin_disclosures.draft.what")}, {Label: p.T("admin_disclosures.draft.who")}, {Label: p.T("admin_disclosures.draft.said")},
	}}
	for _, v := range w.d.Reviews {
		what := p.T("admin_disclosures.draft.sent_back", "n", v.Submission)
		if v.Approved {
			what = p.T("admin_disclosures.draft.approved", "n", v.Submission)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: what, Part: v.Hash[:12], Head: true}, {Text: p.T("admin_disclosures.list.by", "name", v.Reviewer, "at", v.At)}, {Text: v.Comment},
		}})
	}
	for _, a := range w.d.Asked {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T("admin_disclosures.draft.asked", "day", a.UntilOn), Part: a.Hash[:12], Head: true}, {Text: p.T("admin_disclosures.list.by", "name", a.By, "at", a.At)}, {},
		}})
	}
	if len(t.Rows) == 0 {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.T("admin_disclosures.draft.nothing"), Head: true}, {}, {}}})
	}
	return t
}

func (w *draftWords) impact(i *feechange.Impact) *views.ImpactProps {
	p := w.p
	props := &views.ImpactProps{Title: p.T("admin_disclosures.impact.title")}
	switch {
	case i == nil:
		props.Text = p.T("admin_disclosures.impact.pending")
	case i.Merchants == 0:
		props.Text = p.T("admin_disclosures.impact.nobody")
	default:
		props.Text = p.T("admin_disclosures.impact.text", "day", i.UpTo)
		props.Facts = components.Facts{
			{Term: p.T("admin_disclosures.impact.merchants"), Text: p.Count(int64(i.Merchants))},
			{Term: p.T("admin_disclosures.impact.terminals"), Text: p.Count(int64(i.Terminals))},
			{Term: p.T("admin_disclosures.impact.dearer"), Text: p.Count(int64(i.Dearer))},
			{Term: p.T("admin_disclosures.impact.cheaper"), Text: p.Count(int64(i.Cheaper))},
			{Term: p.T("admin_disclosures.impact.median"), Body: components.Money{Text: p.Money(int64(i.Median))}},
			{Term: p.T("admin_disclosures.impact.largest"), Body: components.Money{Text: p.Money(int64(i.Largest))}},
			{Term: p.T("admin_disclosures.impact.sum"), Body: components.Money{Text: p.Money(int64(i.Sum))}},
		}
	}
	return props
}

func (w *draftWords) hidden() []components.Hidden {
	return []components.Hidden{{Name: contentHashName, Value: w.d.Hash}}
}

func (w *draftWords) day(name, label, value string) components.Field {
	f := components.Field{Name: name, Label: label, Value: w.state.Value(name), Error: w.state.Error(name), Type: "date", Size: components.Short}
	if f.Value == "" {
		f.Value = value
	}
	return f
}

// asking reports whether merchants are being asked now.
func (w *draftWords) asking() bool { return len(w.d.Asked) > 0 && w.d.Asked[0].Running(w.today) }

// forms are what the reader may do with the draft as it stands.
func (w *draftWords) forms() (forms []views.ActionForm) {
	p, at := w.p, draftPrefix+w.d.ID
	writes := w.by.Can(staff.WriteDisclosures)
	if w.d.State == disclosure.InReview && w.by.Can(staff.ReviewDisclosures) {
		forms = append(forms, w.review())
	}
	if w.d.State == disclosure.Approved && w.by.Can(staff.PublishDisclosures) {
		forms = append(forms, w.publish())
	}
	switch {
	case w.asking() && writes && w.d.State.Open():
		forms = append(forms, views.ActionForm{
			Title: p.T("admin_disclosures.close.title"), Text: p.T("admin_disclosures.close.text", "day", w.d.Asked[0].UntilOn), Action: at + "/close",
			Buttons: []components.Button{{Label: p.T("admin_disclosures.close.submit"), Look: components.Plain}},
		})
	case w.d.State == disclosure.InReview && writes:
		forms = append(forms, views.ActionForm{
			Title: p.T("admin_disclosures.open.title"), Text: p.T("admin_disclosures.open.text"), Action: at + "/open", Hidden: w.hidden(),
			Fields:  []templ.Component{components.TextField(w.day(untilField, p.T("admin_disclosures.open.until"), w.today.AddDays(14).String()))},
			Buttons: []components.Button{{Label: p.T("admin_disclosures.open.submit"), Look: components.Plain}},
		})
	}
	if writes && w.d.State.Open() {
		forms = append(forms, views.ActionForm{
			Title: p.T("admin_disclosures.drop.title"), Text: p.T("admin_disclosures.drop.text"), Action: at + "/drop",
			Hidden:  []components.Hidden{{Name: revisionName, Value: strconv.Itoa(w.d.Revision)}},
			Buttons: []components.Button{{Label: p.T("admin_disclosures.drop.submit"), Look: components.Warning}},
		})
	}
	return forms
}

func (w *draftWords) review() views.ActionForm {
	p := w.p
	f := views.ActionForm{
		Title: p.T("admin_disclosures.review.title"), Text: p.T("admin_disclosures.review.text"), Action: draftPrefix + w.d.ID + "/review", Hidden: w.hidden(),
		Fields: []templ.Component{components.TextArea(components.Field{
			Name: commentField, Label: p.T("admin_disclosures.review.comment"), Hint: p.T("admin_disclosures.review.hint"),
			Value: w.state.Value(commentField), Error: w.state.Error(commentField),
		})},
		Buttons: []components.Button{
			{Label: p.T("admin_disclosures.review.send_back"), Look: components.Plain, Name: decisionField, Value: backValue},
			{Label: p.T("admin_disclosures.review.approve"), Name: decisionField, Value: approveValue},
		},
	}
	switch {
	case w.d.Wrote(w.by.ID):
		f.Why = p.T("disclosures.fault.own_draft")
	case w.asking():
		f.Text, f.Buttons = p.T("admin_disclosures.review.asking"), f.Buttons[:1]
	}
	return f
}

func (w *draftWords) publish() views.ActionForm {
	p := w.p
	var last date.Date
	if known := w.plans.Disclosure(w.d.Slug); known != nil {
		for i := range known.Versions {
			if v := &known.Versions[i]; v.Withdrawn == nil {
				last = max(last, v.EffectiveOn)
			}
		}
	}
	earliest := disclosure.Earliest(w.today, setting.Policy{DisclosureDays: w.days}, last)
	field := w.day(effectiveField, p.T("disclosures.effective_on"), earliest.String())
	field.Hint = p.T("admin_disclosures.publish.earliest", "day", earliest, "n", w.days)
	return views.ActionForm{
		Title: p.T("admin_disclosures.publish.title"), Text: p.T("admin_disclosures.publish.text"), Action: draftPrefix + w.d.ID + "/publish", Hidden: w.hidden(),
		Fields: []templ.Component{components.TextField(field)}, Buttons: []components.Button{{Label: p.T("admin_disclosures.publish.submit")}},
	}
}

func (w *draftWords) opinions() *views.OpinionsProps {
	if len(w.d.Asked) == 0 {
		return nil
	}
	p := w.p
	props := &views.OpinionsProps{Title: p.N("admin_disclosures.opinions.title", len(w.d.Opinions))}
	if len(w.d.Opinions) == 0 {
		props.Empty = p.T("admin_disclosures.opinions.none")
	}
	for i := range w.d.Opinions {
		o := &w.d.Opinions[i]
		one := views.GivenOpinion{ID: o.ID, Who: p.T("admin_disclosures.opinions.who", "merchant", o.Merchant, "name", o.By, "at", o.At), Lines: strings.Split(o.Text, "\n")}
		switch {
		case !o.AnsweredAt.IsZero():
			one.Answer, one.Reply = p.T("admin_disclosures.opinions.answered", "name", o.AnsweredBy, "at", o.AnsweredAt), strings.Split(o.Answer, "\n")
		case w.by.Can(staff.WriteDisclosures):
			name := answerName(o.ID)
			one.Form = &views.ActionForm{
				Action: draftPrefix + w.d.ID + "/opinions/" + o.ID,
				Fields: []templ.Component{components.TextArea(components.Field{
					Name: name, Label: p.T("admin_disclosures.opinions.answer"), Value: w.state.Value(name), Error: w.state.Error(name),
				})},
				Buttons: []components.Button{{Label: p.T("admin_disclosures.opinions.submit"), Look: components.Plain}},
			}
		default:
			one.Answer = p.T("admin_disclosures.opinions.waiting")
		}
		props.List = append(props.List, one)
	}
	return props
}
