package portal

import (
	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
)

// timelineCycles is how many cycles a strip shows; older ones stand in the
// table of cycles.
const timelineCycles = 6

// timeline draws one fee of a terminal. Days are counted as date.Date counts
// them.
type timeline struct {
	p        *i18n.Printer
	words    *planWords
	terminal *deduction.Card
	fee      *deduction.TerminalFee
	today    date.Date
	current  string // id of the line that the page is about; empty: none
	schedule fee.Schedule
	from     date.Date // first day of the strip
	out      components.Timeline
}

// drawTimeline returns the picture of a fee that has cycles.
func drawTimeline(p *i18n.Printer, terminal *deduction.Card, f *deduction.TerminalFee, today date.Date, current string) components.Timeline {
	return drawTimelineWith(p, newPlanWords(p, f), terminal, f, today, current)
}

// drawTimelineWith is drawTimeline where the words are at hand.
func drawTimelineWith(p *i18n.Printer, words *planWords, terminal *deduction.Card, f *deduction.TerminalFee, today date.Date, current string) components.Timeline {
	price := &f.Plan.Fee.Versions[0].Price
	t := timeline{p: p, words: words, terminal: terminal, fee: f, today: today, current: current, schedule: fee.ScheduleOf(price, f.Enrolment.AnchorOn)}
	t.out = components.Timeline{
		ID: "timeline-" + f.Plan.Fee.Code, Title: words.timeline,
		Today: int(today), Now: p.T("common.relative.today"), NowAt: t.when(&today),
		Heads: components.TimelineHeads{
			When: p.T("terminals.timeline.when"), What: p.T("terminals.timeline.what"),
			Check: p.T("terminals.timeline.check"), Amount: p.T("terminals.timeline.amount"),
		},
		Marks: make([]components.TimelineMark, 0, len(f.Lines)+3),
		Spans: make([]components.TimelineSpan, 0, timelineCycles+1),
	}
	t.addCycles(price)
	t.addStart()
	t.addLines()
	t.addNext()
	t.addEnd()
	t.addNotices()
	t.close()
	return t.out
}

// addCycles draws the free period and the last cycles, with the current one or
// the first to come at the end.
func (t *timeline) addCycles(price *fee.Price) {
	last := max(1, t.schedule.Started(t.today))
	if end, _ := t.end(); !end.IsZero() {
		last = max(1, min(last, t.schedule.Started(end.AddDays(-1))))
	}
	first := max(1, last-timelineCycles+1)
	if paid := t.currentLine(); paid != nil && paid.Verdict.Cycle.Index > 0 {
		first = min(first, paid.Verdict.Cycle.Index)
	}
	t.from = t.schedule.Cycle(first).From
	if first == 1 {
		if t.from > t.fee.Enrolment.AnchorOn {
			t.out.Spans = append(t.out.Spans, components.TimelineSpan{
				Kind: components.FreeSpan, From: int(t.fee.Enrolment.AnchorOn), To: int(t.from) - 1, Label: t.p.T("terminals.timeline.free"),
			})
		}
		t.from = min(t.fee.Enrolment.AnchorOn, t.from)
	} else {
		t.out.Before = t.before(first)
	}
	for k := first; k <= last; k++ {
		c := t.schedule.Cycle(k)
		span := components.TimelineSpan{Kind: components.OpenSpan, From: int(c.From), To: int(c.To) - 1}
		if c.To.IsZero() {
			span.To = max(int(t.today), int(c.From)+30)
		}
		if paid := t.paidFor(k); paid != nil {
			span.Kind = components.CycleSpan
			key := "terminals.timeline.cycle"
			if span.Current = paid.ID == t.current; span.Current {
				key = "deductions.timeline.this_cycle"
			}
			if span.Label = t.p.Money(int64(paid.Amount)); price.Kind != fee.OneOff {
				span.Label = t.p.N(key, k, "amount", span.Label)
			}
		}
		t.out.Spans = append(t.out.Spans, span)
	}
}

// before says how the fee began, where the strip begins with a later cycle.
func (t *timeline) before(first int) string {
	anchor, began := t.fee.Enrolment.AnchorOn, t.schedule.Cycle(1).From
	if began > anchor {
		return t.p.N("terminals.timeline.shortened_free", first, "start", anchor, "free", began.AddDays(-1))
	}
	return t.p.N("terminals.timeline.shortened", first, "start", anchor)
}

// currentLine is the line that the page is about, or nil.
func (t *timeline) currentLine() *deduction.Line {
	for i := range t.fee.Lines {
		if t.fee.Lines[i].ID == t.current {
			return &t.fee.Lines[i]
		}
	}
	return nil
}

func (t *timeline) paidFor(cycle int) *deduction.Line {
	for i := range t.fee.Lines {
		l := &t.fee.Lines[i]
		if l.Settles && l.Verdict.Cycle.Index == cycle && (l.State == fee.Posted || l.State == fee.Authorized) {
			return l
		}
	}
	return nil
}

func (t *timeline) addStart() {
	anchor := t.fee.Enrolment.AnchorOn
	if anchor < t.from {
		return
	}
	t.out.Marks = append(t.out.Marks, components.TimelineMark{
		Kind: components.StartMark, Day: int(anchor), Date: t.label(&t.fee.Enrolment.AnchorOn), Note: t.p.T("terminals.timeline.start"),
		When: t.when(&t.fee.Enrolment.AnchorOn), What: t.words.first,
	})
}

