package layout

import (
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/components/viewtest"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// signedIn is a page of an owner with two merchants, in the section of
// statements.
func signedIn(l i18n.Locale) page.Page {
	p := public(l)
	p.Path = "/statements/2026-11"
	p.User = &page.User{Name: "Zhou", Merchant: "Laojie Noodles", Role: "owner", Others: []page.Choice{{ID: "7", Name: "Shunyi Shop"}}}
	p.Nav = []page.Link{
		{Label: "Home", Href: "/home", Icon: "home"}, {Label: "Deductions", Href: "/deductions", Icon: "deductions"},
		{Label: "Terminals", Href: "/terminals", Icon: "terminals"}, {Label: "Complaints", Href: "/complaints", Icon: "complaints"},
		{Label: "Statements", Href: "/statements", Icon: "statements", Current: true},
		{Label: "Agreements", Href: "/agreements", Icon: "agreements"}, {Label: "Account", Href: "/account", Icon: "account"},
	}
	p.Crumbs = []page.Link{{Label: "Statements", Href: "/statements"}, {Label: "2026-11"}}
	p.Flash = &page.Flash{Tone: page.ToneOK, Text: "Saved."}
	return p
}

// atWork is a page of a member of staff's.
func atWork(l i18n.Locale) page.Page {
	p := public(l)
	p.Path = "/admin/staff"
	p.User = &page.User{Name: "Lin", Role: "support · lead"}
	p.Nav = []page.Link{{Label: "Disclosures", Href: "/admin/disclosures"}, {Label: "Staff", Href: "/admin/staff", Current: true}}
	return p
}

func public(l i18n.Locale) page.Page {
	return page.Page{
		T: i18n.For(l), Title: "Title", Path: "/", CSRF: "token", RequestID: "req_1",
		Language: page.Link{Label: "Other", Href: "/?lang=" + string(l.Other()), Lang: string(l.Other())},
		Brand:    page.Brand{Name: "Example Payment", Short: "Example", Hotline: "400-000-0000"},
	}
}

// around puts a paragraph into a frame.
func around(frame templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, templ.Raw(`<h1>Title</h1><p>Content</p>`)), w)
	})
}

var problem = page.Problem{
	Status: 404, Kind: "not_found", Title: "Not here.", Text: "The link may be cut off. Nothing is lost.", Advice: "Look it up by its date.",
	Actions: []page.Link{{Label: "Deductions", Href: "/deductions"}, {Label: "Home", Href: "/home"}},
}

func views(l i18n.Locale) map[string]templ.Component {
	noUser, noBrand := public(l), page.Page{T: i18n.For(l)}
	return map[string]templ.Component{
		"portal":        around(Portal(signedIn(l))),
		"public":        around(Public(noUser)),
		"public-bare":   around(Public(noBrand)),
		"public-user":   around(Public(signedIn(l))),
		"print":         around(Print(signedIn(l), page.Link{Label: "Back", Href: "/statements/2026-11"})),
		"error":         Error(signedIn(l), problem),
		"error-public":  Error(noUser, problem),
		"error-minimal": Error(noBrand, page.Problem{Title: "Broken."}),
		"staff":         around(Staff(atWork(l))),
		"staff-nobody":  around(Staff(noUser)),
		"error-staff":   StaffError(atWork(l), problem),
		"alert":         ErrorAlert(signedIn(l), problem),
	}
}

func TestFramesLookAsTheyDid(t *testing.T) {
	for _, l := range i18n.Locales {
		for name, view := range views(l) {
			html := viewtest.Render(t, view)
			viewtest.Sound(t, name, html)
			viewtest.Golden(t, name+"."+string(l), html)
		}
	}
}

