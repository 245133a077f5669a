package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/disclosed"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

func versionHref(slug string, version int) string {
	return views.DisclosuresPath + "/" + url.PathEscape(slug) + "/" + strconv.Itoa(version)
}

// askedVersion returns the published version that is asked for.
func (h *Disclosures) askedVersion(c echo.Context) (*disclosure.Disclosure, *disclosure.Version, error) {
	number, err := strconv.Atoi(c.Param("version"))
	d := h.Plans.Plans().Disclosure(c.Param("slug"))
	if err != nil || d == nil || d.Version(number) == nil {
		return nil, nil, errNoVersion
	}
	return d, d.Version(number), nil
}

// Version answers GET /admin/disclosures/{slug}/{version}: how a version came
// about, and withdrawing it.
func (h *Disclosures) Version(c echo.Context) error {
	return h.showVersion(c, http.StatusOK, form.State{})
}

func (h *Disclosures) showVersion(c echo.Context, status int, state form.State) error {
	d, v, err := h.askedVersion(c)
	if err != nil {
		return err
	}
	how, err := disclosure.ReadProvenance(c.Request().Context(), h.DB, v.ID)
	if err != nil {
		return err
	}
	p := printer(c)
	title := p.T("disclosures.version.title", "title", d.Title.In(string(p.Locale())), "version", v.Number)
	frame := h.inside(c, views.DisclosuresPath, "admin_disclosures.title", "disclosures.version.title", "title", d.Title.In(string(p.Locale())), "version", v.Number)
	by, phase := guard.StaffOf(c), d.Phase(v.Number, h.today())
	props := views.PublishedProps{
		Heading: components.Heading{Title: title}, State: state, Tag: disclosed.PhaseTag(p, phase), Facts: provenance(p, v, how),
		Links: []page.Link{{Label: p.T("admin_disclosures.version.public"), Href: disclosed.Href(d.Slug, v.Number)}},
	}
	if by.Can(staff.ExportEvidence) {
		props.Links = append(props.Links, page.Link{Label: p.T("admin_evidence.crumb"), Href: evidencePath(d.Slug, v.Number)})
	}
	if how.DraftID != "" {
		props.Links = append(props.Links, page.Link{Label: p.T("admin_disclosures.version.draft"), Href: draftPrefix + how.DraftID})
	}
	if by.Can(staff.SeeCoverage) {
		props.Links = append(props.Links, page.Link{Label: p.T("admin_disclosures.coverage.link"), Href: versionHref(d.Slug, v.Number) + "/coverage"})
	}
	if phase == disclosure.ToCome {
		props.Forms = withdrawals(p, versionHref(d.Slug, v.Number), how, by, state)
	}
	return page.Render(c, status, views.Published(frame, props))
}

func provenance(p *i18n.Printer, v *disclosure.Version, how *disclosure.Provenance) components.Facts {
	facts := components.Facts{
		{Term: p.T("disclosures.published_on"), Body: disclosed.Day(p, v.PublishedOn)},
		{Term: p.T("disclosures.effective_on"), Body: disclosed.Day(p, v.EffectiveOn)},
		{Term: p.T("disclosures.proof.lead_time"), Text: p.N("disclosures.proof.days", v.DisclosureDays)},
		{Term: p.T("disclosures.proof.hash"), Body: components.Reference{Text: v.Hash}},
	}
	if how.DraftID == "" {
		return append(facts, components.Fact{Term: p.T("admin_disclosures.version.origin"), Text: p.T("disclosures.taken_over.short")})
	}
	facts = append(facts,
		components.Fact{Term: p.T("admin_disclosures.version.approved"), Text: p.T("admin_disclosures.list.by", "name", how.Approved.Reviewer, "at", how.Approved.At), Part: how.Approved.Comment},
		components.Fact{Term: p.T("admin_disclosures.version.approved_hash"), Body: components.Reference{Text: how.Approved.Hash}},
		components.Fact{Term: p.T("admin_disclosures.version.published"), Text: p.T("admin_disclosures.list.by", "name", how.PublishedBy, "at", how.PublishedAt)})
	for i := len(how.Proposals) - 1; i >= 0; i-- {
		one := &how.Proposals[i]
		facts = append(facts, components.Fact{
			Term: p.T("admin_disclosures.version.proposed"), Text: p.T("admin_disclosures.list.by", "name", one.By, "at", one.At), Part: one.Reason.In(string(p.Locale())),
		})
	}
	if v.Withdrawn != nil {
		facts = append(facts, components.Fact{
			Term: p.T("admin_disclosures.version.withdrawn"), Text: p.T("admin_disclosures.list.by", "name", how.WithdrawnBy, "at", how.WithdrawnAt),
		})
		facts = append(facts, reasonOf(p, v.Withdrawn.Reason)...)
	}
	return facts
}

