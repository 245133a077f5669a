package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/handlers/channel"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/delivery"
)

var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// chosen are settings that the test changes.
type chosen struct {
	mu    sync.Mutex
	set   setting.Channels
	reads int
	err   error
}

func (c *chosen) Get(context.Context) (setting.Channels, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	return c.set, c.err
}

func (c *chosen) change(how func(*setting.Channels)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	how(&c.set)
}

// gateway answers as an acquirer's own gateway or as Aliyun would.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	answer string
	hang   bool
	taken  []string // messages' ids
	params []string
}

func startGateway(t *testing.T, answer string) *gateway {
	t.Helper()
	g := &gateway{status: http.StatusOK, answer: answer}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		var m struct{ ID string }
		_ = json.Unmarshal(body, &m)
		g.taken = append(g.taken, m.ID+r.URL.Query().Get("OutId"))
		g.params = append(g.params, r.URL.Query().Get("TemplateCode")+r.URL.Query().Get("TemplateParam"))
		if g.hang {
			panic(http.ErrAbortHandler) // the request was read, and no answer comes
		}
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) says(status int, answer string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status, g.answer, g.hang = status, answer, false
}

// came returns the messages that arrived since it was asked last.
func (g *gateway) came() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := strings.Join(g.taken, " ")
	g.taken = nil
	return all
}

const aliyunOK = `{"Code":"OK","BizId":"9006^0"}`

// world is the channels with local servers that stand for all providers.
type world struct {
	*channel.Channels
	settings *chosen
	clock    *clock.Set
	own, ali *gateway
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{settings: &chosen{}, clock: clock.At(noon), own: startGateway(t, `{"id":"own-1"}`), ali: startGateway(t, aliyunOK)}
	w.settings.set = setting.Channels{
		Email: setting.Email{Security: "starttls"},
		Hook: setting.Hook{
			Version: setting.Version{Number: 1}, On: true, URL: w.own.URL, KeyID: "k1", Secret: strings.Repeat("h", 32),
		},
		Aliyun: setting.Aliyun{
			Version: setting.Version{Number: 1}, On: true, KeyID: "LTAI", KeySecret: "s", SignName: "示例支付",
			Templates: map[string]setting.Words{"upcoming": {ZhCN: "SMS_1", En: "SMS_2"}, "sign_in_code": {ZhCN: "SMS_3"}},
		},
		Order: setting.Order{First: setting.PartHook},
	}
	w.open(t, channel.Gateway{})
	return w
}

func (w *world) open(t *testing.T, g channel.Gateway) {
	w.Channels = channel.New(channel.Options{
		Settings: w.settings, Clock: w.clock, Log: slog.New(slog.DiscardHandler), URL: "https://portal.test", Gateway: g, AliyunAddress: w.ali.URL,
	})
	t.Cleanup(w.Close)
}

func text(id string) outbox.Outgoing {
	return outbox.Outgoing{
		ID: id, Kind: outbox.Kind(notice.Upcoming), Channel: outbox.SMS, To: "+8613812346621", Locale: "zh-CN", Text: "【示例支付】12月3日会扣", Fields: map[string]string{"amount": "36.00"},
	}
}

func (w *world) send(t *testing.T, m outbox.Outgoing) outbox.Receipt {
	t.Helper()
	return w.Send(t.Context(), m)
}

func TestATextMessageGoesToTheFirstProvider(t *testing.T) {
	w := newWorld(t)
	if r := w.send(t, text("m_1")); r.Err != nil || r.Provider != "hook" || r.ProviderID != "own-1" || w.own.came() != "m_1" || w.ali.came() != "" {
		t.Errorf("got %+v, want it taken by the gateway alone", r)
	}
	w.settings.change(func(c *setting.Channels) {
		c.Order = setting.Order{Version: setting.Version{Number: 1}, First: setting.PartAliyun}
	})
	w.clock.Advance(30 * time.Second)
	if r := w.send(t, text("m_2")); r.Err != nil || r.Provider != "aliyun" || r.ProviderID != "9006^0" || w.own.came() != "" || w.ali.came() != "m_2" {
		t.Errorf("got %+v, want it taken by Aliyun alone", r)
	}
	if got := w.ali.params[0]; got != `SMS_1{"amount":"36.00"}` {
		t.Errorf("Aliyun got %s", got)
	}
}

