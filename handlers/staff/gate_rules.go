package staff

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// GateRules answers staff who look at the figures by which the gate holds what it
// does, and change them by two.
type GateRules struct{ *Staff }

// Routes registers the pages: every address, who may use it, and what answers.
func (h *GateRules) Routes(r *server.Router) {
	set := guard.Staff(staff.SetGateRules)
	r.Get("/admin/settings/gate", guard.Staff(staff.SeeGateRules), h.Show)
	r.Post("/admin/settings/gate", set, h.Propose)
	r.Post("/admin/settings/gate/:number/on", set, h.SwitchOn)
	r.Post("/admin/settings/gate/:number/withdraw", set, h.Withdraw)
}

// gateFigure is a figure with its words: what it is called, what it does, and how
// its value reads.
type gateFigure struct {
	field, name, hint string
	value             func(p *i18n.Printer, g *setting.Gate) string
	number            func(g *setting.Gate) int64 // in the unit of the form
	set               func(g *setting.Gate, n int64)
}

var gateFigures = []gateFigure{
	{
		setting.TokenMinutesField, "admin_gate.figure.token", "admin_gate.hint.token",
		func(p *i18n.Printer, g *setting.Gate) string { return p.Duration(g.TokenLasts) },
		func(g *setting.Gate) int64 { return int64(g.TokenLasts / time.Minute) },
		func(g *setting.Gate, n int64) { g.TokenLasts = time.Duration(n) * time.Minute },
	},
	{
		setting.SecondAboveField, "admin_gate.figure.second", "admin_gate.hint.second",
		func(p *i18n.Printer, g *setting.Gate) string { return p.Money(int64(g.SecondAbove)) },
		func(g *setting.Gate) int64 { return int64(g.SecondAbove / 100) },
		func(g *setting.Gate, n int64) { g.SecondAbove = money.Fen(n).Times(100) },
	},
	{
		setting.BatchWidthField, "admin_gate.figure.batch", "admin_gate.hint.batch",
		func(p *i18n.Printer, g *setting.Gate) string { return hundredths(p, g.BatchWidth) },
		func(g *setting.Gate) int64 { return g.BatchWidth }, func(g *setting.Gate, n int64) { g.BatchWidth = n },
	},
	{
		setting.SpikePercentField, "admin_gate.figure.spike", "admin_gate.hint.spike",
		func(p *i18n.Printer, g *setting.Gate) string { return hundredths(p, g.SpikePercent) },
		func(g *setting.Gate) int64 { return g.SpikePercent }, func(g *setting.Gate, n int64) { g.SpikePercent = n },
	},
	{
		setting.SpikeLeastField, "admin_gate.figure.least", "admin_gate.hint.least",
		func(p *i18n.Printer, g *setting.Gate) string { return p.N("admin_gate.deductions", int(g.SpikeLeast)) },
		func(g *setting.Gate) int64 { return g.SpikeLeast }, func(g *setting.Gate, n int64) { g.SpikeLeast = n },
	},
}

func hundredths(p *i18n.Printer, n int64) string { return p.T("admin_gate.percent", "n", p.Count(n)) }

// triedRules are the rules of a trial with their words.
var triedRules = []struct {
	rule                     gate.Rule
	name, text, gained, lost string
	href                     func(id string) string
}{
	{gate.RuleSpike, "admin_gate.trial.spike", "admin_gate.trial.spike_text", "admin_gate.trial.more_held", "admin_gate.trial.less_held", holdHref},
	{gate.RuleBatch, "admin_gate.trial.batch", "admin_gate.trial.batch_text", "admin_gate.trial.more_held", "admin_gate.trial.less_held", batchHref},
	{gate.RuleSecond, "admin_gate.trial.second", "admin_gate.trial.second_text", "admin_gate.trial.more_second", "admin_gate.trial.less_second", holdHref},
}

// Show answers GET /admin/settings/gate.
func (h *GateRules) Show(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

// Propose answers POST /admin/settings/gate.
func (h *GateRules) Propose(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	var g setting.Gate
	for _, f := range gateFigures {
		f.set(&g, int64(values.Number(f.field)))
	}
	err = gate.Propose(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), g, values.Get(whyName))
	return h.answered(c, values, err, "admin_gate.proposed")
}

// SwitchOn answers POST /admin/settings/gate/{number}/on.
func (h *GateRules) SwitchOn(c echo.Context) error {
	return h.end(c, func(number int) error {
		return gate.SwitchOn(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), number)
	}, "admin_gate.switched_on")
}

// Withdraw answers POST /admin/settings/gate/{number}/withdraw.
func (h *GateRules) Withdraw(c echo.Context) error {
	return h.end(c, func(number int) error {
		return gate.Withdraw(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), number)
	}, "admin_gate.withdrawn")
}

func (h *GateRules) end(c echo.Context, end func(number int) error, key string) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return fault.New(fault.NotFound, "admin_gate.not_found")
	}
	return h.answered(c, values, end(number), key)
}

