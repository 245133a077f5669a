package guard

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
	"github.com/mingbai/mingbai/web/webtest"
)

// rows are sessions in memory.
type rows struct {
	actors map[string]Actor
	asked  int
	down   error
}

func (r *rows) Find(_ context.Context, hash []byte) (Actor, bool, error) {
	r.asked++
	a, ok := r.actors[string(hash)]
	return a, ok, r.down
}

func (r *rows) End(_ context.Context, hash []byte) error {
	delete(r.actors, string(hash))
	return nil
}

// noLooks are looks that are over.
type noLooks struct{}

func (noLooks) Find(context.Context, []byte) (look.Look, bool, error) { return look.Look{}, false, nil }
func (noLooks) End(context.Context, []byte) error                     { return nil }

// portal is a portal with a page for each access, on which /sign-in/{name}
// signs in without asking.
type portal struct {
	*server.Server
	rows *rows
	kept map[string]i18n.Locale
	log  bytes.Buffer
	err  error // what /fails fails with
}

var people = map[string]Actor{
	"owner":   {UserID: "u_1", Name: "周", MerchantID: 7, MerchantName: "老街面馆", Role: account.Owner, Others: []Membership{{MerchantID: 8, MerchantName: "新街茶馆"}}},
	"viewer":  {UserID: "u_2", Name: "林", MerchantID: 7, MerchantName: "老街面馆", Role: account.Viewer},
	"english": {UserID: "u_3", Name: "Lee", Locale: "en", MerchantID: 7, MerchantName: "老街面馆", Role: account.Finance},
	"nobody":  {UserID: "u_4", Name: "王"},
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	p := &portal{rows: &rows{actors: map[string]Actor{}}, kept: map[string]i18n.Locale{}}
	cookies := cookie.Site{TLS: true}
	store := session.New(p.rows, cookies, time.Hour)
	g := New(store, func(_ context.Context, userID string, l i18n.Locale) error { p.kept[userID] = l; return nil })
	g.AdmitLooks(session.Named[look.Look]("look", noLooks{}, cookies, time.Hour), func(context.Context, staff.Actor, look.Look, string) error { return nil })
	log := slog.New(slog.NewJSONHandler(&p.log, nil))
	site := page.NewSite(func(i18n.Locale) page.Brand { return page.Brand{} }, func(name string) string { return "/static/" + name }, cookies, bytes.Repeat([]byte("s"), 32))
	desk := Audience{Prefix: "/admin", Page: view("staff"), Alert: alert}
	merchants := Audience{Prefix: "/", Page: view("merchant"), Alert: alert, Prepare: func(p *page.Page, actor *Actor) {
		if actor != nil {
			p.Nav = []page.Link{{Label: actor.Name, Href: "/"}}
		}
	}, Unsent: func(p page.Page, u page.Unsent) templ.Component {
		return view("unsent")(p, page.Problem{Title: p.Title, Text: fmt.Sprint(u.Words, u.Files), Advice: fmt.Sprint(u.SignIn, u.Action, u.Fields)})
	}}
	p.Server = server.New(server.Options{
		Log: log, Now: time.Now, Site: site, Session: g.Middleware, SaveLocale: g.SaveLocale,
		Answer: NewAnswers(g, log, desk, merchants).Answer,
		Ready:  func(context.Context) error { return nil },
	})
	r := p.Router()
	for path, access := range map[string]server.Access{
		"/": Public("a test"), "/home": Can(account.SeeFees), "/export": Can(account.Export),
		"/account": SignedIn("a test"), "/admin/queue": Can(account.SeeFees), LoginPath: Public("a test"),
	} {
		r.Get(path, access, func(c echo.Context) error {
			p := Page(c, "common.relative.today")
			return page.Render(c, http.StatusOK, view("fine")(p, page.Problem{Title: p.Title}))
		})
	}
	r.Post("/home", Can(account.SeeFees), func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	r.Get("/actor", Public("a test"), func(c echo.Context) error { return c.String(http.StatusOK, ActorOf(c).Name) })
	r.Get("/fails", Public("a test"), func(echo.Context) error { return p.err })
	r.Get("/admin/fails", Public("a test"), func(echo.Context) error { return p.err })
	r.Get("/api/v1/fails", Public("a test"), func(echo.Context) error { return p.err })
	r.Get("/sign-in/:name", Public("a test"), func(c echo.Context) error {
		err := store.Begin(c.Response(), c.Request(), func(_ context.Context, hash []byte) error {
			p.rows.actors[string(hash)] = people[c.Param("name")]
			return nil
		})
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/account")
	})
	return p
}

// view is a layout that says who made it, and all of the problem.
func view(name string) func(p page.Page, problem page.Problem) templ.Component {
	return func(p page.Page, problem page.Problem) templ.Component {
		return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			user, nav := "", ""
			if p.User != nil {
				user = fmt.Sprintf("%s %s %s %v", p.User.Name, p.User.Merchant, p.User.Role, p.User.Others)
			}
			for _, l := range p.Nav {
				nav += "nav:" + l.Label
			}
			_, err := fmt.Fprintf(w, `<!doctype html><html lang=%q><head><meta charset="utf-8"><meta name="viewport" content="w"><title>%s</title></head><body><main><h1>%s</h1><p>%s</p><p>%s</p><p>layout:%s user:%s %s kind:%s id:%s</p></main></body></html>`,
				p.Lang(), p.Title, problem.Title, problem.Text, problem.Advice, name, user, nav, problem.Kind, p.RequestID)
			return err
		})
	}
}

