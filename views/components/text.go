package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Text is a text as it stands in a page. Written as { text } in a template it
// costs two allocations, and as @components.Text(text) none: worth it only on
// the pages that are opened most.
type Text string

// Render writes the text.
func (t Text) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Text(string(t))
	return m.Err()
}
