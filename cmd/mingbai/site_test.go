package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/demo"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
	"github.com/mingbai/mingbai/web/webtest"
)

// site is the whole portal as the program puts it together, over the two years
// that the demo makes up.
type site struct {
	*app
	t         testing.TB
	db        *db.DB
	config    config
	sent      *demo.Capture
	merchants []shop // by number
	newcomers atomic.Int64
	at        clock.Clock
	requests  atomic.Int64
}

// shop is a merchant of the demo.
type shop struct {
	id  int64
	ref string
}

// overTLS and inTheClear are how readers reach the site: the address that tests
// ask at, and a listener on this machine.
const (
	overTLS    = "https://portal.test"
	inTheClear = "http://localhost"
)

// siteClock runs from a Wednesday morning on, in the middle of a month: what a page shows
// must not depend on the hour at which it is tested. It lies in the past, as the
// queue of jobs goes by the machine's clock and lets wait what is to come.
var siteClock = func() runningClock {
	return runningClock{date.MustParse("2026-03-18").At(10, 0).Sub(clock.System{}.Now())}
}()

type runningClock struct{ ahead time.Duration }

// Now returns the present in UTC.
func (c runningClock) Now() time.Time { return clock.System{}.Now().Add(c.ahead) }

// filled are the demo's data, which each site has a copy of.
var filled = dbtest.Filled{Fill: func(ctx context.Context, d *db.DB) error {
	c := siteConfig(overTLS, filepath.Join(filledFiles, string(d.Dialect)))
	return fillDemo(ctx, c, d, siteClock.Now(), slog.New(slog.DiscardHandler))
}}

// filledFiles is the folder of the files that the data name, by database; TestMain
// makes and removes it.
var filledFiles string

// siteConfig are the settings of a site that keeps its files in a folder.
func siteConfig(reached, folder string) config {
	return config{URL: reached, Secret: strings.Repeat("s", 32), Files: filepath.Join(folder, "files"), HeadFile: filepath.Join(folder, "heads.txt")}
}

func openSite(t testing.TB, dialect db.Dialect, reached string) *site {
	t.Helper()
	ctx, log, folder := t.Context(), slog.New(slog.DiscardHandler), t.TempDir()
	d := dbtest.Open(t, filled.URL(t, dialect))
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(filledFiles, string(dialect)))); err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: d, config: siteConfig(reached, folder), sent: demo.NewCapture(), at: siteClock}
	jobs, err := event.Open(ctx, d, event.Config{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(jobs.Close)
	s.app, err = newApp(ctx, s.config, parts{db: d, clock: siteClock, jobs: jobs, log: log, sent: s.sent})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m shop
			err := rows.Scan(&m.id, &m.ref)
			s.merchants = append(s.merchants, m)
			return err
		})
	}, `select id, ref from merchants order by ref`)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range s.merchants {
		s.leaveTraces(m)
		s.leaveNotices(m)
	}
	s.leaveColleague()
	s.leaveUnreached()
	s.leaveKey()
	s.leaveWebhook()
	s.leaveHeld()
	s.leaveCases()
	s.leaveGuide()
	s.leaveTemplates()
	s.leaveDraft()
	s.leaveExports()
	s.leaveFailedJob(jobs)
	return s
}

// eachSite runs a test on the site over both databases.
func eachSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		if dialect == db.Postgres && dbtest.SQLiteOnly() {
			continue
		}
		t.Run(string(dialect), func(t *testing.T) { test(t, openSite(t, dialect, overTLS)) })
	}
}

// strictest is the kind of database that takes the least: PostgreSQL refuses much
// that SQLite stores.
func strictest(testing.TB) db.Dialect {
	if dbtest.SQLiteOnly() {
		return db.SQLite
	}
	return db.Postgres
}

