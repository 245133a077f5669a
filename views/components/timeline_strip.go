package components

import "github.com/mingbai/mingbai/views/components/markup"

func (t Timeline) hasToday() bool { return t.First <= t.Today && t.Today <= t.Last }

// draw writes the strip. Everything stands at a share of the width, so that its
// texts keep their size however wide it is.
func (t Timeline) draw(m *markup.Writer) {
	s := t.layOut()
	m.Raw(`<svg class="timeline-strip" width="100%" height="`)
	m.Int(s.height)
	m.Raw(`" role="img" aria-labelledby="`)
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
		if p.lane > 0 {
			vertical(m, p.share, s.axis, p.y(s), ink2, "1.5")
		}
	}
	for _, p := range s.marks {
		p.draw(m, p.y(s), s.radius)
	}
	for _, b := range s.bells {
		placeAt(m, b.share, s.bellAt)
		for i := range b.bells {
			b.bells[i].writeTitle(m, i > 0)
		}
		m.Raw(`</title><circle r="8" fill="` + white + `"/>`)
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

// y is the middle of the mark.
func (p drawnMark) y(s strip) int { return s.axis + int(float64(p.lane)*laneHeight(s.radius)) }

func (p drawnMark) draw(m *markup.Writer, y int, radius float64) {
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