func alert(_ page.Page, problem page.Problem) templ.Component {
	return templ.Raw(`<p role="alert">` + problem.Title + `</p>`)
}

func (p *portal) browser(t *testing.T) *webtest.Client {
	t.Helper()
	return webtest.New(t, p, p.Router().Match)
}

func (p *portal) as(t *testing.T, name string) *webtest.Client {
	t.Helper()
	c := p.browser(t)
	c.Get("/sign-in/" + name).LeadsTo("/account")
	return c
}

func TestEachRoleGetsThePagesItMaySee(t *testing.T) {
	p := newPortal(t)
	for name, want := range map[string]map[string]int{
		"owner":   {"/": 200, "/home": 200, "/export": 200, "/account": 200},
		"english": {"/": 200, "/home": 200, "/export": 200, "/account": 200},
		"viewer":  {"/": 200, "/home": 200, "/export": 403, "/account": 200},
		"nobody":  {"/": 200, "/home": 403, "/export": 403, "/account": 200},
		"unknown": {"/": 200, "/home": 403, "/export": 403, "/account": 200},
	} {
		c := p.as(t, name)
		for path, status := range want {
			if got := c.Get(path).Status; got != status {
				t.Errorf("%s at %s: got %d, want %d", name, path, got, status)
			}
		}
	}
}

func TestWhoLacksAMerchantIsToldSo(t *testing.T) {
	p := newPortal(t)
	p.as(t, "nobody").Get("/home").Is(http.StatusForbidden).Says("你现在不属于任何商户")
	p.as(t, "viewer").Get("/export").Is(http.StatusForbidden).Says("你的角色不能用这一页", "请店主")
}

func TestWhoIsNotSignedInIsSentToSignInAndBack(t *testing.T) {
	p := newPortal(t)
	p.browser(t).Get("/home?from=2025-01-01&q=%E6%B5%81").LeadsTo("/login?next=%2Fhome%3Ffrom%3D2025-01-01%26q%3D%25E6%25B5%2581")
	p.browser(t).Get("/account").LeadsTo("/login?next=%2Faccount")
}

