package components

import (
	"cmp"
	"context"
	"io"
	"slices"
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
	Href    string // What leads there, or empty
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
func (t Timeline) Render(ctx context.Context, w io.Writer) error {
	m := markup{w: w}
	m.raw(`<figure class="timeline`)
	if t.Table {
		m.raw(` with-table`)
	}
	m.raw(`"><div class="timeline-frame">`)
	t.draw(&m)
	t.table(ctx, &m)
	m.raw(`</div></figure>`)
	return m.err
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

func (t Timeline) table(ctx context.Context, m *markup) {
	m.raw(`<table class="timeline-table" role="table"><caption class="unseen">`)
	m.text(t.Title)
	m.raw(`</caption><thead role="rowgroup"><tr role="row">`)
	for i, head := range [...]string{t.Heads.When, t.Heads.What, t.Heads.Check, t.Heads.Amount} {
		m.raw(`<th scope="col" role="columnheader"`)
		if i == 3 {
			m.raw(` class="num"`)
		}
		m.raw(`>`)
		m.text(head)
		m.raw(`</th>`)
	}
	m.raw(`</tr></thead><tbody role="rowgroup">`)
	for _, r := range t.rows() {
		switch {
		case r.mark != nil:
			r.mark.row(ctx, m)
		case r.bell != nil:
			minorRow(m, bellShape, r.bell.When, r.bell.What)
		default:
			minorRow(m, todayShape, t.NowAt, t.Now)
		}
	}
	m.raw(`</tbody></table>`)
}

var (
	bellShape  = `<svg viewBox="-12 -12 24 24" aria-hidden="true"><circle r="9" fill="` + card + `"/>` + bellGlyph + `</svg>`
	todayShape = `<svg viewBox="-12 -12 24 24" aria-hidden="true"><path d="M-11 0H11" stroke="` + ink + `" stroke-width="2"/></svg>`
)

func minorRow(m *markup, shape string, when Time, what string) {
	m.raw(`<tr role="row" class="is-minor"><td role="cell" class="when">`)
	m.raw(shape)
	when.write(m)
	m.raw(`</td><td role="cell" class="what">`)
	m.text(what)
	m.raw(`</td><td role="cell" class="check"></td><td role="cell" class="num"></td></tr>`)
}

func (k *TimelineMark) row(ctx context.Context, m *markup) {
	m.raw(`<tr role="row"`)
	if k.Current {
		m.raw(` class="is-current" aria-current="true"`)
	}
	m.raw(`><td role="cell" class="when"><svg viewBox="-12 -12 24 24" aria-hidden="true">`)
	glyph(m, k.Kind, 9)
	m.raw(`</svg>`)
	k.When.write(m)
	m.raw(`</td><td role="cell" class="what">`)
	if k.Href != "" {
		m.raw(`<a`)
		m.attr("href", safeURL(k.Href))
		m.raw(`>`)
		m.text(k.What)
		m.raw(`</a>`)
	} else {
		m.text(k.What)
	}
	m.raw(`</td><td role="cell" class="check">`)
	if k.Check.Word != "" && m.err == nil {
		m.err = k.Check.Render(ctx, m.w)
	}
	m.raw(`</td><td role="cell" class="num">`)
	if k.Amount.Text != "" && m.err == nil {
		m.err = k.Amount.Render(ctx, m.w)
	}
	m.raw(`</td></tr>`)
}

func (t Timeline) hasToday() bool { return t.First <= t.Today && t.Today <= t.Last }

// draw writes the strip. Everything stands at a share of the width, so that its
// texts keep their size however wide it is.
func (t Timeline) draw(m *markup) {
	s := t.layOut()
	m.raw(`<svg class="timeline-strip" width="100%" height="`)
	m.int(s.height)
	m.raw(`" role="img"`)
	m.attr("aria-labelledby", t.ID+"-title "+t.ID+"-about")
	m.raw(`><title`)
	m.attr("id", t.ID+"-title")
	m.raw(`>`)
	m.text(t.Title)
	m.raw(`</title><desc`)
	m.attr("id", t.ID+"-about")
	m.raw(`>`)
	m.text(t.Summary)
	m.raw(`</desc><rect width="100%" height="14" rx="7" fill="` + line + `" y="`)
	m.int(s.axis - thickness/2)
	m.raw(`"/>`)
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
		placeAt(m, b.share, s.bellAt, b.title)
		m.raw(`<circle r="8" fill="` + card + `"/>`)
		m.raw(bellGlyph)
		m.raw(`</svg>`)
	}
	for _, l := range s.labels {
		l.draw(m)
	}
	m.raw(`</svg>`)
}

func vertical(m *markup, share float64, from, to int, colour, width string) {
	m.raw(`<line x1="`)
	m.percent(share)
	m.raw(`" x2="`)
	m.percent(share)
	m.raw(`" y1="`)
	m.int(from)
	m.raw(`" y2="`)
	m.int(to)
	m.raw(`" stroke="`)
	m.raw(colour)
	m.raw(`" stroke-width="`)
	m.raw(width)
	m.raw(`"/>`)
}

// placeAt opens a drawing around a point of the strip, with words that show on
// hover. Its own origin is that point.
func placeAt(m *markup, share float64, y int, title string) {
	m.raw(`<svg overflow="visible" x="`)
	m.percent(share)
	m.raw(`" y="`)
	m.int(y)
	m.raw(`"><title>`)
	m.text(title)
	m.raw(`</title>`)
}

func (p drawnSpan) draw(m *markup, top int) {
	m.raw(`<rect height="14" x="`)
	m.percent(p.from)
	m.raw(`" width="`)
	m.percent(p.to - p.from)
	m.raw(`" y="`)
	m.int(top)
	switch {
	case p.kind == FreeSpan:
		m.raw(`" fill="` + jadePale + `"/>`)
	case p.kind == OpenSpan:
		m.raw(`" fill="` + card + `" stroke="` + jade + `" stroke-width="1.5" stroke-dasharray="4 3"/>`)
	case p.second:
		m.raw(`" fill="` + jadeMid + `" stroke="` + card + `"/>`)
	default:
		m.raw(`" fill="` + jade + `" stroke="` + card + `"/>`)
	}
}

func (p drawnMark) draw(m *markup, axis int, radius float64) {
	y := axis + int(float64(p.lane)*laneHeight(radius))
	if p.lane > 0 {
		vertical(m, p.share, axis, y, ink2, "1.5")
	}
	placeAt(m, p.share, y, p.title)
	glyph(m, p.kind, radius)
	if p.more > 0 {
		m.raw(`<text y="4.5" font-size="13" font-weight="600" fill="` + ink + `" x="`)
		m.length(radius + 3)
		m.raw(`">+`)
		m.int(p.more)
		m.raw(`</text>`)
	}
	m.raw(`</svg>`)
}

func (l drawnLabel) draw(m *markup) {
	m.raw(`<text font-size="13" x="`)
	m.percent(l.share)
	m.raw(`" y="`)
	m.int(l.y)
	if l.shift != 0 {
		m.raw(`" dx="`)
		m.length(l.shift)
	}
	m.raw(`" text-anchor="`)
	m.raw(l.anchor.String())
	m.raw(`" fill="`)
	m.raw(l.fill)
	if l.bold {
		m.raw(`" font-weight="600`)
	}
	m.raw(`">`)
	m.text(l.text)
	m.raw(`</text>`)
}

// bellGlyph is a bell around the origin, 15 wide.
var bellGlyph = `<svg x="-7.5" y="-7.5" width="15" height="15" viewBox="0 0 24 24" fill="none" stroke="` + ink2 + `" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">` + shapes["bell"] + `</svg>`

// glyph draws a mark around the origin.
func glyph(m *markup, kind MarkKind, radius float64) {
	switch kind {
	case AgreedMark:
		disc(m, radius, jade, card)
		sign(m, card, radius, -.42, .03, -.1, .36, .45, -.32)
	case WrongMark:
		disc(m, radius, red, card)
		sign(m, card, radius, -.34, -.34, .34, .34)
		sign(m, card, radius, -.34, .34, .34, -.34)
	case ToComeMark:
		disc(m, radius, card, card)
		disc(m, radius*.8, card, amber)
	case StoppedMark:
		disc(m, radius, card, card)
		disc(m, radius*.8, card, ink2)
		sign(m, ink2, radius, -1.05, 1.05, 1.05, -1.05)
	case EndMark:
		m.raw(`<path fill="` + ink2 + `" stroke="` + card + `" stroke-width="2" d="M`)
		for i, at := range [...]float64{-.6, -.6, .6, -.6, .6, .6, -.6, .6} {
			if i > 0 {
				m.raw(` `)
			}
			m.length(at * radius)
		}
		m.raw(`z"/>`)
	default:
		disc(m, radius*.75, card, card)
		disc(m, radius*.55, card, jade)
	}
}

func disc(m *markup, radius float64, fill, stroke string) {
	m.raw(`<circle stroke-width="3" r="`)
	m.length(radius)
	m.raw(`" fill="`)
	m.raw(fill)
	m.raw(`" stroke="`)
	m.raw(stroke)
	m.raw(`"/>`)
}

// sign draws a line through points given as x and y in turn, in radii.
func sign(m *markup, colour string, radius float64, points ...float64) {
	m.raw(`<path fill="none" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" stroke="`)
	m.raw(colour)
	m.raw(`" d="M`)
	for i, at := range points {
		if i > 0 {
			m.raw(` `)
		}
		m.length(at * radius)
	}
	m.raw(`"/>`)
}
