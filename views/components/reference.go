package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Reference is a number to quote to the hotline. One tap selects all of it.
type Reference struct{ Text string }

// Render writes the number.
func (r Reference) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<code class="ref" translate="no">`)
	m.Text(r.Text)
	m.Raw(`</code>`)
	return m.Err()
}
