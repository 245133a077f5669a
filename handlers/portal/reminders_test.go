package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
)

type noJobs struct{}

func (noJobs) Insert(context.Context, *db.Tx, river.JobArgs, *river.InsertOpts) error { return nil }

// reminders is the pages of notices, their words the simplest there are.
func (s *merchantSite) reminders(h *Portal) *Reminders {
	secret, on := []byte(strings.Repeat("s", 32)), func(c notice.Channel) bool { return s.ways[c] }
	return &Reminders{
		Portal: h, On: on, Secret: secret, Origin: "https://pay.example",
		Extras: &notice.Extras{DB: s.db, Clock: s.clock, Jobs: noJobs{}, Secret: secret, Render: func(_ string, _ notice.Recipient, code string) (notice.Content, error) {
			return notice.Content{Subject: "确认码", Body: code}, nil
		}},
		Trial: &notice.Trial{DB: s.db, Clock: s.clock, Jobs: noJobs{}, On: on, Render: func(notice.Recipient, string) (notice.Content, error) {
			return notice.Content{Subject: "测试", Body: "这是一条测试"}, nil
		}},
		Scene: func(_ context.Context, name string, _ time.Duration) (string, error) {
			if !s.ways[notice.WeChat] {
				return "", errors.New("no WeChat")
			}
			return "http://weixin.qq.com/q/" + name, nil
		},
	}
}

