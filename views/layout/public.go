package layout

import (
	"cmp"
	"context"
	"strings"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/views/components/markup"
	"github.com/mingbai/mingbai/web/page"
)

// Public is the frame of pages that need no sign-in. Who is signed in finds the
// way back to their own pages.
func Public(p page.Page) templ.Component {
	return frame{page: p, above: publicBar}
}

func publicBar(ctx context.Context, m *markup.Writer, p page.Page) {
	m.Raw(`<header class="bar"><div class="bar-in">`)
	brand(m, p, "/")
	nav(ctx, m, p)
	m.Raw(`<div class="bar-end">`)
	switch {
	case p.User != nil:
		m.Raw(`<a href="` + HomePath + `">`)
		m.Text(cmp.Or(p.User.Merchant, p.User.Name))
		m.Raw(`</a>`)
	case !isSignIn(p.Path):
		m.Raw(`<a href="` + SignInPath + `">`)
		m.Text(p.T.T("layout.sign_in"))
		m.Raw(`</a>`)
	}
	language(m, p)
	m.Raw(`</div></div></header>`)
}

// isSignIn reports whether a page is one of those where one signs in.
func isSignIn(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return path == SignInPath || strings.HasPrefix(path, SignInPath+"/")
}

// Print is the frame of a page that is meant for paper: who, for whom, and its
// children. back leads to where it was asked for, and is not printed.
func Print(p page.Page, back page.Link) templ.Component {
	return frame{page: p, above: func(_ context.Context, m *markup.Writer, p page.Page) {
		m.Raw(`<header class="paper-head"><p class="no-print"><a`)
		m.Href(back.Href)
		m.Raw(`>`)
		m.Text(back.Label)
		m.Raw(`</a></p><p class="spread"><b>`)
		m.Text(p.Brand.Name)
		m.Raw(`</b>`)
		if p.User != nil {
			m.Raw(`<span>`)
			m.Text(p.User.Merchant)
			m.Raw(`</span>`)
		}
		m.Raw(`</p></header>`)
	}}
}