func (h *GateRules) answered(c echo.Context, values form.Values, err error, key string) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.GateRulesPath, key)
}

func (h *GateRules) show(c echo.Context, status int, state form.State) error {
	rules, err := gate.ReadRules(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.GateRulesPath, "admin_gate.title")
	p, actor := frame.T, guard.StaffOf(c)
	props := views.GateRulesProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_gate.lead")}, State: state, Now: figuresNow(p, &rules.Now), History: proposals(p, rules.Proposed),
	}
	may := actor.Can(staff.SetGateRules)
	if !may {
		props.MayNot = p.T("admin_gate.may_not")
	}
	switch {
	case rules.Open != nil:
		props.Proposal = h.proposal(p, rules, actor)
	case may:
		props.Form = gateForm(p, &rules.Now, state)
	}
	return page.Render(c, status, views.GateRules(frame, props))
}

func figuresNow(p *i18n.Printer, now *setting.Gate) components.Table {
	t := components.Table{Caption: p.T("admin_gate.now"), Columns: []components.Column{{Label: p.T("admin_gate.columns.figure")}, {Label: p.T("admin_gate.columns.now"), Num: true}}}
	for _, f := range gateFigures {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.T(f.name), Part: p.T(f.hint), Head: true}, {Text: f.value(p, now)}}})
	}
	return t
}

func gateForm(p *i18n.Printer, now *setting.Gate, state form.State) *views.ProposalForm {
	out := &views.ProposalForm{
		Title: p.T("admin_gate.form.title"), Text: p.T("admin_gate.form.text"), Action: views.GateRulesPath, Submit: components.Button{Label: p.T("admin_gate.form.submit")},
	}
	for _, f := range gateFigures {
		value := strconv.FormatInt(f.number(now), 10)
		if state.Refused() {
			value = state.Value(f.field)
		}
		out.Fields = append(out.Fields, components.Field{
			Name: f.field, Label: p.T(f.name), Hint: p.T(f.hint), Value: value, Error: state.Error(f.field), InputMode: "numeric", Required: true, Size: components.Short, MaxLength: "6",
		})
	}
	out.Reason = components.Field{Name: whyName, Label: p.T("admin_gate.form.reason"), Value: state.Value(whyName), Error: state.Error(whyName), Required: true, MaxLength: "500"}
	return out
}

// changes says which figures a proposal changes, each with its old value beside
// the new.
func changes(p *i18n.Printer, proposal *gate.Proposal) string {
	var all []string
	for _, f := range gateFigures {
		if f.number(&proposal.Was) != f.number(&proposal.Value) {
			all = append(all, p.T("admin_gate.change", "figure", p.T(f.name), "was", f.value(p, &proposal.Was), "value", f.value(p, &proposal.Value)))
		}
	}
	return p.List(all)
}

func proposals(p *i18n.Printer, all []gate.Proposal) components.Table {
	t := components.Table{Caption: p.T("admin_gate.history.title"), Columns: []components.Column{
		{Label: p.T("admin_gate.history.when")}, {Label: p.T("admin_gate.history.what")}, {Label: p.T("admin_gate.history.who")}, {Label: p.T("admin_gate.history.state")},
	}}
	for i := range all {
		one := &all[i]
		tag := components.Tag{Verdict: components.OK, Word: p.T("admin_gate.state.on")}
		if one.State == gate.ProposalWithdrawn {
			tag = components.Tag{Verdict: components.None, Word: p.T("admin_gate.state.withdrawn")}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(one.EndedAt), Head: true}, {Text: changes(p, one), Part: one.Reason},
			{Text: p.T("admin_gate.history.proposed_by", "who", one.Proposer), Part: p.T("admin_gate.history.ended_by", "who", one.EndedBy)}, {Tag: tag},
		}})
	}
	return t
}

