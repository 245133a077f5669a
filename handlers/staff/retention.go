package staff

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/retention"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Retention answers staff who look at how long what is kept stays, and change it
// by two.
type Retention struct{ *Staff }

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Retention) Routes(r *server.Router) {
	r.Get("/admin/retention", guard.Staff(staff.SeeRetention), h.Show)
	r.Post("/admin/retention", guard.Staff(staff.SetRetention), h.Propose)
	r.Post("/admin/retention/:number/on", guard.Staff(staff.ApproveRetention), h.PutInForce)
	r.Post("/admin/retention/:number/withdraw", guard.Staff(staff.ApproveRetention), h.Withdraw)
}

// retentionFigures are the names of the terms.
var retentionFigures = map[string]string{
	setting.MoneyMonthsField: "retention.figure.money_months", setting.CaseMonthsField: "retention.figure.case_months",
	setting.UsageMonthsField: "retention.figure.usage_months", setting.AccessDaysField: "retention.figure.access_days",
	setting.IdentityDaysField: "retention.figure.identity_days", setting.CounterDaysField: "retention.figure.counter_days",
	setting.GraceDaysField: "retention.figure.grace_days",
}

// retentionTerms are how a term reads, and where it comes from.
var retentionTerms = map[retention.Term]struct {
	value  func(p *i18n.Printer, r *setting.Retention) string
	source string
}{
	retention.ByMoney:    {func(p *i18n.Printer, r *setting.Retention) string { return p.Months(r.MoneyMonths) }, "retention.source.money"},
	retention.ByCases:    {func(p *i18n.Printer, r *setting.Retention) string { return p.Months(r.CaseMonths) }, "retention.source.cases"},
	retention.ByUsage:    {func(p *i18n.Printer, r *setting.Retention) string { return p.Months(r.UsageMonths) }, "retention.source.usage"},
	retention.ByAccess:   {func(p *i18n.Printer, r *setting.Retention) string { return p.N("retention.days", r.AccessDays) }, "retention.source.access"},
	retention.ByIdentity: {func(p *i18n.Printer, r *setting.Retention) string { return p.N("retention.days", r.IdentityDays) }, "retention.source.identity"},
	retention.ByCounters: {func(p *i18n.Printer, r *setting.Retention) string { return p.N("retention.days", r.CounterDays) }, "retention.source.counters"},
	retention.ByGrace:    {func(p *i18n.Printer, r *setting.Retention) string { return p.N("retention.days", r.GraceDays) }, "retention.source.grace"},
}

// retentionGroups are what the groups are called, and from when their time counts
// or why they stay.
var retentionGroups = map[retention.Group]struct{ name, since string }{
	retention.Payments:   {"retention.group.payments", "retention.since.payments"},
	retention.Agreements: {"retention.group.agreements", "retention.since.agreements"},
	retention.Notices:    {"retention.group.notices", "retention.since.notices"},
	retention.Refunds:    {"retention.group.refunds", "retention.since.refunds"},
	retention.Merchants:  {"retention.group.merchants", "retention.since.merchants"},
	retention.Proofs:     {"retention.group.proofs", "retention.since.proofs"},
	retention.Cases:      {"retention.group.cases", "retention.since.cases"},
	retention.Usage:      {"retention.group.usage", "retention.since.usage"},
	retention.Access:     {"retention.group.access", "retention.since.access"},
	retention.Security:   {"retention.group.security", "retention.since.security"},
	retention.Identity:   {"retention.group.identity", "retention.since.identity"},
	retention.Counters:   {"retention.group.counters", "retention.since.counters"},
	retention.Accounts:   {"retention.group.accounts", "retention.since.accounts"},
	retention.Codes:      {"retention.group.codes", "retention.since.codes"},
	retention.CodeTexts:  {"retention.group.code_texts", "retention.since.code_texts"},
	retention.Systems:    {"retention.group.systems", "retention.since.systems"},
	retention.Events:     {"retention.group.events", "retention.since.events"},
	retention.Drafts:     {"retention.group.drafts", "retention.since.drafts"},
	retention.Published:  {"retention.group.published", "retention.since.published"},
	retention.Rules:      {"retention.group.rules", "retention.since.rules"},
	retention.Record:     {"retention.group.record", "retention.since.record"},
	retention.Register:   {"retention.group.register", "retention.since.register"},
	retention.Worklists:  {"retention.group.worklists", "retention.since.worklists"},
	retention.House:      {"retention.group.house", "retention.since.house"},
}

