package browsertest

import (
	_ "embed"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	//go:embed testdata/sound.html
	soundPage string
	//go:embed testdata/style.css
	soundStyle string
)

// A page is what the test server answers for one address, and what it adds to
// the style that all pages share.
type page struct {
	html, css string
	status    int
}

// serve answers /NAME with the page of that name and other addresses with 404,
// under a policy as strict as the product's.
func serve(t *testing.T, pages map[string]page) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := pages[strings.TrimPrefix(r.URL.Path, "/")]
		switch {
		case r.URL.Path == "/style.css":
			// The page's own style, told by the page that asks, comes last.
			w.Header().Set("Content-Type", "text/css")
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte(soundStyle + pages[path.Base(r.Referer())].css))
		case !ok:
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:")
			w.WriteHeader(p.status)
			_, _ = w.Write([]byte(p.html))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// sound is the sound page with one text put in the place of another.
func sound(t *testing.T, old, new string) page {
	t.Helper()
	if !strings.Contains(soundPage, old) {
		t.Fatalf("the sound page does not hold %q", old)
	}
	return page{html: strings.Replace(soundPage, old, new, 1), status: http.StatusOK}
}

func TestASoundPageHasNoFaultInAnyView(t *testing.T) {
	url := serve(t, map[string]page{"sound": {html: soundPage, status: http.StatusOK}})
	b := Start(t)
	for _, view := range []View{Wide, Phone, Wide.WithoutScript(), Phone.WithoutScript().In("en")} {
		tab := b.Tab(t, view)
		tab.Open(url + "/sound")
		tab.Check()
	}
}

