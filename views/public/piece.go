package public

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Piece is a part of a text, marked where it answers what was searched for.
type Piece struct {
	Text   string
	Marked bool
}

// pieces writes a text of pieces.
type pieces []Piece

// Render writes the text.
func (all pieces) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	for _, each := range all {
		if each.Marked {
			m.Raw(`<mark>`)
			m.Text(each.Text)
			m.Raw(`</mark>`)
		} else {
			m.Text(each.Text)
		}
	}
	return m.Err()
}
