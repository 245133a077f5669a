package portal

import (
	"net/url"
	"strings"
	"time"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// stopPresenter turns what can be stopped, and what was, into finished texts.
type stopPresenter struct {
	agreementWords
	page   *stop.Page
	past   *stop.Past // of a terminal that is said to be gone since a day
	clocks complaint.Clocks
	now    time.Time
}

// stopAsked is what somebody wants stopped.
type stopAsked struct {
	kind stop.Kind
	plan *disclosure.Plan // of a fee; else nil
	fee  *stop.Fee
	on   date.Date
}

var stopKinds = []struct {
	kind       stop.Kind
	word, hint string
}{
	{stop.Returned, "stop.ask.returned", "stop.ask.returned_hint"},
	{stop.Lost, "stop.ask.lost", "stop.ask.lost_hint"},
	{stop.Unused, "stop.ask.unused", "stop.ask.unused_hint"},
}

// kindWord says what became of a terminal.
func (v *stopPresenter) kindWord(k stop.Kind) string {
	switch k {
	case stop.Returned:
		return v.p.T("stop.kinds.returned")
	case stop.Lost:
		return v.p.T("stop.kinds.lost")
	default:
		return v.p.T("stop.kinds.unused")
	}
}

// asked reads what is to stop, or returns fault.Invalid with what is missing.
func (v *stopPresenter) asked(values form.Values) (a stopAsked, err error) {
	var fields fault.Fields
	what := values.Get(stopWhat)
	if code, ok := strings.CutPrefix(what, stopFee); ok {
		a.kind = stop.OfFee
		if a.plan = v.plans.ByCode(code); a.plan != nil {
			a.fee = v.page.Fee(a.plan.ID)
		}
	} else {
		a.kind = stop.Kind(what)
	}
	if !a.kind.OfTerminal() && a.fee == nil {
		fields.Add(stopWhat, "stop.what_missing")
	}
	a.on, err = date.Parse(values.Get(stopOn))
	switch {
	case err != nil:
		fields.Add(stopOn, "stop.day_missing")
	case a.kind == stop.OfFee, a.kind.OfTerminal():
		if first, last := v.page.Days(a.kind, v.today); a.on < first || a.on > last {
			fields.Add(stopOn, "stop.day_outside", "first", first, "last", last)
		}
	}
	return a, fields.Err()
}

func (v *stopPresenter) heading() components.Heading {
	p := v.p
	return components.Heading{
		Title: p.T("stop.title", "alias", shownAs(p, v.page.Alias, v.page.SN)),
		Lead:  p.T("stop.lead", "shop", v.page.Shop, "tail", p.Tail(v.page.SN)),
	}
}

func (v *stopPresenter) ask(mayAnswer bool, state form.State) portal.StopProps {
	p := v.p
	props := portal.StopProps{Heading: v.heading(), State: state, Action: stopAddress(v.page.SN), History: v.history()}
	gone := v.page.IsGone(v.today)
	switch {
	case gone:
		props.Status = p.T("stop.status.gone", "day", v.page.InactiveFrom)
	case !v.page.ReportedGoneOn.IsZero():
		props.Status = p.T("stop.status.reported", "day", v.page.ReportedGoneOn)
	}
	if !mayAnswer {
		props.AskOwner = p.T("stop.ask.owner")
		return props
	}
	ask := &portal.StopAsk{
		What: components.Field{Name: stopWhat, Label: p.T("stop.ask.what"), Value: state.Value(stopWhat), Error: state.Error(stopWhat), Required: true},
		Day: components.Field{
			Name: stopOn, Type: "date", Label: p.T("stop.ask.day"),
			Value: state.Value(stopOn), Error: state.Error(stopOn), Required: true, Size: components.Short,
		},
		Notes: []string{p.T("stop.ask.rate")},
	}
	if ask.Day.Value == "" {
		ask.Day.Value = v.today.String()
	}
	for i := range v.page.Fees {
		ask.Options = append(ask.Options, v.feeOption(&v.page.Fees[i]))
	}
	if len(ask.Options) == 0 {
		ask.Notes = append([]string{p.T("stop.ask.nothing_fee")}, ask.Notes...)
	}
	mayReport := !gone && v.page.ReportedGoneOn.IsZero()
	switch {
	case !mayReport:
		ask.Day.Hint = p.T("stop.ask.day_hint_fee")
	case len(ask.Options) == 0:
		ask.Day.Hint = p.T("stop.ask.day_hint_report")
	default:
		ask.Day.Hint = p.T("stop.ask.day_hint")
	}
	if mayReport {
		for _, k := range stopKinds {
			ask.Options = append(ask.Options, components.Option{Value: string(k.kind), Label: p.T(k.word), Hint: p.T(k.hint)})
		}
	}
	if len(ask.Options) > 0 {
		props.Ask = ask
	}
	return props
}

// feeOption offers a fee, with what is paid of it and what comes next.
func (v *stopPresenter) feeOption(f *stop.Fee) components.Option {
	p, plan := v.p, v.plans.ByID(f.PlanID)
	var hints []string
	if !f.CancelledOn.IsZero() {
		hints = append(hints, p.T("stop.ask.fee_ends", "day", f.CancelledOn))
	}
	if f.PaidThrough >= v.today {
		hints = append(hints, p.T("stop.ask.fee_paid", "through", f.PaidThrough))
	}
	if len(f.Due) > 0 {
		key := "stop.ask.fee_next"
		if f.Due[0].On < v.today {
			key = "stop.ask.fee_open"
		}
		hints = append(hints, p.T(key, "amount", f.Due[0].Amount, "day", f.Due[0].On))
	}
	return components.Option{
		Value: stopFee + plan.Fee.Code, Label: p.T("stop.ask.fee", "fee", plan.Name(string(p.Locale()))),
		Hint: strings.Join(hints, " "),
	}
}

// review says what a request would do.
func (v *stopPresenter) review(a stopAsked, state form.State) portal.StopReview {
	p := v.p
	what := state.Value(stopWhat)
	review := portal.StopReview{
		Heading: v.heading(), State: state, Action: stopAddress(v.page.SN),
		Hidden: []components.Hidden{{Name: stopWhat, Value: what}, {Name: stopOn, Value: a.on.String()}},
		Back:   page.Link{Label: p.T("stop.review.back"), Href: stopAddress(v.page.SN)},
	}
	if a.kind == stop.OfFee {
		review.Facts = v.feeEffect(a)
		review.Confirm = components.Button{Label: p.T("stop.review.confirm_fee"), Look: components.Warning}
		return review
	}
	review.Facts = components.Facts{
		{Term: p.T("stop.review.what"), Text: v.kindWord(a.kind)},
		{Term: p.T("stop.review.day"), Text: p.Date(a.on)},
		{Term: p.T("stop.review.reported"), Body: portal.Sentences([]string{
			p.T("stop.review.reported_line", "day", a.on), v.answerBy(v.now, "stop.review.reported_answer", "stop.review.reported_answer_by"),
			p.T("stop.review.reported_confirmed"), p.T("stop.review.reported_not"),
		})},
		{Term: p.T("stop.review.taken"), Body: portal.StopTaken(v.taken())},
	}
	for i := range v.past.Deposits {
		review.Facts = append(review.Facts, v.deposit(&v.past.Deposits[i]))
	}
	review.Remark = &components.Field{
		Name: stopRemark, Label: p.T("stop.review.remark"), Hint: p.T("stop.review.remark_hint"), Optional: p.T("stop.review.optional"),
		Value: state.Value(stopRemark), Error: state.Error(stopRemark), MaxLength: "500",
	}
	review.Confirm = components.Button{Label: p.T("stop.review.confirm_report")}
	return review
}

// answerBy says by which day staff answer what was asked at a moment, as far as
// that can be known.
func (v *stopPresenter) answerBy(at time.Time, undated, dated string) string {
	if by := v.clocks.AnswerBy(at); !by.IsZero() {
		return v.p.T(dated, "day", by)
	}
	return v.p.T(undated)
}

// taken lists what was taken since the day on which the terminal is said to be
// gone, and says how it comes back.
func (v *stopPresenter) taken() (lines []page.Link, then string) {
	p := v.p
	for i := range v.past.Taken {
		t := &v.past.Taken[i]
		lines = append(lines, page.Link{
			Label: p.T("stop.review.taken_line", "day", t.On, "fee", explain.ItemName(p, fee.Item(t.Item)), "amount", money.Fen(t.Amount)),
			Href:  deductionPath + url.PathEscape(t.LineID),
		})
	}
	if len(lines) == 0 {
		return nil, p.T("stop.review.taken_nothing")
	}
	return lines, p.T("stop.review.taken_back")
}

// deposit says what is held for the terminal, and on what rule it comes back.
func (v *stopPresenter) deposit(d *stop.Deposit) components.Fact {
	p := v.p
	fact := components.Fact{Term: p.T("stop.review.deposit"), Text: p.T("stop.review.deposit_line", "amount", d.Amount)}
	if plan := v.plans.ByID(d.PlanID); plan != nil {
		fact.Part = p.T("stop.review.deposit_rule", "rule", plan.Published(0).Terms.Refund.In(string(p.Locale())))
	}
	return fact
}

// feeEffect says what stopping a fee on a day does.
func (v *stopPresenter) feeEffect(a stopAsked) components.Facts {
	p, e := v.p, a.fee.Stopped(a.on)
	paid := p.T("stop.review.paid_nothing")
	if !e.PaidThrough.IsZero() {
		paid = p.T("stop.review.paid_until", "through", e.PaidThrough)
	}
	still := []string{p.T("stop.review.still_nothing")}
	if len(e.Still) > 0 {
		still = nil
	}
	for _, c := range e.Still {
		still = append(still, p.T("stop.review.still_line", "day", c.From, "amount", c.Amount))
	}
	if len(e.Still) > 1 {
		still = append(still, p.N("stop.review.still_sum", len(e.Still), "amount", e.Owed()))
	}
	spared := p.T("stop.review.spared_nothing")
	if e.Spared != nil {
		spared = p.T("stop.review.spared_line", "day", e.Spared.From, "amount", e.Spared.Amount)
	}
	locale := string(p.Locale())
	return components.Facts{
		{Term: p.T("stop.review.what"), Text: a.plan.Name(locale)},
		{Term: p.T("stop.review.day"), Text: p.Date(a.on)},
		{Term: p.T("stop.review.paid"), Text: paid},
		{Term: p.T("stop.review.still"), Body: portal.Sentences(still)},
		{Term: p.T("stop.review.spared"), Text: spared},
		{Term: p.T("stop.review.refund"), Text: a.plan.Published(0).Terms.Refund.In(locale)},
	}
}

// requestTitle says in a line what a request is about.
func (v *stopPresenter) requestTitle(r *stop.Request) string {
	if r.Kind == stop.OfFee {
		return v.p.T("stop.history.fee", "fee", v.plans.ByID(r.PlanID).Name(string(v.p.Locale())), "day", r.On)
	}
	return v.p.T("stop.history.report", "what", v.kindWord(r.Kind), "day", r.On)
}

// history lists what was asked for the terminal.
func (v *stopPresenter) history() components.Table {
	p := v.p
	table := components.Table{Caption: p.T("stop.history.title"), Columns: []components.Column{
		{Label: p.T("stop.proof.number")}, {Label: p.T("stop.proof.what")}, {Label: p.T("stop.proof.answer")},
	}}
	for i := range v.page.Requests {
		r := &v.page.Requests[i]
		answer := components.Cell{Body: v.tag(r)}
		if r.Answer != nil && !r.Answer.Confirmed {
			answer.Part = r.Answer.Reason
		}
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Body: portal.ProofNumber(page.Link{Label: r.Number, Href: proofAddress(r.SN, r.Number)}), Part: p.ShortDateTime(r.At), Head: true},
			{Text: v.requestTitle(r)}, answer,
		}})
	}
	return table
}

