package staff_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

var (
	secretOnPage = regexp.MustCompile(`(?:[A-Z2-7]{4} ?){8}`)
	codesOnPage  = regexp.MustCompile(`<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>`)
)

func TestANewcomerSetsUpTheirSignInWithoutScript(t *testing.T) {
	s := newSite(t)
	_, given := s.add("lin@example.com", staff.Support)
	c := s.browser()
	c.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	c.Get("/admin/login?next=/admin/account").Is(http.StatusOK).Form("/admin/login").Set("login", "lin@example.com").Set("password", given).
		Submit().LeadsTo("/admin/login?next=%2Fadmin%2Faccount")
	c.Get("/admin/login?next=%2Fadmin%2Faccount").LeadsTo("/admin/login/setup?next=%2Fadmin%2Faccount")
	c.Get("/admin/login/second").LeadsTo("/admin/login/setup")
	p := c.Get("/admin/login/setup?next=%2Fadmin%2Faccount").Is(http.StatusOK).Says("换成你自己的密码")
	p.Form("/admin/login/setup").Set("password", "short").Submit().Is(http.StatusUnprocessableEntity).Says("密码至少要 12 位")
	p.Form("/admin/login/setup").Set("password", long).Submit().LeadsTo("/admin/login/setup?next=%2Fadmin%2Faccount")
	p = c.Get("/admin/login/setup?next=%2Fadmin%2Faccount").Is(http.StatusOK).Says("再加一种登录方式")
	secret := strings.ReplaceAll(secretOnPage.FindString(p.Text()), " ", "")
	if len(secret) != 32 {
		t.Fatalf("the page shows the secret %q", secret)
	}
	if svg := p.All("svg"); len(svg) == 0 || !strings.Contains(p.Body, `role="img"`) {
		t.Error("the page has no QR code")
	}
	p.Form("/admin/login/setup/code").Set("code", "000000").Submit().Is(http.StatusUnprocessableEntity).Says("验证码不对")
	code := stafftest.Code(t, secret, s.clock.Now())
	done := p.Form("/admin/login/setup/code").Set("code", code[:3]+" "+code[3:]).Submit().Is(http.StatusOK).Says("记下恢复码")
	codes := codesOnPage.FindAllStringSubmatch(done.Body, -1)
	if len(codes) != staff.RecoveryCodes {
		t.Fatalf("the page shows %d recovery codes, want %d", len(codes), staff.RecoveryCodes)
	}
	if !strings.Contains(done.Body, `href="/admin/account"`) {
		t.Error("the page does not lead on to where the reader wanted to go")
	}
	c.Get("/admin/account").Is(http.StatusOK).Says("lin@example.com", "客服", "还剩 10 个没用")
	c.Get("/admin/login/setup").LeadsTo("/admin")
	c.Post("/admin/logout", url.Values{"csrf": {c.Cookie("__Host-csrf")}}).LeadsTo("/admin/login")
	c.Get("/admin/account").LeadsTo("/admin/login?next=%2Fadmin%2Faccount")
	// and back in with a recovery code
	enter(c, "LIN@example.com", long).LeadsTo("/admin/login")
	c.Get("/admin/login/second").Is(http.StatusOK).Form("/admin/login/second/recovery").Set("recovery", codes[0][1]).Submit().LeadsTo("/admin")
	c.Get("/admin").Is(http.StatusOK)
}

