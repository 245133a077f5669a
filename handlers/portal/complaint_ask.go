package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// step is one question of those that are asked one by one.
type step string

const (
	stepWhat    step = ""        // what it is
	stepWhich   step = "which"   // which deduction or terminal
	stepWrong   step = "wrong"   // what is wrong
	stepWords   step = "words"   // in their words, with files
	stepCall    step = "call"    // when to call
	stepInvoice step = "invoice" // what stands on it
	stepCheck   step = "check"   // all of it, to be sent
)

// The answers to what it is.
const (
	whatDeduction = "deduction"
	whatTerminal  = "terminal"
	whatOther     = "other" // a complaint about nothing in particular
	whatQuestion  = "question"
	whatCall      = "call"
	whatInvoice   = "invoice"
)

// courses are the questions after each answer to the first.
var courses = map[string][]step{
	whatDeduction: {stepWhich, stepWrong, stepWords, stepCheck},
	whatTerminal:  {stepWhich, stepWrong, stepWords, stepCheck},
	whatOther:     {stepWrong, stepWords, stepCheck},
	whatQuestion:  {stepWords, stepCheck},
	whatCall:      {stepCall, stepCheck},
	whatInvoice:   {stepInvoice, stepCheck},
}

var kindsOfWhat = map[string]complaint.Kind{
	whatDeduction: complaint.Complaint, whatTerminal: complaint.Complaint, whatOther: complaint.Complaint,
	whatQuestion: complaint.Question, whatCall: complaint.Callback, whatInvoice: complaint.Invoice,
}

func (s step) known() bool {
	return s == stepWhich || s == stepWrong || s == stepWords || s == stepCall || s == stepInvoice || s == stepCheck
}

func (s step) address() string {
	if s == stepWhat {
		return complainPath
	}
	return complainPath + "/" + string(s)
}

// next is the question after one.
func (b *begun) next(s step) step {
	course := courses[b.What]
	return course[min(slices.Index(course, s)+1, len(course)-1)]
}

// check says what is wrong with the answer to a question.
func (b *begun) check(s step) error {
	var wrong fault.Fields
	switch s {
	case stepWhat:
		if courses[b.What] == nil {
			wrong.Add("what", "case.kind_missing")
		}
	case stepWhich:
		if b.Ref == "" {
			wrong.Add("ref", "case.subject_missing")
		}
	case stepWrong:
		if !slices.Contains(complaint.Reasons, b.Reason) {
			wrong.Add(reasonField, "case.reason_missing")
		}
	case stepWords:
		if b.Words == "" && b.wordsRequired() {
			wrong.Add(wordsField, "case.words_missing")
		}
		if n := len([]rune(b.Words)); n > complaint.MaxWords {
			wrong.Add(wordsField, "case.words_long", "n", complaint.MaxWords)
		}
	case stepCall:
		w := complaint.CallWanted{When: b.When, Phone: b.Phone}
		return w.Check()
	case stepInvoice:
		w := complaint.InvoiceWanted{Title: b.Title, TaxNumber: b.Tax, Months: b.Months}
		return w.Check()
	}
	return wrong.Err()
}

func (b *begun) wordsRequired() bool {
	return b.What == whatQuestion || b.Reason == complaint.Other
}

// reached returns the question that a reader may look at: the one asked for, or
// the first before it that has no answer.
func (b *begun) reached(s step) step {
	if b.check(stepWhat) != nil || !slices.Contains(courses[b.What], s) {
		return stepWhat
	}
	for _, before := range courses[b.What] {
		if before == s {
			break
		}
		if b.check(before) != nil {
			return before
		}
	}
	return s
}

// Step answers GET /complaints/new/{step}: one question.
func (h *Complaints) Step(c echo.Context) error {
	s := step(c.Param("step"))
	if !s.known() {
		return fault.New(fault.NotFound, "")
	}
	return h.showStep(c, http.StatusOK, s, nil)
}