func TestAFormOfWhoIsNoLongerSignedInLeadsBackToItsPage(t *testing.T) {
	p := newPortal(t)
	for referer, want := range map[string]string{
		"https://portal.test/home?x=1": "/login?next=%2Fhome%3Fx%3D1", "https://portal.test/": "/login",
		"https://portal.test/account/name/remove": "/login?next=%2Faccount", // itself the answer to a form
		"": "/login?next=%2Fhome", "https://evil.test//evil.test": "/login?next=%2Fhome", "javascript:x": "/login?next=%2Fhome",
	} {
		r := httptest.NewRequest(http.MethodPost, "https://portal.test/home", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Referer", referer)
		p.browser(t).Do(r).LeadsTo(want)
	}
}

func TestWhatSomebodyWroteIsShownToThemWhenTheirSessionHasEnded(t *testing.T) {
	p := newPortal(t)
	send := func(values url.Values) *webtest.Page {
		r := httptest.NewRequest(http.MethodPost, "https://portal.test/home?x=1", strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return p.browser(t).Do(r)
	}
	wrote := url.Values{"words": {"写了\r\n\r\n很久"}, "day": {"2026-11-22"}, "kind": {"a", "b"}, form.WrittenField: {"words", "more"}}
	send(wrote).Is(http.StatusUnauthorized).Says("[写了 很久] false", "/login?next=%2Fhome/home?x=1[{day 2026-11-22} {kind a} {kind b}")
	wrote["words"] = []string{" \n"}
	send(wrote).LeadsTo("/login?next=%2Fhome")
	delete(wrote, form.WrittenField)
	wrote["words"] = []string{"写了"}
	send(wrote).LeadsTo("/login?next=%2Fhome")
}

func TestHTMXIsToldToOpenTheSignInPage(t *testing.T) {
	p := newPortal(t)
	r := httptest.NewRequest(http.MethodGet, "https://portal.test/home?page=2", nil)
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Current-URL", "https://portal.test/home")
	got := p.browser(t).Do(r).Is(http.StatusUnauthorized)
	if to := got.Header.Get("HX-Redirect"); to != "/login?next=%2Fhome" || got.Body != "" {
		t.Errorf("sent to %q with %q", to, got.Body)
	}
}

func TestALookThatIsOverLeadsToPagesOfThisSiteOnly(t *testing.T) {
	p := newPortal(t)
	for address, want := range map[string]string{
		"/home?page=2": "/home?page=2", "//evil.test/a": "/evil.test/a", "///evil.test": "/evil.test",
		"/a%5Cb": "/a%5Cb", "/" + strings.Repeat("a", 3000): MerchantsPath,
	} {
		for _, header := range []string{"Location", "HX-Redirect"} {
			u, err := url.ParseRequestURI("https://portal.test" + address)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "https://portal.test/", nil)
			r.URL = u
			r.AddCookie(&http.Cookie{Name: "__Host-look", Value: "any"})
			if header == "HX-Redirect" {
				r.Header.Set("HX-Request", "true")
			}
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			if to := w.Header().Get(header); to != want {
				t.Errorf("%.40s leads to %.40q by %s, want %q", address, to, header, want)
			}
		}
	}
}

func TestNextLeadsToPagesOfThisSiteOnly(t *testing.T) {
	for given, want := range map[string]string{
		"/deductions?x=1": "/deductions?x=1", "": "/home", "//evil.test": "/home", "https://evil.test": "/home",
		"/\\evil.test": "/home", "/login": "/home",
	} {
		if got := Next(given, "/home"); got != want {
			t.Errorf("Next(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestAPageAsksForTheSessionOnceAndMayNotBeCached(t *testing.T) {
	p := newPortal(t)
	c := p.as(t, "owner")
	p.rows.asked = 0
	got := c.Get("/home").Is(http.StatusOK)
	if p.rows.asked != 1 {
		t.Errorf("the sessions were asked %d times, want once", p.rows.asked)
	}
	if cache := got.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("Cache-Control is %q", cache)
	}
	p.rows.asked = 0
	p.browser(t).Get("/").Is(http.StatusOK)
	c.Get("/").Is(http.StatusOK)
	if p.rows.asked != 0 {
		t.Errorf("a page for anyone asked the sessions %d times", p.rows.asked)
	}
}

func TestAPageShowsWhoIsSignedInAndForWhom(t *testing.T) {
	p := newPortal(t)
	p.as(t, "owner").Get("/home").Says("周 老街面馆 店主 [{8 新街茶馆}]", "今天")
}

func TestTheUsersOwnLanguageWins(t *testing.T) {
	p := newPortal(t)
	c := p.as(t, "english")
	if got := c.Get("/home").Says("Finance", "today").Lang(); got != "en" {
		t.Errorf("the page is in %q", got)
	}
	if got := c.Get("/").Lang(); got != "zh-CN" {
		t.Errorf("a page that does not ask who reads it is in %q", got)
	}
}

func TestASwitchOfTheLanguageIsKeptWithTheUser(t *testing.T) {
	p := newPortal(t)
	p.browser(t).Get("/?lang=en").LeadsTo("/")
	if len(p.kept) != 0 {
		t.Errorf("kept %v for nobody", p.kept)
	}
	p.as(t, "owner").Get("/home?lang=en").LeadsTo("/home")
	if p.kept["u_1"] != i18n.En {
		t.Errorf("kept %v", p.kept)
	}
}

func TestSessionsThatCantBeAskedAreNoSignOut(t *testing.T) {
	p := newPortal(t)
	c := p.as(t, "owner")
	p.rows.down = errors.New("no connection to db.internal")
	got := c.Get("/home").Is(http.StatusServiceUnavailable).Says("我们暂时连不上账本").SaysNot("db.internal")
	if got.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
	}
	if !strings.Contains(p.log.String(), "db.internal") {
		t.Error("the log does not say why")
	}
}

func TestAnActorOnARouteForAnyoneIsAMistake(t *testing.T) {
	p := newPortal(t)
	p.as(t, "owner").Get("/actor").Is(http.StatusInternalServerError)
	if !strings.Contains(p.log.String(), "/actor asks for an actor") {
		t.Errorf("the log says %s", p.log.String())
	}
}

func TestEveryErrorBecomesItsStatusAndItsWords(t *testing.T) {
	p := newPortal(t)
	c := p.browser(t)
	for _, e := range []struct {
		err    error
		status int
		kind   string
		says   string
	}{
		{fault.New(fault.NotFound, "errors.not_found.terminal"), 404, "not_found", "找不到这台终端"},
		{fault.New(fault.NotFound, ""), 404, "not_found", "找不到这一页"},
		{fault.New(fault.Conflict, ""), 409, "conflict", "刚刚变过"},
		{fault.New(fault.Forbidden, ""), 403, "forbidden", "请店主"},
		{fault.New(fault.TooMany, ""), 429, "too_many", "点得太快了"},
		{fault.New(fault.TooLarge, ""), 413, "too_large", "没有收下"},
		{fault.New(fault.Unavailable, ""), 503, "unavailable", "我们不猜"},
		{fault.New(fault.Internal, ""), 500, "internal", "我们这边出错了"},
		{fault.New(fault.Invalid, ""), 422, "invalid", "没有提交成功"},
		{&fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "x", Key: "errors.no_merchant"}}}, 422, "invalid", "不属于任何商户"},
		{fmt.Errorf("reading: %w", fault.New(fault.NotFound, "")), 404, "not_found", "找不到这一页"},
		{&page.Refusal{Status: 403, Kind: "forged"}, 403, "forged", "开得太久"},
		{&page.Refusal{Status: 400, Kind: "invalid"}, 400, "invalid", "不完整"},
		{echo.ErrNotFound, 404, "not_found", "找不到这一页"},
		{echo.ErrMethodNotAllowed, 405, "method", "不能直接打开"},
		{echo.ErrUnsupportedMediaType, 415, "invalid", "没有提交成功"},
		{echo.ErrBadGateway, 502, "internal", "我们这边出错了"},
		{context.DeadlineExceeded, 503, "unavailable", "我们不猜"},
		{errors.New("secret"), 500, "internal", "我们这边出错了"},
		{fault.Wrap(errors.New("secret"), "made_up", ""), 500, "made_up", "我们这边出错了"},
	} {
		p.err = e.err
		got := c.Get("/fails").Is(e.status).Says(e.says, "kind:"+e.kind).SaysNot("secret")
		if got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v: Cache-Control is %q", e.err, got.Header.Get("Cache-Control"))
		}
		if !strings.Contains(got.Text(), got.Header.Get("X-Request-Id")) {
			t.Errorf("%v: the page does not show its request id", e.err)
		}
	}
}