func TestSigningInSpeaksBothLanguages(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Operator)
	c := s.browser().Speak("en")
	c.Get("/admin/login").Is(http.StatusOK).Says("Staff sign-in")
	m.Speak("en")
	m.half().Says("Show that it is you", "Authenticator app", "Recovery code")
	m.signIn().LeadsTo("/admin")
	for path, says := range map[string]string{
		"/admin": "To do", "/admin/account": "Where you are signed in", "/admin/account/password": "Present password", "/admin/account/app": "Install an authenticator app",
		"/admin/account/passkey": "Add a passkey", "/admin/staff": "Last signed in", "/admin/staff/new": "Looks after staff accounts", "/admin/staff/" + m.id: "Changes of roles",
	} {
		m.Get(path).Is(http.StatusOK).Says(says)
	}
	m.Get("/admin/staff/st_none").Is(http.StatusNotFound).Says("There is no such member of staff")
	// what someone switches to stays with them
	m.Get("/admin?lang=zh-CN").LeadsTo("/admin")
	other := &member{Client: s.browser().Speak("en"), s: s, login: m.login, secret: m.secret}
	other.signIn().LeadsTo("/admin")
	if got := other.Get("/admin").Lang(); got != "zh-CN" {
		t.Errorf("elsewhere the pages are in %s", got)
	}
}

func TestAWrongSignInIsAnsweredAlikeForEveryName(t *testing.T) {
	s := newSite(t)
	s.join("lin", staff.Support)
	known := enter(s.browser(), "lin", "wrong password").Is(http.StatusUnprocessableEntity)
	unknown := enter(s.browser(), "nobody", "wrong password").Is(http.StatusUnprocessableEntity)
	strip := func(p *webtest.Page) string {
		body := regexp.MustCompile(`(?s)<main.*</main>`).FindString(p.Body)
		body = regexp.MustCompile(`name="csrf" value="[^"]*"`).ReplaceAllString(body, "")
		return strings.NewReplacer(`value="lin"`, "", `value="nobody"`, "").Replace(body)
	}
	if a, b := strip(known), strip(unknown); a != b || a == "" {
		t.Errorf("a known name is answered by\n%s\nan unknown one by\n%s", a, b)
	}
	if strings.Contains(known.Body, "wrong password") {
		t.Error("the password comes back")
	}
}

func TestTooManyWrongPasswordsHaveToWait(t *testing.T) {
	s := newSite(t)
	s.join("lin", staff.Support)
	for range 5 {
		enter(s.browser(), "lin", "wrong").Is(http.StatusUnprocessableEntity)
	}
	p := enter(s.browser(), "lin", long).Is(http.StatusTooManyRequests).Says("请等 1 分钟")
	if p.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", p.Header.Get("Retry-After"))
	}
	s.clock.Advance(time.Minute)
	enter(s.browser(), "lin", long).LeadsTo("/admin/login")
}

func TestACodeIsNotTakenTwice(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Support)
	s.clock.Advance(time.Minute)
	code := m.code()
	m.half().Form("/admin/login/second").Set("code", code).Submit().LeadsTo("/admin")
	thief := &member{Client: s.browser(), s: s, login: m.login}
	thief.half().Form("/admin/login/second").Set("code", code).Submit().Is(http.StatusUnprocessableEntity).Says("验证码不对，或者已经用过")
	thief.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
}

func TestTheSecondFactorGetsASessionOfItsOwn(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Support)
	m.half()
	before := m.Cookie("__Host-staff")
	s.clock.Advance(time.Minute)
	m.Get("/admin/login/second").Form("/admin/login/second").Set("code", m.code()).Submit().LeadsTo("/admin")
	if after := m.Cookie("__Host-staff"); after == before || after == "" {
		t.Error("the session is the one from before the second factor")
	}
	old := s.browser()
	old.SetCookie("__Host-staff", before)
	old.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
	old.Get("/admin/login/second").LeadsTo("/admin/login?next=%2Fadmin%2Flogin%2Fsecond")
}

// ask gets the question of a form that a passkey answers, as the script does.
func ask(c *webtest.Client, path string) []byte {
	return []byte(c.Post(path+"/ask", url.Values{"csrf": {c.Cookie("__Host-csrf")}}).Is(http.StatusOK).Body)
}

