package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/webtest"
)

// log keeps what was logged, a JSON line each.
type log struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

// fixture is a server whose every part can be replaced before it is made.
type fixture struct {
	Options
	log    log
	locale i18n.Locale // what SaveLocale was told
}

func newFixture() *fixture {
	f := &fixture{}
	brand := func(i18n.Locale) page.Brand { return page.Brand{Name: "Acme"} }
	site := page.NewSite(brand, func(name string) string { return "/static/" + name }, cookie.Site{TLS: true}, bytes.Repeat([]byte("s"), 32))
	f.Options = Options{
		Log:        slog.New(slog.NewJSONHandler(&f.log, nil)),
		Now:        time.Now,
		Site:       site,
		Session:    func(next echo.HandlerFunc) echo.HandlerFunc { return next },
		SaveLocale: func(_ echo.Context, l i18n.Locale) error { f.locale = l; return nil },
		Answer:     plainAnswer,
		Ready:      func(context.Context) error { return nil },
	}
	return f
}

// plainAnswer says the status and the kind of an error.
func plainAnswer(c echo.Context, err error) error {
	if r, ok := errors.AsType[*page.Refusal](err); ok {
		return c.String(r.Status, r.Kind)
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok {
		return c.String(h.Code, "echo")
	}
	return c.String(http.StatusInternalServerError, "internal")
}

var open = Public("a test")

func ask(s *Server, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://portal.test"+path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func say200(c echo.Context) error { return c.String(http.StatusOK, "fine") }

func TestARouteWithoutAnAccessCantBeRegistered(t *testing.T) {
	s := New(newFixture().Options)
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, "GET /open has no access") {
			t.Errorf("got %q", got)
		}
	}()
	s.Router().Get("/open", Access{}, say200)
}

func TestARouteCantBeRegisteredTwice(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/a", open, say200)
	defer func() {
		if recover() == nil {
			t.Error("it was")
		}
	}()
	s.Router().Get("/a", open, say200)
}

func TestTheListOfRoutesSaysWhoMayUseEach(t *testing.T) {
	s := New(newFixture().Options)
	r := s.Router()
	r.Post("/b/:id", Grant("can do", open.check), say200)
	r.Get("/b/:id", open, say200)
	r.Put("/api/v1/x", open, say200)
	r.Delete("/api/v1/x", open, say200)
	var got []string
	for _, route := range r.Routes() {
		got = append(got, route.String())
	}
	want := []string{
		"DELETE /api/v1/x — public: a test", "PUT /api/v1/x — public: a test",
		"GET /b/:id — public: a test", "POST /b/:id — can do",
		"GET /healthz — public: says that the program runs", "GET /readyz — public: says whether requests can be taken",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, c := range []struct {
		method, path, pattern string
		ok                    bool
	}{{"GET", "/b/7", "/b/:id", true}, {"POST", "/b/7", "/b/:id", true}, {"DELETE", "/b/7", "", false}, {"GET", "/c", "", false}} {
		if pattern, ok := r.Match(c.method, c.path); ok != c.ok || ok && pattern != c.pattern {
			t.Errorf("%s %s: got %q, %v", c.method, c.path, pattern, ok)
		}
	}
}

func TestAnAccessStandsBeforeItsHandler(t *testing.T) {
	s := New(newFixture().Options)
	no := Grant("nobody", func(echo.HandlerFunc) echo.HandlerFunc {
		return func(echo.Context) error { return &page.Refusal{Status: http.StatusForbidden, Kind: "forbidden"} }
	})
	called := false
	s.Router().Get("/a", no, func(c echo.Context) error { called = true; return say200(c) })
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if w := ask(s, method, "/a"); w.Code != http.StatusForbidden || called {
			t.Errorf("%s: got %d, handler called: %v", method, w.Code, called)
		}
	}
}

