package staff_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/channel"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/handlers/signin"
	staffpages "github.com/mingbai/mingbai/handlers/staff"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/audit/audittest"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/web/assets"
	"github.com/mingbai/mingbai/web/callout"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
	"github.com/mingbai/mingbai/web/webtest"
)

// site is staff's pages on an empty database, with a merchant's page beside
// them.
type site struct {
	*server.Server
	t        *testing.T
	db       *db.DB
	clock    *clock.Set
	people   *staff.People
	accounts *account.Accounts
	merchant *signin.Entrance
	plans    *disclosure.Catalogue
	gate     *gate.Gate
	cases    *complaint.Cases
	causes   *rootcause.Causes
	held     heldJobs
	jobs     *event.Jobs
	hooks    *webhook.Hooks
	keeper   *setting.ChannelKeeper
	channels *channel.Channels
	log      bytes.Buffer
}

const (
	long   = "correct horse battery"
	origin = "https://portal.test"
)

// cli adds staff in the tests.
var cli = staff.AtCommandLine(audit.Actor{Kind: audit.CLI, ID: "test"})

// record watches that whatever staff change is on record.
var record audittest.Watch

func TestMain(m *testing.M) { record.Main(m, unrecorded) }

// unrecorded are the forms that leave no entry, each with its reason.
var unrecorded = map[string]string{
	"/admin/account/passkey/ask":      "asks the device, and changes nothing",
	"/admin/login/second/passkey/ask": "asks the device, and changes nothing",
	"/admin/login/setup/passkey/ask":  "asks the device, and changes nothing",
}

// forms are the patterns of what staff send.
func (s *site) forms() (patterns []string) {
	for _, r := range s.Router().Routes() {
		if r.Method == http.MethodPost {
			patterns = append(patterns, r.Path)
		}
	}
	return patterns
}

// ServeHTTP answers as the server does.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	record.Over(s.t, s.db, s.Server, s.Router().Match).ServeHTTP(w, r)
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteOn(t, dbtest.SQLite(t), cookie.Site{TLS: true}, origin)
}

