package portal

import (
	"strings"
	"time"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// caseWords names what cases are about and how they stand.
type caseWords struct {
	p     *i18n.Printer
	now   time.Time
	today date.Date
}

var caseReasons = map[complaint.Reason]string{
	complaint.NeverAgreed: "complaints.what.never_agreed", complaint.NotTold: "complaints.what.not_told", complaint.TooMuch: "complaints.what.too_much",
	complaint.Twice: "complaints.what.twice", complaint.StoppedFee: "complaints.what.stopped", complaint.TerminalGone: "complaints.what.gone",
	complaint.Deposit: "complaints.what.deposit", complaint.BrokenRule: "complaints.what.broken_rule", complaint.Other: "complaints.what.other",
}

var caseKinds = map[complaint.Kind]string{
	complaint.Question: "complaints.what.question", complaint.Callback: "complaints.what.callback", complaint.Invoice: "complaints.what.invoice",
	complaint.Stop: "complaints.what.stop",
}

// what says what a case is about, without a full stop.
func (w *caseWords) what(l *complaint.Listed) string {
	if key, ok := caseKinds[l.Kind]; ok {
		return w.p.T(key)
	}
	return w.p.T(caseReasons[l.Reason], "fee", w.fee(l.Item))
}

func (w *caseWords) fee(item fee.Item) string {
	if item == "" {
		return w.p.T("complaints.what.fee")
	}
	return explain.ItemName(w.p, item)
}

var caseStates = map[worktime.State]struct {
	word string
	tone components.Verdict
}{
	worktime.Received:         {"complaints.state.received", components.Info},
	worktime.Accepted:         {"complaints.state.accepted", components.Info},
	worktime.Investigating:    {"complaints.state.investigating", components.Info},
	worktime.AwaitingMerchant: {"complaints.state.awaiting", components.Wait},
	worktime.Decided:          {"complaints.state.decided", components.OK},
	worktime.RefundPending:    {"complaints.state.refund", components.Info},
	worktime.Closed:           {"complaints.state.closed", components.None},
	worktime.Withdrawn:        {"complaints.state.withdrawn", components.None},
}

// state is where a case is, in a word or two.
func (w *caseWords) state(l *complaint.Listed) components.Tag {
	if l.MergedInto != "" {
		return components.Tag{Verdict: components.None, Word: w.p.T("complaints.state.merged")}
	}
	s := caseStates[l.State]
	return components.Tag{Verdict: s.tone, Word: w.p.T(s.word)}
}

// promise says what comes next and by when.
func (w *caseWords) promise(l *complaint.Listed) string {
	switch {
	case l.MergedInto != "":
		return w.p.T("complaints.promise.merged", "number", l.MergedInto)
	case l.State == worktime.AwaitingMerchant:
		return w.p.T("complaints.promise.awaiting")
	case l.State == worktime.Decided:
		return w.p.T("complaints.promise.decided")
	case l.State == worktime.RefundPending:
		return w.p.T("complaints.promise.refund")
	case !l.State.UnderWay():
		return ""
	case !w.now.Before(l.NextDueAt):
		return w.p.T("complaints.promise.late", "moment", w.by(l.NextDueAt))
	case l.State == worktime.Received:
		return w.p.T("complaints.promise.contact", "moment", w.by(l.NextDueAt))
	default:
		return w.p.T("complaints.promise.next", "moment", w.by(l.NextDueAt))
	}
}

// moment writes an instant without its year where that is the present one.
func (w *caseWords) moment(t time.Time) string {
	year, _, _ := date.Of(t).Civil()
	if now, _, _ := w.today.Civil(); year == now {
		return w.p.ShortDateTime(t)
	}
	return w.p.DateTime(t)
}

// day writes a date likewise.
func (w *caseWords) day(d date.Date) string { return dayInList(w.p, d, w.today) }

// weekdays are Monday to Sunday.
var weekdays = [7]string{
	"complaints.week.mon", "complaints.week.tue", "complaints.week.wed", "complaints.week.thu", "complaints.week.fri", "complaints.week.sat", "complaints.week.sun",
}

// by is the moment of a promise with its day of the week, as a person says it.
func (w *caseWords) by(t time.Time) string {
	day := date.Of(t)
	if t.Equal(day.Start()) { // the end of the day before
		return w.lastDay(day.AddDays(-1))
	}
	return w.p.T("complaints.week.moment", "weekday", w.weekday(day), "day", w.day(day), "time", w.p.Time(t))
}

// lastDay is a day with its day of the week.
func (w *caseWords) lastDay(day date.Date) string {
	return w.p.T("complaints.week.day", "weekday", w.weekday(day), "day", w.day(day))
}

func (w *caseWords) weekday(day date.Date) string {
	return w.p.T(weekdays[day.DaysSince(worktime.FirstDay)%7])
}

// table lists cases.
func (w *caseWords) table(caption string, cases []complaint.Listed, open bool) components.Table {
	t := components.Table{Caption: w.p.T(caption), Columns: []components.Column{
		{Label: w.p.T("complaints.columns.what")}, {Label: w.p.T("complaints.columns.filed")}, {Label: w.p.T("complaints.columns.state")},
	}}
	if open {
		t.Columns = append(t.Columns, components.Column{Label: w.p.T("complaints.columns.next")})
	}
	for i := range cases {
		l := &cases[i]
		row := components.Row{Cells: []components.Cell{
			{Body: portal.CaseLink(page.Link{Label: w.what(l), Href: caseAddress(l.Number)}, l.Number), Head: true}, {Text: w.day(date.Of(l.FiledAt))}, {Tag: w.state(l)},
		}}
		if open {
			row.Cells = append(row.Cells, components.Cell{Text: w.promise(l)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// size says how large a file is.
func (w *caseWords) size(bytes int64) string {
	if bytes < 1<<20 {
		return w.p.T("complaints.files.kilobytes", "n", (bytes+1023)>>10)
	}
	return w.p.T("complaints.files.megabytes", "n", (bytes+1<<20-1)>>20)
}

// file names a file and says how large it is.
func (w *caseWords) file(f *complaint.File) string {
	return w.p.T("complaints.files.one", "name", f.Name, "size", w.size(f.Bytes))
}

// sentences takes what somebody wrote apart at its line breaks.
func sentences(text string) []string { return paragraphs(strings.TrimSpace(text)) }