func TestUnauthenticatedFromAUseCaseLeadsToSignIn(t *testing.T) {
	p := newPortal(t)
	p.err = fault.New(fault.Unauthenticated, "")
	p.browser(t).Get("/fails").LeadsTo("/login?next=%2Ffails")
}

func TestAnErrorComesInTheLayoutOfItsAudience(t *testing.T) {
	p := newPortal(t)
	p.err = fault.New(fault.NotFound, "")
	p.browser(t).Get("/admin/fails").Says("layout:staff")
	p.browser(t).Get("/admin").Says("layout:staff")
	p.browser(t).Get("/administer").Says("layout:merchant")
	p.as(t, "owner").Get("/none").Is(http.StatusNotFound).Says("layout:merchant", "周 老街面馆", "nav:周")
}

func TestAnErrorOfOursAsksNobodyWhoReadsIt(t *testing.T) {
	p := newPortal(t)
	c := p.as(t, "owner")
	p.rows.asked = 0
	p.err = errors.New("no connection")
	c.Get("/fails").Is(http.StatusInternalServerError)
	if p.rows.asked != 0 {
		t.Errorf("the sessions were asked %d times", p.rows.asked)
	}
}

func TestHTMXGetsAnAlertForThePlaceOfAlerts(t *testing.T) {
	p := newPortal(t)
	p.err = fault.New(fault.Conflict, "")
	got := p.browser(t).Fragment("/fails", "list").Is(http.StatusConflict).Says("没有做成")
	if got.Header.Get("HX-Retarget") != "#alerts" || got.Header.Get("HX-Reswap") != "innerHTML" || strings.Contains(got.Body, "<html") {
		t.Errorf("got %v %q", got.Header, got.Body)
	}
}

