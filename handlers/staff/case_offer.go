package staff

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
)

// offer offers what the reader may do to the case as it stands.
func (v *casePresenter) offer(props *views.CaseProps) {
	p, k := v.p, v.k
	lines, number := k.Lines(), k.Number
	underWay := k.Standing.State.UnderWay()
	ended := k.Standing.State == worktime.Closed || k.Standing.State == worktime.Withdrawn

	note := caseForm(p, number, "note", "admin_cases.note.title", "admin_cases.note.submit", 0)
	note.Text = p.T("admin_cases.note.text")
	note.Fields = v.words(noteForm+"note", "admin_cases.note.words")
	note.Submit.Look = components.Plain
	props.Note = note
	if !ended {
		props.Canned = v.chooseCanned()
		reply := caseForm(p, number, "reply", "admin_cases.reply.title", "admin_cases.reply.submit", lines)
		reply.Fields = v.words(replyForm+"words", "admin_cases.reply.words")
		v.fill(props.Canned, &reply.Fields[0])
		props.Reply = reply
		answered := v.deed("answer", lines, "admin_cases.answer.title", "admin_cases.answer.text", "admin_cases.answer.submit", v.words(answerForm+"words", "admin_cases.answer.words"))
		if underWay {
			props.Deeds = append(props.Deeds,
				v.deed("ask", lines, "admin_cases.ask.title", "admin_cases.ask.text", "admin_cases.ask.submit", v.words(askForm+"words", "admin_cases.ask.words")))
		}
		props.Deeds = append(props.Deeds, answered)
	}
	if underWay {
		props.Deeds = append(props.Deeds, v.offerThird(lines))
		props.Hand = v.hand(lines)
		if v.reviewsOwn() {
			props.MayNot = p.T("admin_cases.decide.another")
		} else {
			props.Decide = v.offerDecide(lines)
		}
	}
	if !underWay && k.WaitsFor != complaint.WaitsForNothing {
		props.Hand = v.handOn(lines)
	}
	if left := k.Left(); left > 0 && !underWay && !ended {
		refund := caseForm(p, number, "refund", "admin_cases.refund.offer", "admin_cases.refund.submit", lines)
		refund.Text = p.T("admin_cases.refund.text", "left", left, "limit", k.SecondAbove)
		amount := field(v.state, refundForm+"amount", p.T("admin_cases.refund.field"))
		amount.Value, amount.InputMode, amount.Size = cmp.Or(amount.Value, yuan(left)), "decimal", components.Short
		refund.Fields = []views.CaseField{{Field: amount}}
		props.Refund = refund
	}
}

// words is the one field of many forms.
func (v *casePresenter) words(name, label string) []views.CaseField {
	f := field(v.state, name, v.p.T(label))
	f.MaxLength = strconv.Itoa(complaint.MaxWords)
	return []views.CaseField{{Kind: views.WordsField, Field: f}}
}

// deed is a form that opens; one that was refused is open.
func (v *casePresenter) deed(id string, lines int, title, text, submit string, fields []views.CaseField) views.CaseForm {
	f := caseForm(v.p, v.k.Number, id, title, submit, lines)
	f.Text, f.Fields = v.p.T(text), fields
	f.Submit.Look = components.Plain
	f.Open = slices.ContainsFunc(fields, func(one views.CaseField) bool { return one.Error != "" || v.state.Value(one.Name) != "" })
	return *f
}

func (v *casePresenter) offerThird(lines int) views.CaseForm {
	p := v.p
	var whom []components.Option
	for _, w := range []complaint.Whom{complaint.Carrier, complaint.Agent, complaint.Department} {
		whom = append(whom, components.Option{Value: string(w), Label: p.T(thirdNames[w])})
	}
	due := field(v.state, thirdForm+"due_on", p.T("admin_cases.third.due_on"))
	due.Type, due.Size = "date", components.Short
	return v.deed("third", lines, "admin_cases.third.title", "admin_cases.third.text", "admin_cases.third.submit", append([]views.CaseField{
		{Kind: views.SelectField, Field: field(v.state, thirdForm+"whom", p.T("admin_cases.third.whom")), Options: whom},
		{Field: field(v.state, thirdForm+"name", p.T("admin_cases.third.name"))}, {Field: due},
	}, v.words(thirdForm+"words", "admin_cases.third.words")...))
}

// hand offers who is to have the case, how long its answer may take, and what
// belongs together.
func (v *casePresenter) hand(lines int) []views.CaseForm {
	p, k := v.p, v.k
	all := v.handOn(lines)
	if k.Kind == complaint.Complaint && k.Extended().Days == 0 {
		days := field(v.state, extendForm+"days", p.T("admin_cases.extend.days", "from", k.Policy.ReplyDays+1, "to", k.Policy.ReplyMaxDays))
		days.InputMode, days.Size = "numeric", components.Code
		all = append(all, v.deed("extend", lines, "admin_cases.extend.title", "admin_cases.extend.text", "admin_cases.extend.submit",
			append([]views.CaseField{{Field: days}}, v.words(extendForm+"words", "admin_cases.extend.words")...)))
	}
	var others []components.Option
	for i := range k.Earlier {
		if e := &k.Earlier[i]; e.State.UnderWay() && e.MergedInto == "" && (e.Kind == complaint.Complaint) == (k.Kind == complaint.Complaint) {
			others = append(others, components.Option{Value: e.Number, Label: e.Number + " · " + caseTitle(p, e.Kind, e.Reason, e.Item)})
		}
	}
	if len(others) > 0 {
		all = append(all, v.deed("merge", lines, "admin_cases.merge.title", "admin_cases.merge.text", "admin_cases.merge.submit", []views.CaseField{
			{Kind: views.SelectField, Field: field(v.state, mergeForm+"other", p.T("admin_cases.merge.other")), Options: others},
		}))
	}
	if k.Kind == complaint.Complaint {
		all = append(all, v.offerSplit(lines))
	}
	return all
}

