package components

import (
	"cmp"
	"slices"
)

// The strip is laid out for the least width at which it is drawn, in px. Since
// everything stands at a share of the width and labels keep the order of what
// they belong to, a wider strip only moves them apart.
const (
	leastWidth   = 640.0
	edge         = 0.02 // share of the width kept free at both ends
	thickness    = 14   // of the strip
	textSize     = 13.0
	labelGap     = 10.0 // between two labels
	bellGap      = 17.0 // between two bells
	tiers        = 3    // rows of labels below the strip
	lanes        = 3    // rows of marks that would cover each other
	tierHeight   = 38
	textBaseline = 14
	noteBaseline = 17 // below the date
	few          = 8  // labels that are given more than a row
)

// strip is a timeline with every part in its place: shares of the width from 0
// to 1, and px from the top.
type strip struct {
	height  int
	axis    int     // middle of the strip
	bellAt  int     // middle of the bells
	radius  float64 // of the marks
	today   float64 // less than 0: not drawn
	spans   []drawnSpan
	marks   []drawnMark
	bells   []drawnBell
	labels  []drawnLabel
	leaders []leader
}

type drawnSpan struct {
	from, to float64
	kind     SpanKind
	second   bool // every other cycle has the lighter colour
}

type drawnMark struct {
	share  float64
	lane   int
	kind   MarkKind
	mark   *TimelineMark
	hidden []*TimelineMark // that found no place of their own
}

type drawnBell struct {
	share float64
	bells []TimelineBell // one, or several that would cover each other
}

// drawnLabel is a line of text at a share of the width.
type drawnLabel struct {
	share  float64
	shift  float64 // px from the share to the anchor
	anchor anchor
	width  float64
	tier   int
	y      int // baseline
	text   string
	fill   string
	bold   bool
}

// anchor is the part of a text that stands at its place.
type anchor int

const (
	middle anchor = iota
	start
	end
)

// String is the anchor's name in SVG.
func (a anchor) String() string {
	return [...]string{"middle", "start", "end"}[a]
}

// left is where the label begins on a strip of the given width.
func (l drawnLabel) left(width float64) float64 {
	at := l.share*width + l.shift
	switch l.anchor {
	case start:
		return at
	case end:
		return at - l.width
	default:
		return at - l.width/2
	}
}

func (l drawnLabel) right(width float64) float64 { return l.left(width) + l.width }

// leader leads from a mark to a label that stands further below.
type leader struct {
	share  float64
	bottom int
}

// layOut finds the place of everything.
func (t Timeline) layOut() strip {
	s := strip{today: -1}
	if t.hasToday() {
		s.today = t.share(t.Today)
	}
	s.spans = t.layOutSpans()
	s.marks, s.radius = t.layOutMarks()
	s.bells = t.layOutBells()
	above := t.labelsAbove()

	y := 4
	if len(above) > 0 {
		for i := range above {
			above[i].y = y + textBaseline
		}
		y += 24
	}
	if len(s.bells) > 0 {
		s.bellAt = y + 9
		y += 20
	}
	s.axis = y + 17
	used := 0
	for _, m := range s.marks {
		used = max(used, m.lane)
	}
	below := s.axis + 17 + int(float64(used)*laneHeight(s.radius))
	s.labels = append(above, t.labelsBelow(&s, below)...)
	s.height = below + 4
	for _, l := range s.labels {
		s.height = max(s.height, l.y+6)
	}
	return s
}

// share is where a day begins, as a share of the width. Days off the strip fall
// on its ends.
func (t Timeline) share(day int) float64 {
	days := max(t.Last-t.First, 1)
	at := float64(day-t.First) / float64(days)
	return edge + (1-2*edge)*min(max(at, 0), 1)
}

func (t Timeline) shows(day int) bool { return t.First <= day && day <= t.Last }

func (t Timeline) layOutSpans() []drawnSpan {
	drawn := make([]drawnSpan, 0, len(t.Spans))
	cycles := 0
	for _, p := range t.Spans {
		if p.Kind != FreeSpan {
			cycles++
		}
		if p.To < t.First || p.From > t.Last || p.To < p.From {
			continue
		}
		drawn = append(drawn, drawnSpan{from: t.share(p.From), to: t.share(p.To + 1), kind: p.Kind, second: cycles%2 == 0})
	}
	return drawn
}

