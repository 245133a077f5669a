package staff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Case answers GET /admin/cases/{number}: one case. Who opens it is seen by the
// others.
func (h *CasePages) Case(c echo.Context) error { return h.showCase(c, 200, form.State{}, 0) }

// showCase shows a case with what was typed, and with what happened to it since
// its log had so many lines; 0: nobody asks.
func (h *CasePages) showCase(c echo.Context, status int, state form.State, since int) error {
	ctx, actor, number, now := c.Request().Context(), guard.StaffOf(c), c.Param("number"), h.Clock.Now()
	if err := h.Cases.Lock(ctx, actor, number); err != nil {
		return err
	}
	k, err := complaint.ReadDesk(ctx, h.DB, actor, number, now)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.CasesPath, "admin_cases.title")
	v := &casePresenter{p: frame.T, k: k, now: now, actor: actor, state: state, canned: c.QueryParam("canned"), english: c.QueryParam("in") == string(i18n.En)}
	frame.Title = v.title()
	frame.Crumbs = []page.Link{{Label: v.p.T("admin_cases.title"), Href: views.CasesPath}, {Label: number}}
	props := v.props()
	props.Open = v.openBy(k.Openers)
	if since > 0 && since < k.Lines() {
		props.Changed = v.steps(k.Steps[since:])
	}
	return page.Render(c, status, views.Case(frame, props))
}

// casePresenter puts a case into words.
type casePresenter struct {
	p       *i18n.Printer
	k       *complaint.Desk
	now     time.Time
	actor   staff.Actor
	state   form.State
	canned  string // id of the canned reply that was chosen
	english bool   // in which language
}

func (v *casePresenter) title() string { return caseTitle(v.p, v.k.Kind, v.k.Reason, v.k.Item) }

// openBy says who else has the case open.
func (v *casePresenter) openBy(others []complaint.Opener) string {
	var said []string
	for _, o := range others {
		said = append(said, v.p.T("admin_cases.open_since", "who", o.Name, "when", v.p.Time(o.Since)))
	}
	return strings.Join(said, " ")
}

func (v *casePresenter) props() views.CaseProps {
	p, k := v.p, v.k
	props := views.CaseProps{
		State: v.state, Sub: strings.Join(v.sub(), " · "), Title: v.title(), Tags: v.tags(),
		Posts: v.posts(), Inquiries: v.inquiries(), Decisions: v.decisions(), Refunds: v.refunds(),
		Clocks: v.clocks(), Known: v.known(), Merchant: v.merchant(), Files: v.files(), Links: v.links(), Log: v.log(), Rating: v.rating(),
		Earlier: v.beside("admin_cases.beside.earlier", k.Earlier), Similar: v.beside("admin_cases.beside.similar", k.Similar),
	}
	props.Rules, props.Checks = v.rules()
	if k.MergedInto != "" {
		props.MergedTo = &page.Link{Label: p.T("admin_cases.merged_into", "number", k.MergedInto), Href: caseHref(k.MergedInto)}
	}
	if v.actor.Can(staff.Unmask) {
		props.Contact = &page.Link{Label: p.T("admin_cases.contact.link"), Href: caseHref(k.Number) + "/contact"}
	}
	if !v.actor.Can(staff.WorkCases) {
		props.MayNot = p.T("admin_cases.may_not")
		return props
	}
	if k.MergedInto == "" {
		v.offer(&props)
	}
	return props
}

func (v *casePresenter) sub() []string {
	parts := []string{v.k.Number, v.k.Merchant}
	if v.k.SN != "" {
		parts = append(parts, v.p.T("admin_cases.terminal", "alias", v.k.Alias, "tail", v.p.Tail(v.k.SN)))
	}
	return parts
}

