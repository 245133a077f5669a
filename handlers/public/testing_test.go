package public_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/audit/audittest"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/assets"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
	"github.com/mingbai/mingbai/web/webtest"
)

// site is a portal with the public pages and a page behind the sign-in, on a
// database with three merchants: 周 owns two of them, 李 one.
type site struct {
	*server.Server
	t        *testing.T
	db       *db.DB
	clock    *clock.Set
	accounts *account.Accounts
	sessions *signin.Sessions
	guard    *guard.Guard
	log      bytes.Buffer
}

const (
	zhou = "13800006621"
	li   = "13900001188"
)

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// record watches that whatever people change without signing in is on record.
var record audittest.Watch

func TestMain(m *testing.M) { record.Main(m, unrecorded) }

// unrecorded are the forms that leave no entry, each with its reason.
var unrecorded = map[string]string{
	"/guides/:slug/vote": "is counted by a mark that tells nobody who they are",
	"/receipts/:code":    "compares a text, and changes nothing",
}

// stubs are the forms that other parts of the portal answer.
var stubs = []string{"/demo/sign-in", "/account/merchant"}

// ServeHTTP answers as the server does. Each form that is there by then has to be
// taken in some test.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, one := range s.Router().Routes() {
		if one.Method == http.MethodPost && !slices.Contains(stubs, one.Path) {
			record.Offer(one.Path)
		}
	}
	record.Over(s.t, s.db, s.Server, s.Router().Match).ServeHTTP(w, r)
}

func newSite(t *testing.T, change func(*public.Options)) *site {
	t.Helper()
	return newSiteOver(t, cookie.Site{TLS: true}, change)
}

// newSiteOver is newSite with cookies of the make given: those for TLS don't
// reach a browser that comes without.
func newSiteOver(t *testing.T, cookies cookie.Site, change func(*public.Options)) *site {
	t.Helper()
	s := &site{t: t, db: dbtest.SQLite(t), clock: clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))}
	secret := bytes.Repeat([]byte("s"), 32)
	brand := func(i18n.Locale) page.Brand {
		return page.Brand{Name: "示例支付有限公司", Short: "示例支付", Hotline: "400-000-0000"}
	}
	log := slog.New(slog.NewJSONHandler(&s.log, nil))
	var err error
	s.accounts, err = account.New(account.Options{DB: s.db, Clock: s.clock, Jobs: noJobs{}, Words: signin.Words(brand), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	s.sessions = signin.NewSessions(s.accounts, log)
	store := session.New[guard.Actor](s.sessions, cookies, account.SessionLasts)
	g := guard.New(store, signin.KeepLocale(s.accounts))
	s.guard = g
	o := public.Options{
		Accounts: s.accounts, Entrance: &signin.Entrance{Sessions: store, Cookies: cookies}, Guard: g, Cookies: cookies, Secret: secret,
		Codes: func() bool { return true }, AnswersAfter: time.Nanosecond,
	}
	if change != nil {
		change(&o)
	}
	p, err := public.New(o)
	if err != nil {
		t.Fatal(err)
	}
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = server.New(server.Options{
		Log: log, Now: s.clock.Now, Site: page.NewSite(brand, files.URL, cookies, secret),
		Session: g.Middleware, SaveLocale: g.SaveLocale, Ready: s.db.Ready,
		Answer: guard.NewAnswers(g, log, guard.Audience{Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent}).Answer,
	})
	r := s.Router()
	anyone := guard.Public("a test")
	r.Get(assets.Pattern, anyone, files.Serve)
	r.Get("/", anyone, p.Front)
	r.Get("/login", anyone, p.Login)
	r.Post("/login", anyone, p.SendCode)
	r.Get("/login/code", anyone, p.Code)
	r.Post("/login/code", anyone, p.EnterCode)
	r.Post("/login/code/again", anyone, p.ResendCode)
	r.Get("/login/password", anyone, p.Password)
	r.Post("/login/password", anyone, p.EnterPassword)
	r.Post("/logout", anyone, p.Logout)
	r.Post("/demo/sign-in", anyone, stub)
	r.Post("/account/merchant", guard.SignedIn("a test"), stub)
	r.Get("/login/number", anyone, p.NumberRequest)
	r.Post("/login/number", anyone, p.RequestNumber, server.Body(signin.EvidenceBody))
	r.Get("/login/number/done", anyone, p.NumberRequested)
	r.Get("/demo/outbox", anyone, stub)
	for _, path := range []string{"/account", "/account/merchant"} {
		r.Get(path, guard.SignedIn("a test"), stub)
	}
	for _, path := range []string{"/home", "/deductions"} {
		r.Get(path, guard.Can(account.SeeFees), stub)
	}
	s.fill()
	return s
}

// stub is a page behind the sign-in that says for whom it is.
func stub(c echo.Context) error {
	p := guard.Page(c, "login.title")
	return page.Render(c, 200, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		body := templ.Raw("<h1>" + p.User.Name + " for " + p.User.Merchant + "</h1>")
		return layout.Public(p).Render(templ.WithChildren(ctx, body), w)
	}))
}

func (s *site) fill() {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		for _, m := range [][]any{{1, "M1", "老街面馆", "周老板", zhou}, {2, "M2", "新街茶馆", "周老板", zhou}, {3, "M3", "顺意便利店", "李老板", li}} {
			_, err := tx.Exec(s.t.Context(), `
				insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at)
				values ($1, $2, $3, $4, $5, '', '2024-01-01', $6)`, append(m, s.clock.Now())...)
			if err != nil {
				return err
			}
		}
		_, err := account.EnsureOwners(s.t.Context(), tx, audit.Actor{Kind: audit.System, ID: "test"}, s.clock.Now())
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) exec(query string, args ...any) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(s.t.Context(), query, args...)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) browser() *webtest.Client {
	s.t.Helper()
	return webtest.New(s.t, s, s.Router().Match)
}

var sixDigits = regexp.MustCompile(`\d{6}`)

// code returns the code that was sent last.
func (s *site) code() string {
	s.t.Helper()
	all, err := outbox.Latest(s.t.Context(), s.db, 1)
	if err != nil || len(all) == 0 {
		s.t.Fatalf("no message was sent: %v", err)
	}
	return sixDigits.FindString(all[0].Text)
}

// signIn signs a browser in by the forms of the pages.
func (s *site) signIn(c *webtest.Client, phone string) *webtest.Page {
	s.t.Helper()
	c.Get("/login").Is(200).Form("/login").Set("phone", phone).Submit().LeadsTo("/login/code")
	return c.Get("/login/code").Is(200).Form("/login/code").Set("code", s.code()).Submit()
}

// logHolds reports whether the log holds any of the texts.
func (s *site) logHolds(texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(s.log.String(), text) {
			return true
		}
	}
	return false
}
