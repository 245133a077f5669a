package portal

import (
	"net/url"

	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// feeChangePresenter turns a change into finished texts.
type feeChangePresenter struct {
	agreementWords
	page  *feechange.Page
	after string
}

func (v *feeChangePresenter) props(asOf string, mayAnswer bool, state form.State) portal.FeeChangeProps {
	p := v.p
	props := portal.FeeChangeProps{
		Heading: components.Heading{Title: v.heading(), Lead: p.N("feechanges.lead", v.page.Count.All(), "as_of", asOf)},
		State:   state, Notices: v.notices(), Log: v.log(),
	}
	if v.page.Withdrawn {
		return props
	}
	props.Terminals, props.How, props.Pages, props.Text = v.table(), p.T("feechanges.table.how"), v.pages(), v.terms(v.page.PlanID, v.page.To)
	if !v.page.UpTo.IsZero() {
		props.Span = p.T("feechanges.table.span", "from", v.page.UpTo.AddMonths(-12).AddDays(1), "to", v.page.UpTo)
	}
	switch {
	case v.page.Count.Open == 0:
	case mayAnswer:
		props.Answer = v.answer(state)
	default:
		props.AskOwner = p.T("feechanges.answer.ask_owner")
	}
	return props
}

// fee is what the fee is called now.
func (v *feeChangePresenter) fee() string {
	version := v.page.To
	if v.page.Withdrawn {
		version = v.page.From
	}
	return v.title(v.page.PlanID, version)
}

func (v *feeChangePresenter) to() string { return v.barePrice(v.page.PlanID, v.page.To) }

func (v *feeChangePresenter) heading() string {
	c := &v.page.Change
	switch {
	case v.page.Withdrawn:
		return v.p.T("feechanges.heading_withdrawn", "fee", v.fee())
	case c.EffectiveOn > v.today:
		return v.p.T("feechanges.heading", "day", dayInList(v.p, c.EffectiveOn, v.today), "fee", v.fee(), "from", v.barePrice(c.PlanID, c.From), "to", v.to())
	default:
		return v.p.T("feechanges.heading_past", "day", c.EffectiveOn, "fee", v.fee(), "from", v.barePrice(c.PlanID, c.From), "to", v.to())
	}
}

// notices say how the change stands, the most pressing first.
func (v *feeChangePresenter) notices() (all []portal.FeeChangeNotice) {
	p, count := v.p, &v.page.Count
	if v.page.Withdrawn {
		return []portal.FeeChangeNotice{{Tone: components.Info, Lines: []string{p.T("feechanges.state.withdrawn")}}}
	}
	if v.page.Ending != nil {
		all = append(all, v.ending(v.page.Ending))
	}
	switch {
	case count.Open > 0:
		all = append(all, v.open())
	case count.Accepted > 0:
		all = append(all, portal.FeeChangeNotice{Tone: components.OK, Lines: []string{v.accepted()}})
	case v.page.Ending == nil:
		all = append(all, portal.FeeChangeNotice{Tone: components.None, Lines: []string{p.T("feechanges.state.ended")}})
	}
	return all
}

// open says what no answer leads to, and what a yes costs.
func (v *feeChangePresenter) open() portal.FeeChangeNotice {
	p, count := v.p, &v.page.Count
	n := portal.FeeChangeNotice{Tone: components.Wait}
	saidNo := v.saidNo()
	if len(count.Kept) == 1 && v.page.Ending == nil && saidNo != nil {
		n.Lead = p.T("feechanges.state.objected", "day", p.DayOf(saidNo.At), "price", v.barePrice(v.page.PlanID, count.Kept[0].Version))
	} else if len(count.Kept) == 1 && v.page.Ending == nil {
		n.Lead = p.T("feechanges.kept.one", "price", v.barePrice(v.page.PlanID, count.Kept[0].Version))
	} else if v.page.Ending == nil {
		for _, k := range count.Kept {
			if k.Version > 0 {
				n.Lines = append(n.Lines, p.N("feechanges.kept.some", k.Terminals, "price", v.barePrice(v.page.PlanID, k.Version)))
			}
		}
	}
	if saidNo != nil {
		n.Tone = components.Info
		if v.page.Ending == nil {
			if n.Lead == "" {
				n.Lead = p.T("feechanges.state.objected_some", "day", p.DayOf(saidNo.At))
			}
			n.Lines = append(n.Lines, p.T("feechanges.state.objected_next"))
		}
	}
	if count.Accepted > 0 {
		n.Lines = append(n.Lines, p.N("feechanges.state.some", count.Accepted, "day", v.page.EffectiveOn))
	}
	n.Lines = append(n.Lines, v.cost())
	return n
}

// saidNo is the merchant's no, where that was the last answer; else nil.
func (v *feeChangePresenter) saidNo() *feechange.Answer {
	if len(v.page.Answers) == 0 || v.page.Answers[0].Kind != feechange.Objected {
		return nil
	}
	return &v.page.Answers[0]
}

func (v *feeChangePresenter) accepted() string {
	key := "feechanges.state.accepted_each"
	if v.plans.Fee(v.page.PlanID).HasCycles() {
		key = "feechanges.state.accepted"
	}
	return v.p.N(key, v.page.Count.Accepted, "day", v.page.EffectiveOn, "price", v.to())
}

// cost says what the new price would have made of the last twelve months of the
// terminals that are still to be answered for.
func (v *feeChangePresenter) cost() string {
	p, sums := v.p, &v.page.Left.Sums
	n := v.page.Left.Reckoned
	more := sums.More()
	switch {
	case n < v.page.Count.Open:
		return p.T("feechanges.cost.pending")
	case sums.Lines == sums.NotChecked:
		return p.T("feechanges.cost.none")
	case more > 0:
		return p.N("feechanges.cost.more", n, "amount", more)
	case more < 0:
		return p.N("feechanges.cost.less", n, "amount", -more)
	default:
		return p.N("feechanges.cost.same", n)
	}
}

// ending says that the service ends, or has ended, and what is given back.
func (v *feeChangePresenter) ending(e *feechange.Ending) portal.FeeChangeNotice {
	p := v.p
	if e.EndsOn > v.today {
		return portal.FeeChangeNotice{
			Tone: components.Wait, Lead: p.N("feechanges.ending.lead", e.Terminals, "last", e.EndsOn.AddDays(-1)),
			Lines: []string{
				p.T("feechanges.ending.text", "days", feechange.EndNoticeDays, "reason", e.Reason),
				p.T("feechanges.ending.way_out", "last", e.EndsOn.AddDays(-1)),
				p.T("feechanges.ending.refund", "day", e.EndsOn),
			},
		}
	}
	n := portal.FeeChangeNotice{Tone: components.Info, Lead: p.N("feechanges.ending.over_lead", e.Terminals, "day", e.EndsOn)}
	switch {
	case e.Due > 0 && e.Back == e.Due:
		n.Lines = []string{p.T("feechanges.ending.over_back", "amount", e.Back)}
	case e.Back > 0:
		n.Lines = []string{p.T("feechanges.ending.over_part", "amount", e.Due, "back", e.Back), p.T("feechanges.ending.refund", "day", e.EndsOn)}
	case e.Due > 0:
		n.Lines = []string{p.T("feechanges.ending.over_due", "amount", e.Due), p.T("feechanges.ending.refund", "day", e.EndsOn)}
	case !e.CarriedOutAt.IsZero():
		n.Lines = []string{p.T("feechanges.ending.over_nothing")}
	default:
		n.Lines = []string{p.T("feechanges.ending.refund", "day", e.EndsOn)}
	}
	return n
}

func (v *feeChangePresenter) table() components.Table {
	p := v.p
	table := components.Table{Caption: p.T("feechanges.table.title"), Columns: []components.Column{
		{Label: p.T("feechanges.table.terminal")},
		{Label: p.T("feechanges.table.from", "day", dayInList(p, v.page.EffectiveOn, v.today))},
		{Label: p.T("feechanges.table.taken"), Num: true}, {Label: p.T("feechanges.table.would"), Num: true}, {Label: p.T("feechanges.table.more"), Num: true},
	}}
	for i := range v.page.Terminals {
		t := &v.page.Terminals[i]
		name := terminalCell(p, shownAs(p, t.Alias, t.SN), t.SN, true)
		name.Part = joinRemarks([]string{name.Part, t.Shop})
		cells := []components.Cell{name, v.then(t)}
		if t.IsReckoned {
			cells = append(cells, v.figures(t.Figures)...)
		} else {
			cells = append(cells, components.Cell{Text: p.T("feechanges.table.pending")})
		}
		table.Rows = append(table.Rows, components.Row{Cells: cells})
	}
	if v.page.Count.All() > 1 && v.page.Reckoned > 0 {
		sum := []components.Cell{{Text: p.T("feechanges.table.sum", "n", v.page.Reckoned), Head: true}, {}}
		table.Sums = []components.Row{{Cells: append(sum, v.figures(v.page.Sums)...)}}
	}
	return table
}

// then says what a terminal pays from the change's day on.
func (v *feeChangePresenter) then(t *feechange.Terminal) components.Cell {
	p := v.p
	cell := components.Cell{}
	if t.Then > 0 {
		cell.Text = v.barePrice(v.page.PlanID, t.Then)
	}
	due := ""
	switch {
	case t.Due > t.Back:
		due = p.T("feechanges.table.due", "amount", t.Due.Minus(t.Back))
	case t.Due > 0:
		due = p.T("feechanges.table.back", "amount", t.Back)
	}
	switch {
	case !t.EndsOn.IsZero():
		cell.Part = joinRemarks([]string{p.T("feechanges.table.ends", "day", t.EndsOn), due})
	case !t.AcceptedOn.IsZero():
		cell.Part = p.T("feechanges.table.accepted")
	case v.saidNo() == nil:
		cell.Part = p.T("feechanges.table.unanswered")
	default:
		cell.Part = p.T("feechanges.table.kept")
	}
	return cell
}

func (v *feeChangePresenter) figures(f deduction.AtPrice) []components.Cell {
	p := v.p
	taken := components.Cell{Text: p.Money(int64(f.Taken))}
	if f.Agreed != f.Taken {
		taken.Part = p.T("feechanges.table.agreed", "amount", f.Agreed)
	}
	would := components.Cell{Text: p.Money(int64(f.Would))}
	if f.NotChecked > 0 {
		would.Part = p.N("feechanges.table.not_checked", f.NotChecked)
	}
	return []components.Cell{taken, would, {Text: p.Money(int64(f.More()))}}
}

// answer asks the merchant.
func (v *feeChangePresenter) answer(state form.State) *portal.FeeChangeAnswer {
	p, base := v.p, feeChangeAddress(v.page.ID)
	past := "feechanges.answer.past_each"
	if v.plans.Fee(v.page.PlanID).HasCycles() {
		past = "feechanges.answer.past"
	}
	out := &portal.FeeChangeAnswer{
		AcceptAction: base + "/accept",
		Before:       []string{p.T(past, "day", max(v.today, v.page.EffectiveOn)), p.T("feechanges.answer.final")},
		Choices: portal.AnswerProps{
			Legend: p.T("feechanges.answer.which"), FieldName: changeTerminal, Error: state.Error(changeTerminal),
		},
		Accept:       components.Button{Label: p.T("feechanges.answer.accept")},
		ObjectAction: base + "/object",
		ObjectText:   p.T("feechanges.answer.object_text"),
		Words: components.Field{
			Name: changeWords, Label: p.T("feechanges.answer.words"), Optional: p.T("feechanges.answer.optional"),
			Value: state.Value(changeWords), Error: state.Error(changeWords), MaxLength: "1000",
		},
		Object:    components.Button{Label: p.T("feechanges.answer.object"), Look: components.Plain},
		LeaveText: p.T("feechanges.answer.leave_text"),
		Leave:     page.Link{Label: p.T("feechanges.answer.leave_all"), Href: terminalsPath},
	}
	for i := range v.page.Terminals {
		t := &v.page.Terminals[i]
		if !t.IsOpen {
			continue
		}
		out.Choices.Choices = append(out.Choices.Choices, portal.AnswerChoice{
			Value: t.SN, Label: p.T("agreements.answer.terminal", "alias", shownAs(p, t.Alias, t.SN), "tail", p.Tail(t.SN)), Hint: t.Shop,
			Checked: state.Chosen(changeTerminal, t.SN), // none by itself: an acceptance stays
		})
	}
	if v.page.Count.Open == 1 && len(out.Choices.Choices) == 1 {
		out.Leave = page.Link{Label: p.T("feechanges.answer.leave"), Href: stopAddress(out.Choices.Choices[0].Value)}
	}
	if v.page.Count.Open > len(out.Choices.Choices) {
		chosen := scopeChosen
		if state.Chosen(changeScope, scopeAll) {
			chosen = scopeAll
		}
		out.Choices.Scope = &portal.AnswerScope{
			Field: components.Field{Name: changeScope, Label: p.T("agreements.answer.scope"), Value: chosen},
			Options: []components.Option{
				{Value: scopeChosen, Label: p.T("agreements.answer.scope_chosen")},
				{Value: scopeAll, Label: p.N("agreements.answer.scope_all", v.page.Count.Open)},
			},
		}
	}
	return out
}

func (v *feeChangePresenter) pages() portal.Neighbours {
	n, base := portal.Neighbours{Label: v.p.T("feechanges.table.pages")}, feeChangeAddress(v.page.ID)
	if v.after != "" {
		n.Before = &page.Link{Label: v.p.T("feechanges.table.first"), Href: base + "#terminals"}
	}
	if v.page.More != "" {
		n.After = &page.Link{Label: v.p.T("feechanges.table.next"), Href: base + "?" + url.Values{changeAfter: {v.page.More}}.Encode() + "#terminals"}
	}
	return n
}

// log lists what was answered, the latest first.
func (v *feeChangePresenter) log() (facts components.Facts) {
	p := v.p
	for i := range v.page.Answers {
		a := &v.page.Answers[i]
		key := "feechanges.log.accepted"
		if a.Kind == feechange.Objected {
			key = "feechanges.log.objected"
		}
		fact := components.Fact{Term: p.ShortDateTime(a.At), Text: p.N(key, a.Terminals, "who", a.Name)}
		if a.Words != "" {
			fact.Part = p.T("feechanges.log.words", "words", a.Words)
		}
		facts = append(facts, fact)
	}
	return facts
}
