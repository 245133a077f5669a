package page

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
)

func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}

func request(headers ...string) (echo.Context, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodGet, "/home?b=2&a=1", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	return echo.New().NewContext(r, w), w
}

func TestAPageGoesOutWholeWithItsLength(t *testing.T) {
	c, w := request()
	if err := Render(c, http.StatusUnprocessableEntity, text("<p>明白</p>")); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusUnprocessableEntity || w.Body.String() != "<p>明白</p>" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	for header, want := range map[string]string{
		"Content-Length": "13", "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Encoding": "",
	} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
}

func TestAHandlersOwnCachingIsKept(t *testing.T) {
	c, w := request()
	c.Response().Header().Set("Cache-Control", "public, max-age=60")
	if err := Render(c, http.StatusOK, text("x")); err != nil {
		t.Fatal(err)
	}
	if got := w.Header().Get("Cache-Control"); got != "public, max-age=60" {
		t.Errorf("got %q", got)
	}
}

func TestAViewThatFailsSendsNothing(t *testing.T) {
	c, w := request()
	broken := errors.New("broken")
	view := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return broken
	})
	if err := Render(c, http.StatusOK, view); !errors.Is(err, broken) {
		t.Errorf("got %v, want the view's error", err)
	}
	if c.Response().Committed || w.Body.Len() > 0 {
		t.Errorf("%q went out", w.Body)
	}
}

func TestALongPageIsCompressedForWhoTakesIt(t *testing.T) {
	long := strings.Repeat("<p>明白账</p>", 1000)
	for _, c := range []struct {
		body, accepts string
		packed        bool
	}{
		{long, "gzip, deflate, br", true},
		{long, "br;q=1.0, GZIP;q=0.5", true},
		{long, "gzip;q=0", false},
		{long, "", false},
		{long, "gzipped", false},
		{"short", "gzip", false},
	} {
		ctx, w := request("Accept-Encoding", c.accepts)
		if err := Render(ctx, http.StatusOK, text(c.body)); err != nil {
			t.Fatal(err)
		}
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.packed {
			t.Errorf("%d bytes for %q: compressed %v, want %v", len(c.body), c.accepts, got, c.packed)
		}
		if got := w.Header().Get("Content-Length"); got != strconv.Itoa(w.Body.Len()) {
			t.Errorf("the length says %s, %d bytes came", got, w.Body.Len())
		}
		var body io.Reader = w.Body
		if c.packed {
			unpacked, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = unpacked
		}
		got, err := io.ReadAll(body)
		if err != nil || string(got) != c.body {
			t.Errorf("%d bytes came out (%v), want %d", len(got), err, len(c.body))
		}
	}
}

func TestOnlyTheFragmentThatHTMXAsksForIsSent(t *testing.T) {
	view := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "before ")
		if err := templ.Fragment("inner").Render(templ.WithChildren(ctx, text("inner")), w); err != nil {
			return err
		}
		_, err := io.WriteString(w, " after")
		return err
	})
	fragments := []Fragment{{ID: "list", View: text("list")}, {ID: "inner"}}
	for _, c := range []struct {
		name    string
		headers []string
		want    string
	}{
		{"without HTMX", nil, "before inner after"},
		{"a separate view", []string{"HX-Request", "true", "HX-Target", "list"}, "list" + noAlerts},
		{"a part of the view", []string{"HX-Request", "true", "HX-Target", "inner"}, "inner" + noAlerts},
		{"another target", []string{"HX-Request", "true", "HX-Target", "x"}, "before inner after"},
		{"a boosted link", []string{"HX-Request", "true", "HX-Boosted", "true", "HX-Target", "list"}, "before inner after"},
		{"from the history", []string{"HX-Request", "true", "HX-History-Restore-Request", "true", "HX-Target", "list"}, "before inner after"},
	} {
		ctx, w := request(c.headers...)
		if err := Render(ctx, http.StatusOK, view, fragments...); err != nil {
			t.Fatal(err)
		}
		if got := w.Body.String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if vary := w.Header().Get("Vary"); !strings.Contains(vary, "HX-Request") || !strings.Contains(vary, "HX-Target") {
			t.Errorf("%s: a cache would mix the answers up: Vary is %q", c.name, vary)
		}
	}
}