// Answer answers POST /complaints/new/{step}.
func (h *Complaints) Answer(c echo.Context) error {
	s := step(c.Param("step"))
	if !s.known() {
		return fault.New(fault.NotFound, "")
	}
	if s == stepCheck {
		return h.sendChecked(c)
	}
	return h.answer(c, s)
}

// answer keeps the answer to a question, and goes on to the next.
func (h *Complaints) answer(c echo.Context, s step) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	files, err := uploads(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	d, _, err := h.Cases.ReadDraft(ctx, who, complaint.OfNothing, "")
	if err != nil {
		return err
	}
	b := begunOf(&d)
	before := b.What
	b.take(values)
	if courses[b.What] == nil { // the draft is gone, or what is not offered was sent: what was typed waits for the first answer
		b.What, s = "", stepWhat
		err = b.check(s)
	}
	if b.What != before { // what followed from the other answer
		b.Subject, b.Ref, b.Label, b.Item, b.Reason = "", "", "", "", ""
	}
	if s == stepWhich && b.Ref != "" {
		err = h.name(c, &b)
	}
	if err == nil && values.Get(removeField) == "" && values.Get(keepField) == "" {
		err = b.check(s)
	}
	if err == nil || fault.Is(err, fault.Invalid) { // what was typed is kept, right or not
		content, failed := b.content()
		if failed == nil {
			failed = h.Cases.SaveDraftWithGoodFiles(ctx, who, complaint.OfNothing, "", content, files)
		}
		if failed == nil && values.Get(removeField) != "" {
			failed = h.Cases.RemoveDraftFile(ctx, who, values.Get(removeField))
		}
		if failed != nil {
			err = failed
		}
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showStep(c, status, s, &state)
	}
	if err != nil {
		return err
	}
	if values.Get(keepField) != "" {
		page.SetFlash(c, page.ToneOK, "complaints.form.kept_now")
	}
	if values.Get(removeField) != "" || values.Get(keepField) != "" {
		return c.Redirect(http.StatusSeeOther, s.address()+"#"+form.ID(filesField))
	}
	return c.Redirect(http.StatusSeeOther, b.next(s).address())
}

// name finds what the chosen deduction or terminal is called. It returns
// fault.Invalid where the merchant has none such.
func (h *Complaints) name(c echo.Context, b *begun) error {
	b.Subject, b.Item = complaint.OfTerminal, ""
	if b.What == whatDeduction {
		b.Subject = complaint.OfDeduction
	}
	v := &complainPresenter{p: printer(c), subject: b.Subject, ref: b.Ref}
	v.words = caseWords{p: v.p, now: h.Clock.Now(), today: h.today()}
	_, err := h.readAbout(c, v)
	if fault.Is(err, fault.NotFound) {
		var wrong fault.Fields
		wrong.Add("ref", "case.subject_missing")
		return wrong.Err()
	}
	if err != nil {
		return err
	}
	b.Label, b.Item = v.about.Lead, v.item
	if v.about.Money.Text != "" {
		b.Label = v.p.T("complaints.ask.line", "line", v.about.Lead, "amount", v.about.Money.Text, "terminal", v.about.Text)
	}
	return nil
}

// sendChecked files what the reader has checked. The form brings all of it, so
// that what was sent twice is known for what it is.
func (h *Complaints) sendChecked(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	b := begun{}
	b.take(values)
	in, err := b.filing(printer(c))
	if err != nil {
		return c.Redirect(http.StatusSeeOther, complainPath)
	}
	filed, err := h.Cases.File(c.Request().Context(), signin.WhoOf(c), in)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showStep(c, status, stepCheck, &state)
	}
	if err != nil {
		return err
	}
	return h.sent(c, filed)
}