// newSiteOn is newSite on a database, with cookies of the make given and at an
// address.
func newSiteOn(t *testing.T, d *db.DB, cookies cookie.Site, address string) *site {
	t.Helper()
	s := &site{t: t, db: d, clock: clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))}
	secret := bytes.Repeat([]byte("s"), 32)
	log := slog.New(slog.NewJSONHandler(&s.log, nil))
	brand := func(i18n.Locale) page.Brand {
		return page.Brand{Name: "示例支付有限公司", Short: "示例支付", Hotline: "400-000-0000"}
	}
	var err error
	if s.people, err = staff.New(staff.Options{DB: d, Clock: s.clock, Secret: secret, URL: address, Name: "Mingbai"}); err != nil {
		t.Fatal(err)
	}
	if s.accounts, err = account.New(account.Options{DB: d, Clock: s.clock, Jobs: noJobs{}, Words: signin.Words(brand), Secret: secret}); err != nil {
		t.Fatal(err)
	}
	store := session.New[guard.Actor](signin.NewSessions(s.accounts, log), cookies, account.SessionLasts)
	s.merchant = &signin.Entrance{Sessions: store, Cookies: cookies}
	g := guard.New(store, signin.KeepLocale(s.accounts))
	entrance := signin.NewStaffEntrance(g, signin.NewStaffSessions(s.people, log), cookies)
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	desk := guard.Audience{
		Prefix: "/admin", Page: layout.StaffError, Alert: layout.ErrorAlert, Unsent: layout.StaffUnsent, Home: "/admin", SignIn: "/admin/login",
		PrepareStaff: func(p *page.Page, actor *staff.Actor) { staffpages.Nav(p, actor, "") },
	}
	s.Server = server.New(server.Options{
		Log: log, Now: s.clock.Now, Site: page.NewSite(brand, files.URL, cookies, secret),
		Session: g.Middleware, SaveLocale: g.SaveLocale, Ready: d.Ready,
		Answer: guard.NewAnswers(g, log, desk, guard.Audience{Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent}).Answer,
	})
	r := s.Router()
	r.Get(assets.Pattern, guard.Public("a test"), files.Serve)
	blank := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
	for _, path := range []string{"/", "/login", "/home"} {
		r.Get(path, guard.Public("a test"), blank)
	}
	r.Get("/account", guard.SignedIn("a test"), blank)
	r.Get("/merchant/enter", guard.Public("a test"), s.enterMerchant)
	h := &staffpages.Staff{DB: d, Clock: s.clock, People: s.people, Entrance: entrance, Guard: g}
	h.Routes(r)
	(&staffpages.Guides{Staff: h}).Routes(r)
	plans := disclosure.NewCatalogue(d)
	if err := plans.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	policy := func() fee.Policy { return fee.DefaultPolicy }
	(&staffpages.Disclosures{Staff: h, Plans: plans, Policy: policy, Jobs: noJobs{}}).Routes(r)
	(&staffpages.Evidence{Staff: h, Plans: plans}).Routes(r)
	(&staffpages.Figures{Staff: h, Jobs: &s.held}).Routes(r)
	(&staffpages.Reports{Staff: h}).Routes(r)
	if s.keeper, err = setting.NewChannelKeeper(d, secret); err != nil {
		t.Fatal(err)
	}
	s.channels = channel.New(channel.Options{Settings: s.keeper, Clock: s.clock, Log: log, URL: address})
	t.Cleanup(s.channels.Close)
	(&staffpages.ChannelPages{Staff: h, Keeper: s.keeper, Try: s.channels.Try, URL: address}).Routes(r)
	(&staffpages.OperatorPages{Staff: h}).Routes(r)
	r.Get(page.BrandPath+":file", guard.Public("a test"), func(c echo.Context) error {
		logo, err := setting.ReadLogo(c.Request().Context(), d, c.Param("file"))
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, logo.Type, logo.Content)
	})
	(&staffpages.NoticePages{Staff: h, Plans: plans, Jobs: &s.held}).Routes(r)
	s.plans = plans
	for _, path := range []string{"/transparency/how", "/transparency/:quarter/:edition"} {
		r.Get(path, guard.Public("a test"), blank)
	}
	door, err := gate.New(gate.Options{DB: d, Clock: s.clock, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	s.gate = door
	(&staffpages.Holds{Staff: h, Gate: door}).Routes(r)
	(&staffpages.Alarms{Staff: h}).Routes(r)
	(&staffpages.Audit{Staff: h, Jobs: &s.held}).Routes(r)
	if s.hooks, err = webhook.New(webhook.Options{DB: d, Clock: s.clock, Secret: secret, Reachable: callout.Networks(nil).Reachable}); err != nil {
		t.Fatal(err)
	}
	(&staffpages.Webhooks{Staff: h, Hooks: s.hooks}).Routes(r)
	kept, err := file.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	s.cases = complaint.New(complaint.Options{DB: d, Clock: s.clock, Plans: plans.Plans, Policy: policy, Files: kept})
	(&staffpages.CasePages{Staff: h, Cases: s.cases, Plans: s.plans}).Routes(r)
	s.causes = rootcause.New(d, s.clock, s.cases, &s.held)
	(&staffpages.CausePages{Staff: h, Causes: s.causes, Plans: plans}).Routes(r)
	(&staffpages.Packs{Staff: h, Plans: plans, Policy: policy, Files: kept}).Routes(r)
	(&staffpages.Numbers{Staff: h, Accounts: s.accounts}).Routes(r)
	looks := look.New(d, s.clock)
	inLooks := session.Named[look.Look]("look", looks, cookies, staff.SessionLasts)
	g.AdmitLooks(inLooks, looks.Note)
	(&staffpages.Merchants{Staff: h, Looks: looks, Sessions: inLooks}).Routes(r)
	(&staffpages.Reconciliation{Staff: h, Jobs: &s.held}).Routes(r)
	(&staffpages.GateRules{Staff: h}).Routes(r)
	(&staffpages.NoticeRules{Staff: h}).Routes(r)
	(&staffpages.Retention{Staff: h}).Routes(r)
	(&staffpages.Changes{Staff: h, Plans: plans, Policy: policy}).Routes(r)
	(&staffpages.Keys{Staff: h}).Routes(r)
	(&staffpages.Imports{Staff: h, Jobs: &s.held, Bytes: 1 << 20}).Routes(r)
	if s.jobs, err = event.Open(t.Context(), d, event.Config{Logger: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.jobs.Close)
	(&staffpages.Jobs{Staff: h, Jobs: s.jobs}).Routes(r)
	operator := func(context.Context) (setting.Operator, error) { return setting.DefaultOperator, nil }
	(&staffpages.Templates{Staff: h, Words: notify.New(notify.Options{Operator: operator, Templates: notice.NewTemplateCache(d, s.clock).Get})}).Routes(r)
	r.Get("/api/docs", guard.Public("a test"), blank)
	r.Get("/disclosures/:slug/:version", guard.Public("a test"), blank)
	r.Get("/guides/:slug", guard.Public("a test"), blank)
	record.Offer(s.forms()...)
	return s
}

// noJobs takes jobs and forgets them.
type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// enterMerchant signs in a merchant's user who is new.
func (s *site) enterMerchant(c echo.Context) error {
	_, err := s.merchant.Begin(c, func(ctx context.Context, b account.Browser) (account.SignedIn, error) {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into users (id, phone, name, created_at) values ('u_1', '+8613900001188', '李老板', $1)`, s.clock.Now())
			return err
		})
		if err != nil {
			return account.SignedIn{}, err
		}
		return s.accounts.StartSession(ctx, "u_1", "test", b)
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account")
}

// browser is one without cookies.
func (s *site) browser() *webtest.Client { return webtest.New(s.t, s, s.Router().Match) }

// add adds someone and returns their id and the password to give them.
func (s *site) add(login string, roles ...staff.Role) (id, given string) {
	s.t.Helper()
	id, given, err := s.people.Add(s.t.Context(), cli, staff.Newcomer{Login: login, Name: login, Roles: roles})
	if err != nil {
		s.t.Fatal(err)
	}
	return id, given
}

// member is one of the staff with all there is to set up, in their browser.
type member struct {
	*webtest.Client
	s                 *site
	id, login, secret string
	codes             []string
}

// join adds someone, who sets everything up through the model, and gives their
// browser the session in which they did.
func (s *site) join(login string, roles ...staff.Role) *member {
	s.t.Helper()
	m := s.enlist(login, roles...)
	m.Client = s.browser()
	m.SetCookie("__Host-staff", base64.RawURLEncoding.EncodeToString(tokenOf(login)))
	return m
}

// enlist adds someone, who sets everything up through the model.
func (s *site) enlist(login string, roles ...staff.Role) *member {
	s.t.Helper()
	ctx, m := s.t.Context(), &member{s: s, login: login}
	var given string
	m.id, given = s.add(login, roles...)
	b := staff.Browser{Address: "10.0.0.1", RequestID: "r", TokenHash: []byte(login + " half")}
	if err := s.people.SignIn(ctx, login, given, b); err != nil {
		s.t.Fatal(err)
	}
	half, _, err := s.people.FindSession(ctx, b.TokenHash)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.people.SetFirstPassword(ctx, half, long); err != nil {
		s.t.Fatal(err)
	}
	offer, err := s.people.OfferTOTP(ctx, half.Actor)
	if err != nil {
		s.t.Fatal(err)
	}
	m.secret = offer.Secret
	hash := sha256.Sum256(tokenOf(login))
	m.codes, err = s.people.FinishSetUpWithTOTP(ctx, half, "phone", m.code(), staff.Browser{TokenHash: hash[:], Address: "10.0.0.1"})
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// tokenOf is the token of the session in which someone set everything up.
func tokenOf(login string) []byte {
	token := sha256.Sum256([]byte("token of " + login))
	return token[:]
}

// code is what the member's app shows now.
func (m *member) code() string { return stafftest.Code(m.s.t, m.secret, m.s.clock.Now()) }

// half takes the first step in the member's browser.
func (m *member) half() *webtest.Page {
	m.s.t.Helper()
	m.Post("/admin/logout", url.Values{"csrf": {m.Cookie("__Host-csrf")}})
	enter(m.Client, m.login, long).LeadsTo("/admin/login")
	m.Get("/admin/login").LeadsTo("/admin/login/second")
	return m.Get("/admin/login/second").Is(http.StatusOK)
}

// signIn takes both steps, once the code that was used last is over.
func (m *member) signIn() *webtest.Page {
	m.s.t.Helper()
	m.s.clock.Advance(time.Minute)
	return m.half().Form("/admin/login/second").Set("code", m.code()).Submit()
}

// enter fills in the form of the first step.
func enter(c *webtest.Client, login, password string) *webtest.Page {
	return c.Get("/admin/login").Is(http.StatusOK).Form("/admin/login").Set("login", login).Set("password", password).Submit()
}

// tokenHash is what the database knows the member's session by.
func (m *member) tokenHash() []byte {
	m.s.t.Helper()
	token, err := base64.RawURLEncoding.DecodeString(m.Cookie("__Host-staff"))
	if err != nil {
		m.s.t.Fatal(err)
	}
	hash := sha256.Sum256(token)
	return hash[:]
}

// request asks for a page.
func request(path string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, origin+path, nil)
	r.RemoteAddr = "192.0.2.1:1234"
	return r
}
