package components

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Timeline draws what one terminal pays for one fee, over time: the free period,
// the cycles, each deduction, the notices and today. Where there is room it is
// one strip; on a phone the rows of its table stand below each other along a
// line. Picture and table say the same.
//
// Days are counted from any day the caller likes, as long as it is the same for
// all; they are whole days in the caller's time zone.
type Timeline struct {
	ID      string // unique on the page; begins the ids within
	Title   string // names the picture
	Summary string // says in a sentence what it shows
	First   int    // first and last day of the strip
	Last    int
	Today   int    // drawn where it lies on the strip
	Now     string // the word for today
	NowAt   Time   // today, for the table
	Spans   []TimelineSpan
	Marks   []TimelineMark
	Bells   []TimelineBell
	Heads   TimelineHeads
	Table   bool // the table is seen below the strip too; otherwise it is there for who hears the page, and on a phone
}

// TimelineSpan is a stretch of the strip.
type TimelineSpan struct {
	Kind    SpanKind
	From    int // first and last day
	To      int
	Label   string // drawn above it where it fits, or empty
	Current bool   // the one that the page is about
}

// SpanKind says what a stretch of the strip is.
type SpanKind int

// The kinds of stretch.
const (
	FreeSpan  SpanKind = iota // nothing is charged
	CycleSpan                 // paid for
	OpenSpan                  // agreed, not paid
)

// TimelineMark is something that happened or will happen on a day.
type TimelineMark struct {
	Kind    MarkKind
	Day     int
	Date    string // drawn below the mark where it fits
	Note    string // drawn below the date, or empty
	When    Time   // in the table
	What    string // in the table
	Href    string // What leads there, or empty; only where the table is seen, as no one should come upon a link that can't be
	Amount  Money  // or without a text
	Check   Tag    // or without a word
	Current bool   // the one that the page is about
}

// MarkKind is what a mark looks like.
type MarkKind int

// The kinds of mark. Their order is also how bad they are: of marks too many to
// be drawn beside each other the last is drawn.
const (
	StartMark   MarkKind = iota // activation: a small ring
	EndMark                     // the end of the fee: a small square
	AgreedMark                  // a deduction as agreed: a tick
	ToComeMark                  // a deduction to come: a ring
	StoppedMark                 // a deduction that was stopped or held: struck through
	WrongMark                   // a deduction not as agreed: a cross
)

// TimelineBell is a notice.
type TimelineBell struct {
	Day  int
	When Time
	What string
}

// TimelineHeads are the headings of the table.
type TimelineHeads struct{ When, What, Check, Amount string }

// Render writes the picture and the table.
func (t Timeline) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<figure class="timeline`)
	if t.Table {
		m.Raw(` with-table`)
	}
	m.Raw(`">`)
	t.draw(&m)
	t.table(&m)
	m.Raw(`</figure>`)
	return m.Err()
}

// timelineRow is a row of the table: a mark, a bell or today.
type timelineRow struct {
	day    int
	mark   *TimelineMark
	bell   *TimelineBell
	isNow  bool
	onSame int // order of rows of the same day
}

func (t Timeline) rows() []timelineRow {
	rows := make([]timelineRow, 0, len(t.Marks)+len(t.Bells)+1)
	for i := range t.Bells {
		rows = append(rows, timelineRow{day: t.Bells[i].Day, bell: &t.Bells[i], onSame: 0})
	}
	for i := range t.Marks {
		rows = append(rows, timelineRow{day: t.Marks[i].Day, mark: &t.Marks[i], onSame: 1})
	}
	if t.Now != "" && t.hasToday() {
		rows = append(rows, timelineRow{day: t.Today, isNow: true, onSame: 2})
	}
	slices.SortStableFunc(rows, func(a, b timelineRow) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.onSame, b.onSame))
	})
	return rows
}

func (t Timeline) table(m *markup.Writer) {
	m.Raw(`<table class="timeline-table" role="table"><caption class="unseen">`)
	m.Text(t.Title)
	m.Raw(`</caption><thead role="rowgroup"><tr role="row">`)
	for i, head := range [...]string{t.Heads.When, t.Heads.What, t.Heads.Check, t.Heads.Amount} {
		m.Raw(`<th scope="col" role="columnheader"`)
		if i == 3 {
			m.Raw(` class="num"`)
		}
		m.Raw(`>`)
		m.Text(head)
		m.Raw(`</th>`)
	}
	m.Raw(`</tr></thead><tbody role="rowgroup">`)
	for _, r := range t.rows() {
		switch {
		case r.mark != nil:
			r.mark.row(m, t.Table)
		case r.bell != nil:
			minorRow(m, bellShape, r.bell.When, r.bell.What)
		default:
			minorRow(m, todayShape, t.NowAt, t.Now)
		}
	}
	m.Raw(`</tbody></table>`)
}