func TestTheOtherProviderStandsInWhereTheFirstFails(t *testing.T) {
	for name, c := range map[string]struct {
		status   int
		standsIn bool
	}{
		"busy": {503, true}, "limited": {429, true}, "our key is unknown there": {401, true}, "elsewhere": {302, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.own.says(c.status, "no")
			r := w.send(t, text("m_1"))
			if r.Err != nil || r.Provider != "aliyun" || w.own.came() != "m_1" || w.ali.came() != "m_1" {
				t.Errorf("got %+v, want Aliyun to stand in", r)
			}
		})
	}
	t.Run("gone", func(t *testing.T) {
		w := newWorld(t)
		w.own.Close()
		if r := w.send(t, text("m_1")); r.Err != nil || r.Provider != "aliyun" {
			t.Errorf("got %+v, want Aliyun to stand in", r)
		}
	})
}

func TestNobodyStandsInWhereTheRecipientOrTheMessageIsRefused(t *testing.T) {
	for code, reason := range map[string]delivery.Reason{
		"isv.MOBILE_NUMBER_ILLEGAL": delivery.Recipient, "isv.SMS_CONTENT_ILLEGAL": delivery.Content,
	} {
		w := newWorld(t)
		w.settings.set.Order.First = setting.PartAliyun
		w.ali.says(200, `{"Code":"`+code+`"}`)
		r := w.send(t, text("m_1"))
		if !r.Permanent || r.Reason != string(reason) || r.Provider != "aliyun" || w.own.came() != "" {
			t.Errorf("%s: got %+v, want it refused for good", code, r)
		}
	}
}

func TestAMessageThatMayHaveBeenTakenIsToldByNoOtherUnlessItIsACode(t *testing.T) {
	for _, first := range []setting.Part{setting.PartHook, setting.PartAliyun} {
		w := newWorld(t)
		w.settings.set.Order.First = first
		broken, other := w.own, w.ali
		if first == setting.PartAliyun {
			broken, other = w.ali, w.own
		}
		broken.hang = true
		if r := w.send(t, text("m_1")); r.Err == nil || !r.Unsure || r.Permanent || other.came() != "" {
			t.Errorf("%s: got %+v, want it unsure and told by no other", first, r)
		}
		w.clock.Advance(31 * time.Second)
		code := text("m_2")
		code.Kind, code.Text, code.Fields = outbox.SignInCode, "【示例支付】验证码 482913，5 分钟内有效", nil
		if r := w.send(t, code); r.Err != nil || other.came() != "m_2" {
			t.Errorf("%s: got %+v, want the code told by the other", first, r)
		}
		if first == setting.PartHook && w.ali.params[0] != `SMS_3{"code":"482913"}` {
			t.Errorf("Aliyun got %s", w.ali.params[0])
		}
	}
}

func TestAProviderThatCannotBeReachedIsTriedLastForAWhile(t *testing.T) {
	w := newWorld(t)
	w.own.hang = true
	w.send(t, text("m_1"))
	w.own.came()
	if r := w.send(t, text("m_2")); r.Provider != "aliyun" || w.own.came() != "" {
		t.Errorf("got %+v, want the gateway to rest", r)
	}
	w.own.says(200, `{"id":"own-3"}`)
	w.clock.Advance(30 * time.Second)
	if r := w.send(t, text("m_3")); r.Provider != "hook" {
		t.Errorf("got %+v, want the gateway asked again", r)
	}
}

func TestWhereBothProvidersFailTheHopefulWordCounts(t *testing.T) {
	const busy, limited, number, balance = `{"Code":"isp.SYSTEM_ERROR"}`, `{"Code":"isv.DAY_LIMIT_CONTROL"}`, `{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}`, `{"Code":"isv.AMOUNT_NOT_ENOUGH"}`
	for name, c := range map[string]struct {
		own        int
		ali        string
		reason     delivery.Reason
		permanent  bool
		retryAfter time.Duration
	}{
		"both later":                             {503, busy, delivery.Busy, false, 0},
		"the shorter wait":                       {503, limited, delivery.Limited, false, 0},
		"never there, later here":                {400, busy, delivery.Busy, false, 0},
		"later there, the number here":           {503, number, delivery.Recipient, true, 0},
		"later there, our balance here":          {503, balance, delivery.Settings, true, 0},
		"never there, our balance here, to mend": {400, balance, delivery.Settings, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.own.says(c.own, "no")
			w.ali.says(200, c.ali)
			r := w.send(t, text("m_1"))
			if r.Err == nil || r.Reason != string(c.reason) || r.Permanent != c.permanent || r.RetryAfter != c.retryAfter {
				t.Errorf("got %+v, want %+v", r, c)
			}
		})
	}
}

