package layout

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/page"
)

// tabsShown is how many pages stand at the thumb on a phone; the others are
// below "more".
const tabsShown = 4

// Portal is the frame of a merchant's pages: the bar with the main pages and the
// account, the way here, messages, its children, the foot, and on a phone the
// tabs at the thumb.
func Portal(p page.Page) templ.Component {
	return frame{class: "has-tabs", page: p, above: portalBar, below: tabs}
}

func portalBar(ctx context.Context, m *markup.Writer, p page.Page) {
	m.Raw(`<header class="bar"><div class="bar-in">`)
	brand(m, p, HomePath)
	nav(ctx, m, p)
	m.Raw(`<div class="bar-end">`)
	if p.User != nil {
		m.Raw(`<details class="menu"><summary><span>`)
		if p.User.Merchant == "" {
			m.Text(p.User.Name)
		}
		list(m, p.User.Merchant, p.User.Role)
		m.Raw(`</span>`)
		m.Part(ctx, components.Icon("down"))
		m.Raw(`</summary><div class="menu-list"><p>`)
		m.Text(p.User.Name)
		m.Raw(`</p>`)
		account(ctx, m, p)
		m.Raw(`</div></details>`)
	}
	language(m, p)
	m.Raw(`</div></div></header>`)
}

// tabs are the first of the main pages, and the others below "more", with the
// account.
func tabs(ctx context.Context, m *markup.Writer, p page.Page) {
	shown, rest := p.Nav[:min(len(p.Nav), tabsShown)], p.Nav[min(len(p.Nav), tabsShown):]
	m.Raw(`<nav class="tabs"`)
	m.Attr("aria-label", p.T.T("layout.tabs"))
	m.Raw(`>`)
	for _, l := range shown {
		navLink(ctx, m, l, true)
	}
	m.Raw(`<details class="menu`)
	if slices.ContainsFunc(rest, func(l page.Link) bool { return l.Current }) {
		m.Raw(` is-current`)
	}
	m.Raw(`"><summary>`)
	m.Part(ctx, components.Icon("more"))
	m.Text(p.T.T("layout.more"))
	m.Raw(`</summary><div class="menu-list">`)
	if p.User != nil {
		m.Raw(`<p>`)
		list(m, p.User.Merchant, p.User.Role, p.User.Name)
		m.Raw(`</p>`)
	}
	if len(rest) > 0 {
		m.Raw(`<ul>`)
		for _, l := range rest {
			m.Raw(`<li>`)
			navLink(ctx, m, l, true)
			m.Raw(`</li>`)
		}
		m.Raw(`</ul>`)
	}
	if p.User != nil {
		account(ctx, m, p)
	}
	m.Raw(`</div></details></nav>`)
}

// account holds the user's other merchants and the way out. An error page that
// knows no token goes without: its forms would be refused.
func account(ctx context.Context, m *markup.Writer, p page.Page) {
	if p.CSRF == "" || p.Look != nil {
		return
	}
	if len(p.User.Others) > 0 {
		m.Raw(`<p>`)
		m.Text(p.T.T("layout.switch_to"))
		m.Raw(`</p><ul>`)
		for _, other := range p.User.Others {
			m.Raw(`<li>`)
			formTo(m, p, SwitchAction)
			m.Raw(`<input type="hidden" name="` + SwitchField + `"`)
			m.Attr("value", other.ID)
			m.Raw(`><button type="submit">`)
			m.Part(ctx, components.Icon("merchant"))
			m.Text(other.Name)
			m.Raw(`</button></form></li>`)
		}
		m.Raw(`</ul>`)
	}
	m.Raw(`<ul><li>`)
	formTo(m, p, SignOutAction)
	m.Raw(`<button type="submit">`)
	m.Part(ctx, components.Icon("sign-out"))
	m.Text(p.T.T("layout.sign_out"))
	m.Raw(`</button></form></li></ul>`)
}

// list writes texts with a dot between them, without those that are empty.
func list(m *markup.Writer, texts ...string) {
	written := false
	for _, text := range texts {
		if text == "" {
			continue
		}
		if written {
			m.Raw(` · `)
		}
		m.Text(text)
		written = true
	}
}

// formTo opens a form that posts, with its token.
func formTo(m *markup.Writer, p page.Page, action string) {
	m.Raw(`<form method="post"`)
	m.Attr("action", action)
	m.Raw(`><input type="hidden" name="` + page.CSRFField + `" value="`)
	m.Text(p.CSRF)
	m.Raw(`">`)
}
