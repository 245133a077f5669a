package components

import (
	"context"
	"io"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/i18n"
)

// Pager leads to newer and older entries of a list. Without an address there
// are none that way; without any, there is no pager.
type Pager struct {
	T            *i18n.Printer
	Newer, Older string // addresses
}

// Render writes the pager.
func (p Pager) Render(_ context.Context, w io.Writer) error {
	if p.Newer == "" && p.Older == "" {
		return nil
	}
	m := markup.To(w)
	m.Raw(`<nav class="pager"`)
	m.Attr("aria-label", p.T.T("layout.pager.label"))
	m.Raw(`>`)
	if p.Newer != "" {
		m.Raw(`<a rel="prev"`)
		m.Href(p.Newer)
		m.Raw(`>`)
		m.Raw(drawn["left"])
		m.Text(p.T.T("layout.pager.newer"))
		m.Raw(`</a>`)
	} else {
		m.Raw(`<span>`)
		m.Text(p.T.T("layout.pager.newest"))
		m.Raw(`</span>`)
	}
	if p.Older != "" {
		m.Raw(`<a rel="next"`)
		m.Href(p.Older)
		m.Raw(`>`)
		m.Text(p.T.T("layout.pager.older"))
		m.Raw(drawn["right"])
		m.Raw(`</a>`)
	} else {
		m.Raw(`<span>`)
		m.Text(p.T.T("layout.pager.oldest"))
		m.Raw(`</span>`)
	}
	m.Raw(`</nav>`)
	return m.Err()
}