func TestEveryAnswerTellsTheBrowserToBeCareful(t *testing.T) {
	f := newFixture()
	s := New(f.Options)
	s.Router().Get("/a", open, say200)
	s.Router().Get("/panic", open, func(echo.Context) error { panic("x") })
	for _, path := range []string{"/a", "/none", "/panic", "/healthz"} {
		h := ask(s, http.MethodGet, path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "data:") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if h.Get("Permissions-Policy") == "" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	f.Site.Cookies.TLS = false
	f.Metrics = nil
	if h := ask(New(f.Options), http.MethodGet, "/").Header(); h.Get("Strict-Transport-Security") != "" || strings.Contains(h.Get("Content-Security-Policy"), "upgrade") {
		t.Errorf("without TLS: %v", h)
	}
}

func TestHeadersOfOneAnswerDoNotReachTheNext(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/a", open, func(c echo.Context) error {
		c.Response().Header().Add("X-Frame-Options", "MORE")
		return say200(c)
	})
	for range 2 {
		if got := ask(s, http.MethodGet, "/a").Header().Values("X-Frame-Options"); !slices.Equal(got, []string{"DENY", "MORE"}) {
			t.Errorf("got %q", got)
		}
	}
}

func TestALogLineNamesTheRouteAndNothingPersonal(t *testing.T) {
	f := newFixture()
	s := New(f.Options)
	s.Router().Get("/terminals/:sn", open, say200)
	w := ask(s, http.MethodGet, "/terminals/SN0387?phone=13812346621", "Cookie", "__Host-session=secret", "User-Agent", "agent", "Referer", "https://portal.test/x?y=z")
	var line map[string]any
	if err := json.Unmarshal([]byte(f.log.String()), &line); err != nil {
		t.Fatal(err, f.log.String())
	}
	for name, want := range map[string]any{"msg": "request", "method": "GET", "route": "/terminals/:sn", "status": 200.0, "bytes": 4.0, "id": w.Header().Get("X-Request-Id")} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	for _, private := range []string{"SN0387", "13812346621", "secret", "agent", "192.0.2.1", "y=z"} {
		if strings.Contains(f.log.String(), private) {
			t.Errorf("the log says %q: %s", private, f.log.String())
		}
	}
}

func TestRequestIDsDiffer(t *testing.T) {
	s := New(newFixture().Options)
	seen := map[string]bool{}
	for range 100 {
		id := ask(s, http.MethodGet, "/healthz", "X-Request-Id", "mine").Header().Get("X-Request-Id")
		if len(id) != 16 || seen[id] {
			t.Fatalf("got %q", id)
		}
		seen[id] = true
	}
}

func TestAPanicIsAnErrorAndItsPlaceIsLogged(t *testing.T) {
	f := newFixture()
	var got error
	f.Answer = func(c echo.Context, err error) error { got = err; return plainAnswer(c, err) }
	s := New(f.Options)
	s.Router().Get("/a", open, func(echo.Context) error { panic("the roof is on fire") })
	if w := ask(s, http.MethodGet, "/a"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "roof") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if got == nil || !strings.Contains(got.Error(), "the roof is on fire") || !strings.Contains(got.Error(), "server_test.go") {
		t.Errorf("the error is %v", got)
	}
}

func TestWhateverFailsTheReaderGetsAPage(t *testing.T) {
	for name, answer := range map[string]func(c echo.Context, err error) error{
		"fails":        func(echo.Context, error) error { return errors.New("no page") },
		"panics":       func(echo.Context, error) error { panic("no page") },
		"says nothing": func(echo.Context, error) error { return nil },
		"is not written": func(c echo.Context, _ error) error {
			return page.Render(c, 500, templ.ComponentFunc(func(context.Context, io.Writer) error { return errors.New("no page") }))
		},
	} {
		f := newFixture()
		f.Answer = answer
		s := New(f.Options)
		s.Router().Get("/", open, func(echo.Context) error { return errors.New("broken: password=hunter2") })
		p := webtest.New(t, s, s.Router().Match).Get("/").Is(http.StatusInternalServerError)
		p.Says("出错了", "Something went wrong", p.Header.Get("X-Request-Id")).SaysNot("hunter2", "no page")
		if !strings.Contains(f.log.String(), "hunter2") {
			t.Errorf("%s: the log does not say why: %s", name, f.log.String())
		}
	}
}

