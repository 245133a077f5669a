package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
)

// ButtonLink leads somewhere as a button would.
type ButtonLink struct {
	Label    string
	Href     string
	Look     Look
	Icon     string // name of an icon, or empty
	Wide     bool   // as wide as its card
	Thumb    bool   // stays at the thumb on a phone
	Download bool   // the target is a file to keep
}

// Render writes the link.
func (b ButtonLink) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<a`)
	m.Attr("class", pressClass(b.Look, b.Wide, b.Thumb))
	m.Href(b.Href)
	if b.Download {
		m.Raw(` download`)
	}
	m.Raw(`>`)
	m.Raw(drawn[b.Icon])
	m.Text(b.Label)
	m.Raw(`</a>`)
	return m.Err()
}
