package components

import (
	"context"
	"io"

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
	Before  string // what came before the strip, or empty
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
	Href    string // What leads there, or empty; where the table is not seen it comes into sight while one of its links is used
	Amount  Money  // or without a text
	Check   Tag    // or without a word
	Current bool   // the one that the page is about
}

// MarkKind is what a mark looks like.
type MarkKind int

// The kinds of mark. Their order is also how bad they are: of marks too many to
// be drawn beside each other the last is drawn.
const (
	StartMark     MarkKind = iota // activation: a small ring
	EndMark                       // the end of the fee: a small square
	AgreedMark                    // a deduction as agreed: a tick
	ReturnedMark                  // a deduction that was given back: an arrow back
	UncheckedMark                 // a deduction that could not be checked: a dash
	ToComeMark                    // a deduction to come: an empty ring
	StoppedMark                   // a deduction that was stopped or held: struck through
	DoubtMark                     // a deduction that someone still has to look at: an exclamation mark
	WrongMark                     // a deduction not as agreed: a cross
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
	if t.Before != "" {
		m.Raw(`<figcaption class="small muted">`)
		m.Text(t.Before)
		m.Raw(`</figcaption>`)
	}
	t.draw(&m)
	t.table(&m)
	m.Raw(`</figure>`)
	return m.Err()
}