func TestAnAnswerThatBreaksOffIsLogged(t *testing.T) {
	f := newFixture()
	s := New(f.Options)
	s.Router().Get("/a", open, func(c echo.Context) error {
		c.Response().WriteHeader(http.StatusOK)
		return errors.New("the file ended early")
	})
	w := ask(s, http.MethodGet, "/a")
	if w.Code != http.StatusOK || w.Body.Len() > 0 || !strings.Contains(f.log.String(), "the file ended early") {
		t.Errorf("got %d %q, log %s", w.Code, w.Body, f.log.String())
	}
}

func TestAnUnknownPathAndAWrongMethodAreAnsweredLikeAnyError(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/a", open, say200)
	if w := ask(s, http.MethodGet, "/none"); w.Code != http.StatusNotFound || w.Body.String() != "echo" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if w := ask(s, http.MethodDelete, "/a"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("got %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// postPage is a server with a form at /form.
func postPage(f *fixture) *Server {
	s := New(f.Options)
	s.Router().Get("/form", open, func(c echo.Context) error {
		p := page.New(c)
		return page.Render(c, 200, templ.Raw(`<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="w"><title>表</title></head><body><main><h1>表</h1><form method="post" action="/form"><input type="hidden" name="csrf" value="`+p.CSRF+`"><label>名<input name="name"></label><button type="submit">存</button></form></main></body></html>`))
	})
	s.Router().Post("/form", open, func(c echo.Context) error {
		values, err := form.Read(c)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, "saved "+values.Get("name"))
	})
	s.Router().Post("/upload", open, say200, Body(3<<20))
	s.Router().Post("/api/v1/x", open, func(c echo.Context) error {
		b, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, string(b))
	})
	return s
}

func TestAnAddressThatIsNoTextIsRefusedBeforeItsRoute(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/a/:id", open, say200)
	for address, want := range map[string]int{
		"/a/x": 200, "/a/%E6%B5%81": 200, "/a/x?q=%E6%B5%81": 200, "/a/x?q=%zz": 200,
		"/a/%00": 404, "/a/%FF%FE": 404, "/a/x?q=%00": 400, "/a/x?q=1&q=a%FF": 400, "/a/x?%00=1": 400, "/a/x?%zz&q=%00": 400,
	} {
		if w := ask(s, http.MethodGet, address); w.Code != want {
			t.Errorf("%s: got %d, want %d", address, w.Code, want)
		}
	}
}

func TestARequestsOwnAddressNeverLeadsToAnotherSite(t *testing.T) {
	f := newFixture()
	var own []string
	f.Session = func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			own = append(own, c.Request().URL.RequestURI(), page.New(c).Path, page.New(c).Language.Href)
			return next(c)
		}
	}
	s := New(f.Options)
	s.Router().Get("/a/:id", open, say200)
	for _, path := range []string{"//evil.test/a", "///evil.test/a?b=//c", "////", "//evil.test%2Fa", "/%2Fevil.test/a", "/%2F/evil.test"} {
		u, err := url.ParseRequestURI("https://portal.test" + path)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "https://portal.test/", nil)
		r.URL = u
		own = nil
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if len(own) != 3 || w.Code != http.StatusNotFound {
			t.Errorf("%s is answered with %d, %q", path, w.Code, own)
		}
		for _, address := range own {
			if local, ok := page.LocalPath(address); !ok {
				t.Errorf("%s says its own address as %q, %q", path, address, local)
			}
		}
	}
}