func TestEveryPageHasWhatAPageNeeds(t *testing.T) {
	for _, l := range i18n.Locales {
		for name, view := range views(l) {
			if name == "alert" {
				continue
			}
			html := viewtest.Render(t, view)
			for what, want := range map[string]string{
				"the doctype": "<!DOCTYPE html>", "its language": `<html lang="` + string(l) + `">`,
				"a skip link": `<a class="skip" href="#main">`, "where it leads": `<main id="main" tabindex="-1">`,
				"a place for alerts": `id="` + page.AlertsID + `"`, "the style sheet": `href="/static/css/app.css"`,
			} {
				if got := strings.Count(html, want); got != 1 {
					t.Errorf("%s, %s: got %s %d times, want once", name, l, what, got)
				}
			}
			if got := strings.Count(html, "<h1"); got != 1 {
				t.Errorf("%s, %s: got %d headings of the first level, want 1", name, l, got)
			}
		}
	}
}

func TestEveryFormThatPostsCarriesTheToken(t *testing.T) {
	html := viewtest.Render(t, around(Portal(signedIn(i18n.En))))
	forms := strings.Count(html, `<form method="post"`)
	if forms != 4 { // another merchant and the way out, in the bar and below "more"
		t.Errorf("got %d forms, want 4", forms)
	}
	if got := strings.Count(html, `<input type="hidden" name="csrf" value="token">`); got != forms {
		t.Errorf("got %d tokens for %d forms", got, forms)
	}
}

func TestWithoutATokenThereIsNoFormThatWouldBeRefused(t *testing.T) {
	p := signedIn(i18n.ZhCN)
	p.CSRF = ""
	if html := viewtest.Render(t, around(Portal(p))); strings.Contains(html, "<form") {
		t.Errorf("there is a form in %s", html)
	}
}

func TestTheCurrentSectionIsMarkedInTheBarAndAmongTheTabs(t *testing.T) {
	html := viewtest.Render(t, around(Portal(signedIn(i18n.En))))
	if got := strings.Count(html, `<a href="/statements" aria-current="page">`); got != 2 {
		t.Errorf("got the current section marked %d times, want in the bar and below more", got)
	}
	if !strings.Contains(html, `class="menu is-current"`) {
		t.Error("the fifth section is current, and more is not marked")
	}
	p := signedIn(i18n.En)
	p.Nav[4].Current, p.Nav[0].Current = false, true
	if html := viewtest.Render(t, around(Portal(p))); strings.Contains(html, "is-current") {
		t.Error("a tab of its own is current, and more is marked too")
	}
}

func TestAViewerOfFewSectionsHasTheirTabsAndTheWayOut(t *testing.T) {
	for n := range 5 {
		p := signedIn(i18n.En)
		p.Nav = p.Nav[:n]
		html := viewtest.Render(t, around(Portal(p)))
		viewtest.Sound(t, "portal", html)
		_, tabs, _ := strings.Cut(html, `<nav class="tabs"`)
		if got := strings.Count(tabs, "<a href="); got != n {
			t.Errorf("got %d tabs, want %d", got, n)
		}
		if !strings.Contains(tabs, SignOutAction) {
			t.Errorf("with %d sections there is no way out", n)
		}
	}
}

func TestTheSignInPageDoesNotOfferToSignIn(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/loginhelp": true, "/login": false, "/login?next=%2Fhome": false, "/login/code": false,
	} {
		p := public(i18n.En)
		p.Path = path
		html := viewtest.Render(t, around(Public(p)))
		if got := strings.Contains(html, `href="/login"`); got != want {
			t.Errorf("%s: got a link to sign in %t, want %t", path, got, want)
		}
	}
}

