package staff

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/policy"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// NoticeRules answers staff who look at the rules of notices and disclosure, and
// those of compliance who change them by two.
type NoticeRules struct{ *Staff }

// Routes registers the pages: every address, who may use it, and what answers.
func (h *NoticeRules) Routes(r *server.Router) {
	set := guard.Staff(staff.SetNoticeRules)
	r.Get("/admin/settings/notices", guard.Staff(staff.SeeNoticeRules), h.Show)
	r.Post("/admin/settings/notices", set, h.Propose)
	r.Post("/admin/settings/notices/:number/on", set, h.PutInForce)
	r.Post("/admin/settings/notices/:number/withdraw", set, h.Withdraw)
}

// usualAhead is for how many days ahead the form proposes, so that there is time to
// agree.
const usualAhead = 30

// Show answers GET /admin/settings/notices.
func (h *NoticeRules) Show(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

// Propose answers POST /admin/settings/notices.
func (h *NoticeRules) Propose(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	var rules setting.Policy
	for _, rule := range setting.PolicyRules {
		*rule.Of(&rules) = values.Number(rule.Field)
	}
	on, _ := date.Parse(values.Get(policy.DayField)) // a text that is none is missing
	err = policy.Propose(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), rules, on, values.Get(policy.ReasonField))
	return h.answered(c, values, err, "notice_rules.proposed")
}

// PutInForce answers POST /admin/settings/notices/{number}/on.
func (h *NoticeRules) PutInForce(c echo.Context) error {
	return h.end(c, func(number int) error {
		return policy.PutInForce(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), number)
	}, "notice_rules.agreed")
}

// Withdraw answers POST /admin/settings/notices/{number}/withdraw.
func (h *NoticeRules) Withdraw(c echo.Context) error {
	return h.end(c, func(number int) error {
		return policy.Withdraw(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), number)
	}, "notice_rules.withdrawn")
}

func (h *NoticeRules) end(c echo.Context, end func(number int) error, key string) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return fault.New(fault.NotFound, "notice_rules.not_found")
	}
	return h.answered(c, values, end(number), key)
}

func (h *NoticeRules) answered(c echo.Context, values form.Values, err error, key string) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.NoticeRulesPath, key)
}

func (h *NoticeRules) show(c echo.Context, status int, state form.State) error {
	o, err := policy.ReadOverview(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.NoticeRulesPath, "notice_rules.title")
	actor := guard.StaffOf(c)
	w := noticeRuleWords{p: frame.T, now: h.Clock.Now(), o: o}
	props := views.NoticeRulesProps{
		Heading: components.Heading{Title: frame.Title, Lead: frame.T.T("notice_rules.lead")}, State: state,
		Now: w.inForce(), Versions: w.versions(), History: w.history(),
	}
	may := actor.Can(staff.SetNoticeRules)
	if !may {
		props.MayNot = frame.T.T("notice_rules.may_not")
	}
	switch {
	case o.Open != nil:
		props.Proposal = w.proposal(o.Open, actor)
	case may:
		props.Form = w.form(state)
	}
	return page.Render(c, status, views.NoticeRules(frame, props))
}

// ruleWords are how a rule reads: what it is called, what it asks, in what it
// counts, what it rests on, and what another value would mean.
var ruleWords = map[string]struct{ name, asks, unit, source, means string }{
	setting.NoticeHoursField: {
		"notice_rules.name.notice_hours", "notice_rules.asks.notice_hours", "notice_rules.hours", "notice_rules.source.notice_hours", "notice_rules.means.notice_hours",
	},
	setting.NoticeMaxDaysField: {
		"notice_rules.name.notice_max_days", "notice_rules.asks.notice_max_days", "notice_rules.days", "notice_rules.source.notice_max_days", "notice_rules.means.notice_max_days",
	},
	setting.DisclosureDaysField: {
		"notice_rules.name.disclosure_days", "notice_rules.asks.disclosure_days", "notice_rules.days", "notice_rules.source.disclosure_days", "notice_rules.means.disclosure_days",
	},
}

// noticeRuleWords puts the rules in words.
type noticeRuleWords struct {
	p   *i18n.Printer
	now time.Time
	o   *policy.Overview
}

func (w *noticeRuleWords) value(field string, n int) string { return w.p.N(ruleWords[field].unit, n) }

