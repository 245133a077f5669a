package staff

import (
	"cmp"
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
)

func (v *casePresenter) clocks() (facts components.Facts) {
	p, k := v.p, v.k
	owner := components.Fact{Term: p.T("admin_cases.columns.owner"), Text: k.Owner}
	if k.Owner == "" {
		owner.Text = p.T("admin_cases.nobody")
	}
	facts = append(facts, owner)
	if k.MergedInto != "" {
		return facts // the clocks of the other one count
	}
	for i := range k.Standing.Clocks {
		c := &k.Standing.Clocks[i]
		if c.Round < k.Standing.Round() {
			continue // those of the first decision stand in the log
		}
		fact := components.Fact{Term: p.T(caseClocks[c.Name]), Body: clockTag(p, c)}
		switch {
		case c.Name == worktime.Reply && c.StoppedAt.IsZero():
			fact.Body, fact.Text, fact.Part = nil, p.Date(c.LastDay), p.T("admin_cases.clocks.never_pauses")
			if c.Breached {
				fact.Body, fact.Part = clockTag(p, c), p.Date(c.LastDay)
			}
		case !c.DueAt.IsZero() && c.StoppedAt.IsZero():
			fact.Part = p.T("admin_cases.clocks.due", "when", p.ShortDateTime(c.DueAt))
		}
		facts = append(facts, fact)
	}
	if !k.AnswerBy.IsZero() {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.clocks.authority"), Text: p.Date(k.AnswerBy), Part: p.T("admin_cases.clocks.authority_of", "who", k.Authority, "number", k.AuthorityN)})
	}
	return facts
}

// step says what a line of the log was.
func (v *casePresenter) step(s *complaint.Step) (what, part string) {
	p := v.p
	what = p.T(caseSteps[s.Kind])
	switch s.Kind {
	case worktime.TakenUp, worktime.Reassigned:
		part = s.Remark
	case worktime.DeadlineExtended:
		part = p.T("admin_cases.step.extended_to", "days", s.Days, "why", s.Remark)
	case worktime.DecisionMade:
		part = p.T(caseFindings[complaint.Finding(s.Remark)])
	case worktime.CaseMerged, worktime.CaseSplit:
		part = s.Remark
	}
	return what, part
}

func (v *casePresenter) who(name string) string {
	return cmp.Or(name, v.p.T("admin_cases.step.system"))
}

// steps says each line of a part of the log in a sentence.
func (v *casePresenter) steps(steps []complaint.Step) (said []string) {
	for i := range steps {
		s := &steps[i]
		what, part := v.step(s)
		if part != "" {
			what = v.p.T("admin_cases.step.with", "what", what, "part", part)
		}
		said = append(said, v.p.T("admin_cases.changed.one", "when", v.p.ShortDateTime(s.At), "who", v.who(s.By), "what", what))
	}
	return said
}

func (v *casePresenter) log() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_cases.step.title"), Columns: []components.Column{
		{Label: p.T("admin_cases.step.when")}, {Label: p.T("admin_cases.step.what")}, {Label: p.T("admin_cases.step.who")},
	}}
	alarms := v.k.Alarms
	// ring adds the clocks that rang by a moment: what happened stands in its order.
	ring := func(before time.Time) {
		for len(alarms) > 0 && (before.IsZero() || !alarms[0].At.After(before)) {
			t.Rows = append(t.Rows, v.rang(&alarms[0]))
			alarms = alarms[1:]
		}
	}
	for i := range v.k.Steps {
		s := &v.k.Steps[i]
		ring(s.At)
		what, part := v.step(s)
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.ShortDateTime(s.At), Head: true}, {Text: what, Part: part}, {Text: v.who(s.By)}}})
	}
	ring(time.Time{})
	return t
}

// rang is the line of a clock that warned or was breached.
func (v *casePresenter) rang(a *complaint.Alarm) components.Row {
	key := "admin_cases.step.warned"
	if a.Breach {
		key = "admin_cases.step.breached"
	}
	return components.Row{Cells: []components.Cell{{Text: v.p.ShortDateTime(a.At), Head: true}, {Text: v.p.T(key, "clock", v.p.T(caseClocks[a.Clock]))}, {Text: v.who("")}}}
}