func TestAPageThatRefusesAFormHasTheTokenForItsOwnForms(t *testing.T) {
	f := newFixture()
	f.Answer = func(c echo.Context, _ error) error { return c.String(http.StatusForbidden, page.New(c).CSRF) }
	s := postPage(f)
	c := webtest.New(t, s, s.Router().Match)
	token := c.Get("/form").Form("/form").Value("csrf")
	for _, path := range []string{"/form", "/none"} {
		if got := c.Post(path, nil).Body; got != token {
			t.Errorf("POST %s: the page has the token %q, want %q", path, got, token)
		}
	}
}

func TestAFormFromOurOwnPageIsTaken(t *testing.T) {
	s := postPage(newFixture())
	c := webtest.New(t, s, s.Router().Match)
	c.Get("/form").Form("/form").Set("name", "周").Submit().Is(http.StatusOK).Says("saved 周")
	if c.Cookie("__Host-csrf") == "" {
		t.Error("the token's cookie is missing")
	}
}

func TestWhoBringsNoCookieGetsNoneFromAPageThatIsStill(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/still", open, say200, Still)
	s.Router().Get("/form", open, say200)
	for _, c := range []struct {
		path    string
		headers []string
		want    int // cookies that the answer sets
	}{{"/still", nil, 0}, {"/still", []string{"Cookie", "__Host-session=x"}, 1}, {"/form", nil, 1}, {"/none", nil, 1}} {
		w := ask(s, http.MethodGet, c.path, c.headers...)
		if got := w.Result().Cookies(); len(got) != c.want {
			t.Errorf("%s with %v: got %v, want %d", c.path, c.headers, got, c.want)
		}
	}
}

func TestAFormWithoutOurTokenIsRefused(t *testing.T) {
	s := postPage(newFixture())
	c := webtest.New(t, s, s.Router().Match)
	c.Post("/form", url.Values{"name": {"x"}}).Is(http.StatusForbidden).Says("forged")
	c.Get("/form").Form("/form").Tamper("csrf", "made up").Submit().Is(http.StatusForbidden)
	c.Get("/form")
	c.SetCookie("__Host-csrf", "another")
	c.Post("/form", url.Values{"csrf": {"another "}}).Is(http.StatusForbidden)
}