func TestHTMXTakesAPartThatNobodyNamesOutOfAWholePage(t *testing.T) {
	for _, c := range []struct {
		name, body string
		headers    []string
		taken      string
	}{
		{"a whole page", doctype + "<p id=list>", []string{"HX-Request", "true", "HX-Target", "list"}, "#list"},
		{"a part", "<p>", []string{"HX-Request", "true", "HX-Target", "list"}, ""},
		{"without HTMX", doctype, []string{"HX-Target", "list"}, ""},
		{"a boosted link", doctype, []string{"HX-Request", "true", "HX-Boosted", "true", "HX-Target", "list"}, ""},
		{"no part", doctype, []string{"HX-Request", "true"}, ""},
	} {
		ctx, w := request(c.headers...)
		if err := Render(ctx, http.StatusOK, text(c.body)); err != nil {
			t.Fatal(err)
		}
		want, swap := c.body, ""
		if c.taken != "" {
			want, swap = want+noAlerts, "outerHTML"
		}
		h := w.Header()
		if h.Get("HX-Reselect") != c.taken || h.Get("HX-Reswap") != swap || w.Body.String() != want {
			t.Errorf("%s: takes %q, swaps %q, of %q; want %q, %q, %q", c.name, h.Get("HX-Reselect"), h.Get("HX-Reswap"), w.Body, c.taken, swap, want)
		}
	}
	ctx, w := request("HX-Request", "true", "HX-Target", "list")
	ctx.Response().Header().Set("HX-Retarget", "#alerts")
	if err := Render(ctx, http.StatusOK, text(doctype)); err != nil || w.Header().Get("HX-Reselect") != "" {
		t.Errorf("an error that is put elsewhere: takes %q, %v", w.Header().Get("HX-Reselect"), err)
	}
}

func TestOnlyPathsOfThisSiteAreLocal(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/home": true, "/deductions?from=2025-01-01&q=%E6%B5%81": true, "/a//b": true, "/a#b": true,
		"": false, "home": false, "//example.com": false, "/\\example.com": false, "/a\\b": false,
		"https://example.com/": false, "javascript:alert(1)": false, "/\t/example.com": false, "/a\nb": false,
		"/%zz": false, "/" + strings.Repeat("a", 3000): false, "\x00/": false,
	} {
		got, ok := LocalPath(path)
		if ok != want || (ok && got != path) {
			t.Errorf("LocalPath(%.40q) = %q, %v, want %v", path, got, ok, want)
		}
	}
}

func FuzzALocalPathNeverLeadsElsewhere(f *testing.F) {
	f.Add("//example.com")
	f.Add("/\t/example.com")
	f.Add("/a?b#c")
	f.Fuzz(func(t *testing.T, path string) {
		local, ok := LocalPath(path)
		if !ok {
			return
		}
		r, err := http.NewRequest(http.MethodGet, "https://mingbai.test/", nil)
		if err != nil {
			t.Fatal(err)
		}
		to, err := r.URL.Parse(local)
		if err != nil || to.Host != "mingbai.test" || to.Scheme != "https" {
			t.Fatalf("%q leads to %v (%v)", path, to, err)
		}
	})
}

func testSite() *Site {
	brand := func(l i18n.Locale) Brand { return Brand{Name: "Acme " + string(l), Hotline: "95000"} }
	asset := func(name string) string { return "/static/hashed-" + name }
	return NewSite(brand, asset, cookie.Site{}, []byte("a secret of at least 32 bytes length"))
}

// at runs f as the handler of a request that carries the cookies.
func at(t *testing.T, site *Site, l i18n.Locale, cookies []*http.Cookie, headers []string, f func(c echo.Context)) []*http.Cookie {
	t.Helper()
	c, w := request(headers...)
	for _, k := range cookies {
		c.Request().AddCookie(k)
	}
	SetPrinter(c, i18n.For(l))
	if err := site.Middleware(func(c echo.Context) error { f(c); return nil })(c); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()
}

func TestAFlashIsShownOnceInTheLanguageOfThePageThatShowsIt(t *testing.T) {
	site := testSite()
	left := at(t, site, i18n.ZhCN, nil, nil, func(c echo.Context) { SetFlash(c, ToneOK, "common.relative.in_days", "n", 11) })
	if len(left) != 1 {
		t.Fatalf("%d cookies, want 1", len(left))
	}
	at(t, site, i18n.En, left, []string{"HX-Request", "true"}, func(c echo.Context) {
		if p := New(c); p.Flash != nil {
			t.Error("a fragment, which can't show it, took the flash")
		}
	})
	cleared := at(t, site, i18n.En, left, nil, func(c echo.Context) {
		p := New(c)
		if p.Flash == nil || p.Flash.Text != "in 11 days" || p.Flash.Tone != ToneOK {
			t.Errorf("got %+v, want the message in English", p.Flash)
		}
	})
	if len(cleared) != 1 || cleared[0].MaxAge >= 0 {
		t.Errorf("the cookie stays: %v", cleared)
	}
	at(t, site, i18n.En, nil, nil, func(c echo.Context) {
		if p := New(c); p.Flash != nil {
			t.Errorf("shown again: %+v", p.Flash)
		}
	})
}