var (
	bellShape  = `<svg viewBox="-12 -12 24 24" aria-hidden="true"><circle r="9" fill="` + white + `"/>` + bellGlyph + `</svg>`
	todayShape = `<svg viewBox="-12 -12 24 24" aria-hidden="true"><path d="M-11 0H11" stroke="` + ink + `" stroke-width="2"/></svg>`
)

func minorRow(m *markup.Writer, shape string, when Time, what string) {
	m.Raw(`<tr role="row" class="is-minor"><td role="cell" class="when">`)
	m.Raw(shape)
	when.write(m)
	m.Raw(`</td><td role="cell" class="what">`)
	m.Text(what)
	m.Raw(`</td><td role="cell" class="check"></td><td role="cell" class="num"></td></tr>`)
}

func (k *TimelineMark) row(m *markup.Writer, linked bool) {
	m.Raw(`<tr role="row"`)
	if k.Current {
		m.Raw(` class="is-current" aria-current="true"`)
	}
	m.Raw(`><td role="cell" class="when"><svg viewBox="-12 -12 24 24" aria-hidden="true">`)
	glyph(m, k.Kind, 9)
	m.Raw(`</svg>`)
	k.When.write(m)
	m.Raw(`</td><td role="cell" class="what">`)
	if k.Href != "" && linked {
		m.Raw(`<a`)
		m.Href(k.Href)
		m.Raw(`>`)
		m.Text(k.What)
		m.Raw(`</a>`)
	} else {
		m.Text(k.What)
	}
	m.Raw(`</td><td role="cell" class="check">`)
	if k.Check.Word != "" {
		k.Check.write(m)
	}
	m.Raw(`</td><td role="cell" class="num">`)
	if k.Amount.Text != "" {
		k.Amount.write(m)
	}
	m.Raw(`</td></tr>`)
}

func (t Timeline) hasToday() bool { return t.First <= t.Today && t.Today <= t.Last }

// draw writes the strip. Everything stands at a share of the width, so that its
// texts keep their size however wide it is.
func (t Timeline) draw(m *markup.Writer) {
	s := t.layOut()
	m.Raw(`<svg class="timeline-strip" width="100%" height="`)
	m.Int(s.height)
	m.Raw(`" role="img"`)
	m.Raw(` aria-labelledby="`)
	m.Text(t.ID)
	m.Raw(`-title" aria-describedby="`)
	m.Text(t.ID)
	m.Raw(`-about"><title id="`)
	m.Text(t.ID)
	m.Raw(`-title">`)
	m.Text(t.Title)
	m.Raw(`</title><desc id="`)
	m.Text(t.ID)
	m.Raw(`-about">`)
	m.Text(t.Summary)
	m.Raw(`</desc><rect width="100%" height="14" rx="7" fill="` + line + `" y="`)
	m.Int(s.axis - thickness/2)
	m.Raw(`"/>`)
	for _, p := range s.spans {
		p.draw(m, s.axis-thickness/2)
	}
	for _, l := range s.leaders {
		vertical(m, l.share, s.axis, l.bottom, line, "1")
	}
	if s.today >= 0 {
		vertical(m, s.today, s.axis-17, s.axis+17, ink, "2")
	}
	for _, p := range s.marks {
		p.draw(m, s.axis, s.radius)
	}
	for _, b := range s.bells {
		placeAt(m, b.share, s.bellAt)
		for i := range b.bells {
			b.bells[i].writeTitle(m, i > 0)
		}
		m.Raw(`</title>`)
		m.Raw(`<circle r="8" fill="` + white + `"/>`)
		m.Raw(bellGlyph)
		m.Raw(`</svg>`)
	}
	for _, l := range s.labels {
		l.draw(m)
	}
	m.Raw(`</svg>`)
}

func vertical(m *markup.Writer, share float64, from, to int, colour, width string) {
	m.Raw(`<line x1="`)
	m.Percent(share)
	m.Raw(`" x2="`)
	m.Percent(share)
	m.Raw(`" y1="`)
	m.Int(from)
	m.Raw(`" y2="`)
	m.Int(to)
	m.Raw(`" stroke="`)
	m.Raw(colour)
	m.Raw(`" stroke-width="`)
	m.Raw(width)
	m.Raw(`"/>`)
}

// placeAt opens a drawing around a point of the strip, and in it the words that
// show on hover. Its own origin is that point.
func placeAt(m *markup.Writer, share float64, y int) {
	m.Raw(`<svg overflow="visible" x="`)
	m.Percent(share)
	m.Raw(`" y="`)
	m.Int(y)
	m.Raw(`"><title>`)
}

func (b *TimelineBell) writeTitle(m *markup.Writer, isMore bool) {
	if isMore {
		m.Raw("\n")
	}
	m.Text(b.When.Text)
	m.Raw(` `)
	m.Text(b.What)
}