// filing is the case that the answers make. It returns fault.Invalid where one is
// missing.
func (b *begun) filing(p *i18n.Printer) (in complaint.NewCase, err error) {
	for _, s := range append([]step{stepWhat}, courses[b.What]...) {
		if err := b.check(s); err != nil {
			return in, err
		}
	}
	in = complaint.NewCase{Token: b.Token, Kind: kindsOfWhat[b.What], Words: b.Words, FromScratch: true}
	switch b.What {
	case whatDeduction:
		in.Subject, in.Ref, in.Reason = complaint.OfDeduction, b.Ref, b.Reason
	case whatTerminal:
		in.Subject, in.Ref, in.Reason, in.Item = complaint.OfTerminal, b.Ref, b.Reason, b.Item
	case whatOther:
		in.Reason = b.Reason
	case whatCall:
		w := complaint.CallWanted{When: b.When, Phone: b.Phone}
		if err := w.Check(); err != nil {
			return in, err
		}
		in.Words, in.Phone = p.T("complaints.ask.call_said", "when", w.When), w.Phone
		if w.Phone != "" {
			in.Words = p.T("complaints.ask.call_said_at", "when", w.When)
		}
	case whatInvoice:
		w := complaint.InvoiceWanted{Title: b.Title, TaxNumber: b.Tax, Months: b.Months}
		if err := w.Check(); err != nil {
			return in, err
		}
		in.Words = p.T("complaints.ask.invoice_said", "title", w.Title, "months", w.Months)
		if w.TaxNumber != "" {
			in.Words = p.T("complaints.ask.invoice_said_tax", "title", w.Title, "tax", w.TaxNumber, "months", w.Months)
		}
	}
	return in, nil
}

// showStep shows a question: with the state of its answer, or with what was
// answered before. Where an earlier one has no answer, it leads there.
func (h *Complaints) showStep(c echo.Context, status int, s step, state *form.State) error {
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	var d complaint.Draft
	var list *deduction.ListPage
	more := db.NewBatch()
	complaint.AddDraft(more, who, complaint.OfNothing, "", &d)
	var err error
	if s == stepWhich {
		list, err = deduction.ReadListPage(ctx, db.Along(h.DB, more), who.MerchantID, deduction.ListFilter{}, deduction.Place{})
	} else {
		err = h.DB.Read(ctx, more)
	}
	if err != nil {
		return err
	}
	b := begunOf(&d)
	if state == nil {
		if reached := b.reached(s); reached != s {
			return c.Redirect(http.StatusSeeOther, reached.address())
		}
		filled := form.Filled(b.values())
		state = &filled
	} else if s == stepCheck {
		b.take(form.Values{"what": {state.Value("what")}})
	}
	v := &askPresenter{
		p: printer(c), words: caseWords{p: printer(c), now: h.Clock.Now(), today: h.today()}, state: *state, draft: &d, begun: &b, list: list, plans: h.Plans.Plans(),
	}
	frame := h.frame(c, complaintsPath, "complaints.new.title")
	props := v.props(s)
	frame.Title = props.Heading.Title
	frame.Crumbs = []page.Link{{Label: v.p.T("complaints.title"), Href: complaintsPath}, {Label: v.p.T("complaints.new.title")}}
	return page.Render(c, status, portal.ComplainStep(frame, props))
}

// askPresenter writes one question.
type askPresenter struct {
	p     *i18n.Printer
	words caseWords
	state form.State
	draft *complaint.Draft
	begun *begun
	list  *deduction.ListPage // to choose from
	plans planNames
}

