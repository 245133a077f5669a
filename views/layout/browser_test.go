package layout_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/browsertest"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// policy is what the server's pages are held to, or stricter.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// serve shows the gallery of components and the frames, in the language that
// the query asks for.
func serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/static/", http.StripPrefix("/static/", http.FileServerFS(static.Files)))
	show := func(path string, view func(page.Page) templ.Component) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if err := view(pageOf(r)).Render(r.Context(), w); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		})
	}
	problem := page.Problem{Kind: "not_found", Title: "404", Text: "404", Advice: "404", Actions: []page.Link{{Label: "OK", Href: "/gallery"}}}
	show("/gallery", func(p page.Page) templ.Component {
		p.Crumbs = nil // the gallery has its own
		return inside(layout.Portal(p), components.Gallery(p))
	})
	show("/public", func(p page.Page) templ.Component {
		p.User, p.Nav = nil, nil
		return inside(layout.Public(p), components.Heading{Title: p.Title, Lead: p.Title})
	})
	show("/print", func(p page.Page) templ.Component {
		return inside(layout.Print(p, page.Link{Label: "Back to it", Href: "/gallery"}), components.Heading{Title: p.Title})
	})
	show("/error", func(p page.Page) templ.Component { return layout.Error(p, problem) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func inside(frame, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, content), w)
	})
}

func pageOf(r *http.Request) page.Page {
	l := i18n.Locale(r.URL.Query().Get("lang"))
	p := page.Page{
		T: i18n.For(l), Title: "Mingbai", Path: r.URL.RequestURI(), CSRF: "token", RequestID: "req_1",
		Language: page.Link{Label: "Mingbai", Href: "?lang=" + string(l.Other()), Lang: string(l.Other())},
		Flash:    &page.Flash{Tone: page.ToneOK, Text: "OK."},
		User:     &page.User{Name: "Zhou", Merchant: "Laojie Noodles", Role: "owner", Others: []page.Choice{{ID: "7", Name: "Shunyi Shop"}}},
		Brand:    page.Brand{Name: "Example Payment", Hotline: "400-000-0000"},
		Crumbs:   []page.Link{{Label: "OK", Href: "/gallery"}, {Label: "Mingbai"}},
	}
	for _, name := range []string{"home", "deductions", "terminals", "statements", "agreements", "account"} {
		p.Nav = append(p.Nav, page.Link{Label: name, Href: "/gallery#" + name, Icon: name, Current: name == "home"})
	}
	return p
}

func TestABrowserFindsNoFaultWithFrames(t *testing.T) {
	url, browser := serve(t), browsertest.Start(t)
	for _, view := range []browsertest.View{browsertest.Wide, browsertest.Phone} {
		tab := browser.Tab(t, view)
		for _, path := range []string{"/public", "/print", "/error"} {
			tab.Open(url + path + "?lang=zh-CN")
			tab.Check()
		}
	}
}

// TestABrowserFindsNoFaultWithComponents asks everything but the walk with the
// tab key: the browser stops several times within a date, and the walk takes
// the second stop for the end of the page. The pages' own tests walk.
func TestABrowserFindsNoFaultWithComponents(t *testing.T) {
	url, browser := serve(t), browsertest.Start(t)
	for _, view := range []browsertest.View{browsertest.Wide, browsertest.Phone, browsertest.Phone.WithoutScript()} {
		tab := browser.Tab(t, view)
		for _, l := range i18n.Locales {
			tab.Open(url + "/gallery?lang=" + string(l))
			for _, faults := range [][]string{
				tab.Complaints(), tab.FailedRequests(), tab.HTMLFaults(), tab.AxeViolations(),
				tab.Overflow(), tab.SmallTargets(), tab.SmallText(),
			} {
				for _, fault := range faults {
					t.Errorf("%s, %s: %s", view, l, fault)
				}
			}
		}
	}
}