func (v *casePresenter) tags() []components.Tag {
	p, k := v.p, v.k
	tags := []components.Tag{stateTag(p, k.Standing.State)}
	if k.Authority != "" {
		tags = append(tags, components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.authority_tag", "who", k.Authority)})
	}
	if k.Holds {
		tags = append(tags, components.Tag{Verdict: components.Info, Word: p.T("admin_cases.holds")})
	}
	return tags
}

// postLooks are the colours of what was said, and what it is called.
var postLooks = map[complaint.PostKind]struct{ class, name string }{
	"message": {"", "admin_cases.thread.message"}, "reply": {"ok", "admin_cases.thread.reply"}, "question": {"info", "admin_cases.thread.question"}, "note": {"wait", "admin_cases.thread.note"},
}

func (v *casePresenter) posts() (all []views.CasePost) {
	for i := range v.k.Posts {
		o := &v.k.Posts[i]
		look := postLooks[o.Kind]
		all = append(all, views.CasePost{Who: o.By, What: v.p.T(look.name), When: v.p.ShortDateTime(o.At), Body: o.Body, Kind: look.class})
	}
	return all
}

func (v *casePresenter) inquiries() (all []views.CaseInquiry) {
	p := v.p
	for i := range v.k.Inquiries {
		q := &v.k.Inquiries[i]
		one := views.CaseInquiry{
			Who: q.Name, What: p.T(thirdNames[q.Whom]), When: p.T("admin_cases.third.asked_by", "who", q.By, "when", p.ShortDateTime(q.AskedAt)), Body: q.Body, Answer: q.Answer,
		}
		switch due := worktime.EndOf(q.DueOn); {
		case q.Answer != "":
			one.Due = components.Tag{Verdict: components.OK, Word: p.T("admin_cases.third.answered", "when", p.ShortDateTime(q.AnsweredAt))}
		case v.now.After(due):
			one.Due = components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.third.late", "day", p.ShortDate(q.DueOn))}
		default:
			one.Due = components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.third.due", "day", p.ShortDate(q.DueOn))}
		}
		if q.Answer == "" && v.actor.Can(staff.WorkCases) && v.k.MergedInto == "" {
			name := inquiryForm(q.ID) + "words"
			f := caseForm(p, v.k.Number, q.ID, "admin_cases.third.take", "admin_cases.third.take_submit", 0)
			f.Action = caseHref(v.k.Number) + "/third/" + q.ID
			f.Fields, f.Open = []views.CaseField{{Kind: views.WordsField, Field: field(v.state, name, p.T("admin_cases.third.their_answer"))}}, v.state.Error(name) != ""
			one.Take = f
		}
		all = append(all, one)
	}
	return all
}

func (v *casePresenter) decisions() (all []views.CaseDecision) {
	p := v.p
	for i := range v.k.Decisions {
		d := &v.k.Decisions[i]
		title := p.T("admin_cases.decision.title")
		if d.Round > 1 {
			title = p.T("admin_cases.decision.review")
		}
		one := views.CaseDecision{Tag: findingTag(p, d.Finding), Title: title, Reason: d.Reason}
		if d.RootCause != "" {
			one.Facts = append(one.Facts, components.Fact{Term: p.T("admin_cases.decide.root_cause"), Text: d.RootCause})
		}
		if d.Amount > 0 || d.Suggested > 0 {
			one.Facts = append(one.Facts, components.Fact{
				Term: p.T("admin_cases.decision.amount"), Text: p.Money(int64(d.Amount)), Part: p.T("admin_cases.decision.suggested", "amount", d.Suggested),
			})
		}
		one.Facts = append(one.Facts, components.Fact{Term: p.T("admin_cases.decision.by"), Text: d.By, Part: p.DateTime(d.At)})
		all = append(all, one)
	}
	return all
}

func refundTag(p *i18n.Printer, s complaint.RefundState) components.Tag {
	verdict := components.Wait
	switch s {
	case complaint.RefundPaid:
		verdict = components.OK
	case complaint.RefundRefused:
		verdict = components.Bad
	case complaint.RefundSent:
		verdict = components.Info
	}
	return components.Tag{Verdict: verdict, Word: p.T(refundStates[s])}
}

func (v *casePresenter) refunds() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_cases.refund.title"), Columns: []components.Column{
		{Label: p.T("admin_cases.refund.amount"), Num: true}, {Label: p.T("admin_cases.refund.state")}, {Label: p.T("admin_cases.refund.by")}, {Label: p.T("admin_cases.refund.second")},
	}}
	for i := range v.k.Refunds {
		r := &v.k.Refunds[i]
		when := r.ProposedAt
		for _, at := range []time.Time{r.AnsweredAt, r.SentAt, r.PaidAt} {
			if !at.IsZero() {
				when = at
			}
		}
		second := components.Cell{Text: r.SecondBy, Part: r.Remark}
		if r.SecondBy == "" && r.State == complaint.RefundProposed {
			second.Text = p.T("admin_cases.refund.waits")
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.Money(int64(r.Amount)), Head: true}, {Tag: refundTag(p, r.State), Part: p.ShortDateTime(when)}, {Text: r.ProposedBy, Part: p.ShortDateTime(r.ProposedAt)}, second,
		}})
	}
	return t
}

