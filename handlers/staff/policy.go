package staff

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// policyFields are the numbers of a policy, with what they say.
var policyFields = []struct {
	name, label, hint string
	of                func(p *complaint.Policy) *int
}{
	{"first_contact", "admin_policy.first_contact", "admin_policy.minutes", func(p *complaint.Policy) *int { return &p.FirstContactMinutes }},
	{"resolution", "admin_policy.resolution", "admin_policy.minutes", func(p *complaint.Policy) *int { return &p.ResolutionMinutes }},
	{"reply", "admin_policy.reply", "admin_policy.days", func(p *complaint.Policy) *int { return &p.ReplyDays }},
	{"reply_max", "admin_policy.reply_max", "admin_policy.days", func(p *complaint.Policy) *int { return &p.ReplyMaxDays }},
	{"review", "admin_policy.review", "admin_policy.days", func(p *complaint.Policy) *int { return &p.ReviewDays }},
	{"reopen", "admin_policy.reopen", "admin_policy.days", func(p *complaint.Policy) *int { return &p.ReopenDays }},
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
	policy, err := policyOf(values)
	if err == nil && values.Get(doName) == preview {
		if err = policy.Validate(); err == nil {
			return h.showPolicy(c, http.StatusOK, form.Filled(values), &policy)
		}
		err = wrongField("policy", "case.policy_impossible")
	}
	if err == nil {
		shown := values.Count(linesName)
		err = h.Cases.SetPolicy(c.Request().Context(), guard.StaffOf(c), shown, policy)
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for i := range f.Fields {
			if f.Fields[i].Name == "policy" {
				f.Fields[i].Name = policyFields[0].name
			}
		}
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showPolicy(c, status, state, nil)
	}
	if err != nil {
		return err
	}
	return done(c, views.PolicyPath, "admin_policy.saved")
}

func policyOf(v form.Values) (p complaint.Policy, err error) {
	var wrong fault.Fields
	for _, f := range policyFields {
		n := v.Number(f.name)
		if n < 0 {
			wrong.Add(f.name, "admin_policy.no_number")
		}
		*f.of(&p) = n
	}
	if p.SecondAbove, err = money.ParseYuan(v.Digits("second_above")); err != nil {
		wrong.Add("second_above", "admin_cases.amount_unreadable")
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
	p := frame.T
	fresh := state.Value(linesName) == ""
	f := &views.CaseForm{ID: "policy", Action: views.PolicyPath, Lines: strconv.Itoa(now.Version), Submit: components.Button{Label: p.T("admin_calendar.save")}}
	for _, one := range policyFields {
		asked := field(state, one.name, p.T(one.label))
		if fresh {
			asked.Value = strconv.Itoa(*one.of(now))
		}
		asked.Hint, asked.InputMode, asked.Size = p.T(one.hint), "numeric", components.Short
		f.Fields = append(f.Fields, views.CaseField{Field: asked})
	}
	second := field(state, "second_above", p.T("admin_policy.second_above"))
	if fresh {
		second.Value = now.SecondAbove.Yuan()
	}
	second.InputMode, second.Size, second.Hint = "decimal", components.Short, p.T("admin_policy.second_hint")
	f.Fields = append(f.Fields, views.CaseField{Field: second})
	f.Also = components.Button{Label: p.T("admin_calendar.preview"), Look: components.Plain, Name: doName, Value: preview}
	if typed == nil {
		typed = now
	}
	props := views.SettingProps{
		Sections: casePages(p, guard.StaffOf(c), views.PolicyPath),
		State:    state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_policy.lead")}, Form: f,
		Title: p.T("admin_calendar.comes_to"), Facts: comesTo(p, settings.Calendar.Calendar, typed.Policy, h.Clock.Now()), Versions: versionTable(p, settings.Policies),
	}
	return page.Render(c, status, views.Setting(frame, props))
}