func TestAKindWithoutATemplateGoesOverTheOtherProviderOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	w.settings.set.Order.First = setting.PartAliyun
	m := text("m_1")
	m.Kind = outbox.Kind(notice.Taken)
	if r := w.send(t, m); r.Err != nil || r.Provider != "hook" {
		t.Errorf("got %+v, want the gateway to take it", r)
	}
	w.settings.change(func(c *setting.Channels) { c.Hook.On, c.Hook.Number = false, 2 })
	w.clock.Advance(time.Minute)
	if r := w.send(t, m); !r.Permanent || r.Reason != string(channel.NoTemplate) {
		t.Errorf("got %+v, want it refused for good", r)
	}
	m.Kind, m.Locale = outbox.SignInCode, "en"
	if r := w.send(t, m); r.Reason != string(channel.NoTemplate) {
		t.Errorf("got %+v, want no Chinese words for an English reader", r)
	}
}

func TestTheEnvironmentsGatewayServesWhereTheSettingsNameNone(t *testing.T) {
	w := newWorld(t)
	w.settings.set = setting.Channels{Email: setting.Email{Security: "starttls"}}
	w.open(t, channel.Gateway{})
	if w.On(notice.SMS) || !w.On(notice.Inbox) || w.On(notice.Email) || w.On(notice.WeChat) {
		t.Error("something but the inbox is on with nothing set")
	}
	if r := w.send(t, text("m_0")); r.Err == nil || r.Permanent || r.Reason != string(delivery.Settings) {
		t.Errorf("got %+v, want it to wait", r)
	}
	w.open(t, channel.Gateway{URL: w.own.URL, KeyID: "env", Secret: strings.Repeat("e", 32)})
	if r := w.send(t, text("m_1")); !w.On(notice.SMS) || r.Err != nil || w.own.came() != "m_1" {
		t.Errorf("got %+v, want the environment's gateway", r)
	}
	other := startGateway(t, `{"id":"other"}`)
	w.settings.change(func(c *setting.Channels) {
		c.Hook = setting.Hook{Version: setting.Version{Number: 1}, On: true, URL: other.URL, KeyID: "k", Secret: strings.Repeat("h", 32)}
	})
	w.clock.Advance(time.Minute)
	if r := w.send(t, text("m_2")); r.Err != nil || r.ProviderID != "other" || w.own.came() != "" {
		t.Errorf("got %+v, want the gateway of the settings", r)
	}
}

func TestAChangeIsFollowedWithinHalfAMinute(t *testing.T) {
	w := newWorld(t)
	w.On(notice.SMS)
	w.settings.change(func(c *setting.Channels) {
		c.Hook.On, c.Hook.Number, c.Aliyun.On, c.Aliyun.Number = false, 2, false, 2
	})
	w.clock.Advance(29 * time.Second)
	if !w.On(notice.SMS) || w.settings.reads != 1 {
		t.Errorf("the settings were read %d times within half a minute", w.settings.reads)
	}
	w.clock.Advance(time.Second)
	if w.On(notice.SMS) || w.settings.reads != 2 {
		t.Errorf("the settings were read %d times after half a minute", w.settings.reads)
	}
	w.settings.err = errors.New("the database is away")
	w.clock.Advance(time.Hour)
	if w.On(notice.SMS) {
		t.Error("what can't be read turns a channel on")
	}
}