// Show answers GET /admin/retention.
func (h *Retention) Show(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

// Propose answers POST /admin/retention.
func (h *Retention) Propose(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	var terms setting.Retention
	for _, l := range setting.RetentionLimits {
		*l.Of(&terms) = values.Number(l.Field)
	}
	err = retention.Propose(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), terms, values.Get(retention.ReasonField))
	return h.answered(c, values, err, "retention.proposed")
}

// PutInForce answers POST /admin/retention/{number}/on.
func (h *Retention) PutInForce(c echo.Context) error {
	return h.end(c, func(number int) error {
		return retention.PutInForce(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), number)
	}, "retention.in_force")
}

// Withdraw answers POST /admin/retention/{number}/withdraw.
func (h *Retention) Withdraw(c echo.Context) error {
	return h.end(c, func(number int) error {
		return retention.Withdraw(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), number)
	}, "retention.withdrawn")
}

func (h *Retention) end(c echo.Context, end func(number int) error, key string) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return fault.New(fault.NotFound, "retention.not_found")
	}
	return h.answered(c, values, end(number), key)
}

func (h *Retention) answered(c echo.Context, values form.Values, err error, key string) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.RetentionPath, key)
}

func (h *Retention) show(c echo.Context, status int, state form.State) error {
	o, err := retention.ReadOverview(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.RetentionPath, "retention.title")
	p, actor := frame.T, guard.StaffOf(c)
	props := views.RetentionProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("retention.lead")}, State: state,
		Facts: retentionFacts(p, o), Rules: retentionRules(p, o), Runs: retentionRuns(p, o), History: retentionHistory(p, o.Ended),
	}
	may := actor.Can(staff.SetRetention)
	switch {
	case o.Open != nil:
		props.Proposal = retentionProposal(p, o.Open, actor)
	case may:
		props.Form = retentionForm(p, &o.Now, state)
	}
	if !may && !actor.Can(staff.ApproveRetention) {
		props.MayNot = p.T("retention.may_not")
	}
	return page.Render(c, status, views.Retention(frame, props))
}

func retentionFacts(p *i18n.Printer, o *retention.Overview) components.Facts {
	last, next, coming := components.Fact{Term: p.T("retention.last"), Text: p.T("retention.never")}, p.T("retention.at_start"), int64(0)
	if len(o.Runs) > 0 {
		last.Text, last.Part = p.DateTime(o.Runs[0].At), p.N("retention.removed_rows", int(o.Runs[0].Removed))
		next = p.DateTime(retention.Next(o.Runs[0].At))
	}
	for _, did := range o.Did {
		coming += did.Coming
	}
	return components.Facts{
		last, {Term: p.T("retention.next"), Text: next},
		{Term: p.T("retention.coming_title"), Text: p.N("retention.coming_rows", int(coming))},
		{Term: p.T("retention.closing_title"), Text: p.N("retention.closing_count", o.Closing)},
	}
}

func retentionRules(p *i18n.Printer, o *retention.Overview) components.Table {
	t := components.Table{Caption: p.T("retention.rules"), Columns: []components.Column{
		{Label: p.T("retention.columns.what")}, {Label: p.T("retention.columns.term")}, {Label: p.T("retention.columns.since")},
		{Label: p.T("retention.columns.last"), Num: true}, {Label: p.T("retention.columns.coming"), Num: true},
	}}
	for _, g := range retention.Groups {
		words, did, tables := retentionGroups[g.Group], o.Did[g.Group], retention.Tables(g.Group)
		term, source, removed, coming := p.T("retention.stays"), "", "", ""
		if by, ok := retentionTerms[g.Term]; ok {
			term, source = by.value(p, &o.Now), p.T(by.source)
			removed, coming = p.Count(did.Removed), p.Count(did.Coming)
		} else if g.Term == retention.Fixed {
			term, source = p.N("retention.days", g.Days), p.T("retention.source.fixed")
			removed, coming = p.T("retention.not_counted"), p.T("retention.not_counted")
		}
		cell := components.Cell{Text: removed}
		if did.Months > 0 {
			cell.Part = p.N("retention.parts", int(did.Months))
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T(words.name), Head: true}, {Text: term},
			{Body: views.RetentionSince(p.T(words.since), source, p.N("retention.tables", len(tables)), strings.Join(tables, ", "))}, cell, {Text: coming},
		}})
	}
	return t
}