func TestAPasskeySetsUpAndSignsIn(t *testing.T) {
	s := newSite(t)
	_, given := s.add("lin", staff.Operator)
	c, device := s.browser(), stafftest.NewAuthenticator(t, origin)
	enter(c, "lin", given).LeadsTo("/admin/login")
	c.Get("/admin/login/setup").Form("/admin/login/setup").Set("password", long).Submit().LeadsTo("/admin/login/setup")
	p := c.Get("/admin/login/setup")
	p.Form("/admin/login/setup/passkey").Tamper("answer", "{}").Submit().Is(http.StatusUnprocessableEntity).Says("没有加上")
	answer := device.Create(ask(c, "/admin/login/setup/passkey"))
	p.Form("/admin/login/setup/passkey").Tamper("answer", string(answer)).Submit().Is(http.StatusOK).Says("记下恢复码")
	c.Get("/admin").Is(http.StatusOK)

	s.clock.Advance(time.Minute)
	c = s.browser()
	enter(c, "lin", long).LeadsTo("/admin/login")
	p = c.Get("/admin/login/second").Is(http.StatusOK).SaysNot("6 位验证码")
	question := ask(c, "/admin/login/second/passkey")
	ask(c, "/admin/login/second/passkey") // which voids the one before
	p.Form("/admin/login/second/passkey").Tamper("answer", string(device.Get(question))).Submit().Is(http.StatusUnprocessableEntity).Says("没有认出这个通行密钥")
	answer = device.Get(ask(c, "/admin/login/second/passkey"))
	p.Form("/admin/login/second/passkey").Tamper("answer", string(answer)).Submit().LeadsTo("/admin")
	c.Get("/admin/staff").Is(http.StatusOK)

	again := s.browser()
	enter(again, "lin", long).LeadsTo("/admin/login")
	again.Get("/admin/login/second").Form("/admin/login/second/passkey").Tamper("answer", string(answer)).Submit().Is(http.StatusUnprocessableEntity)
	again.Get("/admin").LeadsTo("/admin/login?next=%2Fadmin")
}

func TestWhereThereAreNoPasskeysNoneAreOffered(t *testing.T) {
	s := newSiteOn(t, dbtest.SQLite(t), cookie.Site{TLS: true}, "http://127.0.0.1:8080")
	_, given := s.add("lin", staff.Operator)
	c := s.browser()
	enter(c, "lin", given).LeadsTo("/admin/login")
	c.Get("/admin/login/setup").Form("/admin/login/setup").Set("password", long).Submit().LeadsTo("/admin/login/setup")
	c.Get("/admin/login/setup").Is(http.StatusOK).Says("验证器应用").SaysNot("通行密钥")
	c.Post("/admin/login/setup/passkey/ask", url.Values{"csrf": {c.Cookie("__Host-csrf")}}).Is(http.StatusConflict)
}

func TestWhoGuessesAtALoginKeepsItsHolderOutOfNoKnownBrowser(t *testing.T) {
	s := newSite(t)
	_, given := s.add("lin@example.com", staff.Support)
	c := s.browser()
	enter(c, "lin@example.com", given).LeadsTo("/admin/login")
	p := c.Get("/admin/login/setup")
	p.Form("/admin/login/setup").Set("password", long).Submit()
	p = c.Get("/admin/login/setup")
	secret := strings.ReplaceAll(secretOnPage.FindString(p.Text()), " ", "")
	p.Form("/admin/login/setup/code").Set("code", stafftest.Code(t, secret, s.clock.Now())).Submit().Is(http.StatusOK)
	c.Post("/admin/logout", url.Values{"csrf": {c.Cookie("__Host-csrf")}}).LeadsTo("/admin/login")

	c.From("198.51.100.1")
	stranger := s.browser().From("198.51.100.1")
	for range 5 {
		enter(stranger, "lin@example.com", "wrong").Is(http.StatusUnprocessableEntity)
	}
	enter(stranger, "lin@example.com", long).Is(http.StatusTooManyRequests)
	enter(s.browser().From("198.51.100.2"), "lin@example.com", long).LeadsTo("/admin/login")
	enter(c, "lin@example.com", long).LeadsTo("/admin/login")
}