func (t *timeline) addLines() {
	for i := range t.fee.Lines {
		l := &t.fee.Lines[i]
		if l.On < t.from {
			continue
		}
		tag := tagOf(t.p, l, t.fee.Plan)
		m := components.TimelineMark{
			Kind: markOf(l, tag), Day: int(l.On), Date: t.label(&l.On), Note: tag.Word, When: t.when(&l.On),
			What:   t.cycle(l.Verdict.Cycle.Index),
			Amount: components.Money{Text: t.p.Money(int64(l.Amount))}, Check: tag, Current: l.ID == t.current,
		}
		if l.Actual() == 0 {
			m.Amount.Why = explain.StateName(t.p, l.State)
		}
		if tag.Verdict == components.Bad || tag.Verdict == components.Wait {
			m.Href = deductionPath + l.ID
		}
		if m.Current {
			m.Href = ""
			m.What = t.p.T("terminals.timeline.this_line", "what", m.What)
			m.Note = t.p.T("deductions.timeline.this_note", "check", tag.Word)
		}
		t.out.Marks = append(t.out.Marks, m)
	}
}

// cycle names the cycle that a line is for.
func (t *timeline) cycle(index int) string {
	switch {
	case index == 0:
		return t.p.T("terminals.timeline.no_cycle")
	case t.fee.Plan.Fee.Kind() == fee.OneOff:
		return t.p.T("terminals.timeline.once")
	default:
		return t.p.N("terminals.timeline.line", index)
	}
}

// markOf is the mark of a line: what became of the money first, then how it was
// judged.
func markOf(l *deduction.Line, tag components.Tag) components.MarkKind {
	switch {
	case l.State == fee.Refunded || l.State == fee.Reversed:
		return components.ReturnedMark
	case l.Actual() == 0:
		return components.StoppedMark
	case tag.Verdict == components.Bad:
		return components.WrongMark
	case tag.Verdict == components.Wait:
		return components.DoubtMark
	case tag.Verdict == components.None:
		return components.UncheckedMark
	case l.Verdict.Decision == fee.Deny: // and what was too much came back
		return components.ReturnedMark
	default:
		return components.AgreedMark
	}
}

func (t *timeline) addNext() {
	if len(t.fee.Charges) == 0 {
		return
	}
	next := &t.fee.Charges[0]
	t.out.Marks = append(t.out.Marks, components.TimelineMark{
		Kind: components.ToComeMark, Day: int(next.On), Date: t.label(&next.On), Note: t.p.T("terminals.timeline.next"), When: t.when(&next.On),
		What:   t.p.T("terminals.timeline.next_line", "what", t.cycle(next.Cycle.Index)),
		Amount: components.Money{Text: t.p.Money(int64(next.Amount))}, Check: components.Tag{Verdict: components.Wait, Word: t.p.T("terminals.timeline.to_come")},
	})
}

// end is the day from which the fee ends, zero where it does not, and the key of
// why: the terminal gone, or the fee stopped.
func (t *timeline) end() (date.Date, string) {
	end, key := t.fee.Enrolment.CancelledOn, "terminals.timeline.cancelled"
	gone, why := t.terminal.InactiveFrom, merchant.InactiveReason(t.terminal.InactiveReason)
	if !gone.IsZero() && why.Gone() && (end.IsZero() || gone < end) {
		end, key = gone, goneKey(t.terminal.InactiveReason)
	}
	return end, key
}

func (t *timeline) addEnd() {
	end, key := t.end()
	if end.IsZero() || end < t.from {
		return
	}
	t.out.Marks = append(t.out.Marks, components.TimelineMark{
		Kind: components.EndMark, Day: int(end), Date: t.label(&end), Note: t.p.T(key), When: t.when(&end), What: t.p.T(key),
	})
}

// inInbox is the channel of what is put into the merchant's inbox here, which counts
// as delivered once it is read, else some days later.
const inInbox = "inbox"

// addNotices rings once for what went to several people on one day. What lay in the
// inbox says when it counts, and nothing where that is after the deduction: it was
// put there before.
func (t *timeline) addNotices() {
	rung := map[fee.Notice]bool{}
	for i := range t.fee.Notices {
		n := &t.fee.Notices[i]
		on := date.Of(n.DeliveredAt)
		once := *n
		once.DeliveredAt = on.Start()
		if on < t.from || rung[once] {
			continue
		}
		key := "terminals.timeline.notice"
		if n.Channel == inInbox {
			if paid := t.paidFor(n.Cycle); paid != nil && on > date.Of(paid.At) {
				continue
			}
			key = "terminals.timeline.notice_counts"
		}
		rung[once] = true
		t.out.Bells = append(t.out.Bells, components.TimelineBell{
			Day:  int(on),
			When: components.Time{Text: t.p.DayOf(n.DeliveredAt), Machine: n.DeliveredAt.Format(rfc3339), Full: t.p.DateTime(n.DeliveredAt)},
			What: t.p.T(key, "channel", explain.ChannelName(t.p, n.Channel), "amount", t.p.Money(int64(n.Amount))),
		})
	}
}

// close sets the strip's ends a little beyond what lies on it, and says in a
// sentence what it shows.
func (t *timeline) close() {
	last := t.today
	for _, m := range t.out.Marks {
		last = max(last, date.Date(m.Day))
	}
	t.out.First, t.out.Last = int(t.from), int(last)+max(10, (int(last)-int(t.from))/30)
	t.out.Summary = t.p.T("terminals.timeline.summary", "start", &t.fee.Enrolment.AnchorOn, "price", t.words.price)
}

// label is the day below a mark. A strip may run over several years.
func (t *timeline) label(d *date.Date) string { return dayWithin(t.p, d, t.today) }

func (t *timeline) when(d *date.Date) components.Time {
	return components.Time{Text: t.p.Date(d), Machine: d.String()}
}

const rfc3339 = "2006-01-02T15:04:05Z07:00"

// feeID is where on its terminal's page a fee with cycles stands.
func feeID(code string) string { return "fee-" + code }
