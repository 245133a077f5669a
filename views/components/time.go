package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// Time is a date or a moment in the words a shop owner says.
type Time struct {
	Text    string // as 12月3日
	Machine string // for the markup: a date as 2025-12-03, or an instant in RFC 3339; empty: none
	Full    string // the full instant, shown on hover; empty: Text says it all
}

// Render writes the time.
func (t Time) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	t.write(&m)
	return m.Err()
}

func (t Time) write(m *markup.Writer) {
	if t.Machine == "" {
		m.Text(t.Text)
		return
	}
	m.Raw(`<time`)
	m.Attr("datetime", t.Machine)
	m.Attr("title", t.Full)
	m.Raw(`>`)
	m.Text(t.Text)
	m.Raw(`</time>`)
}