// tag says how a request stands.
func (v *stopPresenter) tag(r *stop.Request) components.Tag {
	switch {
	case r.Kind == stop.OfFee:
		return components.Tag{Verdict: components.OK, Word: v.p.T("stop.history.done")}
	case r.Answer == nil:
		return components.Tag{Verdict: components.Wait, Word: v.p.T("stop.history.waiting")}
	case r.Answer.Confirmed:
		return components.Tag{Verdict: components.OK, Word: v.p.T("stop.history.confirmed")}
	default:
		return components.Tag{Verdict: components.Bad, Word: v.p.T("stop.history.not_confirmed")}
	}
}

// waiting says what holds until staff answer a request, and by when they do.
func (v *stopPresenter) waiting(r *stop.Request, hotline string) []string {
	p := v.p
	by := v.clocks.AnswerBy(r.At)
	switch {
	case by.IsZero():
		return []string{p.T("stop.proof.waiting")}
	case by >= v.today:
		return []string{p.T("stop.proof.waiting"), p.T("stop.proof.waiting_by", "day", by)}
	case hotline == "":
		return []string{p.T("stop.proof.waiting"), p.T("stop.proof.waiting_late", "day", by)}
	default:
		return []string{p.T("stop.proof.waiting"), p.T("stop.proof.waiting_late_call", "day", by, "hotline", hotline)}
	}
}

