package staff_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

const hookSecret = "a secret of at least thirty-two bytes"

// gateway is an acquirer's own SMS gateway.
func gateway(t *testing.T, status *int) (address string, bodies *[]string) {
	t.Helper()
	bodies = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*bodies = append(*bodies, string(body))
		w.WriteHeader(*status)
		_, _ = io.WriteString(w, `{"id":"gw-77"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/send", bodies
}

func fillHook(p *webtest.Page, address string) *webtest.Form {
	return p.Form("/admin/channels/hook").Tick("on", "yes").Set("url", address).Set("key_id", "k1").Set("secret", hookSecret)
}

func TestAnOperatorSetsUpTheGatewayAndTriesIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		status := http.StatusOK
		address, bodies := gateway(t, &status)
		lin := s.join("lin", staff.Operator)
		lin.Get("/admin").Click("渠道").Is(200).Says("没开", "站内信", "总是开着，不用设置")
		page := lin.Get("/admin/channels/hook").Is(200).Says("还缺：地址、密钥的名字和密钥", "还没填", "https://portal.test/hooks/sms/reports").SaysNot("发一条试试")
		saved := fillHook(page, address).Submit().Follow()
		saved.Says("存好了", "开着", "填过了，不再显示", "改过什么", "lin").SaysNot(hookSecret)
		if strings.Contains(saved.Body, hookSecret) {
			t.Error("the secret is on the page")
		}
		lin.Get("/admin/channels").Says("自己的短信网关", "开着").SaysNot("发不出去")

		try := func(to string) *webtest.Page {
			return lin.Get("/admin/channels/hook").Form("/admin/channels/hook/try").Set("to", to).Submit()
		}
		try("138 1234 6621").Is(200).Says("对方收下了，编号 gw-77")
		if len(*bodies) != 1 || !strings.Contains((*bodies)[0], `"to":"+8613812346621"`) || !strings.Contains((*bodies)[0], "后台发的测试") {
			t.Errorf("the gateway got %q", *bodies)
		}
		status = http.StatusServiceUnavailable
		try("13812346621").Is(200).Says("对方现在收不了", "对方回的是 503")
		status = http.StatusForbidden
		try("13812346621").Is(200).Says("对方没说原因", "对方回的是 403")
		try("12").Is(422).Says("请填能收短信的手机号")
		if len(*bodies) != 3 {
			t.Errorf("the gateway got %d messages, want 3", len(*bodies))
		}
		var tries int
		err := d.QueryRow(t.Context(), "select count(*) from audit_entries where action = 'setting.channel_try' and subject = 'hook'").Scan(&tries)
		if err != nil || tries != 3 {
			t.Errorf("got %d recorded tries, %v; want 3", tries, err)
		}
	})
}

func TestWhatIsWrongWithAChannelIsSaidFieldByFieldWithoutItsSecrets(t *testing.T) {
	s := newSite(t)
	lin := s.join("lin", staff.Operator)
	form := lin.Get("/admin/channels/email").Is(200).Form("/admin/channels/email").Tick("on", "yes").Set("host", "smtp.example.com").Set("port", "x").
		Set("user", "portal").Set("password", "hunter2").Set("from", "nobody")
	p := form.Submit().Is(422).Says("端口是 1 到 65535 的数字", "请填邮箱，例如")
	if strings.Contains(p.Body, "hunter2") {
		t.Error("the password came back")
	}
	if again := p.Form("/admin/channels/email"); again.Value("host") != "smtp.example.com" || again.Value("port") != "x" || again.Value("password") != "" {
		t.Errorf("got host %q, port %q", again.Value("host"), again.Value("port"))
	}
	if set, err := s.keeper.Get(t.Context()); err != nil || set.Email.Number != 0 {
		t.Errorf("got %+v, %v; want nothing kept", set.Email, err)
	}
	lin.Get("/admin/channels/none").Is(404)
	lin.Post("/admin/channels/none", map[string][]string{"csrf": {lin.Cookie("__Host-csrf")}}).Is(404)
}

func TestWhoeverPointsAChannelElsewhereTypesItsSecretAgain(t *testing.T) {
	s := newSite(t)
	lin := s.join("lin", staff.Operator)
	fillHook(lin.Get("/admin/channels/hook"), "https://a.example.com/").Submit().Follow()
	form := lin.Get("/admin/channels/hook").Form("/admin/channels/hook")
	p := form.Set("url", "https://b.example.com/").Submit().Is(422).Says("发到哪里或发给谁变了，请重新填一次").SaysNot("填过了，不再显示。留空就不变")
	if set, err := s.keeper.Get(t.Context()); err != nil || set.Hook.URL != "https://a.example.com/" || set.Hook.Secret != hookSecret {
		t.Errorf("got %+v, %v; want the gateway as it was", set.Hook, err)
	}
	p.Form("/admin/channels/hook").Set("secret", hookSecret+" too").Submit().Follow().Says("存好了")
	if set, err := s.keeper.Get(t.Context()); err != nil || set.Hook.URL != "https://b.example.com/" || set.Hook.Secret != hookSecret+" too" {
		t.Errorf("got %+v, %v; want the other gateway with what was typed", set.Hook, err)
	}
	lin.Get("/admin/channels/hook").Form("/admin/channels/hook").Set("per_minute", "30").Submit().Follow().Says("存好了")
	if set, err := s.keeper.Get(t.Context()); err != nil || set.Hook.Secret != hookSecret+" too" {
		t.Errorf("got %+v, %v; want the secret kept", set.Hook, err)
	}
}

func TestWhoeverSavesAfterAnotherSeesWhatChanged(t *testing.T) {
	s := newSite(t)
	lin, wen := s.join("lin", staff.Operator), s.join("wen", staff.Operator)
	late := fillHook(wen.Get("/admin/channels/hook"), "https://b.example.com/")
	fillHook(lin.Get("/admin/channels/hook"), "https://a.example.com/").Submit().Follow()
	late.Submit().Is(409).Says("刚刚有人改过这一项")
	if set, err := s.keeper.Get(t.Context()); err != nil || set.Hook.URL != "https://a.example.com/" {
		t.Errorf("got %q, %v; want the first", set.Hook.URL, err)
	}
}

func TestTheTemplatesOfAliyunAndWeChatAreSetKindByKind(t *testing.T) {
	s := newSite(t)
	lin := s.join("lin", staff.Operator)
	lin.Get("/admin/channels/aliyun").Is(200).Says("能用的内容：", "amount（金额）", "能用的内容：code").
		Form("/admin/channels/aliyun").Tick("on", "yes").Set("key_id", "LTAI").Set("key_secret", "s").Set("sign_name", "示例支付").
		Set("template.upcoming.zh-CN", "SMS_1").Set("template.upcoming.en", "SMS_2").Set("template.sign_in_code.zh-CN", "SMS_3").
		Set("report_token", strings.Repeat("t", 32)).Set("networks", "203.0.113.0/24\n203.0.113.7").Submit().Follow().Says("存好了")
	wechat := lin.Get("/admin/channels/wechat").Is(200).Form("/admin/channels/wechat").Tick("on", "yes").Set("app_id", "wx1").Set("app_secret", "s").
		Set("template.upcoming.id", "tpl-1")
	wechat.Set("template.upcoming.fields", "thing1 = colour").Submit().Is(422).Says("每行一个字段，例如 thing1 = item")
	wechat.Set("template.upcoming.fields", "thing1").Submit().Is(422)
	wechat.Set("template.upcoming.fields", "amount2=amount\nthing1 ＝ item").Submit().Follow().Says("存好了", "https://portal.test/hooks/wechat")
	lin.Get("/admin/channels/order").Form("/admin/channels/order").Set("first", "aliyun").Submit().Follow().Says("存好了")

	set, err := s.keeper.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%v %v %v %v", set.Aliyun.Templates, set.Aliyun.Networks, set.WeChat.Templates, set.Order.First),
		"map[sign_in_code:{SMS_3 } upcoming:{SMS_1 SMS_2}] [203.0.113.0/24 203.0.113.7] map[upcoming:{tpl-1 map[amount2:amount thing1:item]}] aliyun"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	shown := lin.Get("/admin/channels/wechat").Form("/admin/channels/wechat")
	if got := shown.Value("template.upcoming.fields"); got != "amount2 = amount\nthing1 = item" {
		t.Errorf("the fields are shown as %q", got)
	}
	lin.Get("/admin/channels/aliyun").Says("会扣钱：中文模板", "会扣钱：英文模板", "登录验证码：中文模板")
	lin.Get("/admin/channels/aliyun").Form("/admin/channels/aliyun/try").Set("to", "13812346621").Tamper("template", "taken zh-CN").Submit().Is(422).Says("请从列出的里面选")
	lin.Get("/admin/channels").Says("阿里云短信", "wx1")
}

func TestAMailServerThatIsNotThereIsSaidInWords(t *testing.T) {
	s := newSite(t)
	lin := s.join("lin", staff.Operator).Speak("en")
	server := httptest.NewServer(nil)
	port := server.URL[strings.LastIndexByte(server.URL, ':')+1:]
	server.Close()
	lin.Get("/admin/channels/email").Is(200).Says("Still missing: Server's name and Sender's address").Form("/admin/channels/email").Tick("on", "yes").
		Set("host", "127.0.0.1").Set("port", port).Set("security", "none").Set("from", "notices@example.com").Submit().Follow().Says("Saved.")
	try := lin.Get("/admin/channels/email").Form("/admin/channels/email/try")
	try.Set("to", "zhou@example.com").Submit().Is(200).Says("The provider can't be reached", "It stopped at: connecting")
	try.Set("to", "nobody").Submit().Is(422).Says("Give an email address")
}

func TestAnAuditorReadsTheChannelsAndChangesNothing(t *testing.T) {
	s := newSite(t)
	lin, zhao := s.join("lin", staff.Operator), s.join("zhao", staff.Auditor)
	fillHook(lin.Get("/admin/channels/hook"), "https://a.example.com/").Submit().Follow()
	p := zhao.Get("/admin/channels/hook").Is(200).Says("https://a.example.com/", "填过了，不再显示", "现在的设置").SaysNot("保存", "发一条试试", hookSecret)
	if strings.Contains(p.Body, `name="secret"`) {
		t.Error("an auditor is offered a form")
	}
	for _, path := range []string{"/admin/channels/hook", "/admin/channels/hook/try"} {
		zhao.Post(path, map[string][]string{"csrf": {zhao.Cookie("__Host-csrf")}}).Is(403)
	}
	for _, r := range []staff.Role{staff.Support, staff.Lead, staff.Compliance} {
		s.join(string(r)+"-c", r).Get("/admin/channels").Is(403)
	}
}

func TestTheListSaysWhatStandsInAChannelsWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		lin := s.join("lin", staff.Operator)
		fillHook(lin.Get("/admin/channels/hook"), "https://a.example.com/").Submit().Follow()
		message := func(id, state, reason string, failed any) {
			s.exec(`insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, next_at, reason, last_error, failed_at)
				values ($1, 'upcoming', 'sms', '+8613812346621', 'zh-CN', 'x', $2, $3, $4, $2, $5, 'no', $6)`,
				id, s.clock.Now(), s.clock.Now().Add(time.Hour), state, reason, failed)
		}
		message("m_1", "failed", "recipient", s.clock.Now())
		lin.Get("/admin/channels").Says("收件的号码或地址收不了", "不再试了").SaysNot("发不出去")
		message("m_2", "queued", "settings", nil)
		message("m_3", "queued", "settings", nil)
		lin.Get("/admin/channels").Says("发不出去", "我们的账号、密钥或设置有问题", "最早")
	})
}

func TestTheChannelsCostThreeRoundTripsAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		lin := s.join("lin", staff.Operator)
		most := 3
		if d.Dialect == db.SQLite {
			most = 8 // it has no trips: each statement counts
		}
		for _, path := range []string{"/admin/channels", "/admin/channels/hook"} {
			ctx, counter := db.Count(t.Context())
			lin.Do(httptest.NewRequest(http.MethodGet, lin.Get(path).URL.String(), nil).WithContext(ctx)).Is(200)
			if got := counter.RoundTrips(); got > most {
				t.Errorf("%s takes %d round trips, want at most %d", path, got, most)
			}
		}
	})
}
