package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/assets"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// site is the API on a database with the sample's data.
type site struct {
	*server.Server
	t     *testing.T
	db    *db.DB
	api   *api.API
	clock *clock.Set
	jobs  heldJobs
	log   bytes.Buffer
	key   string // with all scopes
	keyID string
	said  *description // what the API says of itself; every answer is held against it
}

// heldJobs keeps the jobs that were inserted.
type heldJobs struct{ args []river.JobArgs }

func (h *heldJobs) Insert(_ context.Context, _ *db.Tx, args river.JobArgs, _ *river.InsertOpts) error {
	h.args = append(h.args, args)
	return nil
}

// setup changes how a site is put together.
type setup func(k *guard.Keys, o *api.Options)

// morning is when the sample was delivered.
var morning = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

// sampled are databases with the sample taken in and judged.
var sampled = dbtest.Filled{Fill: func(ctx context.Context, d *db.DB) error { return ingesttest.TakeSample(ctx, d, morning) }}

func TestMain(m *testing.M) {
	m.Run()
	if err := sampled.Drop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func newSite(t *testing.T, d *db.DB, setups ...setup) *site {
	t.Helper()
	s := &site{t: t, db: d, clock: clock.At(morning)}
	plans := disclosure.NewCatalogue(d)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(&s.log, nil))
	cookies := cookie.Site{TLS: true}
	g := guard.New(session.New[guard.Actor](nobody{}, cookies, time.Hour), nil)
	answers := guard.NewAnswers(g, log, guard.Audience{Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent})
	keys := guard.Keys{Now: s.clock.Now, Find: func(ctx context.Context, secret string) (*apikey.Caller, error) {
		return apikey.Find(ctx, d, s.clock.Now(), secret)
	}}
	door, err := gate.New(gate.Options{DB: d, Clock: s.clock, Secret: bytes.Repeat([]byte("s"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	o := api.Options{
		Gate: door, Cases: complaint.New(complaint.Options{
			DB: d, Clock: s.clock, Plans: plans.Plans, Policy: func() fee.Policy { return fee.DefaultPolicy },
		}),
		DB: d, Clock: s.clock, Jobs: &s.jobs, Plans: plans, Policy: func() fee.Policy { return fee.DefaultPolicy }, Answers: answers, Log: log,
		URL: "https://portal.test", Upload: 4 << 20, Frame: func(c echo.Context) page.Page { return page.New(c) },
	}
	for _, set := range setups {
		set(&keys, &o)
	}
	g.AdmitKeys(keys)
	s.api = api.New(o)
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	brand := func(i18n.Locale) page.Brand {
		return page.Brand{Name: "示例支付有限公司", Short: "示例支付"}
	}
	s.Server = server.New(server.Options{
		Log: log, Now: s.clock.Now, Site: page.NewSite(brand, files.URL, cookies, bytes.Repeat([]byte("s"), 32)),
		Session: g.Middleware, SaveLocale: g.SaveLocale, Ready: d.Ready, Answer: answers.Answer,
	})
	s.api.Routes(s.Router())
	s.Router().Get(assets.Pattern, guard.Public("a test"), files.Serve)
	for _, path := range []string{"/", "/login"} {
		s.Router().Get(path, guard.Public("a test"), func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	}
	s.keyID, s.key = s.add(apikey.NewKey{Name: "core", Scopes: apikey.Scopes})
	return s
}

// nobody is signed in anywhere.
type nobody struct{ guard.Sessions }

// each runs a test on the API over both databases.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	sampled.Each(t, func(t *testing.T, d *db.DB) { test(t, newSite(t, d)) })
}

func (s *site) add(n apikey.NewKey) (id, secret string) {
	s.t.Helper()
	id, secret, err := apikey.Add(s.t.Context(), s.db, s.clock.Now(), apikey.By{Actor: audit.Actor{Kind: audit.CLI, ID: "test"}, Name: "test"}, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return id, secret
}

// answer is what a request was answered.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
}

// ask sends a request with the key that may do all. Headers come as name and
// value in turn; a body that begins with [ or { is JSON unless they say
// otherwise. The test fails where the OpenAPI document describes another answer.
func (s *site) ask(method, path, body string, headers ...string) *answer {
	s.t.Helper()
	return s.send(method, path, strings.NewReader(body), headers...)
}

func (s *site) send(method, path string, body io.Reader, headers ...string) *answer {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://portal.test"+path, body)
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Accept-Language", "en")
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	a := &answer{t: s.t, what: method + " " + path, status: w.Code, header: w.Header(), body: w.Body.String()}
	if s.said == nil {
		s.said = readDescription(s.t, s.Server)
	}
	s.said.check(a)
	return a
}

// is fails the test where the status is another.
func (a *answer) is(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// problem fails the test where the answer is no problem document with the status
// and the code.
func (a *answer) problem(status int, code string) guard.Document {
	a.t.Helper()
	a.is(status)
	var d guard.Document
	if err := json.Unmarshal([]byte(a.body), &d); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	if d.Code != code || d.Status != status || d.Title == "" || d.RequestID == "" || d.RequestID != a.header.Get("X-Request-Id") || d.Type != "about:blank" {
		a.t.Errorf("%s: got %+v, want the code %s", a.what, d, code)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("%s: the media type is %q", a.what, got)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		a.t.Errorf("%s: Cache-Control is %q", a.what, got)
	}
	return d
}

// names lists what is wrong with which property.
func names(d guard.Document) string {
	var all []string
	for _, f := range d.Errors {
		all = append(all, f.Name+" "+f.Code)
	}
	return strings.Join(all, ", ")
}

// json reads the answer into a value.
func (a *answer) json(value any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), value); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
}

// count returns how many rows a table has.
func (s *site) count(query string, args ...any) (n int) {
	s.t.Helper()
	if err := s.db.QueryRow(s.t.Context(), "select count(*) from "+query, args...).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func newSiteOnSQLite(t *testing.T, setups ...setup) *site {
	t.Helper()
	return newSite(t, sampled.SQLite(t), setups...)
}
