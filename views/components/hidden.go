package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Hidden sends a value along that the reader does not choose.
type Hidden struct{ Name, Value string }

// Render writes the field.
func (h Hidden) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<input type="hidden"`)
	m.Attr("name", h.Name)
	m.Raw(` value="`)
	m.Text(h.Value)
	m.Raw(`">`)
	return m.Err()
}