func retentionRuns(p *i18n.Printer, o *retention.Overview) components.Table {
	t := components.Table{Caption: p.T("retention.runs"), Columns: []components.Column{{Label: p.T("retention.columns.when")}, {Label: p.T("retention.columns.removed"), Num: true}}}
	for _, run := range o.Runs {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.DateTime(run.At), Head: true}, {Text: p.Count(run.Removed)}}})
	}
	return t
}

func retentionForm(p *i18n.Printer, now *setting.Retention, state form.State) *views.ProposalForm {
	out := &views.ProposalForm{
		Title: p.T("retention.form.title"), Text: p.T("retention.form.text"), Action: views.RetentionPath, Submit: components.Button{Label: p.T("retention.form.submit")},
	}
	for _, l := range setting.RetentionLimits {
		value := strconv.Itoa(*l.Of(now))
		if state.Refused() {
			value = state.Value(l.Field)
		}
		out.Fields = append(out.Fields, components.Field{
			Name: l.Field, Label: p.T(retentionFigures[l.Field]), Hint: p.T("retention.hint", "from", l.From, "to", l.To), Value: value, Error: state.Error(l.Field),
			InputMode: "numeric", Required: true, Size: components.Short, MaxLength: "5",
		})
	}
	out.Reason = components.Field{
		Name: retention.ReasonField, Label: p.T("retention.form.reason"), Value: state.Value(retention.ReasonField), Error: state.Error(retention.ReasonField),
		Required: true, MaxLength: strconv.Itoa(retention.MostReason),
	}
	return out
}

func retentionHistory(p *i18n.Printer, all []retention.Proposal) components.Table {
	t := components.Table{Caption: p.T("retention.history.title"), Columns: []components.Column{
		{Label: p.T("retention.columns.when")}, {Label: p.T("retention.history.what")}, {Label: p.T("retention.history.who")}, {Label: p.T("retention.history.state")},
	}}
	for i := range all {
		one := &all[i]
		tag := components.Tag{Verdict: components.OK, Word: p.T("retention.history.in_force")}
		if one.State == retention.ProposalWithdrawn {
			tag = components.Tag{Verdict: components.None, Word: p.T("retention.history.withdrawn")}
		}
		var changed []string
		for _, l := range setting.RetentionLimits {
			if was, value := *l.Of(&one.Was), *l.Of(&one.Value); was != value {
				changed = append(changed, p.T("retention.change", "figure", p.T(retentionFigures[l.Field]), "was", was, "value", value))
			}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(one.EndedAt), Head: true}, {Text: p.List(changed), Part: one.Reason},
			{Text: p.T("retention.history.proposed_by", "who", one.Proposer), Part: p.T("retention.history.ended_by", "who", one.EndedBy)}, {Tag: tag},
		}})
	}
	return t
}

func retentionProposal(p *i18n.Printer, open *retention.Proposal, actor staff.Actor) *views.RetentionProposal {
	out := &views.RetentionProposal{
		Facts: components.Facts{
			{Term: p.T("retention.proposal.by"), Text: p.T("retention.proposal.by_value", "who", open.Proposer, "when", p.DateTime(open.ProposedAt))},
			{Term: p.T("retention.form.reason"), Text: open.Reason},
		},
		Figures: components.Table{Caption: p.T("retention.proposal.title"), Columns: []components.Column{
			{Label: p.T("retention.columns.figure")}, {Label: p.T("retention.columns.now"), Num: true}, {Label: p.T("retention.columns.proposed"), Num: true},
		}},
		Answer: views.ProposalAnswer{Note: p.T("retention.answer.text")},
	}
	for _, l := range setting.RetentionLimits {
		was, value := *l.Of(&open.Was), *l.Of(&open.Value)
		out.Figures.Rows = append(out.Figures.Rows, components.Row{Current: was != value, Cells: []components.Cell{
			{Text: p.T(retentionFigures[l.Field]), Head: true}, {Text: strconv.Itoa(was)}, {Text: strconv.Itoa(value)},
		}})
	}
	if !actor.Can(staff.ApproveRetention) {
		out.Answer.Note = p.T("retention.answer.waits")
		return out
	}
	base := views.RetentionPath + "/" + strconv.Itoa(open.Number)
	if open.ProposerID == actor.ID {
		out.Answer.Note = p.T("retention.answer.own")
	} else {
		out.Answer.On = &views.ProposalStep{Action: base + "/on", Button: components.Button{Label: p.T("retention.answer.approve")}}
	}
	out.Answer.Withdraw = &views.ProposalStep{Action: base + "/withdraw", Button: components.Button{Label: p.T("retention.answer.withdraw"), Look: components.Plain}}
	return out
}
