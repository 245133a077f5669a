package layout

import (
	"cmp"
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/page"
)

// frame is a page around its children. It is written by hand, since it stands
// around every page.
type frame struct {
	class string // of the body, or empty
	page  page.Page
	above func(context.Context, *markup.Writer, page.Page)
	below func(context.Context, *markup.Writer, page.Page)
}

// Render writes the page around its children.
func (f frame) Render(ctx context.Context, w io.Writer) error {
	inner := templ.GetChildren(ctx)
	ctx = templ.ClearChildren(ctx)
	m, p := markup.To(w), f.page
	m.Raw(`<!DOCTYPE html><html`)
	m.Attr("lang", p.Lang())
	m.Raw(`>`)
	head(&m, p)
	m.Raw(`<body`)
	m.Attr("class", f.class)
	m.Raw(`><a class="skip" href="#main">`)
	m.Text(p.T.T("layout.skip"))
	m.Raw(`</a>`)
	look(&m, p)
	f.above(ctx, &m, p)
	m.Raw(`<main id="main" tabindex="-1">`)
	m.Part(ctx, components.Breadcrumbs{T: p.T, Crumbs: p.Crumbs})
	m.Raw(`<div id="` + page.AlertsID + `" aria-live="polite">`)
	flash(ctx, &m, p)
	m.Raw(`</div>`)
	if inner != nil {
		m.Part(ctx, inner)
	}
	m.Raw(`</main>`)
	foot(&m, p)
	if f.below != nil {
		f.below(ctx, &m, p)
	}
	m.Raw(`</body></html>`)
	return m.Err()
}

// look says that staff see the page as a merchant does, and lets them leave.
func look(m *markup.Writer, p page.Page) {
	if p.Look == nil {
		return
	}
	m.Raw(`<aside class="look"`)
	m.Attr("aria-label", p.Look.Label)
	m.Raw(`><p>`)
	m.Text(p.Look.Text)
	m.Raw(`</p>`)
	if p.CSRF != "" {
		formTo(m, p, p.Look.Action)
		m.Raw(`<button type="submit">`)
		m.Text(p.Look.Leave)
		m.Raw(`</button></form>`)
	}
	m.Raw(`</aside>`)
}

func head(m *markup.Writer, p page.Page) {
	m.Raw(`<head><meta charset="utf-8"><title>`)
	if p.Title == "" {
		m.Text(p.T.T("layout.product"))
	} else {
		m.Text(p.T.T("layout.title", "page", p.Title))
	}
	m.Raw(`</title><meta name="description"`)
	m.Attr("content", cmp.Or(p.About, p.T.T("layout.about")))
	m.Raw(`><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">` +
		`<meta name="color-scheme" content="light"><meta name="theme-color" content="#ffffff">` +
		`<meta name="format-detection" content="telephone=no"><meta name="htmx-config"`)
	m.Attr("content", htmxConfig)
	m.Raw(`><link rel="stylesheet"`)
	m.Href(p.Static("css/app.css"))
	if p.Brand.Style != "" {
		m.Raw(`><link rel="stylesheet"`)
		m.Href(p.Brand.Style)
	}
	m.Raw(`><link rel="icon" type="image/svg+xml"`)
	m.Href(p.Static("icons/mark.svg"))
	m.Raw(`><link rel="apple-touch-icon"`)
	m.Href(p.Static("icons/apple-touch-icon.png"))
	m.Raw(`><link rel="manifest"`)
	m.Href(p.Static("icons/site.webmanifest"))
	m.Raw(`><script defer`)
	m.Attr("src", p.Static("vendor/htmx.min.js"))
	m.Raw(`></script></head>`)
}

func brand(m *markup.Writer, p page.Page, home string) {
	m.Raw(`<a class="brand"`)
	m.Href(home)
	m.Raw(`>`)
	if p.Brand.Logo != "" {
		m.Raw(`<img alt="" width="30" height="30"`)
		m.Attr("src", p.Brand.Logo)
		m.Raw(`>`)
	} else {
		m.Raw(mark)
	}
	m.Text(p.T.T("layout.product"))
	m.Raw(`</a>`)
}

func nav(ctx context.Context, m *markup.Writer, p page.Page) {
	if len(p.Nav) == 0 {
		return
	}
	m.Raw(`<nav class="nav"`)
	m.Attr("aria-label", p.T.T("layout.nav"))
	m.Raw(`>`)
	for _, l := range p.Nav {
		navLink(ctx, m, l, false)
	}
	m.Raw(`</nav>`)
}

func navLink(ctx context.Context, m *markup.Writer, l page.Link, withIcon bool) {
	m.Raw(`<a`)
	m.Href(l.Href)
	if l.Current {
		m.Raw(` aria-current="page"`)
	}
	m.Raw(`>`)
	if withIcon {
		m.Part(ctx, components.Icon(l.Icon))
	}
	m.Text(l.Label)
	m.Raw(`</a>`)
}

// language leads to the same page in the other language.
func language(m *markup.Writer, p page.Page) {
	if p.Language.Href == "" {
		return
	}
	m.Raw(`<a rel="alternate nofollow"`)
	m.Href(p.Language.Href)
	m.Attr("hreflang", p.Language.Lang)
	m.Attr("lang", p.Language.Lang)
	m.Raw(`>`)
	m.Text(p.Language.Label)
	m.Raw(`</a>`)
}

// flash says what the last step came to. Its tone is a sign to those who see
// the page and a word to those who hear it.
func flash(ctx context.Context, m *markup.Writer, p page.Page) {
	if p.Flash == nil {
		return
	}
	tone, word := components.Info, ""
	switch p.Flash.Tone {
	case page.ToneOK:
		tone, word = components.OK, p.T.T("layout.tone.ok")
	case page.ToneBad:
		tone, word = components.Bad, p.T.T("layout.tone.bad")
	default:
		word = p.T.T("layout.tone.info")
	}
	text := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		m := markup.To(w)
		m.Raw(`<p><span class="unseen">`)
		m.Text(word)
		m.Raw(` </span>`)
		m.Text(p.Flash.Text)
		m.Raw(`</p>`)
		return m.Err()
	})
	m.Part(templ.WithChildren(ctx, text), components.Notice(tone, ""))
}

func foot(m *markup.Writer, p page.Page) {
	m.Raw(`<footer class="foot"><div class="foot-in">`)
	if p.Brand.Name != "" {
		m.Raw(`<p>`)
		m.Text(p.T.T("layout.foot.by", "name", p.Brand.Name))
		m.Raw(`</p>`)
	}
	if p.Brand.Hotline != "" {
		m.Raw(`<p>`)
		m.Text(p.T.T("layout.foot.hotline_label"))
		m.Raw(` <a class="nowrap"`)
		m.Href(telephone(p.Brand.Hotline))
		m.Raw(`>`)
		m.Text(p.Brand.Hotline)
		m.Raw(`</a></p>`)
	}
	if len(p.Foot) > 0 {
		m.Raw(`<ul>`)
		for _, l := range p.Foot {
			m.Raw(`<li><a`)
			m.Href(l.Href)
			m.Raw(`>`)
			m.Text(l.Label)
			m.Raw(`</a></li>`)
		}
		m.Raw(`</ul>`)
	}
	m.Raw(`</div></footer>`)
}

// telephone is the address that a phone dials.
func telephone(number string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}