func (v *casePresenter) clocks() (facts components.Facts) {
	p, k := v.p, v.k
	owner := components.Fact{Term: p.T("admin_cases.columns.owner"), Text: k.Owner}
	if k.Owner == "" {
		owner.Text = p.T("admin_cases.nobody")
	}
	facts = append(facts, owner)
	for i := range k.Standing.Clocks {
		c := &k.Standing.Clocks[i]
		if c.Round < k.Standing.Clocks[len(k.Standing.Clocks)-1].Round {
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

// ruleTag says what a rule comes to.
func ruleTag(p *i18n.Printer, code fee.Code) components.Tag {
	if code.Level() == fee.LevelDeny {
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_cases.known.deny")}
	}
	return components.Tag{Verdict: components.Wait, Word: p.T("admin_cases.known.hold")}
}

// rules are what the verdict rested on when the case was filed, in words with
// their codes, and how all that was checked came out.
func (v *casePresenter) rules() (all []views.CaseRule, checks components.Facts) {
	known := &v.k.Known
	if known.Case == nil {
		return nil, nil
	}
	e, err := fee.Explain(known.Case)
	if err != nil {
		return nil, nil // of rules that have changed since: the facts below stand as they were kept
	}
	ctx := explain.Context{
		Case: known.Case, Item: known.Item, State: known.State, Refunded: known.Refunded, Ref: known.Ref, Terminal: explain.Terminal{Alias: v.k.Alias, SN: v.k.SN},
	}
	for code := range e.Verdict.Reasons.All() {
		if code.Level() != fee.LevelInfo {
			all = append(all, views.CaseRule{Tag: ruleTag(v.p, code), Text: explain.Reason(v.p, code, e, ctx), Code: code.String()})
		}
	}
	text := explain.Deduction(v.p, e, ctx)
	for i := range text.Checks {
		g := &text.Checks[i]
		checks = append(checks, components.Fact{Term: g.Title, Text: g.Summary, Part: g.Tag.Word})
	}
	return all, checks
}

func (v *casePresenter) known() (facts components.Facts) {
	p, k, known := v.p, v.k, &v.k.Known
	if known.Ref != "" || known.Amount > 0 {
		facts = append(facts,
			components.Fact{Term: p.T("admin_cases.known.line"), Text: p.Money(int64(known.Amount)), Part: p.T("admin_cases.known.line_of", "day", known.On, "state", explain.StateName(p, known.State))},
			components.Fact{Term: p.T("admin_cases.known.order"), Text: originName(p, known.Origin), Part: known.Ref},
			components.Fact{Term: p.T("admin_cases.known.expected"), Text: p.Money(int64(known.Expected))})
	}
	for _, told := range known.Told {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.told"), Text: explain.ChannelName(p, told.Channel), Part: p.DateTime(told.At)})
	}
	if known.Case != nil && len(known.Told) == 0 {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.told"), Text: p.T("admin_cases.known.not_told")})
	}
	if !known.SettledOn.IsZero() {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.settled"), Text: p.Money(int64(known.Paid)), Part: p.Date(known.SettledOn)})
	}
	for _, a := range known.Agreements {
		fact := components.Fact{Term: p.T("admin_cases.known.agreed"), Text: a.Plan, Part: p.T("admin_cases.known.not_agreed")}
		if !a.AcceptedOn.IsZero() {
			fact.Part = p.T("admin_cases.known.agreed_on", "day", a.AcceptedOn, "version", a.Version, "via", explain.ViaName(p, a.Via))
		}
		facts = append(facts, fact)
	}
	for _, m := range known.Sent {
		facts = append(facts, components.Fact{Term: p.T("admin_cases.known.sent"), Text: explain.ChannelName(p, m.Channel), Part: p.DateTime(m.At)})
	}
	if len(k.Evidence) == 0 {
		return append(facts, components.Fact{Term: p.T("admin_cases.known.none"), Text: p.T("admin_cases.known.none_text")})
	}
	first := &k.Evidence[0]
	return append(facts, components.Fact{Term: p.T("admin_cases.known.kept"), Text: p.DateTime(first.At), Part: p.T("admin_cases.known.hash", "hash", first.Hash[:16])})
}

func (v *casePresenter) merchant() (facts components.Facts) {
	p, k := v.p, v.k
	facts = components.Facts{{Term: p.T("admin_cases.columns.merchant"), Text: k.Merchant, Part: k.MerchantRef}}
	for i := range k.Reachables {
		r := &k.Reachables[i]
		if r.Name != "" || r.Phone != "" {
			facts = append(facts, components.Fact{Term: reachableRole(p, r), Text: maskedName(r.Name), Part: maskedPhone(r.Phone)})
		}
	}
	filed := p.T(caseChannels[k.Channel])
	return append(facts,
		components.Fact{Term: p.T("admin_cases.merchant.terminals"), Text: p.N("admin_cases.merchant.count", k.Terminals)},
		components.Fact{Term: p.T("admin_cases.merchant.filed"), Text: filed, Part: p.DateTime(k.FiledAt)},
		components.Fact{Term: p.T("admin_cases.merchant.before"), Text: p.N("admin_cases.merchant.cases", len(k.Earlier))})
}

// maskedName shows of a person's name its first character.
func maskedName(name string) string {
	for i := range name {
		if i > 0 {
			return name[:i] + "**"
		}
	}
	return name
}

func maskedPhone(phone string) string {
	if phone == "" {
		return ""
	}
	return i18n.MaskPhone(phone)
}

func (v *casePresenter) files() (all []views.CaseFile) {
	for _, f := range v.k.Files {
		all = append(all, views.CaseFile{
			Name: f.Name, Href: caseHref(v.k.Number) + "/files/" + f.ID, Part: v.p.T("admin_cases.files.part", "who", f.By, "when", v.p.ShortDateTime(f.At), "kb", int((f.Bytes+1023)/1024)),
		})
	}
	return all
}

func (v *casePresenter) links() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_cases.link.title"), Columns: []components.Column{{Label: p.T("admin_cases.columns.number")}, {Label: p.T("admin_cases.link.what")}}}
	for _, l := range v.k.Links {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: l.Number, Href: caseHref(l.Number), Head: true}, {Text: p.T(linkNames[l.Kind]), Part: p.ShortDateTime(l.At)}}})
	}
	return t
}

