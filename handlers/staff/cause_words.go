package staff

import (
	"unicode"
	"unicode/utf8"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// causeStates are what an action's states are called, and their colours.
var causeStates = map[rootcause.State]components.Tag{
	rootcause.Proposed: {Verdict: components.Wait, Word: "root_cause.states.proposed"},
	rootcause.Refused:  {Verdict: components.Bad, Word: "root_cause.states.refused"},
	rootcause.Working:  {Verdict: components.Info, Word: "root_cause.states.working"},
	rootcause.Halted:   {Verdict: components.Wait, Word: "root_cause.states.halted"},
	rootcause.Done:     {Verdict: components.OK, Word: "root_cause.states.done"},
}

func causeTag(p *i18n.Printer, a *rootcause.Action) components.Tag {
	tag := causeStates[a.State]
	tag.Word = p.T(tag.Word)
	return tag
}

// causeWhats are what can be done, in words.
var causeWhats = map[rootcause.What]string{
	rootcause.Refund: "root_cause.whats.refund", rootcause.Stop: "root_cause.whats.stop", rootcause.Tell: "root_cause.whats.tell",
}

// causeDoes lists what an action does, as one phrase.
func causeDoes(p *i18n.Printer, plan *rootcause.Plan) string {
	var all []string
	for _, one := range []struct {
		is   bool
		what rootcause.What
	}{{plan.Refund, rootcause.Refund}, {plan.Stop, rootcause.Stop}, {plan.Tell, rootcause.Tell}} {
		if one.is {
			word := p.T(causeWhats[one.what])
			if len(all) > 0 {
				first, size := utf8.DecodeRuneInString(word)
				word = string(unicode.ToLower(first)) + word[size:]
			}
			all = append(all, word)
		}
	}
	return p.List(all)
}

// causeWhys are why a line is left out, in words.
var causeWhys = map[rootcause.Why]string{
	rootcause.Why(complaint.AlreadyGivenBack): "root_cause.whys.refunded", rootcause.Why(complaint.NeverTaken): "root_cause.whys.not_taken",
	rootcause.Why(complaint.AlreadyProposed): "root_cause.whys.proposed", rootcause.Why(complaint.UnderComplaint): "root_cause.whys.case",
	rootcause.Why(complaint.AlreadyDecided): "root_cause.whys.decided", rootcause.Why(complaint.NothingDue): "root_cause.whys.nothing_due",
	rootcause.NotEnrolled: "root_cause.whys.not_enrolled", rootcause.StoppedBefore: "root_cause.whys.stopped", rootcause.PerSale: "root_cause.whys.per_sale",
	rootcause.NothingForThem: "root_cause.whys.nothing_for_them",
}

// causeLine says how a line of an action stands, and why it was left out.
func causeLine(p *i18n.Printer, state rootcause.LineState, why rootcause.Why) components.Cell {
	switch state {
	case rootcause.LineDone:
		return components.Cell{Tag: components.Tag{Verdict: components.OK, Word: p.T("root_cause.lines.done")}}
	case rootcause.LineSkipped:
		return components.Cell{Tag: components.Tag{Verdict: components.None, Word: p.T("root_cause.lines.skipped")}, Part: p.T(causeWhys[why])}
	}
	return components.Cell{Tag: components.Tag{Verdict: components.Wait, Word: p.T("root_cause.lines.pending")}}
}

// causeCriteria says what lines have in common.
func causeCriteria(p *i18n.Printer, plans *disclosure.Plans, c *rootcause.Criteria) (facts components.Facts) {
	if c.PlanID != 0 {
		facts = append(facts, components.Fact{Term: p.T("root_cause.same.plan"), Text: planOfCause(p, plans, c.PlanID, c.Version)})
	}
	if c.Agent != "" {
		facts = append(facts, components.Fact{Term: p.T("root_cause.same.agent"), Text: c.Agent})
	}
	if c.Batch != "" {
		facts = append(facts, components.Fact{Term: p.T("root_cause.same.batch"), Text: c.Batch})
	}
	if c.Rule != "" {
		facts = append(facts, components.Fact{Term: p.T("root_cause.same.rule"), Text: ruleName(p, c.Rule), Part: c.Rule})
	}
	return append(facts, components.Fact{Term: p.T("root_cause.days"), Text: p.T("root_cause.days_value", "from", c.From, "to", c.To)})
}

// planOfCause names a plan and its version.
func planOfCause(p *i18n.Printer, plans *disclosure.Plans, planID int64, version int) string {
	name := p.T("root_cause.plan_unknown")
	if plan := plans.ByID(planID); plan != nil {
		name = plan.Name(string(p.Locale()))
	}
	if version == 0 {
		return name
	}
	return p.T("root_cause.plan_version", "plan", name, "version", version)
}

// ruleName says what a rule finds fault with.
func ruleName(p *i18n.Printer, rule string) string {
	for code := range fee.AllCodes() {
		if code.String() == rule {
			return explain.ShortReason(p, code)
		}
	}
	return rule
}

// causes lead to what is done for others whom the case's cause has hit, and to
// where they are found.
func (v *casePresenter) causes(all []rootcause.Action) (find *page.Link, t components.Table) {
	p := v.p
	if v.k.Kind != complaint.Complaint {
		return nil, t
	}
	t = components.Table{Caption: p.T("root_cause.list.title"), Columns: []components.Column{{Label: p.T("root_cause.list.number")}, {Label: p.T("root_cause.state")}}}
	for i := range all {
		a := &all[i]
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: a.Number, Href: causeHref(a.ID), Part: causeDoes(p, &a.Plan), Head: true}, {Tag: causeTag(p, a)}}})
	}
	return &page.Link{Label: p.T("root_cause.find.link"), Href: findHref(v.k.Number)}, t
}