// handOn offers who is to have the case: leads hand it to anybody, others take it
// themselves.
func (v *casePresenter) handOn(lines int) []views.CaseForm {
	p, k := v.p, v.k
	var people []components.Option
	for _, w := range k.People {
		if w.ID == k.OwnerID {
			continue
		}
		if w.ID == v.actor.ID {
			people = append([]components.Option{{Value: w.ID, Label: p.T("admin_cases.assign.me")}}, people...)
		} else if v.actor.Can(staff.LeadCases) {
			people = append(people, components.Option{Value: w.ID, Label: w.Name})
		}
	}
	if len(people) == 0 {
		return nil
	}
	return []views.CaseForm{v.deed("assign", lines, "admin_cases.assign.title", "admin_cases.assign.text", "admin_cases.assign.one", []views.CaseField{
		{Kind: views.SelectField, Field: field(v.state, assignForm+"owner", p.T("admin_cases.assign.owner")), Options: people},
	})}
}

func (v *casePresenter) offerSplit(lines int) views.CaseForm {
	p := v.p
	var reasons []components.Option
	for _, r := range complaint.Reasons {
		reasons = append(reasons, components.Option{Value: string(r), Label: p.T(caseReasons[r])})
	}
	subject := field(v.state, splitForm+"subject", p.T("admin_cases.split.subject"))
	subject.Optional, subject.Hint = p.T("admin_cases.optional"), p.T("admin_cases.split.subject_hint")
	return v.deed("split", lines, "admin_cases.split.title", "admin_cases.split.text", "admin_cases.split.submit", append([]views.CaseField{
		{Kind: views.SelectField, Field: field(v.state, splitForm+"reason", p.T("admin_cases.split.reason")), Options: reasons},
		{Field: subject},
		{Kind: views.SelectField, Field: field(v.state, splitForm+"item", p.T("admin_cases.split.item")), Options: itemOptions(p)},
	}, v.words(splitForm+"words", "admin_cases.split.words")...))
}

// itemOptions are the fees that a case may be about.
func itemOptions(p *i18n.Printer) []components.Option {
	options := []components.Option{{Label: p.T("admin_cases.any_fee")}}
	for _, item := range fee.Items {
		options = append(options, components.Option{Value: string(item), Label: explain.ItemName(p, item)})
	}
	return options
}

func (v *casePresenter) offerDecide(lines int) *views.CaseForm {
	p, k := v.p, v.k
	f := caseForm(p, k.Number, "decide", "admin_cases.decide.title", "admin_cases.decide.submit", lines)
	f.Text = p.T("admin_cases.decide.text")
	findings := []complaint.Finding{complaint.Upheld, complaint.PartlyUpheld, complaint.NotUpheld}
	if k.Kind != complaint.Complaint {
		findings = []complaint.Finding{complaint.Answered}
	}
	var options []components.Option
	for _, one := range findings {
		options = append(options, components.Option{Value: string(one), Label: p.T(caseFindings[one])})
	}
	finding := field(v.state, decideForm+"finding", p.T("admin_cases.decide.finding"))
	if len(findings) == 1 {
		finding.Value = string(findings[0])
	}
	f.Fields = []views.CaseField{{Kind: views.RadioField, Field: finding, Options: options}}
	if k.Kind == complaint.Complaint {
		cause := field(v.state, decideForm+"root_cause", p.T("admin_cases.decide.root_cause"))
		cause.Hint, cause.MaxLength = p.T("admin_cases.decide.root_cause_hint"), strconv.Itoa(complaint.MaxRootCause)
		amount := field(v.state, decideForm+"amount", p.T("admin_cases.decide.amount"))
		amount.InputMode, amount.Size, amount.Hint = "decimal", components.Short, v.workedOut()
		f.Fields = append(f.Fields, views.CaseField{Field: cause}, views.CaseField{Field: amount})
	}
	reason := v.words(decideForm+"reason", "admin_cases.decide.reason")
	reason[0].Hint = p.T("admin_cases.decide.reason_hint")
	f.Fields = append(f.Fields, reason...)
	return f
}

// workedOut says what is to be given back by the fee rules, and how that comes.
func (v *casePresenter) workedOut() string {
	p, due, known := v.p, &v.k.Due, &v.k.Known
	switch {
	case v.k.Subject != complaint.OfDeduction:
		return p.T("admin_cases.decide.no_line")
	case due.Most == 0:
		return p.T("admin_cases.decide.nothing_taken")
	case due.Suggested == 0:
		return p.T("admin_cases.decide.as_agreed", "most", due.Most)
	case due.Suggested == due.Most:
		return p.T("admin_cases.decide.all", "amount", due.Suggested)
	}
	return p.T("admin_cases.decide.beyond", "amount", due.Suggested, "taken", due.Most, "expected", known.Expected)
}
