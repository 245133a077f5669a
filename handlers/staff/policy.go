package staff

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// policyFields are the numbers of a policy, with what they are called, in what they
// are written, and what they rest on.
var policyFields = []struct{ name, label, unit, source string }{
	{complaint.FirstContactField, "admin_policy.first_contact", "admin_policy.minutes", "admin_policy.source.first_contact"},
	{complaint.ResolutionField, "admin_policy.resolution", "admin_policy.minutes", "admin_policy.source.resolution"},
	{complaint.ReplyField, "admin_policy.reply", "admin_policy.days", "admin_policy.source.reply"},
	{complaint.ReplyMaxField, "admin_policy.reply_max", "admin_policy.days", "admin_policy.source.reply_max"},
	{complaint.ReviewField, "admin_policy.review", "admin_policy.days", "admin_policy.source.review"},
	{complaint.ReopenField, "admin_policy.reopen", "admin_policy.days", "admin_policy.source.reopen"},
}

// CasePolicy answers GET /admin/settings/policy: how long the clocks run.
func (h *CasePages) CasePolicy(c echo.Context) error {
	return h.showPolicy(c, http.StatusOK, form.State{}, nil)
}

// SetPolicy answers POST /admin/settings/policy: shows what a policy comes to, or
// makes it the one for cases to come.
func (h *CasePages) SetPolicy(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	calendar, err := complaint.LatestCalendar(ctx, h.DB)
	if err != nil {
		return err
	}
	policy, err := policyOf(values, calendar.Calendar)
	if err == nil && values.Get(doName) == preview {
		return h.showPolicy(c, http.StatusOK, form.Filled(values), &policy)
	}
	if err == nil {
		err = h.Cases.SetPolicy(ctx, guard.StaffOf(c), values.Count(linesName), policy)
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showPolicy(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	return done(c, views.PolicyPath, "admin_policy.saved")
}

// policyOf reads a policy, and refuses every field that is no number or may not be.
func policyOf(v form.Values, calendar *worktime.Calendar) (p complaint.Policy, err error) {
	var wrong fault.Fields
	var unread []string
	for _, f := range policyFields {
		n := v.Number(f.name)
		if n < 0 {
			wrong.Add(f.name, "admin_policy.no_number")
			unread = append(unread, f.name)
		}
		*p.Figure(f.name) = n
	}
	if p.SecondAbove, err = money.ParseYuan(v.Digits(complaint.SecondAboveField)); err != nil {
		wrong.Add(complaint.SecondAboveField, "admin_cases.amount_unreadable")
		unread = append(unread, complaint.SecondAboveField)
	}
	if f, ok := errors.AsType[*fault.Error](p.Check(calendar)); ok {
		for _, one := range f.Fields {
			if !slices.Contains(unread, one.Name) {
				wrong.Add(one.Name, one.Key, one.Args...)
			}
		}
	}
	return p, wrong.Err()
}

func (h *CasePages) showPolicy(c echo.Context, status int, state form.State, typed *complaint.Policy) error {
	settings, err := complaint.ReadSettings(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	now := &settings.Policy
	frame := h.inside(c, views.CasesPath, "admin_cases.title", "admin_policy.title")
	p, actor := frame.T, guard.StaffOf(c)
	if typed == nil {
		typed = now
	}
	props := views.SettingProps{
		Sections: casePages(p, actor, views.PolicyPath),
		State:    state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_policy.lead")},
		Title: p.T("admin_calendar.comes_to"), Facts: comesTo(p, settings.Calendar.Calendar, typed.Policy, h.Clock.Now()), Versions: policyVersions(p, settings.Policies),
	}
	if actor.Can(staff.SetCasePolicy) {
		props.Form = policyForm(p, now, settings.Calendar.Calendar, state)
	} else {
		props.MayNot, props.Figures = p.T("admin_policy.may_not"), policyFigures(p, now, settings.Calendar.Calendar)
	}
	return page.Render(c, status, views.Setting(frame, props))
}

// policySource says between which figures a field may lie, and what that rests on.
func policySource(p *i18n.Printer, now *complaint.Policy, calendar *worktime.Calendar, i int) string {
	f := &policyFields[i]
	l := now.Limits(calendar)[i]
	return p.T("admin_policy.between", "unit", p.T(f.unit), "from", l.From, "to", l.To, "source", p.T(f.source))
}

func policyForm(p *i18n.Printer, now *complaint.Policy, calendar *worktime.Calendar, state form.State) *views.CaseForm {
	fresh := state.Value(linesName) == ""
	f := &views.CaseForm{ID: "policy", Action: views.PolicyPath, Lines: strconv.Itoa(now.Version), Submit: components.Button{Label: p.T("admin_calendar.save")}}
	for i, one := range policyFields {
		asked := field(state, one.name, p.T(one.label))
		if fresh {
			asked.Value = strconv.Itoa(*now.Figure(one.name))
		}
		asked.Hint, asked.InputMode, asked.Size = policySource(p, now, calendar, i), "numeric", components.Short
		f.Fields = append(f.Fields, views.CaseField{Field: asked})
	}
	second := field(state, complaint.SecondAboveField, p.T("admin_policy.second_above"))
	if fresh {
		second.Value = now.SecondAbove.Yuan()
	}
	second.InputMode, second.Size, second.Hint = "decimal", components.Short, p.T("admin_policy.second_between", "to", complaint.MostSecondAbove())
	f.Fields = append(f.Fields, views.CaseField{Field: second})
	f.Also = components.Button{Label: p.T("admin_calendar.preview"), Look: components.Plain, Name: doName, Value: preview}
	return f
}

// policyFigures shows the figures that hold to who may not set them.
func policyFigures(p *i18n.Printer, now *complaint.Policy, calendar *worktime.Calendar) (facts components.Facts) {
	for i, one := range policyFields {
		facts = append(facts, components.Fact{Term: p.T(one.label), Text: strconv.Itoa(*now.Figure(one.name)), Part: policySource(p, now, calendar, i)})
	}
	return append(facts, components.Fact{Term: p.T("admin_policy.second_above"), Text: p.Money(int64(now.SecondAbove)), Part: p.T("admin_policy.second_between", "to", complaint.MostSecondAbove())})
}

// policyVersions lists the versions, each with what it changed in the one before.
func policyVersions(p *i18n.Printer, versions []complaint.Version) components.Table {
	said := slices.Clone(versions)
	for i := range said {
		if i+1 < len(versions) {
			said[i].Note = policyChanges(p, &versions[i+1].Policy, &versions[i].Policy)
		}
	}
	if n := len(said) - 1; n >= complaint.VersionsShown {
		said = said[:n]
	}
	return versionTable(p, said)
}

func policyChanges(p *i18n.Printer, was, value *complaint.Policy) string {
	var all []string
	say := func(label, was, value string) {
		if was != value {
			all = append(all, p.T("admin_policy.change", "figure", p.T(label), "was", was, "value", value))
		}
	}
	for _, f := range policyFields {
		say(f.label, strconv.Itoa(*was.Figure(f.name)), strconv.Itoa(*value.Figure(f.name)))
	}
	say("admin_policy.second_above", p.Money(int64(was.SecondAbove)), p.Money(int64(value.SecondAbove)))
	if all == nil {
		return p.T("admin_policy.no_change")
	}
	return p.List(all)
}