func TestWhetherReportsComeAndWhetherASecondTryIsTold(t *testing.T) {
	key := strings.Repeat("r", 32)
	for name, c := range map[string]struct {
		how                 func(*setting.Channels)
		reports, idempotent bool
		perSecond           string
	}{
		"both, neither reports": {func(*setting.Channels) {}, false, false, "0"},
		"both, one reports":     {func(c *setting.Channels) { c.Hook.ReportKeyID, c.Hook.ReportSecret = "r", key }, false, false, "0"},
		"both report": {func(c *setting.Channels) {
			c.Hook.ReportKeyID, c.Hook.ReportSecret, c.Aliyun.ReportToken = "r", key, key
		}, true, false, "0"},
		"the gateway alone":       {func(c *setting.Channels) { c.Aliyun.On = false }, false, true, "0"},
		"Aliyun alone, reporting": {func(c *setting.Channels) { c.Hook.On, c.Aliyun.ReportToken = false, key }, true, false, "0"},
		"limits":                  {func(c *setting.Channels) { c.Hook.PerMinute, c.Aliyun.PerMinute = 600, 90 }, false, false, "1.5"},
		"one limit":               {func(c *setting.Channels) { c.Hook.PerMinute = 600 }, false, false, "10"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.how(&w.settings.set)
			if got := w.Reports(notice.SMS); got != c.reports {
				t.Errorf("reports: got %t, want %t", got, c.reports)
			}
			if got := w.Idempotent(notice.SMS); got != c.idempotent {
				t.Errorf("idempotent: got %t, want %t", got, c.idempotent)
			}
			if got := fmt.Sprint(w.PerSecond(notice.SMS)); got != c.perSecond {
				t.Errorf("per second: got %s, want %s", got, c.perSecond)
			}
			if got := w.AliyunReports(t.Context()) != nil; got != (w.settings.set.Aliyun.ReportToken != "") {
				t.Errorf("the gate of reports is there: %t", got)
			}
			if got := w.ReportKey(t.Context()).Name; got != w.settings.set.Hook.ReportKeyID {
				t.Errorf("got report key %q", got)
			}
		})
	}
	w := newWorld(t)
	if w.Reports(notice.Email) || w.Reports(notice.WeChat) || w.Idempotent(notice.Email) || !w.Idempotent(notice.WeChat) || !w.Idempotent(notice.Inbox) {
		t.Error("mail reports nothing and can't tell a second try; WeChat and the inbox can")
	}
}

// post is a real SMTP server.
type post struct {
	mu          sync.Mutex
	connections int
	refuse      error
	letters     []*mail.Message
}

func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.connections++
	return &session{p}, nil
}