// inForce shows what holds now, with the default of each rule and its source.
func (w *noticeRuleWords) inForce() components.Table {
	p, in := w.p, w.o.All.At(w.now)
	t := components.Table{Caption: p.T("notice_rules.now.always"), Columns: []components.Column{
		{Label: p.T("notice_rules.columns.rule")}, {Label: p.T("notice_rules.columns.now"), Num: true}, {Label: p.T("notice_rules.columns.default")},
	}}
	if in.Version > 0 {
		t.Caption = p.T("notice_rules.now.since", "on", date.Of(in.InForceFrom))
	}
	for _, rule := range setting.PolicyRules {
		words := ruleWords[rule.Field]
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T(words.name), Part: p.T(words.asks), Head: true}, {Text: w.value(rule.Field, *rule.Of(&in))},
			{Text: w.value(rule.Field, rule.Default), Part: p.T(words.source)},
		}})
	}
	return t
}

// versions lists the rules by the day from which they hold, the latest first.
func (w *noticeRuleWords) versions() components.Table {
	p, in := w.p, w.o.All.At(w.now)
	t := components.Table{Caption: p.T("notice_rules.versions.title"), Columns: []components.Column{
		{Label: p.T("notice_rules.versions.from")}, {Label: p.T("notice_rules.versions.rules")}, {Label: p.T("notice_rules.versions.state")},
	}}
	for i := len(w.o.All); i >= 0; i-- {
		one := setting.DefaultPolicy
		head := components.Cell{Text: p.T("notice_rules.versions.first"), Part: p.T("notice_rules.versions.default"), Head: true}
		if i > 0 {
			one = w.o.All[i-1]
			head.Text, head.Part = p.Date(date.Of(one.InForceFrom)), p.T("notice_rules.versions.number", "n", one.Version)
		}
		rules := p.T("notice_rules.versions.all", "hours", w.value(setting.NoticeHoursField, one.NoticeHours),
			"most", w.value(setting.NoticeMaxDaysField, one.NoticeMaxDays), "days", w.value(setting.DisclosureDaysField, one.DisclosureDays))
		tag := components.Tag{Verdict: components.None, Word: p.T("notice_rules.versions.former")}
		switch {
		case one.Version == in.Version:
			tag = components.Tag{Verdict: components.OK, Word: p.T("notice_rules.versions.now")}
		case one.InForceFrom.After(w.now):
			tag = components.Tag{Verdict: components.Wait, Word: p.T("notice_rules.versions.coming")}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{head, {Text: rules}, {Tag: tag}}})
	}
	return t
}

func (w *noticeRuleWords) form(state form.State) *views.ProposalForm {
	p := w.p
	out := &views.ProposalForm{
		Title: p.T("notice_rules.form.title"), Text: p.T("notice_rules.form.text"), Action: views.NoticeRulesPath, Submit: components.Button{Label: p.T("notice_rules.form.submit")},
	}
	first := policy.Earliest(w.o.All, w.now)
	latest := w.o.All.At(first.Start()) // in whose place others would come
	for _, rule := range setting.PolicyRules {
		out.Fields = append(out.Fields, components.Field{
			Name: rule.Field, Label: p.T(ruleWords[rule.Field].name), Value: written(state, rule.Field, strconv.Itoa(*rule.Of(&latest))), Error: state.Error(rule.Field),
			Hint:      p.T("notice_rules.form.between", "from", min(rule.Default, rule.Furthest), "to", max(rule.Default, rule.Furthest), "default", rule.Default),
			InputMode: "numeric", Required: true, Size: components.Short, MaxLength: "4",
		})
	}
	out.Fields = append(out.Fields, components.Field{
		Name: policy.DayField, Type: "date", Label: p.T("notice_rules.form.day"), Hint: p.T("notice_rules.form.day_hint", "first", first),
		Value: written(state, policy.DayField, max(first, date.Of(w.now).AddDays(usualAhead)).String()), Error: state.Error(policy.DayField), Required: true, Size: components.Short,
	})
	out.Reason = components.Field{
		Name: policy.ReasonField, Label: p.T("notice_rules.form.reason"), Value: state.Value(policy.ReasonField), Error: state.Error(policy.ReasonField),
		Required: true, MaxLength: strconv.Itoa(policy.MostReason),
	}
	return out
}