// layOutMarks gives each mark a lane, so that none covers another, and makes
// them smaller where that saves a lane. What finds no lane is counted on the
// last mark of the last lane, which then looks like the worst of them.
func (t Timeline) layOutMarks() ([]drawnMark, float64) {
	byDay := make([]*TimelineMark, 0, len(t.Marks))
	for i := range t.Marks {
		if t.shows(t.Marks[i].Day) {
			byDay = append(byDay, &t.Marks[i])
		}
	}
	slices.SortStableFunc(byDay, func(a, b *TimelineMark) int { return cmp.Compare(a.Day, b.Day) })

	const largest, medium, smallest = 11.0, 9.0, 7.0
	placed := make([]drawnMark, 0, len(byDay))
	_, cost := t.inLanes(placed, byDay, smallest)
	for _, radius := range [...]float64{largest, medium} {
		if marks, c := t.inLanes(placed, byDay, radius); c <= cost {
			return marks, radius
		}
	}
	placed, _ = t.inLanes(placed, byDay, smallest)
	return placed, smallest
}

// inLanes places marks of a radius, in the room given. The cost counts marks
// off the strip, and those that found no place at all more than any number of
// others.
func (t Timeline) inLanes(room []drawnMark, byDay []*TimelineMark, radius float64) (placed []drawnMark, cost int) {
	placed = room[:0]
	last := [lanes]int{-1, -1, -1} // index of the last mark of each lane
	for _, k := range byDay {
		m := drawnMark{share: t.share(k.Day), kind: k.Kind, mark: k}
		lane := slices.IndexFunc(last[:], func(i int) bool {
			return i < 0 || (m.share-placed[i].share)*leastWidth >= 2*radius+2
		})
		if lane < 0 {
			shown := &placed[last[lanes-1]]
			shown.kind = max(shown.kind, m.kind)
			shown.hidden = append(shown.hidden, k)
			cost += len(byDay) + 1
			continue
		}
		if lane > 0 {
			cost++
		}
		m.lane = lane
		last[lane] = len(placed)
		placed = append(placed, m)
	}
	return placed, cost
}

func laneHeight(radius float64) float64 { return 2*radius + 4 }

// layOutBells draws bells that would cover each other as one.
func (t Timeline) layOutBells() []drawnBell {
	byDay := make([]TimelineBell, 0, len(t.Bells))
	for _, b := range t.Bells {
		if t.shows(b.Day) {
			byDay = append(byDay, b)
		}
	}
	slices.SortStableFunc(byDay, func(a, b TimelineBell) int { return cmp.Compare(a.Day, b.Day) })
	drawn := make([]drawnBell, 0, len(byDay))
	for i := range byDay {
		at := t.share(byDay[i].Day)
		if n := len(drawn); n > 0 && (at-drawn[n-1].share)*leastWidth < bellGap {
			same := &drawn[n-1].bells
			*same = (*same)[:len(*same)+1] // the next of byDay
			continue
		}
		drawn = append(drawn, drawnBell{share: at, bells: byDay[i : i+1]})
	}
	return drawn
}

// labelsAbove names the spans that are wide enough for their label, and the
// current one in any case.
func (t Timeline) labelsAbove() []drawnLabel {
	labels := make([]drawnLabel, 0, len(t.Spans))
	add := func(p TimelineSpan) {
		if p.Label == "" || p.To < t.First || p.From > t.Last || p.To < p.From {
			return
		}
		from, to := t.share(p.From), t.share(p.To+1)
		l := drawnLabel{share: (from + to) / 2, width: textWidth(p.Label), text: p.Label, fill: ink, bold: p.Current}
		if !p.Current && l.width > (to-from)*leastWidth {
			return
		}
		if l, ok := place(l, labels, 0); ok {
			labels = append(labels, l)
		}
	}
	for _, p := range t.Spans {
		if p.Current {
			add(p)
		}
	}
	for _, p := range t.Spans {
		if !p.Current {
			add(p)
		}
	}
	return labels
}

