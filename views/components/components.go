// Package components holds the small parts that pages are built from. They take
// finished strings in the reader's language and know no rule and no date: who
// calls them has formatted everything. Each has an example; the examples are the
// pages of the gallery and, rendered, the tests.
package components

import "github.com/mingbai/mingbai/views/components/markup"

// sub writes a secondary line, and nothing where there is none.
func sub(m *markup.Writer, s string) {
	if s == "" {
		return
	}
	m.Raw(`<span class="sub">`)
	m.Text(s)
	m.Raw(`</span>`)
}