type session struct{ *post }

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return s.refuse }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Data(r io.Reader) error {
	l, err := mail.ReadMessage(r)
	if err == nil {
		_, err = io.Copy(io.Discard, l.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, l)
	return err
}

func startPost(t *testing.T, w *world) *post {
	t.Helper()
	p := &post{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(p)
	server.Domain = "smtp.test"
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	n, _ := strconv.Atoi(port)
	w.settings.set.Email = setting.Email{
		Version: setting.Version{Number: 1}, On: true, Host: "127.0.0.1", Port: n, Security: "none", From: "notices@example.com", FromName: "示例支付", Unsubscribe: true, PerMinute: 30,
	}
	return p
}

func letter(id string, kind notice.Kind) outbox.Outgoing {
	return outbox.Outgoing{
		ID: id, Kind: outbox.Kind(kind), Channel: outbox.Email, To: "zhou@example.com", Locale: "zh-CN", Subject: "12月3日会扣 ¥36.00", Text: "正文", HTML: "<p>正文</p>",
		Unsubscribe: "https://portal.test/unsubscribe/abc",
	}
}

func TestLettersShareALineAndSayHowToEndThemWhereTheyMay(t *testing.T) {
	w := newWorld(t)
	p := startPost(t, w)
	for i, kind := range []notice.Kind{notice.Upcoming, notice.Security, notice.Complaint, notice.FeeChange} {
		r := w.send(t, letter(fmt.Sprint("m_", i), kind))
		if r.Err != nil || r.Provider != "email" || r.ProviderID != fmt.Sprintf("m_%d@example.com", i) {
			t.Fatalf("%s: got %+v", kind, r)
		}
		one := p.letters[i].Header.Get("List-Unsubscribe-Post")
		if may := kind != notice.Security && kind != notice.Complaint; (one != "") != may {
			t.Errorf("%s: List-Unsubscribe-Post is %q", kind, one)
		}
	}
	if p.connections != 1 {
		t.Errorf("got %d connections for four letters", p.connections)
	}
	insecure := letter("m_5", notice.Upcoming)
	insecure.Unsubscribe = "http://localhost:8080/unsubscribe/abc"
	if r := w.send(t, insecure); r.Err != nil || p.letters[4].Header.Get("List-Unsubscribe") != "" {
		t.Errorf("got %+v, want a letter without the header", r)
	}
	w.settings.change(func(c *setting.Channels) { c.Email.Unsubscribe, c.Email.Number = false, 2 })
	w.clock.Advance(time.Minute)
	if r := w.send(t, letter("m_6", notice.Upcoming)); r.Err != nil || p.letters[5].Header.Get("List-Unsubscribe") != "" || p.connections != 2 {
		t.Errorf("got %+v over %d connections, want a new client that does not offer it", r, p.connections)
	}
	if got := w.PerSecond(notice.Email); got != 0.5 {
		t.Errorf("got %v letters a second, want 0.5", got)
	}
}

func TestWhatTheMailServerRefusesIsToldWithItsReason(t *testing.T) {
	for _, c := range []struct {
		code      int
		permanent bool
		reason    delivery.Reason
	}{{550, true, delivery.Recipient}, {451, false, delivery.Busy}} {
		w := newWorld(t)
		p := startPost(t, w)
		p.refuse = &smtp.SMTPError{Code: c.code, EnhancedCode: smtp.EnhancedCode{c.code / 100, 1, 1}, Message: "no"}
		r := w.send(t, letter("m_1", notice.Upcoming))
		if r.Err == nil || r.Permanent != c.permanent || r.Reason != string(c.reason) {
			t.Errorf("%d: got %+v, want %+v", c.code, r, c)
		}
	}
}

func TestAWeChatMessageFillsTheTemplatesOwnFields(t *testing.T) {
	w := newWorld(t)
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.HasPrefix(r.URL.Path, "/cgi-bin/stable_token") {
			_, _ = io.WriteString(rw, `{"access_token":"t","expires_in":7200}`)
			return
		}
		bodies = append(bodies, string(body))
		_, _ = io.WriteString(rw, `{"errcode":0,"errmsg":"ok","msgid":7}`)
	}))
	t.Cleanup(server.Close)
	w.settings.set.WeChat = setting.WeChat{
		Version: setting.Version{Number: 1}, On: true, AppID: "wx1", AppSecret: "s", Token: "token1",
		Templates: map[string]setting.WeChatTemplate{"upcoming": {ID: "tpl", Fields: map[string]string{"thing1.DATA": "item", "amount2": "amount"}}},
	}
	w.Channels = channel.New(channel.Options{Settings: w.settings, Clock: w.clock, Log: slog.New(slog.DiscardHandler), URL: "https://portal.test/", WeChatAddress: server.URL})
	m := outbox.Outgoing{ID: "m_1", Kind: "upcoming", Channel: outbox.WeChat, To: "openid", Code: "K7QW2MXH", Fields: map[string]string{"item": "流量卡费", "amount": "36.00元", "more": "x"}}
	r := w.send(t, m)
	if r.Err != nil || r.Provider != "wechat" || r.ProviderID != "7" {
		t.Fatalf("got %+v", r)
	}
	var sent struct {
		To       string `json:"touser"`
		Template string `json:"template_id"`
		URL      string
		ID       string `json:"client_msg_id"`
		Data     map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(bodies[0]), &sent); err != nil || sent.To != "openid" || sent.Template != "tpl" || sent.ID != "m_1" || sent.URL != "https://portal.test/s/K7QW2MXH" ||
		len(sent.Data) != 2 || sent.Data["thing1"].Value != "流量卡费" || sent.Data["amount2"].Value != "36.00元" {
		t.Errorf("sent %s", bodies[0])
	}
	m.Code = ""
	if r := w.send(t, m); r.Err != nil || strings.Contains(bodies[1], `"url"`) {
		t.Errorf("without a code it leads somewhere: %s, %+v", bodies[1], r)
	}
	m.Kind = "taken"
	if r := w.send(t, m); !r.Permanent || r.Reason != string(channel.NoTemplate) || len(bodies) != 2 {
		t.Errorf("got %+v, want nothing sent without a template", r)
	}
	if !w.On(notice.WeChat) || !w.Reports(notice.WeChat) || w.WeChatCallback(t.Context()) == nil || w.WeChatClient(t.Context()) == nil {
		t.Error("the account is not on, or its events are not expected")
	}
}