// proof writes a request out.
func (v *stopPresenter) proof(r *stop.Request, merchant, hotline string) portal.StopProof {
	p, locale := v.p, string(v.p.Locale())
	title, lead, what := p.T("stop.proof.title_report"), p.T("stop.done.reported", "number", r.Number), v.kindWord(r.Kind)
	if r.Kind == stop.OfFee {
		title, lead, what = p.T("stop.proof.title"), p.T("stop.done.fee", "number", r.Number), p.T("stop.proof.fee", "fee", v.plans.ByID(r.PlanID).Name(locale))
	}
	if r.Answer != nil {
		lead = ""
	}
	proof := portal.StopProof{
		Heading: components.Heading{Title: title, Lead: lead},
		Facts: components.Facts{
			{Term: p.T("stop.proof.number"), Text: r.Number},
			{Term: p.T("stop.proof.merchant"), Text: merchant},
			{Term: p.T("stop.proof.terminal"), Text: p.T("stop.proof.terminal_value", "alias", shownAs(p, r.Alias, r.SN), "tail", p.Tail(r.SN), "shop", r.Shop)},
			{Term: p.T("stop.proof.what"), Text: what},
			{Term: p.T("stop.proof.day"), Text: p.Date(r.On)},
			{Term: p.T("stop.proof.by"), Text: p.T("stop.proof.by_value", "who", r.Name, "when", p.DateTime(r.At))},
		},
		Back: page.Link{Label: p.T("stop.proof.back"), Href: terminalAddress(r.SN)},
	}
	add := func(term string, text ...string) {
		proof.Facts = append(proof.Facts, components.Fact{Term: p.T(term), Body: portal.Sentences(text)})
	}
	if r.Remark != "" {
		add("stop.proof.remark", r.Remark)
	}
	if !r.PaidThrough.IsZero() {
		add("stop.proof.paid", p.T("stop.review.paid_until", "through", r.PaidThrough))
	}
	switch {
	case r.Kind == stop.OfFee:
		add("stop.proof.answer", p.T("stop.proof.no_answer_needed", "day", r.On))
	case r.Answer == nil:
		add("stop.proof.answer", v.waiting(r, hotline)...)
	case r.Answer.Confirmed:
		add("stop.proof.answer", p.T("stop.proof.confirmed", "moment", p.DateTime(r.Answer.At), "day", r.Answer.GoneFrom))
	default:
		result := []string{p.T("stop.proof.not_confirmed", "moment", p.DateTime(r.Answer.At), "reason", r.Answer.Reason)}
		if hotline != "" {
			result = append(result, p.T("stop.proof.not_confirmed_next", "hotline", hotline))
		}
		add("stop.proof.answer", result...)
	}
	return proof
}
