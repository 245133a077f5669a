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
