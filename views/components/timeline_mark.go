package components

import "github.com/mingbai/mingbai/views/components/markup"

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
	case ReturnedMark:
		disc(m, radius, white, white)
		disc(m, radius*.8, white, blue)
		stroke(m, blue, radius, -.05, -.4, -.4, -.08, -.05, .24)
		stroke(m, blue, radius, -.4, -.08, .36, -.08, .36, .36)
	case UncheckedMark:
		disc(m, radius, field, white)
		stroke(m, white, radius, -.4, 0, .4, 0)
	case DoubtMark:
		disc(m, radius, amber, white)
		stroke(m, white, radius, 0, -.5, 0, .1)
		stroke(m, white, radius, 0, .48, 0, .5)
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
