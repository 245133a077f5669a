package public_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestAShopOwnerSignsInWithAPhoneAndACode(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	c.Get("/login").Is(200).Says("登录", "用开户时登记的手机号", "获取验证码", "改用密码登录", "English").
		Form("/login").Set("phone", "１３９ ００００ １１８８").Submit().LeadsTo("/login/code")
	code := s.code()
	c.Get("/login/code").Is(200).Says("139****1188", "5 分钟内有效").SaysNot(code, li).
		Form("/login/code").Set("code", code[:3]+" "+code[3:]).Submit().LeadsTo("/home")
	c.Get("/home").Is(200).Says("李老板 for 顺意便利店")
	if s.logHolds(li, code) {
		t.Error("the log holds the number or the code")
	}
}

func TestTheSameInEnglish(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser().Speak("en")
	c.Get("/login").Is(200).Says("Sign in", "Get a code", "中文").Form("/login").Set("phone", li).Submit()
	c.Get("/login/code").Is(200).Says("Enter the code", "139****1188").Form("/login/code").Set("code", s.code()).Submit().LeadsTo("/home")
}

func TestASignInLeadsBackToThePageThatWasAskedFor(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	login := c.Get("/deductions?fee=sim_data").LeadsTo("/login?next=%2Fdeductions%3Ffee%3Dsim_data").Follow()
	login.Form("/login").Set("phone", li).Submit().LeadsTo("/login/code").Follow().
		Form("/login/code").Set("code", s.code()).Submit().LeadsTo("/deductions?fee=sim_data")
}

func TestASignInNeverLeadsToAnotherSite(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	for _, evil := range []string{"//evil.test", "https://evil.test", "/\\evil.test"} {
		if f := c.Get("/login?next=" + url.QueryEscape(evil)).Form("/login"); f.Value("next") != "" {
			t.Errorf("the form holds next %q", f.Value("next"))
		}
	}
	c.Get("/login?next=%2Fdeductions").Form("/login").Tamper("next", "//evil.test").Set("phone", li).Submit()
	c.Get("/login/code").Form("/login/code").Set("code", s.code()).Submit().LeadsTo("/home")
}

func TestWhoHasSeveralMerchantsIsAskedWhich(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	s.signIn(c, zhou).LeadsTo("/account/merchant")
	c.Get("/deductions").Is(http.StatusForbidden)
	c = s.browser()
	s.clock.Advance(time.Minute)
	c.Get("/login?next=/deductions").Form("/login").Set("phone", zhou).Submit()
	c.Get("/login/code").Form("/login/code").Set("code", s.code()).Submit().LeadsTo("/account/merchant?next=%2Fdeductions")
}

func TestWhoHasNoMerchantAnyMoreIsLedToTheirOwnPage(t *testing.T) {
	s := newSite(t, nil)
	s.exec(`update memberships set ended_at = $1 where merchant_id = 3`, s.clock.Now())
	s.signIn(s.browser(), li).LeadsTo("/account")
}

func TestAWrongNumberIsSaidAtItsFieldAndKept(t *testing.T) {
	s := newSite(t, nil)
	got := s.browser().Get("/login?next=/deductions").Form("/login").Set("phone", "1380000").Submit().
		Is(http.StatusUnprocessableEntity).Says("这不像一个能收短信的手机号")
	f := got.Form("/login")
	if f.Value("phone") != "1380000" || f.Value("next") != "/deductions" {
		t.Errorf("the form holds %q and %q", f.Value("phone"), f.Value("next"))
	}
	s.browser().Get("/login").Form("/login").Submit().Is(http.StatusUnprocessableEntity).Says("请填手机号")
}

func TestAWrongCodeSaysHowManyTriesAreLeft(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	c.Get("/login").Form("/login").Set("phone", li).Submit()
	right := s.code()
	wrong := right[:5] + string('0'+(right[5]-'0'+1)%10)
	p := c.Get("/login/code")
	for _, says := range []string{"还可以试 4 次", "还可以试 3 次", "还可以试 2 次", "还可以试 1 次", "已作废"} {
		p = p.Form("/login/code").Set("code", wrong).Submit().Is(http.StatusUnprocessableEntity).Says(says).SaysNot(`value="` + wrong + `"`)
	}
	p.Form("/login/code").Set("code", right).Submit().Is(http.StatusUnprocessableEntity).Says("已作废")
	c.Speak("en").Get("/login/code").Form("/login/code").Set("code", "12").Submit().Is(http.StatusUnprocessableEntity).Says("The code has 6 digits")
}

func TestAnotherCodeMayBeAskedForAfterAMinute(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	c.Get("/login?next=/deductions").Form("/login").Set("phone", li).Submit()
	s.clock.Advance(40 * time.Second)
	early := c.Get("/login/code").Form("/login/code/again").Submit().LeadsTo("/login/code").Follow().Says("20 秒后可以再发")
	s.clock.Advance(20 * time.Second)
	early.Form("/login/code/again").Submit().LeadsTo("/login/code").Follow().Is(200).Says("又发了一次").
		Form("/login/code").Set("code", s.code()).Submit().LeadsTo("/deductions")
}

