package components

import (
	"context"
	"fmt"
	"image/color"
	"io"

	"github.com/boombuler/barcode/qr"

	"github.com/mingbai/mingbai/views/components/markup"
)

// QR is a text for a camera to read: black on white whatever the page's colours,
// with the margin that cameras need.
type QR struct {
	Text  string
	Label string // says what it is to who can't see it
}

// qrMargin is how many modules wide the white around a code is.
const qrMargin = 4

// Render draws the code, by runs of black modules.
func (q QR) Render(_ context.Context, w io.Writer) error {
	code, err := qr.Encode(q.Text, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("components: a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	m := markup.To(w)
	m.Raw(`<svg class="qr" role="img" viewBox="0 0 `)
	m.Int(size + 2*qrMargin)
	m.Raw(` `)
	m.Int(size + 2*qrMargin)
	m.Raw(`" shape-rendering="crispEdges"`)
	m.Attr("aria-label", q.Label)
	m.Raw(`><path fill="#fff" d="M0 0h`)
	m.Int(size + 2*qrMargin)
	m.Raw(`v`)
	m.Int(size + 2*qrMargin)
	m.Raw(`H0z"/><path fill="#000" d="`)
	black := func(x, y int) bool { return x < size && code.At(x, y) == color.Black }
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for black(x, y) {
				x++
			}
			if x > from {
				m.Raw(`M`)
				m.Int(from + qrMargin)
				m.Raw(` `)
				m.Int(y + qrMargin)
				m.Raw(`h`)
				m.Int(x - from)
				m.Raw(`v1h-`)
				m.Int(x - from)
				m.Raw(`z`)
			}
		}
	}
	m.Raw(`"/></svg>`)
	return m.Err()
}