// letter puts a letter of a merchant down: with a copy in the portal, a text
// message, and the terminal that it is about.
func (s *merchantSite) letter(t *testing.T, merchant, id string, kind notice.Kind, ref string) {
	t.Helper()
	now := s.clock.Now()
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		var merchantID, terminalID int64
		err := tx.QueryRow(t.Context(), `select m.id, min(t.id) from merchants m join terminals t on t.merchant_id = m.id where m.ref = $1 group by m.id`, merchant).Scan(&merchantID, &terminalID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `insert into letters (id, merchant_id, kind, due_on, total_fen, created_at, state, channels, step) values ($1, $2, $3, '2026-12-03', 3600, $4, 'open', 'sms', 1)`, id, merchantID, string(kind), now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, ref, due_on, amount_fen, not_before, planned_at, letter_id)
			values ($1, $2, $3, 1, 1, 7, 1, $4, '2026-12-03', 3600, $5, $5, $6)`, merchantID, string(kind), terminalID, ref, now, id)
		if err != nil {
			return err
		}
		_, err = outbox.QueueAll(t.Context(), tx, noJobs{}, []outbox.New{
			{Kind: outbox.Kind(kind), Channel: outbox.Inbox, MerchantID: merchantID, LetterID: id, Locale: "zh-CN", Subject: "12月3日会扣 ¥36.00", Text: "从前台扣流量卡费。\n不用的话可以停用。", Template: "upcoming@0", Code: outbox.NewCode(), CreatedAt: now},
			{ID: "m_sms_" + id, Kind: outbox.Kind(kind), Channel: outbox.SMS, MerchantID: merchantID, LetterID: id, To: "+8613800006621", Locale: "zh-CN", Text: "【示例支付】12月3日将扣36.00元", Template: "upcoming@0", Code: outbox.NewCode(), CreatedAt: now},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheInboxShowsWhatWasSentAndOpeningReadsIt(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Viewer)
		c.Get("/inbox").Is(http.StatusOK).Says("还没有提醒")
		s.letter(t, "M1002", "l_1", notice.Upcoming, "")
		s.change(t, `update messages set state = 'delivered', accepted_at = created_at, delivered_at = created_at where channel = 'sms'`)
		list := c.Get("/inbox").Is(http.StatusOK).Says("有 1 条还没看", "未读", "扣费提醒", "短信 已送达", "站内信 未看").SaysNot("138****6621")
		one := list.Click("12月3日会扣 ¥36.00").Is(http.StatusOK).Says("从前台扣流量卡费。", "138****6621", "【示例支付】12月3日将扣36.00元", "今天 09:30 送达", "今天 09:30 看过").SaysNot("+86")
		one.Form("/inbox/l_1/acknowledge").Press("知道了").Follow().Says("记下了，你知道了。", "今天 09:30，你说知道了。")
		c.Get("/inbox").Says("我们发过的每一条都在这里", "站内信 你说知道了").SaysNot("未读")
		c.Get("/inbox?about=security").Says("没有这一类的提醒").Click("看全部提醒").Says("12月3日会扣 ¥36.00")
		c.Speak("en")
		c.Get("/inbox/l_1").Says("Charge to come", "delivered", "What we told you")
		c.Speak("zh-CN")
		s.letter(t, "M1002", "l_2", notice.Changed, "")
		c.Get("/home").Says("有 1 条提醒你还没看。").Click("12月3日会扣 ¥36.00").Is(http.StatusOK)
		c.Get("/home").SaysNot("还没看")
		other := s.as(t, "M1003", account.Owner)
		token := other.Get("/inbox/l_1").Is(http.StatusNotFound).Says("找不到这条提醒").Form("/logout").Value("csrf")
		other.Post("/inbox/l_1/acknowledge", url.Values{"csrf": {token}}).Is(http.StatusNotFound)
	})
}

func TestALetterLeadsToWhatItIsAbout(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	s.letter(t, "M1002", "l_1", notice.Upcoming, "")
	name := s.text(t, `select t.alias from terminals t join merchants m on m.id = t.merchant_id where m.ref = 'M1002' order by t.id limit 1`)
	c.Get("/inbox/l_1").Click(name + "的费用").Is(http.StatusOK)
	var line string
	if err := s.db.QueryRow(t.Context(), `select min(l.id) from bill_lines l join merchants m on m.id = l.merchant_id where m.ref = 'M1002' and l.kind = 'deduction'`).Scan(&line); err != nil {
		t.Fatal(err)
	}
	s.letter(t, "M1002", "l_2", notice.Taken, line)
	c.Get("/inbox/l_2").Click(name + "的这笔扣费").Is(http.StatusOK)
}

func TestTwoQuestionsSayHowAMerchantIsTold(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		page := c.Get("/reminders").Is(http.StatusOK).Says("扣费前，发到哪里", "示例支付还没有开通", "还没有邮箱", "7 天前和 1 天前", "接下来会发给你的 3 条", "短信和站内信").
			SaysNot("至少留一个能收到的提醒")
		form := page.Form("/reminders")
		form.Untick("channel", "sms").Untick("channel", "wechat").Set("leads", "3, 1").Press("保存").Follow().
			Says("存好了", "至少留一个能收到的提醒", "7 天后才扣", "8 天前也会说一次")
		p, err := notice.GetPreferences(t.Context(), d, s.merchantID(t, "M1002"))
		if err != nil || !p.InboxOnly() || p.Leads != notice.LeadsOf(3, 1) || len(p.Matrix[notice.EventSecurity]) != 0 {
			t.Errorf("kept is %+v, %v", p, err)
		}
		token := c.Get("/reminders").Form("/reminders").Value("csrf")
		c.Post("/reminders", url.Values{"csrf": {token}, "leads": {""}}).Is(http.StatusUnprocessableEntity).Says("请至少选一个提前的天数")
		c.Speak("en").Get("/reminders").Says("Keep at least one way to hear from us", "How many days ahead?")
	})
}

func TestTheMatrixKeepsEachKindApart(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		s.ways[notice.WeChat] = true
		c := s.as(t, "M1002", account.Finance)
		form := c.Get("/reminders/more").Is(http.StatusOK).Says("每类消息发到哪里", "登录安全").Form("/reminders/more")
		form.Untick("about-taken", "sms").Tick("about-taken", "email").Set("order", "email sms wechat").Set("leads", "１４、7，1").
			Set("quiet", "22:30").Set("quiet_to", "07:00").Set("send_at", "09:15").Set("locale", "en").Set("usage_percent", "90").Set("low_balance", "3.50")
		form.Press("保存").Follow().Says("存好了", "14 天前、7 天前和1 天前")
		p, err := notice.GetPreferences(t.Context(), d, s.merchantID(t, "M1002"))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Matrix[notice.EventTaken].String(); got != "email wechat" {
			t.Errorf("money taken is told by %q", got)
		}
		if got := p.Matrix[notice.EventUpcoming].String(); got != "sms wechat" {
			t.Errorf("charges to come are told by %q", got)
		}
		if p.Leads != notice.LeadsOf(14, 7, 1) || p.QuietFrom != 22*60+30 || p.QuietTo != 7*60 || p.SendMinute != 9*60+15 || p.Locale != "en" || p.UsagePercent != 90 || p.LowBalance != 350 {
			t.Errorf("kept is %+v", p)
		}
		again := c.Get("/reminders/more").Form("/reminders/more")
		again.Set("leads", "31").Set("quiet", "x").Set("usage_percent", "0").Set("low_balance", "many").Press("保存").Is(http.StatusUnprocessableEntity).Says("1 到 30")
		// The two questions leave alone what was set apart.
		c.Get("/reminders").Form("/reminders").Untick("channel", "wechat").Press("保存").Follow()
		if p, err = notice.GetPreferences(t.Context(), d, s.merchantID(t, "M1002")); err != nil || p.Matrix[notice.EventTaken].String() != "email wechat" || p.Matrix[notice.EventStopped].String() != "sms" {
			t.Errorf("kept is %+v, %v", p.Matrix, err)
		}
	})
}

func TestARecipientIsAddedByACodeAndRemoved(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		form := c.Get("/reminders").Click("加一个收件人").Form("/reminders/recipients/new")
		form.Set("address", "nobody").Press("发确认码").Is(http.StatusUnprocessableEntity)
		asked := form.Set("channel", "email").Set("address", "wang@example.com").Set("name", "会计小王").Press("发确认码").Follow().Is(http.StatusOK).Says("wang@example.com", "10 分钟")
		path := asked.URL.Path
		code := s.text(t, `select body from messages where kind = 'recipient_code' order by created_at desc, id desc`)
		asked.Form(path).Set("code", "00000").Press("确认").Is(http.StatusUnprocessableEntity)
		c.Get("/reminders").Says("会计小王 w***@example.com", "等着输确认码")
		asked.Form(path).Set("code", code[:3]+" "+code[3:]).Press("确认").Follow().Says("以后的提醒也会发到 w***@example.com").SaysNot("还没有邮箱")
		other := s.as(t, "M1003", account.Owner)
		token := other.Get(path).Is(http.StatusNotFound).Form("/logout").Value("csrf")
		for _, what := range []string{"", "/again", "/remove", "/resume"} {
			other.Post(path+what, url.Values{"csrf": {token}, "code": {code}}).Is(http.StatusNotFound)
		}
		s.change(t, `update notice_recipients set off = 'taken'`)
		c.Get("/reminders").Says("不再收 1 类邮件").Form(path + "/resume").Submit().Follow().Says("恢复了").SaysNot("不再收")
		c.Get("/reminders").Form(path+"/remove").Submit().Follow().Says("移除了", "还没有邮箱")
	})
}

func TestTheCodeThatWasSentLastCounts(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	asked := c.Get("/reminders/recipients/new").Form("/reminders/recipients/new").Set("channel", "email").Set("address", "wang@example.com").Set("name", "会计小王").Press("发确认码").Follow()
	path := asked.URL.Path
	code := func() string {
		return s.text(t, `select body from messages where kind = 'recipient_code' order by created_at desc, id desc`)
	}
	first := code()
	s.clock.Advance(time.Minute)
	again := asked.Form(path + "/again").Submit().Follow().Says("又发了一次，以前的确认码作废")
	tries := s.count(t, `select sum(code_tries) from notice_recipients`)
	again.Form(path).Set("code", " ").Press("确认").Is(http.StatusUnprocessableEntity).Says("请填验证码")
	if n := s.count(t, `select sum(code_tries) from notice_recipients`); n != tries {
		t.Errorf("no code at all left %d tries used; want %d as before", n, tries)
	}
	again.Form(path).Set("code", first).Press("确认").Is(http.StatusUnprocessableEntity)
	again.Form(path).Set("code", code()).Press("确认").Follow().Says("以后的提醒也会发到 w***@example.com")
}

func TestATestMessageShowsWhatBecameOfIt(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	sent := c.Get("/reminders").Form("/reminders/test").Set("via", "sms").Press("发一条测试").Follow()
	sent.Says("发了 2 条测试", "等待发出")
	s.change(t, `update messages set state = 'failed', failed_at = created_at where kind = 'test'`)
	c.Get("/reminders").Says("没送到")
	c.Get("/inbox").Click("测试").Is(http.StatusOK).Says("这是一条测试")
	token := sent.Form("/logout").Value("csrf")
	for _, via := range []string{"email", "wechat", "inbox", ""} {
		c.Post("/reminders/test", url.Values{"csrf": {token}, "via": {via}}).Is(http.StatusUnprocessableEntity)
	}
	for range 2 {
		c.Post("/reminders/test", url.Values{"csrf": {token}, "via": {"sms"}}).Is(http.StatusSeeOther)
	}
	c.Post("/reminders/test", url.Values{"csrf": {token}, "via": {"sms"}}).Is(http.StatusTooManyRequests).Says("测试发得太多了")
}

func TestWeChatIsBoundByScanningACode(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	token := c.Get("/reminders").SaysNot("绑定微信").Form("/logout").Value("csrf")
	c.Post("/reminders/wechat", url.Values{"csrf": {token}}).Is(http.StatusConflict)
	s.ways[notice.WeChat] = true
	scan := c.Get("/reminders").Form("/reminders/wechat").Press("绑定微信").Is(http.StatusOK).Says("用微信扫这个码")
	scan.Click("我扫好了").Follow().Says("还没收到微信的消息", "等着扫码")
	h := s.reminders(s.pages)
	id, scene, err := h.Extras.Scene(t.Context(), account.Who{UserID: s.text(t, `select x.user_id from memberships x join merchants m on m.id = x.merchant_id where m.ref = 'M1002' and x.role = 'owner'`), MerchantID: s.merchantID(t, "M1002")})
	if err != nil {
		t.Fatal(err)
	}
	if bound, err := notice.BindWeChat(t.Context(), s.db, s.clock.Now(), scene, "oFollower"); err != nil || !bound {
		t.Fatalf("bound %t, %v", bound, err)
	}
	c.Get("/reminders/wechat/"+id).Follow().Says("绑定好了", "发到绑定的 1 个微信").SaysNot("oFollower")
}

func TestACalendarLinkIsShownMadeAnewAndEnded(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Finance)
	link := regexp.MustCompile(`https://pay\.example/calendar/[\w-]{43}\.ics`)
	first := link.FindString(c.Get("/reminders").Form("/reminders/calendar").Press("生成日历链接").Follow().Says("链接好了", "还没有用过").Text())
	second := link.FindString(c.Get("/reminders").Form("/reminders/calendar").Press("换一个新链接").Follow().Text())
	if first == "" || second == "" || first == second {
		t.Errorf("the links are %q and %q", first, second)
	}
	s.as(t, "M1002", account.Viewer).Get("/reminders").SaysNot(second)
	c.Get("/reminders").Form("/reminders/calendar/end").Press("停用这个链接").Follow().Says("停用了", "生成日历链接").SaysNot(second)
}

