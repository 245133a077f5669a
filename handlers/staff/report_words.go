package staff

import (
	"strconv"

	"github.com/mingbai/mingbai/handlers/figures"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
)

// part writes a share of a whole, and that there is none.
func part(p *i18n.Printer, n, of int64) string {
	if of == 0 {
		return p.T("reports.no_share")
	}
	return figures.Share(p, n*1_000_000/of)
}

// caseReport puts complaints of some time into words.
type caseReport struct {
	p *i18n.Printer
	c *report.Complaints
}

// facts are the first things that somebody asks for.
func (w caseReport) facts() components.Facts {
	p, c := w.p, w.c
	filed, decided := c.Filed(), c.Decided()
	within := c.Speeds[string(report.WithinOne)]
	facts := components.Facts{
		{Term: p.T("reports.filed"), Text: p.N("reports.cases", int(filed))},
		{Term: p.T("reports.closed"), Text: part(p, c.Closed(), filed), Part: p.N("reports.cases", int(c.Closed()))},
		{Term: p.T("reports.within_day"), Text: part(p, within, filed), Part: p.N("reports.cases", int(within))},
		{Term: p.T("reports.upheld"), Text: part(p, c.Upheld(), decided), Part: p.T("reports.of_decided", "n", p.Count(c.Upheld()), "of", p.Count(decided))},
	}
	if n, stars := c.Rated(); n > 0 {
		tenths := (stars*10 + n/2) / n
		facts = append(facts, components.Fact{
			Term: p.T("admin_board.rating"), Text: p.T("admin_board.stars", "n", strconv.FormatInt(tenths/10, 10)+"."+strconv.FormatInt(tenths%10, 10)), Part: p.N("admin_board.ratings", int(n)),
		})
	}
	return facts
}

// ruleFacts are how much was held, and how much of what was sent arrived.
func ruleFacts(p *i18n.Printer, f *report.CaseFigures) (facts components.Facts) {
	if all := f.Asked(); all > 0 {
		facts = append(facts, components.Fact{Term: p.T("reports.hold_rate"), Text: part(p, f.Gate["held"], all), Part: p.N("reports.asked", int(all))})
	}
	if arrived, out := f.Delivered(); out > 0 {
		facts = append(facts, components.Fact{Term: p.T("reports.delivery_rate"), Text: part(p, arrived, out), Part: p.N("reports.sent", int(out))})
	}
	return facts
}

// speedNames name how complaints stand.
var speedNames = map[report.Speed]string{
	report.WithinOne: "reports.speed.within_1", report.WithinThree: "reports.speed.within_3", report.OverThree: "reports.speed.over_3",
	report.Withdrawn: "reports.speed.withdrawn", report.Open: "reports.speed.open",
}

func (w caseReport) speed() components.Stack {
	p, filed := w.p, w.c.Filed()
	s := components.Stack{Title: p.T("reports.speed.chart"), Sum: components.Fact{Term: p.T("reports.filed"), Text: p.Count(filed)}}
	for _, speed := range report.Speeds {
		n := w.c.Speeds[string(speed)]
		s.Parts = append(s.Parts, components.StackPart{Label: p.T(speedNames[speed]), Amount: p.Count(n), Part: part(p, n, filed), Value: n})
	}
	return s
}

// drawnSpeeds are the parts of a column, the lowest first.
var drawnSpeeds = [][]report.Speed{{report.WithinOne}, {report.WithinThree}, {report.Open, report.Withdrawn}, {report.OverThree}}

// days draws the complaints by the day or by the month on which they were filed,
// with the same numbers as a table.
func (w caseReport) days(f *report.CaseFigures, first, last date.Date, byMonth bool) (components.Columns, components.Table) {
	p := w.p
	next, name, label := func(d date.Date) date.Date { return d.AddDays(1) }, func(d date.Date) string { return p.ShortDate(d) }, "reports.day"
	if byMonth {
		next, name, label = func(d date.Date) date.Date { return d.AddMonths(1) }, func(d date.Date) string { return p.Month(d) }, "reports.month"
	}
	known := map[date.Date]report.Counts{}
	for _, day := range f.Days {
		known[day.On] = day.Speeds
	}
	c := components.Columns{Title: p.T("reports.days.chart", "span", p.Span(first, last))}
	t := components.Table{Caption: p.T("reports.days.title"), Columns: []components.Column{{Label: p.T(label)}, {Label: p.T("reports.filed"), Num: true}}}
	for _, part := range drawnSpeeds {
		words := p.T(speedNames[part[0]])
		if len(part) > 1 {
			words = p.T("reports.speed.rest")
		}
		c.Parts = append(c.Parts, words)
		t.Columns = append(t.Columns, components.Column{Label: words, Num: true})
	}
	most := int64(0)
	for on := first; on <= last; on = next(on) {
		speeds := known[on]
		column := make([]int64, len(drawnSpeeds))
		row := components.Row{Cells: []components.Cell{{Text: name(on), Head: true}, {Text: p.Count(speeds.All())}}}
		for i, part := range drawnSpeeds {
			for _, speed := range part {
				column[i] += speeds[string(speed)]
			}
			row.Cells = append(row.Cells, components.Cell{Text: p.Count(column[i])})
		}
		c.Columns = append(c.Columns, column)
		if c.First == "" {
			c.First = name(on)
		}
		c.Last, most = name(on), max(most, speeds.All())
		if speeds.All() > 0 {
			t.Rows = append(t.Rows, row)
		}
	}
	c.Most = p.T("reports.most", "n", p.Count(most))
	return c, t
}