func TestThePageOfTheCodeWithoutANumberBeginsAnew(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	c.Get("/login/code").LeadsTo("/login")
	c.SetCookie("__Host-number", "made up")
	c.Get("/login/code").LeadsTo("/login")
	form := c.Get("/login").Form("/login")
	form.Set("phone", li).Submit()
	open := c.Get("/login/code")
	c.SetCookie("__Host-number", "")
	open.Form("/login/code").Set("code", "123456").Submit().LeadsTo("/login").Follow().Says("请再填一次手机号")
	open.Form("/login/code/again").Submit().LeadsTo("/login")
}

func TestAnUnknownNumberSeesTheSamePages(t *testing.T) {
	s := newSite(t, nil)
	pages := map[string]string{}
	for _, phone := range []string{li, "13500000001"} {
		c := s.browser()
		c.Get("/login").Form("/login").Set("phone", phone).Submit().LeadsTo("/login/code")
		p := c.Get("/login/code").Is(200)
		pages[phone] = masked(p.Text()) + masked(p.Form("/login/code").Set("code", "000000").Submit().Is(422).Text())
	}
	if pages[li] != pages["13500000001"] {
		t.Errorf("a known number sees\n%s\nan unknown one\n%s", pages[li], pages["13500000001"])
	}
	all, err := outbox.Latest(t.Context(), s.db, 10)
	if err != nil || len(all) != 1 {
		t.Errorf("%d messages were sent, %v; want one, to the known number", len(all), err)
	}
}

// masked drops the masked numbers, which differ, from what a page says.
func masked(text string) string {
	for _, phone := range []string{"139****1188", "135****0001"} {
		for i := 0; i+len(phone) <= len(text); i++ {
			if text[i:i+len(phone)] == phone {
				text = text[:i] + text[i+len(phone):]
			}
		}
	}
	return text
}