func TestWhoMayOnlyLookChangesNothing(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	viewer := s.as(t, "M1002", account.Viewer)
	token := viewer.Get("/reminders").Is(http.StatusOK).Says("只有店主和财务能改").SaysNot("保存").Form("/logout").Value("csrf")
	viewer.Get("/reminders/more").Is(http.StatusOK).Says("只有店主和财务能改").SaysNot("保存")
	viewer.Get("/reminders/recipients/new").Is(http.StatusForbidden)
	for _, path := range []string{"/reminders", "/reminders/more", "/reminders/test", "/reminders/calendar", "/reminders/calendar/end", "/reminders/wechat", "/reminders/recipients/new"} {
		viewer.Post(path, url.Values{"csrf": {token}}).Is(http.StatusForbidden)
	}
}

func TestPagesOfNoticesTakeTwoRoundTrips(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		if d.Dialect != db.Postgres {
			return // every statement of a batch is one there
		}
		s := newMerchantSite(t, d)
		s.letter(t, "M1002", "l_1", notice.Upcoming, "")
		c := s.as(t, "M1002", account.Owner)
		for _, path := range []string{"/inbox", "/inbox/l_1", "/reminders", "/reminders/more", "/home"} {
			expectRoundTrips(t, c, path, 2)
		}
	})
}