func TestATryGoesThroughThePartAsItIsSetThisMoment(t *testing.T) {
	w := newWorld(t)
	w.On(notice.SMS)
	w.settings.change(func(c *setting.Channels) { c.Aliyun.On, c.Aliyun.Number, c.Aliyun.SignName = false, 2, "另一个" })
	if r := w.Try(t.Context(), setting.PartAliyun, text("m_1")); r.Err != nil || r.Provider != "aliyun" || w.ali.came() != "m_1" || w.own.came() != "" {
		t.Errorf("got %+v, want it sent by Aliyun, off as it is", r)
	}
	w.own.says(503, "no")
	if r := w.Try(t.Context(), setting.PartHook, text("m_2")); r.Err == nil || r.Provider != "hook" || w.ali.came() != "" {
		t.Errorf("got %+v, want nobody to stand in", r)
	}
	for _, part := range []setting.Part{setting.PartEmail, setting.PartWeChat} {
		if r := w.Try(t.Context(), part, text("m_3")); r.Err == nil || r.Provider != string(part) {
			t.Errorf("%s: got %+v, want it not set up", part, r)
		}
	}
}

// TestWhatTheSettingsTakeTheClientsTake draws settings and holds those that are
// kept against the clients' own rules.
func TestWhatTheSettingsTakeTheClientsTake(t *testing.T) {
	d := dbtest.SQLite(t)
	rapid.Check(t, func(t *rapid.T) {
		k, err := setting.NewChannelKeeper(d, []byte(strings.Repeat("s", 32)))
		if err != nil {
			t.Fatal(err)
		}
		odd := func(label string, usual ...string) string {
			return rapid.OneOf(rapid.SampledFrom(usual), rapid.StringN(0, 50, 80)).Draw(t, label)
		}
		held, err := k.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		host := odd("host", "smtp.example.com", "127.0.0.1", "localhost", "::1", "[::1]", "a/b", "user@host")
		parts := []setting.ChannelPart{
			&setting.Email{
				Version: held.Email.Version, On: true, Host: host, Port: rapid.IntRange(-1, 70000).Draw(t, "port"), Security: odd("security", setting.Securities...),
				User: odd("user", "", "u"), Password: odd("password", "", "p"), From: odd("from", "a@example.com", "A <a@example.com>", "a@例子.中国"), FromName: odd("name", "示例"),
			},
			&setting.Hook{
				Version: held.Hook.Version, On: true, URL: odd("url", "https://a.example/x", "http://localhost:1/", "http://a.example", "https://u:p@a.example", "https:///x", "https://a.example:x/"),
				KeyID: odd("key", "k1"), Secret: odd("secret", strings.Repeat("s", 32), "short"),
			},
			&setting.Aliyun{
				Version: held.Aliyun.Version, On: true, KeyID: odd("ali", "LTAI"), KeySecret: odd("ali secret", "s"), SignName: odd("sign", "示例"),
				Templates: map[string]setting.Words{"upcoming": {ZhCN: "SMS_1"}}, ReportToken: odd("token", strings.Repeat("t", 32)), Networks: []string{odd("net", "10.0.0.0/8", "10.0.0.1", "::1", "fe80::1%eth0")},
			},
			&setting.WeChat{
				Version: held.WeChat.Version, On: true, AppID: odd("app", "wx1"), AppSecret: odd("app secret", "s"), Token: odd("wx token", "abc"), AESKey: odd("aes", "", strings.Repeat("A", 43), strings.Repeat("B", 43)),
				Templates: map[string]setting.WeChatTemplate{"upcoming": {ID: "t", Fields: map[string]string{"thing1": "item"}}},
			},
		}
		var refusals strings.Builder
		for _, p := range parts {
			if err := k.Set(t.Context(), audit.Actor{Kind: audit.Staff, ID: "st_1"}, "", noon, p); err != nil {
				continue
			}
			c := channel.New(channel.Options{Settings: k, Clock: clock.At(noon), Log: slog.New(slog.NewTextHandler(&refusals, nil)), AliyunAddress: "http://127.0.0.1:1", WeChatAddress: "http://127.0.0.1:1"})
			c.On(notice.SMS)
			if strings.Contains(refusals.String(), "part="+string(p.Name())) {
				t.Fatalf("%+v was kept, and then: %s", p, refusals.String())
			}
		}
	})
}

func TestNoFailureNamesTheRecipient(t *testing.T) {
	w := newWorld(t)
	w.own.Close()
	w.ali.Close()
	var all []string
	for _, part := range []setting.Part{setting.PartHook, setting.PartAliyun} {
		all = append(all, w.Try(t.Context(), part, text("m_1")).Err.Error())
	}
	if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "6621") || strings.Contains(s, "12月") }) {
		t.Errorf("got %q", all)
	}
}