func TestAnAnswerAboutANumberTakesItsTime(t *testing.T) {
	s := newSite(t, func(o *public.Options) { o.AnswersAfter = 80 * time.Millisecond })
	for _, phone := range []string{li, "13500000001", "1"} {
		form := s.browser().Get("/login").Form("/login").Set("phone", phone)
		began := time.Now()
		form.Submit()
		if took := time.Since(began); took < 80*time.Millisecond {
			t.Errorf("%s is answered after %s", phone, took)
		}
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	s.signIn(c, li)
	token := c.Cookie("__Host-session")
	logout := func() *url.Values { return &url.Values{"csrf": {c.Get("/login").Form("/login").Value("csrf")}} }
	c.Post("/logout", *logout()).LeadsTo("/").Follow().Says("已退出登录")
	c.Get("/home").LeadsTo("/login?next=%2Fhome")
	c.SetCookie("__Host-session", token)
	c.Get("/home").LeadsTo("/login?next=%2Fhome")
	c.Post("/logout", *logout()).LeadsTo("/")
}

func TestSigningInAgainEndsTheSessionBefore(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	s.signIn(c, li)
	before := c.Cookie("__Host-session")
	s.clock.Advance(time.Minute)
	s.signIn(c, li)
	c.SetCookie("__Host-session", before)
	c.Get("/home").LeadsTo("/login?next=%2Fhome")
}

func TestOneDeviceIsKnownAgainAndAnotherIsTold(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	s.signIn(c, li)
	s.clock.Advance(time.Minute)
	s.signIn(c, li)
	s.clock.Advance(2 * time.Minute)
	s.signIn(s.browser(), li)
	all, err := outbox.To(t.Context(), s.db, "+86"+li, 10)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[outbox.Kind]int{}
	for _, m := range all {
		sent[m.Kind]++
	}
	if sent[outbox.SignInCode] != 3 || sent[outbox.NewDevice] != 1 {
		t.Errorf("sent %v; want three codes and one notice", sent)
	}
}

func TestAPasswordSignsInAndIsNeverShownAgain(t *testing.T) {
	s := newSite(t, nil)
	s.signIn(s.browser(), li)
	var who account.Who
	if err := s.db.QueryRow(t.Context(), `select id, user_id from sessions`).Scan(&who.SessionID, &who.UserID); err != nil {
		t.Fatal(err)
	}
	if err := s.accounts.SetPassword(t.Context(), who, "correct horse"); err != nil {
		t.Fatal(err)
	}
	c := s.browser()
	p := c.Get("/login/password?next=/deductions").Is(200).Says("用密码登录", "改用验证码").
		Form("/login/password").Set("phone", li).Set("password", "battery staple").Submit().
		Is(http.StatusUnprocessableEntity).Says("手机号或密码不对").SaysNot("battery staple")
	f := p.Form("/login/password")
	if f.Value("phone") != li || f.Value("password") != "" || f.Value("next") != "/deductions" {
		t.Errorf("the form holds %q, %q, %q", f.Value("phone"), f.Value("password"), f.Value("next"))
	}
	p.Form("/login/password").Set("password", "").Submit().Is(http.StatusUnprocessableEntity).Says("请填密码")
	c.Get("/deductions").LeadsTo("/login?next=%2Fdeductions")
	p.Form("/login/password").Set("password", "correct horse").Submit().LeadsTo("/deductions").Follow().Is(http.StatusOK).Says("李老板 for 顺意便利店")
}

func TestWithoutAGatewayPeopleSignInByPasswordAlone(t *testing.T) {
	s := newSite(t, func(o *public.Options) { o.Codes = func() bool { return false } })
	s.browser().Get("/login").Is(200).Says("用密码登录").SaysNot("获取验证码", "改用验证码")
	c := s.browser()
	c.Get("/").Is(200).SaysNot("获取验证码").Click("登录").Is(200).Says("用密码登录")
	c.Post("/login", url.Values{"phone": {li}, "csrf": {c.Cookie("__Host-csrf")}}).LeadsTo("/login")
	if all, err := outbox.Latest(t.Context(), s.db, 1); err != nil || len(all) != 0 {
		t.Errorf("a message that can't be sent was queued: %v, %v", all, err)
	}
}

func TestTheDemoOffersItsUsersAndAPortalDoesNot(t *testing.T) {
	s := newSite(t, nil)
	s.browser().Get("/login").SaysNot("演示", "/demo/")
	s = newSite(t, func(o *public.Options) {
		o.Demo = func(context.Context) ([]public.DemoUser, error) {
			return []public.DemoUser{{ID: "u_1", Name: "周老板", Merchant: "老街面馆", Role: "common.roles.owner", Story: "demo.story.m1001"}, {ID: "u_2", Name: "李老板", Merchant: "顺意便利店", Role: "common.roles.viewer"}}, nil
		}
	})
	p := s.browser().Get("/login?next=/deductions").Is(200).Says("演示", "老街面馆", "收了两次", "只看", "顺意便利店 · 李老板 · 只看", "看发出去的消息")
	if f := p.FormWith("/demo/sign-in", "user", "u_2"); f.Value("next") != "/deductions" {
		t.Errorf("the form holds next %q", f.Value("next"))
	}
}

func TestAStrangerWhoKnowsANumberKeepsItsHolderOutOfNothing(t *testing.T) {
	s := newSite(t, nil)
	mine := s.browser()
	s.signIn(mine, li)
	s.clock.Advance(time.Minute)
	mine.Get("/login").Form("/login").Set("phone", li).Submit().LeadsTo("/login/code")
	code := s.code()

	s.clock.Advance(time.Second)
	stranger := s.browser().From("198.51.100.1")
	stranger.Get("/login").Form("/login").Set("phone", li).Submit().LeadsTo("/login/code")
	p := stranger.Get("/login/code")
	for range 5 {
		p = p.Form("/login/code").Set("code", code).Submit().Is(http.StatusUnprocessableEntity)
	}
	for i := range 12 {
		other := s.browser().From("198.51.101." + strconv.Itoa(i))
		other.Get("/login").Form("/login").Set("phone", li).Submit()
	}
	mine.Get("/login/code").Form("/login/code").Set("code", code).Submit().LeadsTo("/home")

	// nor of the next code, which the device's own wait alone delays
	s.clock.Advance(2 * time.Minute)
	mine.Get("/login").Form("/login").Set("phone", li).Submit().LeadsTo("/login/code")
	mine.Get("/login/code").Form("/login/code").Set("code", s.code()).Submit().LeadsTo("/home")
	s.browser().From("198.51.100.2").Get("/login").Form("/login").Set("phone", li).Submit().Is(http.StatusTooManyRequests).Says("次数太多了", "登录过的手机或电脑")
}

func TestStrangersFindTheSameLimitsAtEveryNumber(t *testing.T) {
	s := newSite(t, nil)
	s.signIn(s.browser(), li)
	s.clock.Advance(25 * time.Hour)
	said := map[string]string{}
	for _, phone := range []string{li, "13500000001"} {
		for i := range 12 {
			c := s.browser().From("198.51.100." + strconv.Itoa(i))
			p := c.Get("/login").Form("/login").Set("phone", phone).Submit()
			said[phone] += masked(strings.ReplaceAll(p.Text(), phone, ""))
			for range 2 {
				if p.Status == http.StatusSeeOther {
					said[phone] += masked(c.Get("/login/code").Form("/login/code").Set("code", "000000").Submit().Text())
				}
			}
		}
	}
	if said[li] != said["13500000001"] {
		t.Errorf("a known number is answered\n%s\nan unknown one\n%s", said[li], said["13500000001"])
	}
}

func TestACodeThatIsLateServesThoughAnotherWasAskedFor(t *testing.T) {
	s := newSite(t, nil)
	c := s.browser()
	c.Get("/login").Form("/login").Set("phone", li).Submit()
	first := s.code()
	s.clock.Advance(time.Minute)
	c.Get("/login/code").Form("/login/code/again").Submit().LeadsTo("/login/code")
	s.clock.Advance(2 * time.Minute)
	c.Get("/login").Form("/login").Set("phone", li).Submit().LeadsTo("/login/code")
	c.Get("/login/code").Form("/login/code").Set("code", first).Submit().LeadsTo("/home")
}