func (v *askPresenter) props(s step) portal.ComplainStepProps {
	p := v.p
	props := portal.ComplainStepProps{
		State: v.state, Action: s.address(), Submit: p.T("complaints.ask.next"),
		Back: page.Link{Label: p.T("complaints.ask.back"), Href: v.before(s).address()},
	}
	if s == stepWhat {
		props.Back = page.Link{}
	}
	if s == stepWords {
		props.Keep = draftPath
	}
	switch s {
	case stepWhat:
		props.Heading = components.Heading{Title: p.T("complaints.ask.what"), Lead: p.T("complaints.ask.lead")}
		props.Choice = &components.Field{Name: "what", Label: p.T("complaints.ask.what_label"), Value: v.state.Value("what"), Error: v.state.Error("what"), Required: true}
		props.Options = []components.Option{
			{Value: whatDeduction, Label: p.T("complaints.ask.deduction"), Hint: p.T("complaints.ask.deduction_hint")},
			{Value: whatTerminal, Label: p.T("complaints.ask.terminal")},
			{Value: whatOther, Label: p.T("complaints.ask.other")},
			{Value: whatQuestion, Label: p.T("complaints.ask.question")},
			{Value: whatCall, Label: p.T("complaints.ask.call")},
			{Value: whatInvoice, Label: p.T("complaints.ask.invoice")},
		}
	case stepWhich:
		v.which(&props)
	case stepWrong:
		props.Heading = components.Heading{Title: p.T("complaints.form.reason"), Lead: v.begun.Label}
		field := v.words.reasonField(&v.state)
		props.Choice, props.Options = &field, v.words.reasons(v.begun.Subject, v.begun.Item)
	case stepWords:
		props.Heading = components.Heading{Title: p.T("complaints.ask.words"), Lead: v.begun.Label}
		words := v.words.wordsField(&v.state, v.begun.wordsRequired())
		if v.begun.What == whatQuestion {
			props.Heading.Title = p.T("complaints.ask.question_words")
		}
		files := v.words.filesField(&v.state)
		props.Words, props.Files, props.Drafted = &words, &files, v.words.drafted(v.draft)
	case stepCall:
		props.Heading = components.Heading{Title: p.T("complaints.ask.when")}
		props.Lines = []components.Field{
			{Name: "when", Label: p.T("complaints.ask.when_label"), Hint: p.T("complaints.ask.when_hint"), Value: v.state.Value("when"), Error: v.state.Error("when"), MaxLength: "100", Required: true},
			{
				Name: "phone", Label: p.T("complaints.ask.phone"), Hint: p.T("complaints.ask.phone_hint"), Value: v.state.Value("phone"), Error: v.state.Error("phone"),
				Type: "tel", InputMode: "tel", Autocomplete: "tel", MaxLength: "24", Size: components.Short, Optional: p.T("complaints.form.optional"),
			},
		}
	case stepInvoice:
		props.Heading = components.Heading{Title: p.T("complaints.ask.invoice_title"), Lead: p.T("complaints.ask.invoice_lead")}
		props.Lines = []components.Field{
			{Name: "title", Label: p.T("complaints.ask.title_label"), Value: v.state.Value("title"), Error: v.state.Error("title"), MaxLength: "100", Required: true},
			{Name: "tax", Label: p.T("complaints.ask.tax"), Hint: p.T("complaints.ask.tax_hint"), Value: v.state.Value("tax"), Error: v.state.Error("tax"), MaxLength: "24", Optional: p.T("complaints.ask.tax_optional")},
			{Name: "months", Label: p.T("complaints.ask.months"), Hint: p.T("complaints.ask.months_hint"), Value: v.state.Value("months"), Error: v.state.Error("months"), MaxLength: "100", Required: true},
		}
	case stepCheck:
		v.check(&props)
	}
	return props
}

// before is the question before one.
func (v *askPresenter) before(s step) step {
	i := slices.Index(courses[v.begun.What], s)
	if i <= 0 {
		return stepWhat
	}
	return courses[v.begun.What][i-1]
}