func (k *TimelineMark) writeTitle(m *markup.Writer) {
	for i, part := range [...]string{k.When.Text, k.What, k.Amount.Text, k.Check.Word} {
		if part == "" {
			continue
		}
		if i > 0 {
			m.Raw(` `)
		}
		m.Text(part)
	}
}

func (p drawnSpan) draw(m *markup.Writer, top int) {
	m.Raw(`<rect height="14" x="`)
	m.Percent(p.from)
	m.Raw(`" width="`)
	m.Percent(p.to - p.from)
	m.Raw(`" y="`)
	m.Int(top)
	switch {
	case p.kind == FreeSpan:
		m.Raw(`" fill="` + jadePale + `"/>`)
	case p.kind == OpenSpan:
		m.Raw(`" fill="` + white + `" stroke="` + jade + `" stroke-width="1.5" stroke-dasharray="4 3"/>`)
	case p.second:
		m.Raw(`" fill="` + jadeMid + `" stroke="` + white + `"/>`)
	default:
		m.Raw(`" fill="` + jade + `" stroke="` + white + `"/>`)
	}
}

func (p drawnMark) draw(m *markup.Writer, axis int, radius float64) {
	y := axis + int(float64(p.lane)*laneHeight(radius))
	if p.lane > 0 {
		vertical(m, p.share, axis, y, ink2, "1.5")
	}
	placeAt(m, p.share, y)
	p.mark.writeTitle(m)
	for _, hidden := range p.hidden {
		m.Raw("\n")
		hidden.writeTitle(m)
	}
	m.Raw(`</title>`)
	glyph(m, p.kind, radius)
	if len(p.hidden) > 0 {
		m.Raw(`<text y="4.5" font-size="13" font-weight="600" fill="` + ink + `" x="`)
		m.Length(radius + 3)
		m.Raw(`">+`)
		m.Int(len(p.hidden))
		m.Raw(`</text>`)
	}
	m.Raw(`</svg>`)
}

func (l drawnLabel) draw(m *markup.Writer) {
	m.Raw(`<text font-size="13" x="`)
	m.Percent(l.share)
	m.Raw(`" y="`)
	m.Int(l.y)
	if l.shift != 0 {
		m.Raw(`" dx="`)
		m.Length(l.shift)
	}
	m.Raw(`" text-anchor="`)
	m.Raw(l.anchor.String())
	m.Raw(`" fill="`)
	m.Raw(l.fill)
	if l.bold {
		m.Raw(`" font-weight="600`)
	}
	m.Raw(`">`)
	m.Text(l.text)
	m.Raw(`</text>`)
}

// bellGlyph is a bell around the origin, 15 wide.
var bellGlyph = `<svg x="-7.5" y="-7.5" width="15" height="15" viewBox="0 0 24 24" fill="none" stroke="` + ink2 + `" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">` + shapes["bell"] + `</svg>`

// glyph draws a mark around the origin.
func glyph(m *markup.Writer, kind MarkKind, radius float64) {
	switch kind {
	case AgreedMark:
		disc(m, radius, jade, white)
		stroke(m, white, radius, -.42, .03, -.1, .36, .45, -.32)
	case WrongMark:
		disc(m, radius, red, white)
		stroke(m, white, radius, -.34, -.34, .34, .34)
		stroke(m, white, radius, -.34, .34, .34, -.34)
	case ToComeMark:
		disc(m, radius, white, white)
		disc(m, radius*.8, white, amber)
	case StoppedMark:
		disc(m, radius, white, white)
		disc(m, radius*.8, white, ink2)
		stroke(m, ink2, radius, -1.05, 1.05, 1.05, -1.05)
	case EndMark:
		m.Raw(`<path fill="` + ink2 + `" stroke="` + white + `" stroke-width="2" d="M`)
		for i, at := range [...]float64{-.6, -.6, .6, -.6, .6, .6, -.6, .6} {
			if i > 0 {
				m.Raw(` `)
			}
			m.Length(at * radius)
		}
		m.Raw(`z"/>`)
	default:
		disc(m, radius*.75, white, white)
		disc(m, radius*.55, white, jade)
	}
}

func disc(m *markup.Writer, radius float64, fill, stroke string) {
	m.Raw(`<circle stroke-width="3" r="`)
	m.Length(radius)
	m.Raw(`" fill="`)
	m.Raw(fill)
	m.Raw(`" stroke="`)
	m.Raw(stroke)
	m.Raw(`"/>`)
}

// stroke draws a line through points given as x and y in turn, in radii.
func stroke(m *markup.Writer, colour string, radius float64, points ...float64) {
	m.Raw(`<path fill="none" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" stroke="`)
	m.Raw(colour)
	m.Raw(`" d="M`)
	for i, at := range points {
		if i > 0 {
			m.Raw(` `)
		}
		m.Length(at * radius)
	}
	m.Raw(`"/>`)
}