// proposal shows the one that is open.
func (h *GateRules) proposal(p *i18n.Printer, rules *gate.Rules, actor staff.Actor) *views.GateProposal {
	open := rules.Open
	out := &views.GateProposal{
		Facts: components.Facts{
			{Term: p.T("admin_gate.proposal.by"), Text: p.T("admin_gate.proposal.by_value", "who", open.Proposer, "when", p.DateTime(open.ProposedAt))},
			{Term: p.T("admin_gate.form.reason"), Text: open.Reason},
		},
		Figures: components.Table{Caption: p.T("admin_gate.proposal.figures"), Columns: []components.Column{
			{Label: p.T("admin_gate.columns.figure")}, {Label: p.T("admin_gate.columns.now"), Num: true}, {Label: p.T("admin_gate.columns.proposed"), Num: true},
		}},
		Progress: p.T("admin_gate.proposal.running", "since", p.DayOf(open.Since)),
	}
	if !open.TriedAt.IsZero() {
		out.Progress = p.T("admin_gate.proposal.tried", "since", p.DayOf(open.Since), "until", p.DateTime(open.TriedAt))
	}
	for _, f := range gateFigures {
		row := components.Row{Cells: []components.Cell{{Text: p.T(f.name), Head: true}, {Text: f.value(p, &rules.Now)}, {Text: f.value(p, &open.Value)}}}
		row.Current = f.number(&rules.Now) != f.number(&open.Value)
		out.Figures.Rows = append(out.Figures.Rows, row)
	}
	for i := range triedRules {
		out.Trials = append(out.Trials, h.trial(p, i, rules, actor))
	}
	base := views.GateRulesPath + "/" + strconv.Itoa(open.Number)
	switch {
	case !actor.Can(staff.SetGateRules):
		out.Answer.Note = p.T("admin_gate.answer.waits")
		return out
	case open.ProposerID == actor.ID:
		out.Answer.Note = p.T("admin_gate.answer.own")
	case open.TriedAt.IsZero():
		out.Answer.Note = p.T("admin_gate.being_tried")
	default:
		out.Answer.Note = p.T("admin_gate.answer.text")
		out.Answer.On = &views.ProposalStep{Action: base + "/on", Button: components.Button{Label: p.T("admin_gate.answer.on")}}
	}
	out.Answer.Withdraw = &views.ProposalStep{Action: base + "/withdraw", Button: components.Button{Label: p.T("admin_gate.answer.withdraw"), Look: components.Plain}}
	return out
}

// trial shows what the open proposal would have done to one rule.
func (h *GateRules) trial(p *i18n.Printer, i int, rules *gate.Rules, actor staff.Actor) views.GateTrial {
	w := &triedRules[i]
	out := views.GateTrial{
		Title: p.T(w.name),
		Days: components.Table{Caption: p.T("admin_gate.trial.days"), Columns: []components.Column{
			{Label: p.T("admin_gate.trial.day")}, {Label: p.T("admin_gate.trial.tried"), Num: true}, {Label: p.T("admin_gate.trial.was"), Num: true},
			{Label: p.T(w.gained), Num: true}, {Label: p.T(w.lost), Num: true},
		}},
		Examples: components.Table{Caption: p.T("admin_gate.trial.examples"), Columns: []components.Column{{Label: p.T("admin_gate.trial.when")}, {Label: p.T("admin_gate.trial.change")}}},
	}
	var sum gate.TrialDay
	byDay := map[string]gate.TrialDay{}
	for _, d := range rules.Trial.Days {
		if d.Rule != w.rule {
			continue
		}
		sum.Tried, sum.Caught, sum.Gained, sum.Lost = sum.Tried+d.Tried, sum.Caught+d.Caught, sum.Gained+d.Gained, sum.Lost+d.Lost
		byDay[d.On.String()] = d
		if d.Gained > 0 || d.Lost > 0 {
			out.Days.Rows = append(out.Days.Rows, components.Row{Cells: []components.Cell{
				{Text: p.Date(d.On), Head: true}, {Text: p.Count(d.Tried)}, {Text: p.Count(d.Caught)}, {Text: p.Count(d.Gained)}, {Text: p.Count(d.Lost)},
			}})
		}
	}
	out.Text = p.T(w.text, "tried", p.Count(sum.Tried), "was", p.Count(sum.Caught), "gained", p.Count(sum.Gained), "lost", p.Count(sum.Lost))
	if sum.Tried == 0 {
		out.Text = p.T("admin_gate.trial.none")
	}
	out.Chart = trialChart(p, p.T(w.gained), p.T(w.lost), rules.Open, h.Clock.Now(), byDay)
	for _, e := range rules.Trial.Examples {
		if e.Rule != w.rule {
			continue
		}
		cell, how := components.Cell{Text: p.DateTime(e.At), Part: e.Ref, Head: true}, w.lost
		if actor.Can(staff.SeeHolds) && (w.rule != gate.RuleBatch || !e.Gained) { // a batch that was not held has no page
			cell.Href = w.href(e.Ref)
		}
		if e.Gained {
			how = w.gained
		}
		out.Examples.Rows = append(out.Examples.Rows, components.Row{Cells: []components.Cell{cell, {Text: p.T(how)}}})
	}
	return out
}

// trialChart draws what would have come out otherwise from day to day.
func trialChart(p *i18n.Printer, gained, lost string, open *gate.Proposal, now time.Time, days map[string]gate.TrialDay) components.Columns {
	first, last := date.Of(open.Since), date.Of(now)
	chart := components.Columns{Title: p.T("admin_gate.trial.chart", "from", first, "to", last), Parts: []string{gained, lost}, First: p.ShortDate(first), Last: p.ShortDate(last)}
	most := int64(0)
	for on := first; on <= last; on = on.AddDays(1) {
		d := days[on.String()]
		chart.Columns = append(chart.Columns, []int64{d.Gained, d.Lost})
		most = max(most, d.Gained+d.Lost)
	}
	chart.Most = p.T("admin_gate.trial.most", "n", p.Count(most))
	return chart
}