func TestADeductionIsWrittenOutForOthers(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	line := s.text(t, `select min(l.id) from bill_lines l join merchants m on m.id = l.merchant_id where m.ref = 'M1002' and l.kind = 'deduction'`)
	path := "/deductions/" + line
	made := c.Get(path).Form(path+"/receipts").Press("出一张凭证").Follow().Is(http.StatusOK).Says("扣费凭证：", "商户：", "核对码", "https://pay.example/receipts")
	if again := c.Get(path).Form(path + "/receipts").Press("出一张凭证").Follow(); again.URL.Path != made.URL.Path {
		t.Errorf("the same receipt is at %s and %s", made.URL.Path, again.URL.Path)
	}
	other := s.as(t, "M1003", account.Owner)
	token := other.Get(made.URL.Path).Is(http.StatusNotFound).Form("/logout").Value("csrf")
	other.Post(path+"/receipts", url.Values{"csrf": {token}}).Is(http.StatusNotFound)
	viewer := s.as(t, "M1002", account.Viewer)
	viewer.Get(made.URL.Path).Is(http.StatusOK)
	viewer.Get(path).SaysNot("出一张凭证")
}

func (s *merchantSite) merchantID(t *testing.T, ref string) (id int64) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), `select id from merchants where ref = $1`, ref).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *merchantSite) text(t *testing.T, query string) (text string) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return text
}

func TestDaysAheadAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string][]int{"7, 1": {7, 1}, "１，７": {7, 1}, "30、7 1": {30, 7, 1}, "": nil, "31": {31}, "0": {31}, "7, x": {31}} {
		if got := readLeads(text).Days(); !slices.Equal(got, want) {
			t.Errorf("%q is read as %v; want %v", text, got, want)
		}
	}
	for text, want := range map[string]int{"21:00": 1260, "９：05": 545, "24:00": -1, "x": -1} {
		if got := minuteOf(text); got != want {
			t.Errorf("%q is read as %d; want %d", text, got, want)
		}
	}
}
