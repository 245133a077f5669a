package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Heading is the question that a page answers, and the first sentence of the
// answer.
type Heading struct{ Title, Lead string }

// Render writes the heading.
func (h Heading) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<div class="head"><h1>`)
	m.Text(h.Title)
	m.Raw(`</h1>`)
	if h.Lead != "" {
		m.Raw(`<p>`)
		m.Text(h.Lead)
		m.Raw(`</p>`)
	}
	m.Raw(`</div>`)
	return m.Err()
}