func TestTheAPIGetsAProblemDocument(t *testing.T) {
	p := newPortal(t)
	c := p.browser(t).Speak("en")
	type problem struct {
		Type, Title, Code, Detail string
		Status                    int
		RequestID                 string `json:"request_id"`
		Errors                    []struct{ Name, Code, Detail string }
	}
	get := func(path string, status int) (problem, *webtest.Page) {
		t.Helper()
		got := c.Get(path).Is(status)
		if kind := got.Header.Get("Content-Type"); kind != "application/problem+json" {
			t.Fatalf("the type is %q", kind)
		}
		var d problem
		if err := json.Unmarshal([]byte(got.Body), &d); err != nil {
			t.Fatal(err)
		}
		if d.Status != status || d.Type != "about:blank" || d.RequestID != got.Header.Get("X-Request-Id") {
			t.Errorf("got %+v", d)
		}
		return d, got
	}
	p.err = &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{
		{Name: "sn", Key: "errors.not_found.terminal"}, {Name: "days", Key: "common.relative.in_days", Args: []any{"n", 2}},
	}}
	d, _ := get("/api/v1/fails", 422)
	if d.Code != "invalid" || len(d.Errors) != 2 || d.Errors[0].Code != "errors.not_found.terminal" || d.Errors[1].Detail != "in 2 days" || d.Errors[1].Name != "days" {
		t.Errorf("got %+v", d)
	}
	p.err = fault.New(fault.NotFound, "errors.not_found.deduction")
	if d, _ := get("/api/v1/fails", 404); d.Code != "errors.not_found.deduction" || d.Title != "We can't find this deduction" {
		t.Errorf("got %+v", d)
	}
	p.err = fault.Wrap(errors.New("secret"), fault.Internal, "")
	if _, got := get("/api/v1/fails", 500); strings.Contains(got.Body, "secret") {
		t.Errorf("got %s", got.Body)
	}
	p.err = fault.New(fault.Unauthenticated, "")
	if _, got := get("/api/v1/fails", 401); got.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("got %v", got.Header)
	}
	if d, _ := get("/api/v1/none", 404); d.Code != "not_found" {
		t.Errorf("got %+v", d)
	}
}

func TestTheLogHoldsTheCauseOfOurMistakesOnly(t *testing.T) {
	p := newPortal(t)
	p.err = fault.Wrap(errors.New("typed 13812346621"), fault.Invalid, "")
	p.browser(t).Get("/fails")
	if strings.Contains(p.log.String(), "13812346621") {
		t.Errorf("the log says %s", p.log.String())
	}
	p.err = fault.Wrap(errors.New("disk full"), fault.Unavailable, "")
	p.browser(t).Get("/fails")
	if !strings.Contains(p.log.String(), "disk full") {
		t.Errorf("the log says %s", p.log.String())
	}
}

func TestAReaderWhoLeftIsNoMistakeOfOurs(t *testing.T) {
	p := newPortal(t)
	p.err = fmt.Errorf("query: %w", context.Canceled)
	ctx, leave := context.WithCancel(context.Background())
	leave()
	p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "https://portal.test/fails", nil).WithContext(ctx))
	if strings.Contains(p.log.String(), `"ERROR"`) {
		t.Errorf("the log says %s", p.log.String())
	}
}

