package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Breadcrumbs show the way to this page. The last one is the page itself,
// without an address. Without crumbs there is nothing.
type Breadcrumbs struct {
	T      *i18n.Printer
	Crumbs []page.Link
}

// Render writes the crumbs.
func (b Breadcrumbs) Render(_ context.Context, w io.Writer) error {
	if len(b.Crumbs) == 0 {
		return nil
	}
	m := markup.To(w)
	m.Raw(`<nav class="crumbs"`)
	m.Attr("aria-label", b.T.T("layout.crumbs"))
	m.Raw(`><ol>`)
	for _, c := range b.Crumbs {
		if c.Href == "" {
			m.Raw(`<li><span aria-current="page">`)
			m.Text(c.Label)
			m.Raw(`</span></li>`)
			continue
		}
		m.Raw(`<li><a`)
		m.Href(c.Href)
		m.Raw(`>`)
		m.Text(c.Label)
		m.Raw(`</a></li>`)
	}
	m.Raw(`</ol></nav>`)
	return m.Err()
}
