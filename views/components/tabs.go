package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/page"
)

// Tabs lead to the views of one thing, each a page of its own.
type Tabs struct {
	Label string // names them to those who hear the page
	Links []page.Link
}

// Render writes the tabs.
func (t Tabs) Render(_ context.Context, w io.Writer) error {
	m := markup.To(w)
	m.Raw(`<nav`)
	m.Attr("aria-label", t.Label)
	m.Raw(`><ul class="tablist">`)
	for _, l := range t.Links {
		m.Raw(`<li><a`)
		m.Href(l.Href)
		if l.Current {
			m.Raw(` aria-current="page"`)
		}
		m.Raw(`>`)
		m.Text(l.Label)
		m.Raw(`</a></li>`)
	}
	m.Raw(`</ul></nav>`)
	return m.Err()
}