// labelsBelow dates the marks. Those that matter most find their place first;
// a label that finds none is left out, since the table has it.
func (t Timeline) labelsBelow(s *strip, below int) []drawnLabel {
	type wish struct {
		rank  int
		share float64
		lines [2]string
		fill  string
		bold  bool
	}
	wishes := make([]wish, 0, len(t.Marks)+1)
	for i := range t.Marks {
		k := &t.Marks[i]
		if k.Date == "" || !t.shows(k.Day) {
			continue
		}
		w := wish{rank: k.rank(), share: t.share(k.Day), lines: [2]string{k.Date, k.Note}, fill: ink2, bold: k.Current}
		switch k.Kind {
		case ToComeMark, DoubtMark:
			w.fill = amber
		case WrongMark:
			w.fill = red
		}
		if k.Current {
			w.fill = ink
		}
		wishes = append(wishes, w)
	}
	if s.today >= 0 && t.Now != "" {
		wishes = append(wishes, wish{rank: 1, share: s.today, lines: [2]string{t.Now, ""}, fill: ink})
	}
	// Of equal rank, the later matters more.
	slices.SortStableFunc(wishes, func(a, b wish) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.share, a.share))
	})

	boxes := make([]drawnLabel, 0, len(wishes))
	labels := make([]drawnLabel, 0, 2*len(wishes))
	for _, w := range wishes {
		box := drawnLabel{share: w.share, width: max(textWidth(w.lines[0]), textWidth(w.lines[1]))}
		lowest := tiers - 1
		if w.rank == ordinary && len(wishes) > few {
			lowest = 0 // a row of dates says enough of many like them
		}
		box, ok := place(box, boxes, lowest)
		if !ok {
			continue
		}
		boxes = append(boxes, box)
		y := below + textBaseline + box.tier*tierHeight
		for i, text := range w.lines {
			if text == "" {
				continue
			}
			l := box
			l.text, l.fill, l.bold, l.y = text, w.fill, w.bold, y+i*noteBaseline
			l.width = textWidth(text)
			labels = append(labels, l)
		}
	}
	for _, box := range boxes {
		if box.tier > 0 && !crossesAny(box, boxes) {
			s.leaders = append(s.leaders, leader{share: box.share, bottom: below + box.tier*tierHeight + 2})
		}
	}
	return labels
}

// ordinary is the rank of a deduction as agreed.
const ordinary = 6

// rank is how much a mark's label matters; less matters more.
func (k *TimelineMark) rank() int {
	if k.Current {
		return 0
	}
	switch k.Kind {
	case ToComeMark:
		return 2
	case WrongMark, DoubtMark:
		return 3
	case StoppedMark, ReturnedMark:
		return 4
	case StartMark, EndMark:
		return 5
	default:
		return ordinary
	}
}

// place puts a label into the first tier, from 0 to lowest, where it overlaps
// none of those already there: around its share, or beginning or ending at it.
func place(l drawnLabel, there []drawnLabel, lowest int) (drawnLabel, bool) {
	for l.tier = 0; l.tier <= lowest; l.tier++ {
		for _, l.anchor = range []anchor{middle, start, end} {
			switch l.anchor {
			case middle:
				l.shift = 0
			case start:
				l.shift = -8
			case end:
				l.shift = 8
			}
			if l.left(leastWidth) < 0 || l.right(leastWidth) > leastWidth {
				continue
			}
			if !slices.ContainsFunc(there, l.overlaps) {
				return l, true
			}
		}
	}
	return l, false
}

// overlaps reports whether two labels of one tier touch. A label covers its own
// share of the width, but for 8 px, so two that don't touch are in the order of
// what they belong to, and a wider strip moves them apart.
func (l drawnLabel) overlaps(o drawnLabel) bool {
	return l.tier == o.tier && l.left(leastWidth) < o.right(leastWidth)+labelGap && o.left(leastWidth) < l.right(leastWidth)+labelGap
}

// crossesAny reports whether the line down to a label would run through another
// label of a tier above it.
func crossesAny(l drawnLabel, there []drawnLabel) bool {
	x := l.share * leastWidth
	return slices.ContainsFunc(there, func(o drawnLabel) bool {
		return o.tier < l.tier && o.left(leastWidth)-4 < x && x < o.right(leastWidth)+4
	})
}

// textWidth is how wide a text is at the strip's size, in px, rather more than
// less: fonts differ.
func textWidth(s string) float64 {
	em := 0.0
	for _, r := range s {
		switch {
		case r >= 0x1100, r == '·', r == '—', r == '…', r >= 0x2018 && r <= 0x201d:
			em += 1
		case r == 'm' || r == 'w' || r == 'M' || r == 'W' || r == '%' || r == '@':
			em += .95
		case 'A' <= r && r <= 'Z':
			em += .72
		case r == ' ' || r == '.' || r == ',' || r == ':' || r == 'i' || r == 'l' || r == 'j' || r == '\'':
			em += .34
		default:
			em += .61
		}
	}
	return em * textSize
}