func TestAnErrorPageSaysWhatToQuoteAndWhereToGo(t *testing.T) {
	html := viewtest.Render(t, Error(signedIn(i18n.En), problem))
	for _, want := range []string{problem.Title, problem.Text, problem.Advice, "req_1", "400-000-0000", `<a class="btn" href="/deductions">`, `<a class="btn plain" href="/home">`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestEveryKindOfProblemHasAnIcon(t *testing.T) {
	for _, kind := range []string{"not_found", "forbidden", "conflict", "too_many", "too_large", "unavailable", "unauthenticated", "invalid", "internal", "method", "unheard of"} {
		html := viewtest.Render(t, Error(public(i18n.En), page.Problem{Kind: kind, Title: "x"}))
		if !strings.Contains(html, `<div class="card problem"><svg`) {
			t.Errorf("%s: got no icon", kind)
		}
	}
}

func TestAFlashIsSaidInAWordToo(t *testing.T) {
	words := map[string]bool{}
	for _, tone := range []page.Tone{page.ToneOK, page.ToneBad, page.ToneInfo} {
		p := signedIn(i18n.En)
		p.Flash.Tone = tone
		_, rest, _ := strings.Cut(viewtest.Render(t, around(Portal(p))), `<span class="unseen">`)
		word, _, _ := strings.Cut(rest, "<")
		words[word] = true
	}
	if len(words) != 3 || words[""] {
		t.Errorf("got %v, want a word of its own for each tone", words)
	}
}

func TestTheHotlineCanBeDialled(t *testing.T) {
	for number, want := range map[string]string{"400-000-0000": "tel:4000000000", "+86 (10) 1234": "tel:+86101234", "95000": "tel:95000"} {
		if got := telephone(number); got != want {
			t.Errorf("%s: got %q, want %q", number, got, want)
		}
	}
}

func TestHTMXRunsNoCodeFromThePageAndKeepsNoPage(t *testing.T) {
	var config struct {
		AllowEval, AllowScriptTags, IncludeIndicatorStyles *bool
		HistoryCacheSize                                   *int
		ResponseHandling                                   []struct {
			Code, Target string
			Swap         bool
		}
	}
	if err := json.Unmarshal([]byte(htmxConfig), &config); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]*bool{"allowEval": config.AllowEval, "allowScriptTags": config.AllowScriptTags, "includeIndicatorStyles": config.IncludeIndicatorStyles} {
		if value == nil || *value {
			t.Errorf("%s is not off", name)
		}
	}
	if config.HistoryCacheSize == nil || *config.HistoryCacheSize != 0 {
		t.Error("the browser's storage would keep a merchant's pages")
	}
	handles := func(status string) (swap bool, target string) {
		for _, h := range config.ResponseHandling {
			if regexp.MustCompile(h.Code).MatchString(status) {
				return h.Swap, h.Target
			}
		}
		return false, ""
	}
	for status, want := range map[string]string{"200": "", "422": "", "404": "#" + page.AlertsID, "500": "#" + page.AlertsID} {
		if swap, target := handles(status); !swap || target != want {
			t.Errorf("%s: got swap %t into %q, want swap into %q", status, swap, target, want)
		}
	}
	script, err := static.Files.ReadFile("vendor/htmx.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for name := range map[string]bool{"allowEval": true, "allowScriptTags": true, "includeIndicatorStyles": true, "historyCacheSize": true, "responseHandling": true} {
		if !strings.Contains(string(script), name+":") {
			t.Errorf("this version of HTMX knows no %s", name)
		}
	}
}

func TestEveryFileThatAPageNamesIsThere(t *testing.T) {
	p := signedIn(i18n.En)
	p.Asset = func(name string) string {
		if _, err := static.Files.ReadFile(name); err != nil {
			t.Error(err)
		}
		return "/static/" + name
	}
	viewtest.Render(t, around(Portal(p)))
}

func TestEveryClassOfAFrameIsInTheStyleSheet(t *testing.T) {
	css, err := static.Files.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for name, view := range views(i18n.En) {
		for _, class := range viewtest.Classes(viewtest.Render(t, view)) {
			if !regexp.MustCompile(`\.` + regexp.QuoteMeta(class) + `[^\w-]`).Match(css) {
				t.Errorf("%s uses the class %q, which css/app.css does not have", name, class)
			}
		}
	}
}

func TestTheFrameCostsFewAllocations(t *testing.T) {
	p := signedIn(i18n.ZhCN)
	p.Flash = nil
	content := templ.Raw("")
	var to discard
	got := testing.AllocsPerRun(100, func() { _ = Portal(p).Render(templ.WithChildren(t.Context(), content), to) })
	if got > 20 {
		t.Errorf("got %v allocations, want at most 20", got)
	}
}

// discard is a writer that takes strings, as the buffers of pages do.
type discard struct{}

func (discard) Write(b []byte) (int, error)       { return len(b), nil }
func (discard) WriteString(s string) (int, error) { return len(s), nil }
