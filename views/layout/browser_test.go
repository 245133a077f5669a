package layout_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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
	mux.HandleFunc("/list", list(t))
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

// list is a page with a filter: with HTMX it answers with the list alone, and
// with an error where the filter asks for one.
func list(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		p, asked := pageOf(r), r.URL.Query().Get("fee")
		results := components.Text("fee=" + asked)
		view := inside(layout.Portal(p), templ.Join(
			components.Heading{Title: p.Title},
			inside(components.FilterBar(p.T, components.Filter{Label: "Filter", Action: "/list", Target: "results"}),
				components.Select(components.Field{Name: "fee", Label: "Fee", Value: asked}, []components.Option{
					{Value: "sim", Label: "SIM"}, {Value: "card", Label: "Card"}, {Value: "broken", Label: "Broken"},
				})),
			templ.Raw(`<div id="results">`), results, templ.Raw(`</div>`)))
		switch {
		case r.Header.Get("HX-Request") == "" || r.Header.Get("HX-History-Restore-Request") != "":
		case asked == "broken":
			w.WriteHeader(http.StatusServiceUnavailable)
			view = layout.ErrorAlert(p, page.Problem{Title: "Wait a little."})
		default:
			view = results
		}
		if err := view.Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	}
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

func TestAFilterChangesTheListAndTheAddressAndAnErrorGoesToTheAlerts(t *testing.T) {
	url, browser := serve(t), browsertest.Start(t)
	tab := browser.Tab(t, browsertest.Wide)
	tab.Open(url + "/list?lang=en&fee=sim")
	tab.Click("#field-fee")
	tab.Press("C\r")
	tab.Settle()
	if got := tab.Text("#results"); got != "fee=card" {
		t.Errorf("after the filter got %q, want the list it asks for", got)
	}
	if got, want := tab.URL(), url+"/list?fee=card"; got != want {
		t.Errorf("after the filter got the address %s, want %s", got, want)
	}
	if got := tab.Complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %q", got)
	}
	tab.Click("#field-fee")
	tab.Press("B\r")
	tab.Settle()
	if got := tab.Text("#" + page.AlertsID); !strings.Contains(got, "Wait a little.") {
		t.Errorf("after an error got the alert %q", got)
	}
	if got := tab.Text("#results"); got != "fee=card" {
		t.Errorf("after an error got the list %q, want what was there", got)
	}
}

func TestAFilterWorksWithoutScript(t *testing.T) {
	url, browser := serve(t), browsertest.Start(t)
	tab := browser.Tab(t, browsertest.Wide.WithoutScript())
	tab.Open(url + "/list?lang=en&fee=card")
	tab.Click(".filters button")
	if got := tab.Text("#results"); got != "fee=card" {
		t.Errorf("got %q, want the list that the filter asks for", got)
	}
}