// reasonOf is the reason of a withdrawal as it is published: in both languages.
func reasonOf(p *i18n.Printer, reason disclosure.Text) components.Facts {
	term := p.T("admin_disclosures.withdraw.reason")
	return components.Facts{
		{Term: p.T("admin_disclosures.edit.in_chinese", "field", term), Text: reason.ZhCN},
		{Term: p.T("admin_disclosures.edit.in_english", "field", term), Text: reason.En},
	}
}

// withdrawals are the forms of a version that has not taken effect: to propose
// that it never does, and for another person to confirm it.
func withdrawals(p *i18n.Printer, at string, how *disclosure.Provenance, by staff.Actor, state form.State) (forms []views.ActionForm) {
	if len(how.Proposals) > 0 {
		last := how.Proposals[0]
		f := views.ActionForm{
			Title:   p.T("admin_disclosures.withdraw.confirm_title"),
			Text:    p.T("admin_disclosures.withdraw.proposed", "name", last.By, "at", last.At),
			Facts:   reasonOf(p, last.Reason),
			Action:  at + "/withdraw/confirm",
			Buttons: []components.Button{{Label: p.T("admin_disclosures.withdraw.confirm"), Look: components.Warning}},
		}
		switch {
		case last.ByID == by.ID:
			f.Why = p.T("disclosures.fault.own_proposal")
		case !by.Can(staff.ReviewDisclosures):
			f.Why = p.T("admin_disclosures.withdraw.waits")
		}
		forms = append(forms, f)
	}
	if by.Can(staff.PublishDisclosures) {
		field := func(name, key string) templ.Component {
			return components.TextArea(components.Field{
				Name: name, Label: p.T(key, "field", p.T("admin_disclosures.withdraw.reason")), Value: state.Value(name), Error: state.Error(name),
			})
		}
		forms = append(forms, views.ActionForm{
			Title: p.T("admin_disclosures.withdraw.title"), Text: p.T("admin_disclosures.withdraw.text"), Action: at + "/withdraw",
			Fields:  []templ.Component{views.Beside(field("reason-zh", "admin_disclosures.edit.in_chinese"), field("reason-en", "admin_disclosures.edit.in_english"))},
			Buttons: []components.Button{{Label: p.T("admin_disclosures.withdraw.propose"), Look: components.Warning}},
		})
	}
	return forms
}

// ProposeWithdrawal answers POST /admin/disclosures/{slug}/{version}/withdraw.
func (h *Disclosures) ProposeWithdrawal(c echo.Context) error {
	return h.actOnVersion(c, "admin_disclosures.done.proposed", func(v *disclosure.Version, values form.Values) error {
		reason := disclosure.Text{ZhCN: values.Get("reason-zh"), En: values.Get("reason-en")}
		return disclosure.ProposeWithdrawal(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("slug"), v.Number, reason)
	})
}

// ConfirmWithdrawal answers POST /admin/disclosures/{slug}/{version}/withdraw/confirm.
func (h *Disclosures) ConfirmWithdrawal(c echo.Context) error {
	return h.actOnVersion(c, "admin_disclosures.done.withdrawn", func(v *disclosure.Version, _ form.Values) error {
		return disclosure.ConfirmWithdrawal(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("slug"), v.Number, pend)
	})
}

func (h *Disclosures) actOnVersion(c echo.Context, key string, do func(*disclosure.Version, form.Values) error) error {
	d, v, err := h.askedVersion(c)
	if err != nil {
		return err
	}
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = do(v, values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showVersion(c, status, state)
	}
	if err != nil {
		return err
	}
	if err := h.Plans.Refresh(c.Request().Context()); err != nil {
		return err
	}
	return done(c, versionHref(d.Slug, v.Number), key)
}
