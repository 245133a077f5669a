package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// values are what stands in the places of a text.
type values struct {
	*draft
	lines    []notice.Line
	short    bool   // dates without their year
	sms      bool   // for a text message
	tailOnly bool   // terminals without their names
	fields   bool   // for the places of a template in WeChat
	signedBy string // who sends a text message; empty: the acquirer's short name
}

// of are the values of the whole letter.
func (d *draft) of() values { return values{draft: d, lines: d.letter.Lines} }

// ofLine are the values of one line of it.
func (d *draft) ofLine(l notice.Line) values { return values{draft: d, lines: []notice.Line{l}} }

// value returns what stands in a place, and nothing where there is nothing to
// say.
func (v values) value(place string) string {
	first := &v.lines[0]
	switch place {
	case "operator":
		return cmp.Or(v.signedBy, v.in(v.operator.ShortName))
	case "merchant":
		return oneLine(v.letter.Merchant)
	case "n":
		return v.p.Count(int64(v.things()))
	case "date":
		return v.span(func(l *notice.Line) date.Date { return v.dayOf(l) })
	case "before_date":
		return v.span(func(l *notice.Line) date.Date {
			if l.Facts.On.IsZero() {
				return v.dayOf(l)
			}
			return l.Facts.On
		})
	case "taken_on":
		return v.span(func(l *notice.Line) date.Date { return l.Facts.On })
	case "at":
		return v.lastMoment()
	case "month":
		return v.p.Month(v.dayOf(first))
	case "amount":
		return v.money(v.total(func(l *notice.Line) money.Fen { return v.amountOf(l) }))
	case "before":
		return v.before(first)
	case "after":
		if len(v.lines) > 1 {
			return v.p.T("notices.price_new")
		}
		return v.price(first, first.Facts.After, first.Facts.AfterRate)
	case "item":
		return v.item()
	case "terminal":
		return v.terminal()
	case "name":
		return v.name()
	case "period":
		return v.period(first)
	case "every":
		return v.every(first)
	case "once":
		return v.once(first)
	case "again":
		if first.Round > 1 {
			return v.p.T("notices.again")
		}
	case "wait":
		if v.letter.InboxOnly {
			return v.p.T("notices.wait")
		}
	case "left":
		return v.left(first)
	case "more":
		return v.more(first)
	case "reason":
		return v.reason()
	case "percent":
		return v.p.Count(int64(v.percent())) + "%"
	case "used":
		if first.Facts.AllowanceMB > 0 {
			return v.p.T("notices.megabytes", "n", first.Facts.UsedMB)
		}
	case "allowance":
		if first.Facts.AllowanceMB > 0 {
			return v.p.T("notices.megabytes", "n", first.Facts.AllowanceMB)
		}
	case "number":
		if n := v.things(); n > 1 {
			return v.p.N("notices.cases", n)
		}
		return orDash(oneLine(first.Facts.Number))
	case "news":
		return v.news(first)
	case "promise":
		return v.promise(first)
	case "text":
		if first.Facts.Step == "merged" {
			return "" // the number of the case that goes on, which the promise names
		}
		return oneLine(first.Facts.Text)
	case "what":
		return v.what(first)
	}
	return ""
}

// things counts what the letter is about: its lines, but a case once, however much
// there is to say of it.
func (v values) things() int {
	if v.letter.Kind.Event() != notice.EventComplaint {
		return len(v.lines)
	}
	numbers := map[string]bool{}
	for i := range v.lines {
		numbers[v.lines[i].Facts.Number] = true
	}
	return len(numbers)
}

// dayOf is the day that a line names.
func (v values) dayOf(l *notice.Line) date.Date {
	switch {
	case (v.isOfPrice() || v.isReading()) && !l.Facts.On.IsZero():
		return l.Facts.On
	case !l.DueOn.IsZero():
		return l.DueOn
	case !l.Facts.At.IsZero():
		return date.Of(l.Facts.At)
	}
	return date.Of(v.letter.CreatedAt)
}