// which lists the latest deductions, or the terminals, to choose from.
func (v *askPresenter) which(props *portal.ComplainStepProps) {
	p := v.p
	field := components.Field{Name: "ref", Value: v.state.Value("ref"), Error: v.state.Error("ref"), Required: true}
	if v.begun.What == whatTerminal {
		props.Heading = components.Heading{Title: p.T("complaints.ask.which_terminal")}
		field.Label = p.T("complaints.ask.which_terminal_label")
		props.Elsewhere = page.Link{Label: p.T("complaints.ask.more_terminals"), Href: terminalsPath}
		for _, t := range v.list.Terminals {
			props.Options = append(props.Options, components.Option{Value: t.SN, Label: terminalName(p, t.Alias, t.SN), Hint: t.Shop})
		}
	} else {
		props.Heading = components.Heading{Title: p.T("complaints.ask.which_deduction"), Lead: p.T("complaints.ask.which_lead")}
		field.Label = p.T("complaints.ask.which_deduction_label")
		props.Elsewhere = page.Link{Label: p.T("complaints.ask.more_deductions"), Href: "/deductions"}
		for i := range v.list.Lines {
			l := &v.list.Lines[i]
			props.Options = append(props.Options, components.Option{
				Value: l.ID, Label: p.T("complaints.ask.option", "day", v.words.day(l.On), "fee", lineName(p, &l.Line), "amount", l.Amount),
				Hint: p.T("complaints.ask.option_hint", "terminal", shownAs(p, l.Terminal.Alias, l.Terminal.SN), "tag", tagOf(p, &l.Line, v.plans.ByID(l.PlanID)).Word),
			})
		}
	}
	if len(props.Options) == 0 {
		props.Elsewhere.Label = p.T("complaints.ask.nothing_listed")
		props.Submit = ""
		return
	}
	props.Choice = &field
}

// check shows all answers, to be sent.
func (v *askPresenter) check(props *portal.ComplainStepProps) {
	p, b := v.p, v.begun
	props.Heading = components.Heading{Title: p.T("complaints.ask.check"), Lead: p.T("complaints.ask.check_lead")}
	props.Submit = p.T("complaints.new.submit")
	if kindsOfWhat[b.What] != complaint.Complaint {
		props.Submit = p.T("complaints.new.submit_question")
	}
	for name, values := range b.values() {
		if values[0] != "" && name != kindField {
			props.Hidden = append(props.Hidden, components.Hidden{Name: name, Value: values[0]})
		}
	}
	slices.SortFunc(props.Hidden, func(a, b components.Hidden) int { return strings.Compare(a.Name, b.Name) })
	add := func(key, text string, s step) {
		if text != "" {
			props.Answers = append(props.Answers, portal.ComplainAnswer{Term: p.T(key), Words: sentences(text), Change: page.Link{Label: p.T("complaints.ask.change"), Href: s.address()}})
		}
	}
	add("complaints.ask.what_answer", p.T(whatNames[b.What]), stepWhat)
	switch b.What {
	case whatDeduction:
		add("complaints.ask.which_deduction_label", b.Label, stepWhich)
	case whatTerminal:
		add("complaints.ask.which_terminal_label", b.Label, stepWhich)
	}
	if words, ok := reasonOptions[b.Reason]; ok && slices.Contains(courses[b.What], stepWrong) {
		add("complaints.form.reason", p.T(words.label), stepWrong)
	}
	if slices.Contains(courses[b.What], stepWords) {
		add("complaints.form.words", b.Words, stepWords)
		files := ""
		for i := range v.draft.Files {
			files += v.words.file(&v.draft.Files[i]) + "\n"
		}
		add("complaints.form.files", files, stepWords)
	}
	if b.What == whatCall {
		add("complaints.ask.when_label", b.When, stepCall)
		add("complaints.ask.phone", b.Phone, stepCall)
	}
	if b.What == whatInvoice {
		add("complaints.ask.title_label", b.Title, stepInvoice)
		add("complaints.ask.tax", b.Tax, stepInvoice)
		add("complaints.ask.months", b.Months, stepInvoice)
	}
	if kindsOfWhat[b.What] == complaint.Complaint && b.Subject != "" {
		props.Note = p.T("complaints.new.holds")
	}
}

var whatNames = map[string]string{
	whatDeduction: "complaints.ask.deduction", whatTerminal: "complaints.ask.terminal", whatOther: "complaints.ask.other",
	whatQuestion: "complaints.ask.question", whatCall: "complaints.ask.call", whatInvoice: "complaints.ask.invoice",
}
