package layout

import (
	"context"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/page"
)

// The addresses that the frame of staff's pages leads to.
const (
	StaffHomePath      = "/admin"
	StaffAccountPath   = "/admin/account"
	StaffSignOutAction = "/admin/logout"
)

// Staff is the frame of the pages of the acquirer's own people: dark on top, so
// that nobody takes one for a merchant's page, and close-set, for a desk.
func Staff(p page.Page) templ.Component {
	return frame{class: "staff", page: p, above: staffBar}
}

// more is the rest of the navigation, behind one more step. Where the page lies
// there, its section's name stands on it.
func more(ctx context.Context, m *markup.Writer, p page.Page) {
	if len(p.More) == 0 {
		return
	}
	label := p.T.T("staff.nav.more")
	for _, l := range p.More {
		if l.Current {
			label = l.Label
		}
	}
	m.Raw(`<details class="menu"><summary><span>`)
	m.Text(label)
	m.Raw(`</span>`)
	m.Part(ctx, components.Icon("down"))
	m.Raw(`</summary><div class="menu-list"><ul>`)
	for _, l := range p.More {
		m.Raw(`<li>`)
		navLink(ctx, m, l, false)
		m.Raw(`</li>`)
	}
	m.Raw(`</ul></div></details>`)
}

func staffBar(ctx context.Context, m *markup.Writer, p page.Page) {
	m.Raw(`<header class="bar"><div class="bar-in"><a class="brand" href="` + StaffHomePath + `">`)
	m.Raw(mark)
	m.Text(p.T.T("staff.product"))
	m.Raw(`</a>`)
	nav(ctx, m, p)
	more(ctx, m, p)
	m.Raw(`<div class="bar-end">`)
	if p.User != nil {
		m.Raw(`<details class="menu"><summary><span>`)
		m.Text(p.User.Name)
		m.Raw(`<small>`) // which a phone has no room for
		m.Text(" · " + p.User.Role)
		m.Raw(`</small></span>`)
		m.Part(ctx, components.Icon("down"))
		m.Raw(`</summary><div class="menu-list"><p>`)
		list(m, p.User.Name, p.User.Role)
		m.Raw(`</p><ul><li><a href="` + StaffAccountPath + `">`)
		m.Part(ctx, components.Icon("lock"))
		m.Text(p.T.T("staff.own.title"))
		m.Raw(`</a></li></ul>`)
		if p.CSRF != "" {
			m.Raw(`<ul><li>`)
			formTo(m, p, StaffSignOutAction)
			m.Raw(`<button type="submit">`)
			m.Part(ctx, components.Icon("sign-out"))
			m.Text(p.T.T("layout.sign_out"))
			m.Raw(`</button></form></li></ul>`)
		}
		m.Raw(`</div></details>`)
	}
	language(m, p)
	m.Raw(`</div></div></header>`)
}