func TestAnotherSitesFormIsRefusedByWhatTheBrowserSays(t *testing.T) {
	s := postPage(newFixture())
	c := webtest.New(t, s, s.Router().Match)
	token := c.Get("/form").Form("/form").Value("csrf")
	for _, headers := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.test"}, {"Origin", "null"}} {
		r := httptest.NewRequest(http.MethodPost, "https://portal.test/form", strings.NewReader(url.Values{"csrf": {token}, "name": {"x"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(headers[0], headers[1])
		if p := c.Do(r); p.Status != http.StatusForbidden || p.Body != "forged" {
			t.Errorf("%v: got %d %q", headers, p.Status, p.Body)
		}
	}
}

func TestABrowserThatSaysTheFormIsOursIsBelieved(t *testing.T) {
	s := postPage(newFixture())
	r := httptest.NewRequest(http.MethodPost, "https://portal.test/form", strings.NewReader("name=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestTheAPITakesNoCookieSoItNeedsNoToken(t *testing.T) {
	s := postPage(newFixture())
	r := httptest.NewRequest(http.MethodPost, "https://portal.test/api/v1/x", strings.NewReader(`{"a":1}`))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.String() != `{"a":1}` || len(w.Result().Cookies()) > 0 {
		t.Errorf("got %d %q, cookies %v", w.Code, w.Body, w.Result().Cookies())
	}
}

func TestAProgramNeedsNoTokenAndNobodysCookieCounts(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Post("/hooks/x", Program("reports"), func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, string(body)+" from "+c.Request().Header.Get("Cookie")+".")
	})
	for _, kind := range []string{"application/json", "text/xml", echo.MIMEApplicationForm} {
		r := httptest.NewRequest(http.MethodPost, "https://portal.test/hooks/x", strings.NewReader("a=1"))
		r.Header.Set(echo.HeaderContentType, kind)
		r.Header.Set("Cookie", "__Host-session=s; __Host-csrf=c")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK || w.Body.String() != "a=1 from ." || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d %q and cookies %q, want the body, no cookie in and none out", kind, w.Code, w.Body, w.Header().Get("Set-Cookie"))
		}
	}
	r := httptest.NewRequest(http.MethodPost, "https://portal.test/hooks/x", strings.NewReader("a=1"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("a browser that another site sent is answered with %d, want 403", w.Code)
	}
}

func TestABodyLongerThanItsRouteTakesIsRefused(t *testing.T) {
	s := postPage(newFixture())
	long := "name=" + strings.Repeat("x", 2<<20)
	send := func(path string, body io.Reader, kind string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "https://portal.test"+path, body)
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	const urlencoded = "application/x-www-form-urlencoded"
	if w := send("/form", strings.NewReader(long), urlencoded); w.Code != http.StatusRequestEntityTooLarge || w.Body.String() != "too_large" {
		t.Errorf("with its length said: got %d %q", w.Code, w.Body)
	}
	// A reader that is no strings.Reader hides its length.
	if w := send("/form", io.MultiReader(strings.NewReader(long)), urlencoded); w.Code != http.StatusRequestEntityTooLarge || w.Body.String() != "too_large" {
		t.Errorf("without its length: got %d %q", w.Code, w.Body)
	}
	if w := send("/upload", strings.NewReader(long), urlencoded); w.Code != http.StatusOK {
		t.Errorf("where files are taken: got %d %q", w.Code, w.Body)
	}
	if w := send("/upload", io.MultiReader(strings.NewReader(long)), urlencoded); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a long form that does not say its length: got %d, want 413", w.Code)
	}
	if w := send("/form", strings.NewReader("a=%zz"), urlencoded); w.Code != http.StatusBadRequest || w.Body.String() != "invalid" {
		t.Errorf("no form: got %d %q", w.Code, w.Body)
	}
}

func TestOneAddressThatAsksTooMuchIsToldToWait(t *testing.T) {
	f := newFixture()
	f.Rate = Rate{PerSecond: 0.001, Burst: 3}
	s := New(f.Options)
	from := func(address string) int {
		r := httptest.NewRequest(http.MethodGet, "https://portal.test/healthz", nil)
		r.RemoteAddr = address
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 5 {
		want := http.StatusOK
		if i >= 3 {
			want = http.StatusTooManyRequests
		}
		if got := from("192.0.2.1:5"); got != want {
			t.Errorf("request %d: got %d, want %d", i+1, got, want)
		}
	}
	if got := from("192.0.2.2:5"); got != http.StatusOK {
		t.Errorf("another address: got %d", got)
	}
	for i := range 4 {
		if got := from("[2001:db8::" + string(rune('1'+i)) + "]:5"); (got == http.StatusOK) != (i < 3) {
			t.Errorf("address %d of one household: got %d", i+1, got)
		}
	}
}

func TestOnlyOurOwnProxysWordOnTheAddressCounts(t *testing.T) {
	request := func(from, forwarded string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", forwarded)
		return r
	}
	direct, behind := addressFrom(nil), addressFrom([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	for _, c := range []struct {
		extract echo.IPExtractor
		request *http.Request
		want    string
	}{
		{direct, request("192.0.2.1:5", "203.0.113.9"), "192.0.2.1"},
		{behind, request("10.1.2.3:5", "203.0.113.9"), "203.0.113.9"},
		{behind, request("10.1.2.3:5", "1.1.1.1, 203.0.113.9, 10.9.9.9"), "203.0.113.9"},
		{behind, request("192.0.2.1:5", "203.0.113.9"), "192.0.2.1"},
		{behind, request("127.0.0.1:5", "203.0.113.9"), "127.0.0.1"},
	} {
		if got := c.extract(c.request); got != c.want {
			t.Errorf("from %s for %s: got %s, want %s", c.request.RemoteAddr, c.request.Header.Get("X-Forwarded-For"), got, c.want)
		}
	}
}

func TestTheLanguageComesFromTheCookieThenTheBrowser(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/a", open, func(c echo.Context) error { return c.String(200, string(page.Printer(c).Locale())) })
	for _, c := range []struct{ cookie, browser, want string }{
		{"", "en", "en"}, {"lang", "", "zh-CN"}, {"__Host-lang=zh-CN", "en", "zh-CN"}, {"__Host-lang=en", "zh", "en"}, {"__Host-lang=xx", "en", "en"},
	} {
		if got := ask(s, http.MethodGet, "/a", "Cookie", c.cookie, "Accept-Language", c.browser).Body.String(); got != c.want {
			t.Errorf("cookie %q, browser %q: got %s, want %s", c.cookie, c.browser, got, c.want)
		}
	}
}

func TestALinkSwitchesTheLanguageAndComesBackToThePage(t *testing.T) {
	f := newFixture()
	s := New(f.Options)
	s.Router().Get("/deductions", open, func(c echo.Context) error {
		return c.String(200, string(page.Printer(c).Locale())+" "+c.Request().URL.RequestURI())
	})
	c := webtest.New(t, s, nil)
	c.Get("/deductions?item=sim_data&lang=en&q=%E6%B5%81").LeadsTo("/deductions?item=sim_data&q=%E6%B5%81").Follow().Says("en /deductions?item=sim_data")
	if f.locale != i18n.En {
		t.Errorf("kept %q, want en", f.locale)
	}
	c.Get("/deductions?lang=zh-CN").LeadsTo("/deductions").Follow().Says("zh-CN")
	c.Get("/deductions?lang=fr").Is(http.StatusOK)
}

func TestTheSwitchLeadsToNoOtherSite(t *testing.T) {
	s := New(newFixture().Options)
	for _, path := range []string{"//evil.test/?lang=en", "/%5Cevil.test?lang=en", "/%2Fevil.test?lang=en"} {
		r := httptest.NewRequest(http.MethodGet, "https://portal.test/", nil)
		u, err := url.ParseRequestURI("https://portal.test" + path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = u
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		to, err := r.URL.Parse(w.Header().Get("Location"))
		if w.Code != http.StatusSeeOther || err != nil || to.Host != "portal.test" {
			t.Errorf("%s leads to %q (%d, %v)", path, w.Header().Get("Location"), w.Code, err)
		}
	}
}

func TestALanguageThatCantBeKeptIsSwitchedAllTheSame(t *testing.T) {
	f := newFixture()
	f.SaveLocale = func(echo.Context, i18n.Locale) error { return errors.New("no connection") }
	s := New(f.Options)
	w := ask(s, http.MethodGet, "/?lang=en")
	if w.Code != http.StatusSeeOther || len(w.Result().Cookies()) != 1 || !strings.Contains(f.log.String(), "no connection") {
		t.Errorf("got %d, cookies %v, log %s", w.Code, w.Result().Cookies(), f.log.String())
	}
}

func TestReadinessSaysWhetherRequestsCanBeTakenAndNotWhy(t *testing.T) {
	f := newFixture()
	s := New(f.Options)
	if w := ask(s, http.MethodGet, "/readyz"); w.Code != http.StatusOK {
		t.Errorf("got %d", w.Code)
	}
	s.options.Ready = func(context.Context) error { return errors.New("password wrong at db.internal") }
	w := ask(s, http.MethodGet, "/readyz")
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "internal") || !strings.Contains(f.log.String(), "db.internal") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	if w := ask(s, http.MethodGet, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("alive: got %d", w.Code)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func fetch(t *testing.T, address, path string) (int, string) {
	t.Helper()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestAStopLetsRequestsFinish(t *testing.T) {
	f := newFixture()
	s := New(f.Options)
	began, release := make(chan struct{}), make(chan struct{})
	s.Router().Get("/slow", open, func(c echo.Context) error {
		close(began)
		<-release
		return c.String(http.StatusOK, "finished")
	})
	portal, operations := listen(t), listen(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, portal, operations) }()
	slow := make(chan string, 1)
	go func() {
		_, body := fetch(t, portal.Addr().String(), "/slow")
		slow <- body
	}()
	<-began
	stop()
	for !s.ending.Load() {
		time.Sleep(time.Millisecond)
	}
	close(release)
	if got := <-slow; got != "finished" {
		t.Errorf("got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("the stop failed: %v", err)
	}
	if _, err := net.DialTimeout("tcp", portal.Addr().String(), time.Second); err == nil {
		t.Error("the listener is still open")
	}
}

func TestWhileItDrainsTheServerSaysThatItIsNotReady(t *testing.T) {
	f := newFixture()
	f.Drain = 300 * time.Millisecond
	s := New(f.Options)
	portal, operations := listen(t), listen(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, portal, operations) }()
	if status, _ := fetch(t, operations.Addr().String(), "/readyz"); status != http.StatusOK {
		t.Errorf("before: got %d", status)
	}
	stop()
	for !s.ending.Load() {
		time.Sleep(time.Millisecond)
	}
	for _, l := range []net.Listener{portal, operations} {
		if status, body := fetch(t, l.Addr().String(), "/readyz"); status != http.StatusServiceUnavailable || body != "stopping\n" {
			t.Errorf("draining: got %d %q", status, body)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAListenerThatFailsEndsTheServer(t *testing.T) {
	s := New(newFixture().Options)
	portal := listen(t)
	if err := portal.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), portal, nil); err == nil {
		t.Error("no error came")
	}
}

func TestMeasurementsAreByRouteOnAListenerOfTheirOwn(t *testing.T) {
	s := New(newFixture().Options)
	s.Router().Get("/terminals/:sn", open, say200)
	ask(s, http.MethodGet, "/terminals/SN0387")
	ask(s, "MADEUP", "/terminals/SN0387")
	if w := ask(s, http.MethodGet, "/metrics"); w.Code != http.StatusNotFound {
		t.Errorf("readers reach the measurements: %d", w.Code)
	}
	w := httptest.NewRecorder()
	s.operations().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`mingbai_http_requests_total{method="GET",route="/terminals/:sn",status="200"} 1`,
		`method="other"`, `mingbai_http_request_seconds_count{route="/terminals/:sn"}`, "go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, "SN0387") || strings.Contains(text, "MADEUP") {
		t.Error("what a reader typed is measured by name")
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404} {
		w := httptest.NewRecorder()
		s.operations().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}

// mostAllocations is what the server may add to a page by its own doing. A
// merchant's page has 400 for everything.
const mostAllocations = 30

func TestTheServerItselfCostsFewAllocations(t *testing.T) {
	f := newFixture()
	f.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	f.Rate = Rate{PerSecond: 1e9, Burst: 1e9}
	s := New(f.Options)
	s.Router().Get("/a", open, say200)
	r := httptest.NewRequest(http.MethodGet, "https://portal.test/a", nil)
	r.Header.Set("Sec-Fetch-Site", "none")
	r.Header.Set("Cookie", "__Host-lang=zh-CN")
	bare := echo.New()
	bare.GET("/a", say200)
	count := func(h http.Handler) float64 {
		return testing.AllocsPerRun(200, func() { h.ServeHTTP(httptest.NewRecorder(), r) })
	}
	added := count(s) - count(bare)
	t.Logf("the server adds %v allocations to echo's", added)
	if added > mostAllocations {
		t.Errorf("the server adds %v allocations to echo's, more than %d", added, mostAllocations)
	}
}