// isOfPrice reports whether the letter is about a price that was to rise.
func (v values) isOfPrice() bool { return v.letter.Kind.Event() == notice.EventFeeChange }

// isReading reports whether the letter tells what a carrier reported of a day,
// which may be another one than that of the letter, and of another month.
func (v values) isReading() bool {
	return v.letter.Kind == notice.SIMUsage || v.letter.Kind == notice.LowBalance
}

// amountOf is the amount that a line names.
func (v values) amountOf(l *notice.Line) money.Fen {
	if v.letter.Kind == notice.LowBalance {
		return l.Facts.Balance
	}
	return l.Amount
}

func (v values) total(of func(*notice.Line) money.Fen) (sum money.Fen) {
	for i := range v.lines {
		sum = sum.Plus(of(&v.lines[i]))
	}
	return sum
}

// span writes the one day of all lines, or which they are where they differ.
func (v values) span(of func(*notice.Line) date.Date) string {
	var days []date.Date
	for i := range v.lines {
		if d := of(&v.lines[i]); !d.IsZero() {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	switch n := len(days); {
	case n == 0:
		return ""
	case n == 1:
		return v.day(days[0])
	case v.fields:
		return v.day(days[0]) + "~" + v.day(days[n-1])
	case n == 2:
		return v.p.List([]string{v.day(days[0]), v.day(days[1])})
	default:
		return v.p.T("notices.days", "from", v.day(days[0]), "to", v.day(days[n-1]))
	}
}

// day writes a date; for WeChat in English so that it reads it as one.
func (v values) day(d date.Date) string {
	switch {
	case v.fields && v.p.Locale() == i18n.En:
		return d.String()
	case v.short:
		return v.p.ShortDate(d)
	}
	return v.p.Date(d)
}

func (v values) percent() (most int) {
	for i := range v.lines {
		most = max(most, v.lines[i].Facts.Percent)
	}
	return most
}

func (v values) lastMoment() string {
	var last time.Time
	for i := range v.lines {
		if at := v.lines[i].Facts.At; at.After(last) {
			last = at
		}
	}
	if last.IsZero() {
		last = v.letter.CreatedAt
	}
	switch {
	case v.fields && v.p.Locale() == i18n.En:
		return date.Of(last).String() + " " + v.p.Time(last)
	case v.short:
		return v.p.ShortDateTime(last)
	}
	return v.p.DateTime(last)
}

// money writes an amount; in a Chinese text message with a word for the unit,
// since not every phone shows the sign.
func (v values) money(f money.Fen) string {
	if v.sms && v.p.Locale() == i18n.ZhCN {
		return v.p.T("notices.yuan", "amount", strings.TrimPrefix(v.p.Money(int64(f)), "¥"))
	}
	return v.p.Money(int64(f))
}

func (v values) before(l *notice.Line) string {
	switch {
	case !v.isOfPrice():
		return v.money(v.total(func(l *notice.Line) money.Fen { return l.Facts.Before }))
	case len(v.lines) > 1, l.Facts.Before == 0 && l.Facts.BeforeRate == 0:
		return v.p.T("notices.price_now")
	}
	return v.price(l, l.Facts.Before, l.Facts.BeforeRate)
}

// price writes a price with how often it comes, where the plan is known.
func (v values) price(l *notice.Line, amount money.Fen, rate money.Rate) string {
	if rate > 0 {
		return explain.Price(v.p, fee.Price{Kind: fee.PerSale, Rate: rate})
	}
	price, ok := v.priceOf(l)
	if !ok || price.Kind == fee.PerSale {
		return v.money(amount)
	}
	text := explain.Price(v.p, fee.Price{Kind: price.Kind, Amount: amount, CycleMonths: price.CycleMonths})
	return strings.Replace(text, v.p.Money(int64(amount)), v.money(amount), 1)
}

// more says what a price would have cost more over the last twelve months.
func (v values) more(l *notice.Line) string {
	if l.Facts.YearMore <= 0 || l.Facts.Terminals <= 0 {
		return ""
	}
	return v.p.N("notices.more", l.Facts.Terminals, "amount", v.money(l.Facts.YearMore))
}

// priceOf returns the price that a line is about.
func (v values) priceOf(l *notice.Line) (fee.Price, bool) {
	if v.o.Plan == nil || l.PlanID == 0 {
		return fee.Price{}, false
	}
	plan := v.o.Plan(l.PlanID)
	if plan == nil {
		return fee.Price{}, false
	}
	at := slices.IndexFunc(plan.Versions, func(version fee.Version) bool { return version.Number == l.Version })
	if at < 0 {
		return fee.Price{}, false
	}
	return plan.Versions[at].Price, true
}

// item names what all lines are for, or counts them where they differ.
func (v values) item() string {
	first := v.lines[0].Item
	for i := range v.lines {
		if v.lines[i].Item != first {
			return v.p.N("notices.fees", len(v.lines))
		}
	}
	switch {
	case len(v.lines) > 1:
		return v.p.N("notices.fees_of", len(v.lines), "item", explain.ItemInText(v.p, first))
	case v.fields:
		return explain.ItemName(v.p, first)
	}
	return explain.ItemInText(v.p, first)
}

// terminal names the terminal of all lines, or counts them where they differ.
func (v values) terminal() string {
	first := &v.lines[0]
	if n := v.terminals(); n > 1 {
		return v.p.N("notices.terminals", n)
	}
	alias, tail := oneLine(first.Terminal), lastRunes(first.SN, 4)
	switch {
	case tail == "" && (alias == "" || v.tailOnly):
		return v.p.T("notices.terminal.unknown")
	case tail == "":
		return alias
	case v.sms && (v.tailOnly || alias == ""):
		return v.p.T("notices.terminal.sms_bare", "tail", tail)
	case v.sms:
		return v.p.T("notices.terminal.sms_named", "alias", alias, "tail", tail)
	case alias == "":
		return v.p.T("explain.terminal.bare", "tail", v.p.Tail(first.SN))
	}
	return v.p.T("explain.terminal.named", "alias", alias, "tail", v.p.Tail(first.SN))
}

// name is the terminal as briefly as its merchant knows it.
func (v values) name() string {
	first := &v.lines[0]
	if v.terminals() == 1 && first.Terminal != "" {
		return oneLine(first.Terminal)
	}
	return v.terminal()
}

func (v values) terminals() int {
	different := map[int64]bool{}
	for i := range v.lines {
		different[v.lines[i].TerminalID] = true
	}
	return len(different)
}

func (v values) period(l *notice.Line) string {
	if l.PeriodFrom.IsZero() || l.PeriodTo.IsZero() {
		return ""
	}
	return v.p.Span(l.PeriodFrom, l.PeriodTo)
}

// every says how often the charge comes.
func (v values) every(l *notice.Line) string {
	if l.PeriodFrom.IsZero() || l.PeriodTo.IsZero() {
		return v.p.T("notices.once")
	}
	return explain.Every(v.p, months(l.PeriodFrom, l.PeriodTo))
}

// once says of a charge that comes no other time that it does not.
func (v values) once(l *notice.Line) string {
	if l.PeriodFrom.IsZero() || !l.PeriodTo.IsZero() {
		return ""
	}
	return v.p.T("notices.only_once")
}

// months counts the months of a cycle. Adding months stays within the month that
// is meant, so that the months' numbers tell.
func months(from, to date.Date) int {
	y1, m1, _ := from.Civil()
	y2, m2, _ := to.AddDays(1).Civil()
	return max(1, (y2-y1)*12+int(m2-m1))
}

// left says how many days there are until a price is meant.
func (v values) left(l *notice.Line) string {
	if l.LeadDays > 0 {
		return v.p.N("notices.left", l.LeadDays, "date", v.value("date"))
	}
	return v.p.T("notices.left_today")
}

// reason names the rules that stopped a deduction.
func (v values) reason() string {
	var codes, all []string
	for i := range v.lines {
		codes = append(codes, v.lines[i].Facts.Reasons...)
	}
	said := ""
	for _, name := range codes {
		text := v.p.T("notices.reason_other")
		var code fee.Code
		if code.UnmarshalText([]byte(name)) == nil {
			text = explain.ShortReason(v.p, code)
		}
		if text = lowerFirst(text); slices.Contains(all, text) {
			continue
		}
		if all = append(all, text); said != "" {
			text = v.p.T("notices.reasons", "first", said, "next", text)
		}
		said = text
	}
	if said == "" {
		said = lowerFirst(v.p.T("notices.reason_other"))
	}
	return said
}

// signInSteps are what happened to a sign-in, by the kind of the message that
// says so.
var signInSteps = map[string]string{
	"new_device": "notices.security.new_device", "invitation": "notices.security.invitation", "phone_changed": "notices.security.phone_changed",
	"phone_request": "notices.security.phone_request", "password_set": "notices.security.password_set",
	"account_closed": "notices.security.account_closed", "membership_ends": "notices.security.membership_ends",
	"member_role": "notices.security.member_role", "overage_on": "notices.security.overage_on", "overage_off": "notices.security.overage_off",
	"data_ready": "notices.security.data_ready", "data_failed": "notices.security.data_failed",
}

func (v values) what(l *notice.Line) string {
	if key, ok := signInSteps[l.Facts.Step]; ok {
		return v.p.T(key)
	}
	return v.p.T("notices.security.other")
}

// caseSteps say what became of a case in a few words, and what comes of that,
// with the day on which it does.
var caseSteps = map[string]struct{ news, promise string }{
	"filed":     {"notices.case.filed", "notices.case.filed_promise"},
	"opened":    {"notices.case.opened", "notices.case.opened_promise"},
	"split":     {"notices.case.split", "notices.case.filed_promise"},
	"merged":    {"notices.case.merged", "notices.case.merged_promise"},
	"assigned":  {"notices.case.assigned", ""},
	"reply":     {"notices.case.reply", ""},
	"ask":       {"notices.case.ask", "notices.case.ask_promise"},
	"extended":  {"notices.case.extended", "notices.case.extended_promise"},
	"decided":   {"notices.case.decided", "notices.case.decided_promise"},
	"refund":    {"notices.case.refund", "notices.case.refund_promise"},
	"refunded":  {"notices.case.refunded", ""},
	"closed":    {"notices.case.closed", ""},
	"withdrawn": {"notices.case.withdrawn", "notices.case.withdrawn_promise"},
	"review":    {"notices.case.review", "notices.case.filed_promise"},
	"reopened":  {"notices.case.reopened", "notices.case.filed_promise"},
	// Of something that went wrong for many.
	"put_right":     {"notices.case.put_right", "notices.case.put_right_promise"},
	"cause_told":    {"notices.case.cause_told", ""},
	"cause_stopped": {"notices.case.cause_stopped", ""},
}

func (v values) news(l *notice.Line) string {
	if s, ok := caseSteps[l.Facts.Step]; ok {
		return v.p.T(s.news)
	}
	return v.p.T("notices.case.other")
}

// promise says what comes next; where that has a day and none is known, nothing.
func (v values) promise(l *notice.Line) string {
	s := caseSteps[l.Facts.Step]
	switch {
	case s.promise == "":
		return ""
	case !l.Facts.On.IsZero():
		return v.p.T(s.promise, "day", v.day(l.Facts.On), "number", oneLine(l.Facts.Text))
	case l.Facts.Step == "merged" || l.Facts.Step == "ask" || l.Facts.Step == "refund" || l.Facts.Step == "withdrawn":
		return v.p.T(s.promise, "number", oneLine(l.Facts.Text))
	}
	return ""
}

// oneLine makes one line of what somebody wrote.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}

func lowerFirst(text string) string {
	r := []rune(text)
	if len(r) > 0 {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}

func lastRunes(text string, n int) string {
	r := []rune(text)
	return string(r[max(0, len(r)-n):])
}