func TestAFaultOfAFormGoesBackToItsFields(t *testing.T) {
	values := form.Values(url.Values{"phone": {"12"}})
	invalid := &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "phone", Key: "common.relative.in_days", Args: []any{"n", 3}}}}
	for _, c := range []struct {
		err                       error
		ok                        bool
		status                    int
		whole, message, retryWant string
	}{
		{invalid, true, 422, "", "in 3 days", ""},
		{fmt.Errorf("filing: %w", invalid), true, 422, "", "in 3 days", ""},
		{fault.New(fault.Conflict, "common.relative.today"), true, 409, "today", "", ""},
		{fault.New(fault.TooMany, "common.relative.today", "wait", 61*time.Second), true, 429, "today", "", "61"},
		{fault.New(fault.NotFound, ""), false, 0, "", "", ""},
		{errors.New("broken"), false, 0, "", "", ""},
	} {
		w := httptest.NewRecorder()
		ctx := echo.New().NewContext(httptest.NewRequest(http.MethodPost, "/", nil), w)
		page.SetPrinter(ctx, i18n.For(i18n.En))
		state, status, ok := Refused(ctx, values, c.err)
		if ok != c.ok || status != c.status || state.Whole() != c.whole || state.Error("phone") != c.message {
			t.Errorf("%v: got %+v, %d, %v", c.err, state, status, ok)
		}
		if got := w.Header().Get("Retry-After"); got != c.retryWant {
			t.Errorf("%v: Retry-After is %q, want %q", c.err, got, c.retryWant)
		}
		if ok && (state.Value("phone") != "12" || !state.Refused()) {
			t.Errorf("%v: the form lost what was typed: %+v", c.err, state)
		}
	}
}

func TestEveryRoleHasAName(t *testing.T) {
	for _, r := range []account.Role{account.Owner, account.Finance, account.Viewer} {
		if RoleName(i18n.For(i18n.En), r) == "" {
			t.Errorf("%s has none", r)
		}
	}
	if got := RoleName(i18n.For(i18n.En), "admin"); got != "" {
		t.Errorf("a role that is none is called %q", got)
	}
}

func TestEveryKindHasItsWordsAndItsStatus(t *testing.T) {
	for kind := range statuses {
		if _, ok := wordsOf[kind]; !ok {
			t.Errorf("%s has no words", kind)
		}
		if Status(kind) < 400 {
			t.Errorf("%s answers %d", kind, Status(kind))
		}
	}
}

// mostAllocations is what the machinery may add to a signed-in reader's page:
// routing, session, guard and the parts of the layout. A page has 400 for
// everything.
const mostAllocations = 55

func TestTheMachineryOfASignedInPageCostsFewAllocations(t *testing.T) {
	p := newPortal(t)
	c := p.as(t, "owner")
	r := httptest.NewRequest(http.MethodGet, "https://portal.test/home", nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Cookie", "__Host-session="+c.Cookie("__Host-session"))
	p.Router().Get("/bare", Can(account.SeeFees), func(c echo.Context) error {
		Page(c, "common.relative.today")
		return page.Render(c, http.StatusOK, templ.NopComponent)
	})
	r.URL.Path = "/bare"
	bare := echo.New()
	bare.GET("/bare", func(c echo.Context) error { return page.Render(c, http.StatusOK, templ.NopComponent) })
	count := func(h http.Handler) float64 {
		return testing.AllocsPerRun(200, func() {
			r := r.Clone(context.Background())
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
	added := count(p) - count(bare)
	t.Logf("the machinery adds %v allocations to echo's", added)
	if added > mostAllocations {
		t.Errorf("the machinery adds %v allocations to echo's, more than %d", added, mostAllocations)
	}
}

func TestWhatIsReadAlongReachesTheSessionsAndTheAccessStays(t *testing.T) {
	statement := db.Statement{SQL: "select 1"}
	access := CanAlong(account.SeeFees, func(echo.Context) db.Statement { return statement })
	if got, want := access.Name(), Can(account.SeeFees).Name(); got != want {
		t.Errorf("got the access %q, want %q", got, want)
	}
	var asked []string
	store := session.New(askedRows{&asked}, cookie.Site{}, time.Hour)
	g := New(store, nil)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "session", Value: base64.RawURLEncoding.EncodeToString(make([]byte, 32))})
	c := echo.New().NewContext(r, httptest.NewRecorder())
	err := g.Middleware(access.Before(func(echo.Context) error { t.Error("nobody is signed in, and the page was made"); return nil }))(c)
	if !fault.Is(err, fault.Unauthenticated) || len(asked) != 1 || asked[0] != statement.SQL {
		t.Errorf("got %v and %v along, want an unauthenticated reader and the statement", err, asked)
	}
}

// askedRows are no sessions; they note what they were to read along.
type askedRows struct{ asked *[]string }

func (r askedRows) Find(ctx context.Context, _ []byte) (Actor, bool, error) {
	if s, ok := AlongOf(ctx); ok {
		*r.asked = append(*r.asked, s.SQL)
	}
	return Actor{}, false, nil
}

func (askedRows) End(context.Context, []byte) error { return nil }
