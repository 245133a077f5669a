package setting

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// Shades are the colours that a brand's own makes of the portal: for what can be
// pressed, for the same under the pointer, and as a background.
type Shades struct{ Fill, Ink, Soft string } // each #rrggbb

// LeastContrast is what a text needs against what it stands on (WCAG 2.2, 1.4.3).
const LeastContrast = 4.5

// links stand on these colours of the style sheet.
var grounds = []rgb{{0xf6, 0xf5, 0xf1}, {0xef, 0xed, 0xe7}, {0xfc, 0xf1, 0xdd}, {0xfb, 0xe9, 0xe6}, {0xe7, 0xef, 0xf9}}

var white = rgb{0xff, 0xff, 0xff}

// OnWhite returns the contrast of a colour, written #rrggbb, with white, and false
// where it is none.
func OnWhite(colour string) (float64, bool) {
	c, ok := parseColour(colour)
	return c.contrast(white), ok
}

// ShadesOf returns the shades of a colour that is written #rrggbb in lower case and
// dark enough for white letters, and false of any other. A colour that is only just
// dark enough is taken darker, so that links can be read on grounds that are not
// quite white.
func ShadesOf(colour string) (Shades, bool) {
	c, ok := parseColour(colour)
	if !ok || c.contrast(white) < LeastContrast {
		return Shades{}, false
	}
	fill, soft := c, c.towards(white, .88)
	for part := .02; !fill.readableOn(append(grounds, soft)); part += .02 {
		fill = c.towards(rgb{}, part)
	}
	return Shades{Fill: fill.String(), Ink: fill.towards(rgb{}, .3).String(), Soft: soft.String()}, true
}

// rgb is a colour.
type rgb [3]byte

func parseColour(text string) (c rgb, ok bool) {
	digits, ok := strings.CutPrefix(text, "#")
	if !ok || len(digits) != 2*len(c) || strings.ToLower(digits) != digits {
		return c, false
	}
	_, err := hex.Decode(c[:], []byte(digits))
	return c, err == nil
}

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// towards mixes a part of another colour in, from 0 to 1.
func (c rgb) towards(other rgb, part float64) rgb {
	for i := range c {
		c[i] = byte(math.Round(float64(c[i])*(1-part) + float64(other[i])*part))
	}
	return c
}

func (c rgb) readableOn(grounds []rgb) bool {
	for _, g := range grounds {
		if c.contrast(g) < LeastContrast {
			return false
		}
	}
	return true
}

// contrast is that of two colours as WCAG counts it, from 1 to 21.
func (c rgb) contrast(other rgb) float64 {
	a, b := c.light(), other.light()
	return (max(a, b) + .05) / (min(a, b) + .05)
}

// light is the relative luminance, from 0 to 1.
func (c rgb) light() float64 {
	var linear [3]float64
	for i, v := range c {
		s := float64(v) / 255
		if linear[i] = s / 12.92; s > .04045 {
			linear[i] = math.Pow((s+.055)/1.055, 2.4)
		}
	}
	return .2126*linear[0] + .7152*linear[1] + .0722*linear[2]
}