// named is something that is counted, with its words.
type named struct {
	words string
	n     int64
}

// bars is a table of counts, each with its share drawn beside it.
func bars(p *i18n.Printer, caption, name, count string, all []named, of int64) components.Table {
	t := components.Table{Caption: p.T(caption), Columns: []components.Column{{Label: p.T(name)}, {Label: p.T(count), Num: true}, {Label: p.T("reports.share")}}}
	for _, one := range all {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: one.words, Head: true}, {Text: p.Count(one.n)}, {Body: components.Meter{Text: part(p, one.n, of), Value: one.n, Max: of}},
		}})
	}
	return t
}

// inOrder names counts in an order, without those that are none.
func inOrder[T ~string](p *i18n.Printer, counts report.Counts, order []T, words map[T]string) (all []named) {
	for _, one := range order {
		if n := counts[string(one)]; n > 0 {
			all = append(all, named{p.T(words[one]), n})
		}
	}
	return all
}

func (w caseReport) reasons() components.Table {
	return bars(w.p, "reports.reasons", "reports.reason", "reports.count", w.namedReasons(), w.c.Filed())
}

func (w caseReport) namedReasons() []named {
	return inOrder(w.p, w.c.Reasons, report.ComplaintReasons, caseReasons)
}

func (w caseReport) findings() components.Table {
	return bars(w.p, "reports.findings", "reports.finding", "reports.count", w.namedFindings(), w.c.Decided())
}

func (w caseReport) namedFindings() []named {
	return inOrder(w.p, w.c.Findings, report.Findings, caseFindings)
}

func (w caseReport) channels() components.Table {
	return bars(w.p, "reports.channels", "reports.channel", "reports.count", w.namedChannels(), w.c.Filed())
}

func (w caseReport) namedChannels() []named {
	order := []complaint.Channel{complaint.ByPortal, complaint.ByPhone, complaint.ByLetter, complaint.ByAuthority, complaint.ByItself}
	return inOrder(w.p, w.c.Channels, order, caseChannels)
}

func (w caseReport) causes(causes []report.Cause) components.Table {
	all := make([]named, 0, len(causes))
	for _, c := range causes {
		all = append(all, named{c.Words, c.N})
	}
	return bars(w.p, "reports.causes", "reports.cause", "reports.count", all, w.c.Decided())
}

func (w caseReport) stars() components.Table {
	n, _ := w.c.Rated()
	var all []named
	for stars := 5; stars > 0; stars-- {
		if given := w.c.Stars[strconv.Itoa(stars)]; given > 0 {
			all = append(all, named{w.p.N("admin_cases.rating.of_five", stars), given})
		}
	}
	return bars(w.p, "reports.ratings", "admin_board.rating", "reports.times_given", all, n)
}

// regions lists where complaints came from, the most frequent first, and those of
// merchants of whom it is not known last.
func (w caseReport) regions() components.Table {
	return bars(w.p, "reports.regions", "reports.region", "reports.count", w.namedRegions(), w.c.Filed())
}

func kindTable(p *i18n.Printer, kinds report.Counts) components.Table {
	order := []complaint.Kind{complaint.Complaint, complaint.Question, complaint.Callback, complaint.Invoice, complaint.Stop}
	return bars(p, "reports.kinds", "reports.kind", "reports.count", inOrder(p, kinds, order, caseKinds), kinds.All())
}

func breachTable(p *i18n.Printer, breaches report.Counts) components.Table {
	order := []worktime.Name{worktime.FirstContact, worktime.Resolution, worktime.Reply}
	return bars(p, "reports.breaches", "admin_board.clock", "reports.breached_times", inOrder(p, breaches, order, caseClocks), breaches.All())
}

// What the gate answered, and what became of messages, by their names in figures.
var (
	gateAnswers = map[string]string{
		"authorized": "reports.gate.allowed", "held": "reports.gate.held", "denied": "reports.gate.denied", "ungated": "reports.gate.ungated",
	}
	noticeFates = map[string]string{
		report.NoticeArrived: "reports.notices.arrived", report.NoticeTaken: "reports.notices.taken",
		report.NoticeWaiting: "reports.notices.waiting", report.NoticeFailed: "reports.notices.failed",
	}
)

func gateTable(p *i18n.Printer, gate report.Counts) components.Table {
	order := []string{"authorized", "held", "denied", "ungated"}
	return bars(p, "reports.gate.title", "reports.gate.answer", "reports.gate.count", inOrder(p, gate, order, gateAnswers), gate.All())
}

// noticeTable says what became of messages. They are counted once a day is over,
// which it says where the time goes on beyond that day.
func noticeTable(p *i18n.Printer, f *report.CaseFigures, last date.Date) components.Table {
	notices := f.Notices
	order := []string{report.NoticeArrived, report.NoticeTaken, report.NoticeWaiting, report.NoticeFailed}
	t := bars(p, "reports.notices.title", "reports.notices.fate", "reports.notices.count", inOrder(p, notices, order, noticeFates), notices.All())
	if !f.NoticesTo.IsZero() && f.NoticesTo < last {
		t.Caption = p.T("reports.notices.title_to", "day", f.NoticesTo)
	}
	return t
}