func TestAFlashThatWeDidNotSignIsNotShown(t *testing.T) {
	site := testSite()
	left := at(t, site, i18n.En, nil, nil, func(c echo.Context) { SetFlash(c, ToneOK, "common.relative.today") })
	another := NewSite(site.Brand, site.Asset, site.Cookies, []byte("another secret of more than 32 bytes"))
	for name, value := range map[string]string{"another server's": left[0].Value, "made up": "x", "cut": left[0].Value[1:]} {
		at(t, another, i18n.En, []*http.Cookie{{Name: "flash", Value: value}}, nil, func(c echo.Context) {
			if p := New(c); p.Flash != nil {
				t.Errorf("%s: got %+v", name, p.Flash)
			}
		})
	}
}

type amount string

func (a amount) Yuan() string { return string(a) }

func TestAValueKeepsItsKindInAFlash(t *testing.T) {
	p := i18n.For(i18n.En)
	when := time.Date(2025, 11, 26, 2, 2, 0, 0, time.UTC)
	for _, v := range []any{"text", 1204, int64(-3), amount("1204.50"), date(time.Date(2025, 12, 3, 0, 0, 0, 0, time.UTC)), when, 90 * time.Second} {
		want := p.T("common.format.sn_tail", "tail", v)
		if got := p.T("common.format.sn_tail", "tail", unpack(pack(v))); got != want {
			t.Errorf("%T comes back as %q, want %q", v, got, want)
		}
	}
}

func TestThePageKnowsItsPathItsSiteAndTheWayToTheOtherLanguage(t *testing.T) {
	at(t, testSite(), i18n.ZhCN, nil, nil, func(c echo.Context) {
		c.Set("csrf", "token")
		p := New(c)
		if p.Path != "/home?b=2&a=1" || p.CSRF != "token" || p.Lang() != "zh-CN" {
			t.Errorf("got path %q, token %q, language %q", p.Path, p.CSRF, p.Lang())
		}
		if p.Brand.Name != "Acme zh-CN" || p.Static("app.css") != "/static/hashed-app.css" {
			t.Errorf("got brand %+v and asset %q", p.Brand, p.Static("app.css"))
		}
		if want := (Link{Label: "English", Href: "/home?a=1&b=2&lang=en", Lang: "en"}); p.Language != want {
			t.Errorf("got %+v, want %+v", p.Language, want)
		}
	})
}

func TestTheAnswerToAFormLeadsToThePageItStandsOnInTheOtherLanguage(t *testing.T) {
	const role = "/colleagues/7/role" // takes a form, and is no page
	for _, c := range []struct{ posted, referer, want string }{
		{role, "https://portal.test/deductions?a=1", "/deductions?a=1&lang=en"},
		{role, "https://portal.test/home", "/home?lang=en"},
		{role, "https://portal.test/terminals/a%2Fb", "/terminals/a%2Fb?lang=en"},
		{role, "https://portal.test/colleagues/7/role?a=1", "/colleagues/7?lang=en"},
		{role, "https://portal.test/none/at/all", "/?lang=en"},
		{role, "https://example.com/home", "/colleagues/7?lang=en"},
		{role, "/home", "/colleagues/7?lang=en"},
		{role, "", "/colleagues/7?lang=en"},
		{role, "%", "/colleagues/7?lang=en"},
		{"/home?a=1", "", "/home?lang=en"},
		{"/logout", "", "/?lang=en"},
	} {
		r := httptest.NewRequest(http.MethodPost, "https://portal.test"+c.posted, nil)
		r.Header.Set("Referer", c.referer)
		e := echo.New()
		answer := func(ctx echo.Context) error { return ctx.String(http.StatusForbidden, New(ctx).Language.Href) }
		for _, page := range []string{"/", "/home", "/deductions", "/terminals/:sn", "/colleagues/:id"} {
			e.GET(page, echo.NotFoundHandler)
		}
		for _, form := range []string{"/home", "/colleagues/:id/role", "/logout"} {
			e.POST(form, answer)
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if got := w.Body.String(); got != c.want {
			t.Errorf("a form to %s from %q: it leads to %q, want %q", c.posted, c.referer, got, c.want)
		}
	}
}

func TestWithoutAPageToLeadToThereIsNoOtherLanguage(t *testing.T) {
	at(t, testSite(), i18n.ZhCN, nil, nil, func(c echo.Context) {
		c.Request().Method = http.MethodPost
		if got := New(c).Language; got != (Link{}) {
			t.Errorf("there is a link to %q", got.Href)
		}
	})
}

func TestTextIsWhatBothDatabasesStore(t *testing.T) {
	for text, want := range map[string]bool{"": true, "流量卡 36\n": true, "a\x00b": false, "\xff": false} {
		if got := IsText(text); got != want {
			t.Errorf("%q is text: %t, want %t", text, got, want)
		}
	}
}

func TestAStaticFileIsNamedPlainlyWhereNothingServesIt(t *testing.T) {
	if got := (Page{}).Static("css/app.css"); got != "/static/css/app.css" {
		t.Errorf("got %q", got)
	}
}