// leaveTraces does what a merchant's owner may have done before: there is a
// session on another device, and a request for another number.
func (s *site) leaveTraces(m shop) {
	s.t.Helper()
	ctx := s.t.Context()
	token := sha256.Sum256([]byte(m.ref))
	visit := account.Visit{Address: fmt.Sprintf("198.51.100.%d", m.id), DeviceHash: token[:], Locale: "zh-CN"}
	var owner string
	if err := s.db.QueryRow(ctx, `select min(user_id) from memberships where merchant_id = $1 and role = 'owner'`, m.id).Scan(&owner); err != nil {
		s.t.Fatal(err)
	}
	began, err := s.accounts.StartSession(ctx, owner, "test", account.Browser{Visit: visit, TokenHash: token[:]})
	if err != nil {
		s.t.Fatal(err)
	}
	who := account.Who{Visit: visit, UserID: owner, SessionID: began.SessionID, MerchantID: m.id}
	if err := s.accounts.OpenMerchant(ctx, who, m.id); err != nil {
		s.t.Fatal(err)
	}
	_, err = s.accounts.RequestPhone(ctx, who, account.NumberRequest{
		NewPhone: fmt.Sprintf("135%08d", m.id), Reason: "停机了", Files: []account.Evidence{{Name: "a.pdf", Content: []byte("%PDF-1.7\n")}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.stopFar(m, owner)
}

// stopFar has a merchant's owner stop a fee in a year, where there is one to
// stop.
func (s *site) stopFar(m shop, owner string) {
	s.t.Helper()
	ctx, now, plans := s.t.Context(), s.at.Now(), s.known.plans.Plans()
	var sn string
	var planID int64
	err := s.db.QueryRow(ctx, `
		select t.sn, e.plan_id from enrolments e join terminals t on t.id = e.terminal_id join plan_versions v on v.plan_id = e.plan_id and v.version = 1
		where t.merchant_id = $1 and t.inactive_from is null and e.cancelled_on is null and v.kind = 'recurring' order by t.sn, e.id limit 1`, m.id).Scan(&sn, &planID)
	if db.NotFound(err) {
		return
	}
	if err == nil {
		who := stop.Who{MerchantID: m.id, UserID: owner, Name: m.ref, Address: "198.51.100.1"}
		_, err = stop.StopFee(ctx, s.db, plans.Fee, now, who, sn, planID, date.Of(now).AddMonths(12))
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// shop returns the merchant with a number.
func (s *site) shop(ref string) shop {
	s.t.Helper()
	i := slices.IndexFunc(s.merchants, func(m shop) bool { return m.ref == ref })
	if i < 0 {
		s.t.Fatalf("the demo has no merchant %s", ref)
	}
	return s.merchants[i]
}

// enter signs in a person who is new, with a role at a merchant unless the role
// is none, and returns the cookies of their browser.
func (s *site) enter(m shop, role account.Role) []*http.Cookie {
	s.t.Helper()
	now := s.at.Now()
	user := id.New("u", now)
	begin := func(ctx context.Context, tokenHash []byte) error {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into users (id, phone, name, created_at) values ($1, $2, '测试员', $3)`,
				user, fmt.Sprintf("+86190%08d", s.newcomers.Add(1)), now)
			if err != nil || role == "" {
				return err
			}
			_, err = tx.Exec(ctx, `insert into memberships (user_id, merchant_id, role, created_at) values ($1, $2, $3, $4)`, user, m.id, string(role), now)
			return err
		})
		if err != nil {
			return err
		}
		_, err = s.accounts.StartSession(ctx, user, "test", account.Browser{
			TokenHash: tokenHash, Visit: account.Visit{Address: "203.0.113.7", DeviceHash: tokenHash},
		})
		return err
	}
	store := session.New[guard.Actor](s.sessions, cookie.Site{TLS: s.config.secure()}, account.SessionLasts)
	answer := httptest.NewRecorder()
	if err := store.Begin(answer, httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/login", nil), begin); err != nil {
		s.t.Fatal(err)
	}
	return answer.Result().Cookies()
}

// visit is one reader's browser. Every answer that it gets has to be careful.
type visit struct {
	*webtest.Client
	s *site
}

// token is what a visit's forms bring, and its cookie holds, so that they count
// as forms of our own pages.
const token = "0123456789abcdef0123456789abcdef"

// as returns the browser of a visitor for a merchant.
func (s *site) as(v visitor, m shop) *visit {
	s.t.Helper()
	c := &visit{Client: webtest.New(s.t, s.server, s.server.Router().Match), s: s}
	c.SetCookie(cookie.Site{TLS: s.config.secure()}.Name("csrf"), token)
	if v.enter != nil {
		c.take(v.enter(s, m))
	}
	return c
}

func (c *visit) take(cookies []*http.Cookie) {
	for _, k := range cookies {
		c.SetCookie(k.Name, k.Value)
	}
}

// get opens a page.
func (c *visit) get(address string) *webtest.Page {
	c.s.t.Helper()
	return c.careful(c.elsewhere().Get(address))
}

// post sends values as a form of ours does.
func (c *visit) post(address string, values url.Values) *webtest.Page {
	c.s.t.Helper()
	sent := url.Values{page.CSRFField: {token}}
	for name, all := range values {
		sent[name] = all
	}
	return c.careful(c.elsewhere().Post(address, sent))
}

// elsewhere moves the browser to an address of its own, since from one the
// server takes only so much.
func (c *visit) elsewhere() *webtest.Client { return c.From(c.s.newAddress()) }

// newAddress is one from which nothing was asked yet.
func (s *site) newAddress() string {
	n := s.requests.Add(1)
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

// careful fails the test where an answer is a fault of the server, or makes the
// browser less careful than it can be.
func (c *visit) careful(p *webtest.Page) *webtest.Page {
	c.s.t.Helper()
	for _, fault := range careless(p.Status, p.Header, c.s.config.secure()) {
		c.s.t.Errorf("%s (%d): %s", p.URL.RequestURI(), p.Status, fault)
	}
	return p
}

// careless lists what an answer lacks that every answer has.
func careless(status int, h http.Header, tls bool) (faults []string) {
	if status >= http.StatusInternalServerError {
		faults = append(faults, "it is a fault of the server")
	}
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	}
	if tls {
		want["Strict-Transport-Security"] = "max-age=31536000"
	}
	for name, value := range want {
		if got := h.Get(name); got != value {
			faults = append(faults, fmt.Sprintf("%s is %q, want %q", name, got, value))
		}
	}
	if h.Get("Permissions-Policy") == "" {
		faults = append(faults, "there is no Permissions-Policy")
	}
	policy := h.Get("Content-Security-Policy")
	for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !slices.Contains(strings.Split(policy, "; "), directive) {
			faults = append(faults, fmt.Sprintf("the content security policy %q lacks %s", policy, directive))
		}
	}
	for _, loose := range []string{"unsafe-", "*", "data:", "http:", "blob:"} {
		if strings.Contains(policy, loose) {
			faults = append(faults, fmt.Sprintf("the content security policy %q has %s", policy, loose))
		}
	}
	for _, text := range h.Values("Set-Cookie") {
		k, err := http.ParseSetCookie(text)
		if err != nil || !k.HttpOnly || k.SameSite == http.SameSiteNoneMode || k.SameSite == http.SameSiteDefaultMode || k.Path != "/" {
			faults = append(faults, fmt.Sprintf("the cookie %q is open to more than this site's server: %v", strings.SplitN(text, "=", 2)[0], err))
		} else if tls && (!k.Secure || !strings.HasPrefix(k.Name, "__Host-")) {
			faults = append(faults, fmt.Sprintf("the cookie %q may travel in the clear", k.Name))
		}
	}
	return faults
}

func TestACarelessAnswerIsFound(t *testing.T) {
	good := func() http.Header {
		return http.Header{
			"X-Content-Type-Options": {"nosniff"}, "X-Frame-Options": {"DENY"}, "Referrer-Policy": {"same-origin"}, "Permissions-Policy": {"usb=()"},
			"Cross-Origin-Opener-Policy": {"same-origin"}, "Cross-Origin-Resource-Policy": {"same-origin"}, "Strict-Transport-Security": {"max-age=31536000"},
			"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
			"Set-Cookie":              {"__Host-a=b; Path=/; HttpOnly; Secure; SameSite=Lax"},
		}
	}
	if faults := careless(http.StatusOK, good(), true); len(faults) > 0 {
		t.Fatalf("a careful answer has %q", faults)
	}
	for _, bad := range []struct{ name, value string }{
		{"X-Frame-Options", ""},
		{"Strict-Transport-Security", ""},
		{"Permissions-Policy", ""},
		{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src *; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
		{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"},
		{"Set-Cookie", "__Host-a=b; Path=/; Secure; SameSite=Lax"},
		{"Set-Cookie", "a=b; Path=/; HttpOnly; Secure; SameSite=Lax"},
	} {
		h := good()
		h.Set(bad.name, bad.value)
		if faults := careless(http.StatusOK, h, true); len(faults) != 1 {
			t.Errorf("%s: %q has the faults %q, want one", bad.name, bad.value, faults)
		}
	}
	if faults := careless(http.StatusInternalServerError, good(), true); len(faults) != 1 {
		t.Errorf("a fault of the server has the faults %q, want one", faults)
	}
}

// peoplesRoutes lists the routes that people use. Those of programs, which show a
// key or sign what they send, have tests of their own.
func (s *site) peoplesRoutes() []server.Route {
	return slices.DeleteFunc(s.server.Router().Routes(), isForPrograms)
}

func isForPrograms(r server.Route) bool {
	return strings.HasPrefix(r.Access, "key: ") || strings.HasPrefix(r.Access, "program: ")
}

// routesFor lists people's routes with a method, those of demo pages last.
func (s *site) routesFor(method string) (all []server.Route) {
	for _, r := range s.peoplesRoutes() {
		if r.Method == method {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b server.Route) int { return cmp.Compare(isDemo(a), isDemo(b)) })
	return all
}

func isDemo(r server.Route) int { return strings.Count(r.Path[:min(6, len(r.Path))], "/demo/") }
