package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

func TestSomeoneLooksAfterTheirOwnAccount(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Support)
	p := m.Get("/admin/account/app").Is(http.StatusOK)
	secret := strings.ReplaceAll(secretOnPage.FindString(p.Text()), " ", "")
	p.Form("/admin/account/app").Set("name", "").Set("code", "1").Submit().Is(http.StatusUnprocessableEntity).Says("请填名称")
	p.Form("/admin/account/app").Set("name", "平板").Set("code", "1").Submit().Is(http.StatusUnprocessableEntity).Says("验证码不对")
	p.Form("/admin/account/app").Set("name", "平板").Set("code", stafftest.Code(t, secret, s.clock.Now())).Submit().LeadsTo("/admin/account")
	device := stafftest.NewAuthenticator(t, origin)
	p = m.Get("/admin/account/passkey").Is(http.StatusOK)
	answer := device.Create(ask(m.Client, "/admin/account/passkey"))
	p.Form("/admin/account/passkey").Set("name", "钥匙").Tamper("answer", string(answer)).Submit().LeadsTo("/admin/account")
	p = m.Get("/admin/account").Is(http.StatusOK).Says("平板", "钥匙", "通行密钥")

	var app string
	for _, f := range p.All("form") {
		if action := webtest.Attr(f, "action"); strings.Contains(action, "/factors/tf_") {
			app = action
		}
	}
	p.Form(app).Submit().LeadsTo("/admin/account")
	m.Post(app, url.Values{"csrf": {m.Cookie("__Host-csrf")}}).Is(http.StatusNotFound)
	codes := m.Get("/admin/account").Form("/admin/account/recovery").Submit().Is(http.StatusOK)
	if got := len(codesOnPage.FindAllString(codes.Body, -1)); got != staff.RecoveryCodes {
		t.Errorf("%d new recovery codes, want %d", got, staff.RecoveryCodes)
	}

	other := &member{Client: s.browser(), s: s, login: m.login, secret: m.secret}
	other.half().Form("/admin/login/second/recovery").Set("recovery", codesOnPage.FindStringSubmatch(codes.Body)[1]).Submit().LeadsTo("/admin")
	m.Get("/admin/account").Is(http.StatusOK).Form("/admin/account/sessions/end-others").Submit().LeadsTo("/admin/account")
	other.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")

	p = m.Get("/admin/account/password").Is(http.StatusOK)
	p.Form("/admin/account/password").Set("present", "wrong").Set("password", "another long one").Submit().Is(http.StatusUnprocessableEntity).Says("现在的密码不对")
	p.Form("/admin/account/password").Set("present", long).Set("password", "another long one").Submit().LeadsTo("/admin/account")
	m.Get("/admin/account").Is(http.StatusOK).Says("密码改好了")
}

func TestWhoSignedInAWhileAgoSignsInAgainFirst(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Support)
	session, _, err := s.people.FindSession(t.Context(), m.tokenHash())
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		s.clock.Advance(10 * time.Minute)
		if err := s.people.SawSessions(t.Context(), []string{session.Actor.SessionID}); err != nil {
			t.Fatal(err)
		}
	}
	m.Get("/admin/account").Is(http.StatusOK).Says("先再登录一次")
	for _, path := range []string{"/admin/account/password", "/admin/account/app", "/admin/account/passkey"} {
		m.Get(path).LeadsTo("/admin/login?next=" + url.QueryEscape(path))
	}
	m.Post("/admin/account/recovery", url.Values{"csrf": {m.Cookie("__Host-csrf")}}).LeadsTo("/admin/login?next=%2Fadmin%2Faccount")
	m.Get("/admin/login?next=%2Fadmin%2Faccount").Is(http.StatusOK).Says("登录有一会儿了")
}

func TestEveryPageTakesThreeRoundTripsAtMost(t *testing.T) {
	if dbtest.SQLiteOnly() {
		t.Skip("round trips are PostgreSQL's")
	}
	s := newSiteOn(t, dbtest.Postgres(t), cookie.Site{TLS: true}, origin)
	m := s.join("lin", staff.AllRoles[:]...)
	for _, path := range []string{
		"/admin", "/admin/account", "/admin/account/password", "/admin/account/app", "/admin/account/passkey", "/admin/staff", "/admin/staff/new", "/admin/staff/" + m.id,
	} {
		m.Get(path).Is(http.StatusOK)
		ctx, count := db.Count(t.Context())
		m.Do(request(path).WithContext(ctx)).Is(http.StatusOK)
		if got := count.RoundTrips(); got > 3 || got == 0 {
			t.Errorf("%s: got %d round trips and %d statements, want at most 3", path, got, count.Statements())
		}
	}
}

func TestSomeoneEndsOneOfTheirSessionsAndGoesOnInTheOther(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Support)
	other := &member{Client: s.browser(), s: s, login: m.login, secret: m.secret}
	other.signIn().LeadsTo("/admin")
	p := m.Get("/admin/account").Is(http.StatusOK)
	end := actionUnder(p, "/admin/account/sessions/sf_")
	p.Form(end).Submit().Follow().Is(http.StatusOK)
	other.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	m.Get("/admin").Is(http.StatusOK)
	m.Post(end, url.Values{"csrf": {m.Cookie("__Host-csrf")}}).Is(http.StatusNotFound)
}