// written is what a refused form held, and else what it begins with.
func written(state form.State, name, fresh string) string {
	if state.Refused() {
		return state.Value(name)
	}
	return fresh
}

// proposal shows the one that is open.
func (w *noticeRuleWords) proposal(open *policy.Proposal, actor staff.Actor) *views.NoticeProposal {
	p := w.p
	out := &views.NoticeProposal{
		Facts: components.Facts{
			{Term: p.T("notice_rules.form.day"), Text: p.Date(open.On)},
			{Term: p.T("notice_rules.proposal.by"), Text: p.T("notice_rules.proposal.by_value", "who", open.Proposer, "when", p.DateTime(open.ProposedAt))},
			{Term: p.T("notice_rules.form.reason"), Text: open.Reason},
		},
		Figures: components.Table{Caption: p.T("notice_rules.proposal.figures"), Columns: []components.Column{
			{Label: p.T("notice_rules.columns.rule")}, {Label: p.T("notice_rules.columns.was"), Num: true}, {Label: p.T("notice_rules.columns.proposed"), Num: true},
		}},
		Answer: views.ProposalAnswer{Note: p.T("notice_rules.answer.text", "until", open.AnswerBy())},
	}
	for _, rule := range setting.PolicyRules {
		words := ruleWords[rule.Field]
		was, value := w.value(rule.Field, *rule.Of(&open.Was)), w.value(rule.Field, *rule.Of(&open.Value))
		out.Figures.Rows = append(out.Figures.Rows, components.Row{Current: was != value, Cells: []components.Cell{{Text: p.T(words.name), Head: true}, {Text: was}, {Text: value}}})
		if was != value {
			out.Means = append(out.Means, p.T(words.means, "on", open.On, "was", was, "value", value))
		}
	}
	out.Means = append(out.Means, p.T("notice_rules.means.before", "on", open.On))
	if !actor.Can(staff.SetNoticeRules) {
		out.Answer.Note = p.T("notice_rules.answer.waits", "until", open.AnswerBy())
		return out
	}
	base := views.NoticeRulesPath + "/" + strconv.Itoa(open.Number)
	switch {
	case open.AnswerBy() < date.Of(w.now):
		out.Answer.Note = p.T("notice_rules.too_late")
	case open.ProposerID == actor.ID:
		out.Answer.Note = p.T("notice_rules.answer.own", "until", open.AnswerBy())
	default:
		out.Answer.On = &views.ProposalStep{Action: base + "/on", Button: components.Button{Label: p.T("notice_rules.answer.on")}}
	}
	out.Answer.Withdraw = &views.ProposalStep{Action: base + "/withdraw", Button: components.Button{Label: p.T("notice_rules.answer.withdraw"), Look: components.Plain}}
	return out
}

// history lists the proposals that ended, each with what it was to change.
func (w *noticeRuleWords) history() components.Table {
	p := w.p
	t := components.Table{Caption: p.T("notice_rules.history.title"), Columns: []components.Column{
		{Label: p.T("notice_rules.history.when")}, {Label: p.T("notice_rules.history.what")}, {Label: p.T("notice_rules.history.who")}, {Label: p.T("notice_rules.history.state")},
	}}
	for i := range w.o.Ended {
		one := &w.o.Ended[i]
		end := components.Cell{Tag: components.Tag{Verdict: components.OK, Word: p.T("notice_rules.history.on")}, Part: p.T("notice_rules.history.from", "on", one.On)}
		if one.State == policy.ProposalWithdrawn {
			end = components.Cell{Tag: components.Tag{Verdict: components.None, Word: p.T("notice_rules.history.withdrawn")}}
		}
		var changed []string
		for _, rule := range setting.PolicyRules {
			if was, value := *rule.Of(&one.Was), *rule.Of(&one.Value); was != value {
				changed = append(changed, p.T("notice_rules.change", "rule", p.T(ruleWords[rule.Field].name), "was", was, "value", value))
			}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(one.EndedAt), Head: true}, {Text: p.List(changed), Part: one.Reason},
			{Text: p.T("notice_rules.history.proposed_by", "who", one.Proposer), Part: p.T("notice_rules.history.ended_by", "who", one.EndedBy)}, end,
		}})
	}
	return t
}
