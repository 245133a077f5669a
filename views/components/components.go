// Package components holds the small parts that pages are built from. They take
// finished strings in the reader's language and know no rule and no date: who
// calls them has formatted everything. Each has an example; the examples are the
// pages of the gallery and, rendered, the tests.
package components

import (
	"context"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
)

// sub writes a secondary line, and nothing where there is none.
func sub(m *markup.Writer, s string) {
	if s == "" {
		return
	}
	m.Raw(`<span class="sub">`)
	m.Text(s)
	m.Raw(`</span>`)
}

// children writes what stands within the braces after a component.
func children(ctx context.Context, m *markup.Writer) {
	if inner := templ.GetChildren(ctx); inner != nil {
		m.Part(templ.ClearChildren(ctx), inner)
	}
}