func (v *casePresenter) beside(caption string, cases []complaint.Listed) components.Table {
	p := v.p
	t := components.Table{Caption: p.T(caption), Columns: []components.Column{{Label: p.T("admin_cases.columns.case")}, {Label: p.T("admin_cases.columns.state")}}}
	for i := range cases {
		l := &cases[i]
		state := components.Cell{Tag: stateTag(p, l.State), Part: p.Date(date.Of(l.FiledAt))}
		if l.Finding != "" {
			state.Tag = findingTag(p, l.Finding)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: caseTitle(p, l.Kind, l.Reason, l.Item), Href: caseHref(l.Number), Part: l.Number, Head: true}, state}})
	}
	return t
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
	for i := range v.k.Steps {
		s := &v.k.Steps[i]
		what, part := v.step(s)
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.ShortDateTime(s.At), Head: true}, {Text: what, Part: part}, {Text: v.who(s.By)}}})
	}
	for _, a := range v.k.Alarms {
		key := "admin_cases.step.warned"
		if a.Breach {
			key = "admin_cases.step.breached"
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.ShortDateTime(a.At), Head: true}, {Text: p.T(key, "clock", p.T(caseClocks[a.Clock]))}, {Text: v.who("")}}})
	}
	return t
}

func (v *casePresenter) rating() components.Facts {
	if v.k.Stars == 0 {
		return nil
	}
	return components.Facts{{Term: v.p.T("admin_cases.rating.stars"), Text: v.p.N("admin_cases.rating.of_five", v.k.Stars), Part: v.k.Remark}}
}

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
		props.Decide = v.offerDecide(lines)
	}
	if left := v.left(); left > 0 && !underWay && !ended {
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

// left is what the latest decision grants and no refund that is not refused is
// about.
func (v *casePresenter) left() money.Fen {
	left := v.k.Granted()
	for _, r := range v.k.Refunds {
		if r.State != complaint.RefundRefused {
			left = left.Minus(r.Amount)
		}
	}
	return left
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
	var all []views.CaseForm
	if len(people) > 0 {
		all = append(all, v.deed("assign", lines, "admin_cases.assign.title", "admin_cases.assign.text", "admin_cases.assign.one", []views.CaseField{
			{Kind: views.SelectField, Field: field(v.state, assignForm+"owner", p.T("admin_cases.assign.owner")), Options: people},
		}))
	}
	extended := slices.ContainsFunc(k.Steps, func(s complaint.Step) bool { return s.Kind == worktime.DeadlineExtended })
	if k.Kind == complaint.Complaint && !extended {
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

// chooseCanned offers the canned replies.
func (v *casePresenter) chooseCanned() *views.CaseCanned {
	p := v.p
	if len(v.k.Canned) == 0 {
		return nil
	}
	choice := &views.CaseCanned{
		Action: caseHref(v.k.Number), Reply: components.Field{Name: "canned", Label: p.T("admin_cases.canned.choose"), Value: v.canned},
		In:      components.Field{Name: "in", Label: p.T("admin_cases.canned.in"), Value: string(i18n.ZhCN)},
		Locales: []components.Option{{Value: string(i18n.ZhCN), Label: p.T("admin_guides.edit.zh")}, {Value: string(i18n.En), Label: p.T("admin_guides.edit.en")}},
		Submit:  components.Button{Label: p.T("admin_cases.canned.preview"), Look: components.Plain},
	}
	if v.english {
		choice.In.Value = string(i18n.En)
	}
	for _, c := range v.k.Canned {
		choice.Options = append(choice.Options, components.Option{Value: c.ID, Label: c.Name})
	}
	return choice
}

// fill puts the canned reply that was chosen into the box of the reply, filled in
// for this case, in the language it is to be sent in.
func (v *casePresenter) fill(choice *views.CaseCanned, f *views.CaseField) {
	if choice == nil || v.canned == "" || f.Value != "" {
		return
	}
	i := slices.IndexFunc(v.k.Canned, func(c complaint.Canned) bool { return c.ID == v.canned })
	if i < 0 {
		return
	}
	k, its := v.k, i18n.For(i18n.ZhCN)
	if v.english {
		its = i18n.For(i18n.En)
	}
	promised := ""
	for _, c := range k.Standing.Clocks {
		if c.Name == worktime.Reply && c.StoppedAt.IsZero() {
			promised = its.Date(c.LastDay)
		} else if c.Name == worktime.Resolution && promised == "" && !c.DueAt.IsZero() {
			promised = its.Date(date.Of(c.DueAt))
		}
	}
	item := ""
	if k.Item != "" {
		item = explain.ItemInText(its, k.Item)
	}
	f.Value = k.Canned[i].Fill(v.english, map[string]string{
		"merchant": k.Merchant, "number": k.Number, "terminal": k.Alias, "fee": item, "promised": promised, "me": v.actor.Name,
	})
	choice.Filled = v.p.T("admin_cases.canned.filled", "name", k.Canned[i].Name)
}
