package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Tag is a verdict in a word or two.
type Tag struct {
	Verdict Verdict
	Word    string
}

// Render writes the tag.
func (t Tag) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	t.write(&m)
	return m.Err()
}

func (t Tag) write(m *markup.Writer) {
	m.Raw(`<span class="tag `)
	m.Raw(t.Verdict.class())
	m.Raw(`">`)
	m.Raw(drawn[t.Verdict.icon()])
	m.Text(t.Word)
	m.Raw(`</span>`)
}
