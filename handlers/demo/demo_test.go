package demo_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/handlers/demo"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
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

// site is a portal with the demo's pages, on a database where 周 owns two
// merchants.
type site struct {
	*server.Server
	t     *testing.T
	db    *db.DB
	clock *clock.Set
	demo  *demo.Demo
}

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, db: dbtest.SQLite(t), clock: clock.At(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC))}
	secret, cookies := bytes.Repeat([]byte("s"), 32), cookie.Site{TLS: true}
	brand := func(i18n.Locale) page.Brand { return page.Brand{Name: "Example Pay", Short: "Example"} }
	log := slog.New(slog.DiscardHandler)
	accounts, err := account.New(account.Options{DB: s.db, Clock: s.clock, Jobs: noJobs{}, Words: signin.Words(brand), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	store := session.New[guard.Actor](signin.NewSessions(accounts, log), cookies, account.SessionLasts)
	g := guard.New(store, signin.KeepLocale(accounts))
	files, err := assets.New(static.Files)
	if err != nil {
		t.Fatal(err)
	}
	s.demo = &demo.Demo{DB: s.db, Accounts: accounts, Entrance: &signin.Entrance{Sessions: store, Cookies: cookies}, Guard: g, Sent: demo.NewCapture()}
	s.Server = server.New(server.Options{
		Log: log, Now: s.clock.Now, Site: page.NewSite(brand, files.URL, cookies, secret),
		Session: g.Middleware, SaveLocale: g.SaveLocale, Ready: s.db.Ready,
		Answer: guard.NewAnswers(g, log, guard.Audience{Page: layout.Error, Alert: layout.ErrorAlert, Unsent: layout.Unsent}).Answer,
	})
	r, anyone := s.Router(), guard.Public("a test")
	r.Get(assets.Pattern, anyone, files.Serve)
	r.Get("/demo/outbox", anyone, s.demo.Outbox)
	r.Get("/demo/components", anyone, s.demo.Components)
	r.Post("/demo/sign-in", anyone, s.demo.SignIn)
	for _, path := range []string{"/", "/login", "/home"} {
		r.Get(path, anyone, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	}
	err = s.db.Write(t.Context(), func(tx *db.Tx) error {
		for i, name := range []string{"老街面馆", "新街茶馆"} {
			_, err := tx.Exec(t.Context(), `
				insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values ($1, $2, $3, '周老板', '13800006621', '', '2024-01-01', $4)`,
				i+1, "M100"+string(rune('1'+i)), name, s.clock.Now())
			if err != nil {
				return err
			}
		}
		_, err := account.EnsureOwners(t.Context(), tx, audit.Actor{Kind: audit.System, ID: "test"}, s.clock.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) browser() *webtest.Client {
	s.t.Helper()
	return webtest.New(s.t, s, s.Router().Match)
}

func (s *site) message(kind outbox.Kind, text string) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		_, err := outbox.Queue(s.t.Context(), tx, noJobs{}, s.clock.Now(), outbox.Message{Kind: kind, To: "+8613800006621", Locale: "zh-CN", Text: text})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// deliver lets the capture take what is due.
func (s *site) deliver() {
	s.t.Helper()
	_, _, err := outbox.Deliver(s.t.Context(), s.db, s.clock, outbox.SMS, outbox.DeliverOptions{Send: s.demo.Sent.Send, Idempotent: true})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestTheDemoListsWhoMayEnter(t *testing.T) {
	s := newSite(t)
	users, err := s.demo.Users(t.Context())
	if err != nil || len(users) != 1 {
		t.Fatalf("got %+v, %v", users, err)
	}
	if u := users[0]; u.Name != "周老板" || u.Merchant != "老街面馆 · 新街茶馆" || u.Role != "common.roles.owner" || u.Story != "demo.story.m1001" {
		t.Errorf("got %+v", u)
	}
}

func TestOneClickSignsIn(t *testing.T) {
	s := newSite(t)
	users, err := s.demo.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := s.browser()
	c.Get("/demo/outbox").Is(200)
	csrf := c.Cookie("__Host-csrf")
	c.Post("/demo/sign-in", url.Values{"user": {users[0].ID}, "csrf": {csrf}, "next": {"/home"}}).LeadsTo("/account/merchant?next=%2Fhome")
	c.Get("/demo/outbox").Is(200).Says("周老板")
}

func TestMessagesThatWouldBeSentAreShownWithTheirText(t *testing.T) {
	s := newSite(t)
	c := s.browser()
	c.Get("/demo/outbox").Is(200).Says("还没有消息")
	s.message(outbox.SignInCode, "【示例支付】482913 是你的验证码")
	c.Get("/demo/outbox").Is(200).Says("482913", "等着发", "138****6621").SaysNot("13800006621")
	s.deliver()
	c.Get("/demo/outbox").Is(200).Says("482913", "已发出")
	s.demo.Sent = demo.NewCapture() // the demo starts again
	c.Speak("en").Get("/demo/outbox").Is(200).Says("The text of a code is wiped").SaysNot("482913")
}

func TestEveryChannelIsShownAsItWouldArrive(t *testing.T) {
	s := newSite(t)
	queue := []outbox.New{
		{Kind: "upcoming", Channel: outbox.Email, To: "shop@example.com", Subject: "12 月 3 日扣 ¥48.00", Text: "正文", HTML: `<html><head><title>标题</title></head><body style="margin:0"><h1>大标题</h1><p style="color:red">网页版的<b onclick="x()">正文</b></p><script>alert(1)</script><a href="https://mingbai.example.com/s/X">看明细</a></body></html>`},
		{Kind: "upcoming", Channel: outbox.WeChat, To: "oXs0", Text: "微信里的话", Fields: map[string]string{"amount": "48.00 元"}},
		{Kind: "upcoming", Channel: outbox.Inbox, MerchantID: 1, Subject: "站内的标题", Text: "站内的话"},
		{Kind: "upcoming", Channel: outbox.SMS, To: "+8613800006621", Text: "一条短信"},
	}
	for i := range queue {
		queue[i].Locale, queue[i].CreatedAt = "zh-CN", s.clock.Now()
	}
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := outbox.QueueAll(t.Context(), tx, noJobs{}, queue)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.browser().Get("/demo/outbox").Is(200).Says("12 月 3 日扣 ¥48.00", "网页版的正文", "看明细", "邮件", "s***@example.com", "微信", "****oXs0", "48.00 元", "站内信", "站内的标题", "短信", "等着发").SaysNot("大标题", "alert(1)", "color:red", "onclick", "shop@example.com")
	s.deliver()
	if err := s.demo.Sent.Report(t.Context(), s.db, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	s.browser().Get("/demo/outbox").Is(200).Says("已送达")
	all, err := outbox.To(t.Context(), s.db, "+8613800006621", 1)
	if err != nil || len(all) != 1 || all[0].State != outbox.Delivered || all[0].Provider != "demo" {
		t.Errorf("the text message is %+v, %v; want delivered", all, err)
	}
}

func TestTheListOfMessagesFetchesOnlyWhatIsNew(t *testing.T) {
	s := newSite(t)
	c := s.browser()
	s.message(outbox.NewDevice, "一条短信")
	again := webtest.Attr(c.Get("/demo/outbox").ByID("messages"), "data-hx-get")
	c.Fragment(again, "messages").Is(http.StatusNoContent)
	s.message(outbox.NewDevice, "又一条")
	c.Fragment(again, "messages").Is(200).Says("一条短信", "又一条").SaysNot("<html")
	c.Get(again).Is(200).Says("又一条") // as a page it is always whole
}

func TestTheCaptureForgetsTheOldest(t *testing.T) {
	c := demo.NewCapture()
	for i := range 300 {
		c.Send(t.Context(), outbox.Outgoing{ID: strings.Repeat("m", i+1), Text: "x"})
	}
	if c.Text("m") != "" || c.Text(strings.Repeat("m", 300)) != "x" {
		t.Error("it remembers the first or not the last")
	}
}

// The examples lead to pages of a made-up portal, which is why no client that
// checks links opens them.
func TestThePartsOfThePagesAreShown(t *testing.T) {
	s := newSite(t)
	for l, title := range map[string]string{"zh-CN": "页面的部件", "en": "The parts of the pages"} {
		r := httptest.NewRequest(http.MethodGet, "https://portal.test/demo/components", nil)
		r.Header.Set("Accept-Language", l)
		got := httptest.NewRecorder()
		s.ServeHTTP(got, r)
		if body := got.Body.String(); got.Code != http.StatusOK || !strings.Contains(body, "<h1>"+title+"</h1>") || !strings.Contains(body, ">Timeline</h2>") {
			t.Errorf("%s: got %d %.200s", l, got.Code, body)
		}
	}
}

func TestSomeoneWithAShopOfTheirOwnIsKnownByIt(t *testing.T) {
	s := newSite(t)
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update memberships set role = 'finance' where merchant_id = 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	users, err := s.demo.Users(t.Context())
	if err != nil || len(users) != 1 {
		t.Fatalf("got %+v, %v", users, err)
	}
	if u := users[0]; u.Merchant != "新街茶馆 · 老街面馆" || u.Role != "common.roles.owner" || u.Story != "demo.story.m1002" {
		t.Errorf("got %+v", u)
	}
}