func TestEachCheckFindsItsFaults(t *testing.T) {
	const line = "<h1>2025年12月3日扣了 ¥36.00 流量卡费</h1>"
	after := func(html string) func(*testing.T) page {
		return func(t *testing.T) page { return sound(t, line, line+html) }
	}
	swap := func(old, new string) func(*testing.T) page {
		return func(t *testing.T) page { return sound(t, old, new) }
	}
	styled := func(css, html string) func(*testing.T) page {
		return func(t *testing.T) page {
			p := sound(t, line, line+html)
			p.css = css
			return p
		}
	}
	tests := []struct {
		name string
		page func(*testing.T) page
		find func(*Tab) []string
		want string
		view View
	}{
		{"an inline style", after(`<p style="color: red">x</p>`), (*Tab).Complaints, "Content Security Policy", Wide},
		{"an inline script", after(`<script>document.title = "x"</script>`), (*Tab).Complaints, "Content Security Policy", Wide},
		{"an inline handler", after(`<p onclick="go()">x</p>`), (*Tab).HTMLFaults, "has the handler onclick", Wide},
		{"quirks mode", swap("<!DOCTYPE html>\n", ""), (*Tab).Complaints, "QuirksMode", Wide},
		{"a missing picture", after(`<img src="/none.png" alt="x">`), (*Tab).FailedRequests, "/none.png was answered with 404", Wide},
		{"a missing style", after(`<link rel="stylesheet" href="/none.css">`), (*Tab).FailedRequests, "/none.css was answered with 404", Wide},
		{"a picture from elsewhere", after(`<img src="http://127.0.0.1:9/a.png" alt="x">`), (*Tab).FailedRequests, "csp", Wide},

		{"an id twice", after(`<p id="phone">x</p>`), (*Tab).HTMLFaults, `Duplicate ID "phone"`, Wide},
		{"an id twice, once in a drawing", after(`<p id="pale">x</p>`), (*Tab).HTMLFaults, "the id pale stands more than once", Wide},
		{"a block in a paragraph", after(`<p><div>x</div></p>`), (*Tab).HTMLFaults, "Stray end tag", Wide},
		{"a block in a span", after(`<span><div>x</div></span>`), (*Tab).HTMLFaults, "not permitted as content under <span>", Wide},
		{"a button in a link", after(`<a href="/"><button type="button">x</button></a>`), (*Tab).HTMLFaults, "not permitted as a descendant of <a>", Wide},
		{"a form in a form", after(`<form action="/a"><form action="/b"></form></form>`), (*Tab).HTMLFaults, "not permitted as a descendant of <form>", Wide},
		{"a paragraph in a table", after(`<table><tr><td>x</td></tr><p>x</p></table>`), (*Tab).HTMLFaults, "not permitted as content under <table>", Wide},
		{"an element that is not closed", after(`<div><p>x</p>`), (*Tab).HTMLFaults, "Unclosed element", Wide},
		{"elements closed in the wrong order", after(`<b><i>x</b></i>`), (*Tab).HTMLFaults, "Unclosed element '<i>'", Wide},
		{"an element that closes itself", after(`<div/>`), (*Tab).HTMLFaults, "must not be self-closed", Wide},
		{"an unknown element", after(`<fee>x</fee>`), (*Tab).HTMLFaults, "<fee> is", Wide},
		{"an unknown element in a drawing", after(`<svg width="9" height="9" aria-hidden="true"><ring/></svg>`), (*Tab).HTMLFaults, "<ring> is no element of SVG", Wide},
		{"a drawing that refers to nothing", after(`<svg width="9" height="9" aria-hidden="true"><use href="#none"/></svg>`), (*Tab).HTMLFaults, `href="#none"`, Wide},
		{"an obsolete element", after(`<center>x</center>`), (*Tab).HTMLFaults, "<center> is deprecated", Wide},
		{"an obsolete attribute", swap("<table>", `<table cellpadding="2">`), (*Tab).HTMLFaults, "cellpadding", Wide},
		{"an unknown attribute", after(`<p colour="red">x</p>`), (*Tab).HTMLFaults, `"colour" is not allowed`, Wide},
		{"an attribute of htmx without data-", after(`<p hx-get="/x">x</p>`), (*Tab).HTMLFaults, `"hx-get" is not allowed`, Wide},
		{"an attribute with a wrong value", after(`<button type="go">x</button>`), (*Tab).HTMLFaults, `"type" has invalid value`, Wide},
		{"an attribute twice", after(`<p class="a" class="b">x</p>`), (*Tab).HTMLFaults, "duplicated", Wide},
		{"a label for nothing", after(`<p><label for="none">x</label></p>`), (*Tab).HTMLFaults, `missing id "none"`, Wide},
		{"a date in words", after(`<p><time datetime="3 December">x</time></p>`), (*Tab).HTMLFaults, "no date or time", Wide},
		{"no title", swap("<title>扣费 · 明白账</title>", ""), (*Tab).HTMLFaults, "must have <title>", Wide},
		{"no doctype", swap("<!DOCTYPE html>\n", ""), (*Tab).HTMLFaults, "missing doctype", Wide},

		{"an input without a label", after(`<p><input type="text" name="x"></p>`), (*Tab).AxeViolations, "label (critical)", Wide},
		{"a button without a name", after(`<button type="button"></button>`), (*Tab).AxeViolations, "button-name", Wide},
		{"a role that does not exist", after(`<p role="buton">x</p>`), (*Tab).AxeViolations, "aria-roles", Wide},
		{"no language", swap(` lang="zh-CN"`, ""), (*Tab).AxeViolations, "html-has-lang", Wide},
		{"pale text", styled("p.pale { color: #aaa }", `<p class="pale">扣费</p>`), (*Tab).AxeViolations, "color-contrast", Wide},
		{"pale text without script", styled("p.pale { color: #aaa }", `<p class="pale">扣费</p>`), (*Tab).AxeViolations, "color-contrast", Wide.WithoutScript()},

		{"a line that does not break", styled("p.long { white-space: nowrap }", `<p class="long">`+strings.Repeat("明白账", 20)+`</p>`), (*Tab).Overflow, "<p.long>", Phone},
		{"a wide box", styled(".box { width: 400px }", `<div class="box">x</div>`), (*Tab).Overflow, "<div.box>", Phone},
		{"a page without a viewport", swap(`<meta name="viewport" content="width=device-width, initial-scale=1">`, ""), (*Tab).Overflow, "width=device-width", Phone},
		{"a box that scrolls sideways", styled(".roll { overflow-x: auto } .roll p { width: 500px }", `<div class="roll"><p>x</p></div>`), (*Tab).Overflow, "scrolls sideways", Phone},
		{"a box that cuts off", styled(".cut { overflow: hidden } .cut p { width: 500px }", `<div class="cut"><p>x</p></div>`), (*Tab).Overflow, "cuts off", Phone},
		{"a box with more in it than it holds", styled(".small { width: 100px } .small b { display: inline-block; width: 150px }", `<div class="small"><b>x</b></div>`), (*Tab).Overflow, "does not hold", Wide},

		{"a small button", styled(".tiny { min-height: 0; padding: 0; width: 20px; height: 20px; line-height: 1 }", `<button class="tiny" type="button">x</button>`), (*Tab).SmallTargets, "<button.tiny>", Phone},
		{"a small link of its own", after(`<p><a href="/x">x</a></p>`), (*Tab).SmallTargets, `<a> "x"`, Wide},
		{"a small link in a drawing", after(`<svg width="100" height="40"><a href="/x" aria-label="x"><circle cx="20" cy="20" r="5"/></a></svg>`), (*Tab).SmallTargets, `<a> "x" is 10 by 10 px`, Wide},

		{"small text", styled(".fine { font-size: 12px }", `<p class="fine">扣费</p>`), (*Tab).SmallText, "<p.fine>", Wide},
		{"text in a drawing that shrinks", swap(`font-size="24"`, `font-size="16"`), (*Tab).SmallText, "<text.mark>", Phone},
		{"a field with small text", styled("input.fine { font-size: 12px }", `<p><input class="fine" name="a" type="text" value="1" aria-label="x"></p>`), (*Tab).SmallText, "<input.fine>", Wide},

		{"a control that only a pointer reaches", after(`<div role="button" class="x">x</div>`), (*Tab).KeyboardFaults, "<div.x> \"x\" is not reached", Wide},
		{"an order of its own", after(`<p><a href="/x" tabindex="3">x</a></p>`), (*Tab).KeyboardFaults, "tabindex above 0", Wide},
		{"a focus that can't be seen", styled(".blind:focus { outline: 0 }", `<p><a class="blind" href="/x">x</a></p>`), (*Tab).KeyboardFaults, "looks the same", Wide},
		{"a focus off the screen", styled(".skip.far:focus { transform: translateY(-2000px) }", `<p><a class="skip far" href="/x">x</a></p>`), (*Tab).KeyboardFaults, "not on the screen", Wide},
		{"a focus under a bar", styled(".bar { position: fixed; inset: 0 0 auto; height: 300px; background: #fff }", `<div class="bar">x</div>`), (*Tab).KeyboardFaults, "is covered by <div.bar>", Phone},
	}
	pages := map[string]page{}
	for i, tt := range tests {
		pages[strconv.Itoa(i)] = tt.page(t)
	}
	url := serve(t, pages)
	b := Start(t)
	tabs := map[View]*Tab{}
	for i, tt := range tests {
		if tabs[tt.view] == nil {
			tabs[tt.view] = b.Tab(t, tt.view)
		}
		tab := tabs[tt.view]
		tab.Open(url + "/" + strconv.Itoa(i))
		got := tt.find(tab)
		if !slices.ContainsFunc(got, func(fault string) bool { return strings.Contains(fault, tt.want) }) {
			t.Errorf("%s: got %q, want one that holds %q", tt.name, got, tt.want)
		}
	}
}
