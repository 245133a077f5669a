package portal_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/web/webtest"
)

func TestTheAccountPageSaysWhoOneIsAndFromWhere(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	c.Get("/account").Is(200).Says("李老板", "139****1188 · 顺意便利店 · 店主", "没有设，用验证码登录", "一起看账的人", "在哪里登录着", "这台设备", "11月23日 10:00 登录").
		SaysNot(li, "我的商户", "换号申请", "退出所有别的设备")
	c.Speak("en")
	c.Get("/account?lang=en").Follow().Is(200).Says("139****1188 · 顺意便利店 · Owner", "None. You sign in with a code", "Where you're signed in", "This device")
}

func TestTheAccountPageTakesTwoRoundTrips(t *testing.T) {
	s := newAccountSite(t, dbtest.Postgres(t))
	c := s.as(li)
	ctx, counted := db.Count(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://portal.test/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Do(r).Is(200)
	if got := counted.RoundTrips(); got != 2 {
		t.Errorf("it took %d round trips, want one for the session and one for the page", got)
	}
}

func TestWhoIsNotSignedInSeesNothingOfAnAccount(t *testing.T) {
	s := sqliteSite(t)
	c := webtest.New(t, s, s.Router().Match)
	for _, path := range []string{"", "/name", "/password", "/merchant", "/colleagues/new", "/colleagues/u_1", "/phone", "/phone/code", "/phone/request", "/data", "/close"} {
		c.Get("/account" + path).LeadsTo("/login?" + url.Values{"next": {"/account" + path}}.Encode())
	}
}

func TestOnlyOwnersSeeAndChangePeople(t *testing.T) {
	s := sqliteSite(t)
	for _, role := range []account.Role{account.Finance, account.Viewer} {
		phone := map[account.Role]string{account.Finance: "13500000011", account.Viewer: "13500000012"}[role]
		c := s.employ(phone, role)
		c.Get("/account").Is(200).SaysNot("一起看账的人", "/account/colleagues")
		for _, path := range []string{"/account/colleagues/new", "/account/colleagues/u_1", "/account/phone/request"} {
			c.Get(path).Is(http.StatusForbidden)
		}
		csrf := c.Cookie("__Host-csrf")
		for _, path := range []string{"/account/colleagues/new", "/account/phone/request"} {
			if got := c.Post(path, url.Values{"csrf": {csrf}}).Status; got != http.StatusForbidden {
				t.Errorf("%s posts to %s: %d", role, path, got)
			}
		}
	}
}

func TestAnotherMerchantsPeopleAreNotFound(t *testing.T) {
	s := sqliteSite(t)
	var stranger string
	if err := s.db.QueryRow(t.Context(), `select id from users where phone = $1`, "+86"+li).Scan(&stranger); err != nil {
		t.Fatal(err)
	}
	c := s.as(zhou)
	c.Get("/account/merchant").FormWith("/account/merchant", "merchant", "1").Submit().LeadsTo("/home")
	c.Get("/account/colleagues/" + stranger).Is(http.StatusNotFound).Says("已经不在一起看账了").SaysNot("李老板")
}

func TestANameIsChanged(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	form := c.Get("/account").Click("改名字").Is(200).Form("/account/name")
	if form.Value("name") != "李老板" {
		t.Errorf("the form holds %q", form.Value("name"))
	}
	p := form.Set("name", " ").Submit().Is(http.StatusUnprocessableEntity).Says("请填名字")
	p.Form("/account/name").Set("name", "李掌柜").Submit().LeadsTo("/account").Follow().Says("名字改好了", "李掌柜")
}

func TestAPasswordIsSetAndRemoved(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	p := c.Get("/account").Click("设密码").Is(200).Says("至少 8 位").
		Form("/account/password").Set("password", "12345678").Submit().Is(http.StatusUnprocessableEntity).Says("太好猜了").SaysNot("12345678")
	p.Form("/account/password").Set("password", "correct horse").Submit().LeadsTo("/account").Follow().Says("密码设好了", "已经设了")
	s.told(li, "密码改了")
	c.Get("/account").Click("改密码").Is(200).Form("/account/password/remove").Submit().LeadsTo("/account").Follow().Says("密码取消了", "没有设")
	s.told(li, "密码取消了")
}

func TestWhatGuardsAnAccountAsksForAFreshSignInAndLeadsBack(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	password := c.Get("/account/password").Form("/account/password").Set("password", "correct horse")
	invite := c.Get("/account/colleagues/new").Form("/account/colleagues/new").Set("phone", wang).Set("name", "王会计")
	phone := c.Get("/account/phone").Form("/account/phone").Set("phone", wang)
	data := c.Get("/account/data").Form("/account/data")
	closing := c.Get("/account/close").Form("/account/close").Tick("sure_merchant", "yes")
	s.clock.Advance(account.Recent + time.Second)
	for _, path := range []string{"/account/password", "/account/colleagues/new", "/account/phone", "/account/data", "/account/close"} {
		c.Get(path).LeadsTo("/login?" + url.Values{"next": {path}}.Encode()).Follow().Says("这一步要再登录一次")
	}
	for path, form := range map[string]*webtest.Form{
		"/account/password": password, "/account/colleagues/new": invite, "/account/phone": phone, "/account/data": data, "/account/close": closing,
	} {
		form.Submit().LeadsTo("/login?" + url.Values{"next": {path}}.Encode())
	}
	if got := s.sent(li); len(got) != 0 {
		t.Errorf("something was done: %q", got)
	}
	c.Get("/account").Is(200) // what guards nothing needs no fresh sign-in
	c.Get("/account/name").Form("/account/name").Set("name", "李").Submit().LeadsTo("/account")
}

func TestOneSignsOutOnOtherDevices(t *testing.T) {
	s := sqliteSite(t)
	here, there, elsewhere := s.as(li), s.as(li), s.as(li)
	p := here.Get("/account").Is(200)
	other := regexp.MustCompile(`/account/sessions/ss_[a-z0-9]+/end`).FindString(p.Body)
	p.Form(other).Submit().LeadsTo("/account").Follow().Says("那台设备已退出登录")
	alive := 0
	for _, c := range []*webtest.Client{there, elsewhere} {
		if c.Get("/account").Status == 200 {
			alive++
		}
	}
	if alive != 1 {
		t.Errorf("%d of the others are signed in, want 1", alive)
	}
	here.Get("/account").Form("/account/sessions/end-others").Submit().LeadsTo("/account").Follow().Says("1 台别的设备已退出登录")
	here.Get("/account").Is(200).SaysNot("退出所有别的设备")
	for _, c := range []*webtest.Client{there, elsewhere} {
		c.Get("/account").LeadsTo("/login?next=%2Faccount")
	}
}

func TestAStrangersSessionIsNotFound(t *testing.T) {
	s := sqliteSite(t)
	victim := s.as(zhou)
	var id string
	if err := s.db.QueryRow(t.Context(), `select id from sessions`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	c := s.as(li)
	c.Get("/account")
	if got := c.Post("/account/sessions/"+id+"/end", url.Values{"csrf": {c.Cookie("__Host-csrf")}}).Status; got != http.StatusNotFound {
		t.Errorf("got %d, want 404", got)
	}
	victim.Get("/account").Is(200)
}

func TestOneChoosesAndChangesTheMerchant(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(zhou)
	c.Get("/account").Is(200).Says("现在不属于任何商户", "我的商户")
	p := c.Get("/account/merchant?next=%2Fdeductions").Is(200).Says("看哪个商户的账", "老街面馆", "新街茶馆")
	if got := strings.Count(p.Body, `name="next" value="/deductions"`); got != 2 {
		t.Errorf("%d of the two choices lead on to the page that was wanted", got)
	}
	c.Post("/account/merchant", url.Values{"csrf": {c.Cookie("__Host-csrf")}, "merchant": {"2"}, "next": {"/deductions"}}).LeadsTo("/deductions")
	p = c.Get("/account").Is(200).Says("新街茶馆 · 店主", "正在看")
	p.FormWith("/account/merchant", "merchant", "1").Submit().LeadsTo("/home")
	c.Get("/account").Says("老街面馆 · 店主")
	s.clock.Advance(time.Minute)
	s.as(zhou).Get("/account").Says("老街面馆 · 店主") // the next sign-in begins there
	for _, other := range []string{"3", "99", "x", ""} {
		got := c.Post("/account/merchant", url.Values{"csrf": {c.Cookie("__Host-csrf")}, "merchant": {other}})
		if got.Status != http.StatusNotFound {
			t.Errorf("opening %q: %d, want 404", other, got.Status)
		}
	}
	c.Get("/account").Says("老街面馆 · 店主")
}

func TestAnOwnerInvitesChangesAndRemovesSomeone(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	p := c.Get("/account").Click("请一个人一起看账").Is(200).Says("看到顺意便利店的账", "只能看：扣费、终端、账单、约定、提醒和投诉")
	p = p.Form("/account/colleagues/new").Set("phone", "1").Submit().Is(http.StatusUnprocessableEntity).Says("这不像一个能收短信的手机号", "请填名字")
	p.Form("/account/colleagues/new").Set("phone", "１３５ ００００ ０００１").Set("name", "王会计").Set("role", "viewer").Submit().
		LeadsTo("/account").Follow().Says("已请王会计一起看账", "135****0001", "只看").SaysNot(wang)
	s.told(wang, "顺意便利店请你一起看")
	person := c.Get("/account").Click("王会计").Is(200).Says("王会计", "从 2026年11月23日 起").SaysNot("日历链接") // which she does not see
	person.Form(person.URL.Path+"/role").Set("role", "finance").Submit().LeadsTo("/account").Follow().Says("权限改好了", "财务")
	her := s.as(wang)
	her.Get("/account").Says("顺意便利店 · 财务")
	c.Get(person.URL.Path).Says("改成“只看”，日历链接会停", "收到一条短信。日历链接也会停")
	person.Form(person.URL.Path + "/remove").Submit().LeadsTo("/account").Follow().Says("已经看不到").SaysNot("王会计")
	her.Get("/account").Is(200).Says("现在不属于任何商户")
	her.Get("/account/merchant").Is(200).Says("你现在不属于任何商户", "请店主在“账号”里请你")
	s.told(wang, "不再能看顺意便利店")
	c.Get(person.URL.Path).Is(http.StatusNotFound)
}

func TestAStrangersNumberThatIsAskedInShowsNoNameFromElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newAccountSite(t, d)
		s.employ(zhou, account.Viewer).Get("/account").Is(200)
		c := s.as(li)
		c.Get("/account").Is(200).Says("王会计").SaysNot("周老板")
		c.Get("/account").Click("王会计").Is(200).SaysNot("周老板")
	})
}

func TestTheLastOwnerStays(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	me := c.Get("/account").Click("李老板").Is(200).Says("我不再看这里的账")
	me.Form(me.URL.Path+"/role").Set("role", "viewer").Submit().Is(http.StatusConflict).Says("至少要有一位店主")
	me.Form(me.URL.Path + "/remove").Submit().Is(http.StatusConflict).Says("至少要有一位店主")
	c.Get("/account").Says("店主")
}

func TestANumberIsChanged(t *testing.T) {
	s := sqliteSite(t)
	c, other := s.as(li), s.as(li)
	p := c.Get("/account").Click("换登录手机号").Is(200).Says("现在用 139****1188 登录", "申请换号")
	p = p.Form("/account/phone").Set("phone", li).Submit().Is(http.StatusUnprocessableEntity).Says("这就是你现在的号码")
	p = p.Form("/account/phone").Set("phone", wang).Submit().LeadsTo("/account/phone/code").Follow().Is(200).Says("135****0001").SaysNot(wang)
	p = p.Form("/account/phone/code").Set("code", "12").Submit().Is(http.StatusUnprocessableEntity).Says("验证码是 6 个数字")
	p.Form("/account/phone/code").Set("code", sixDigits.FindString(s.sent(wang)[0])).Submit().LeadsTo("/account").Follow().
		Says("以后用 135****0001 登录", "135****0001 · 顺意便利店")
	s.told(li, "尾号 0001")
	other.Get("/account").LeadsTo("/login?next=%2Faccount")
	c.Get("/account/phone/code").LeadsTo("/account/phone")
	// the number of someone else
	s.clock.Advance(time.Minute)
	c.Get("/account/phone").Form("/account/phone").Set("phone", zhou).Submit().LeadsTo("/account/phone/code").Follow().
		Form("/account/phone/code").Set("code", sixDigits.FindString(s.sent(zhou)[0])).Submit().Is(http.StatusConflict).Says("已经能登录另一个账号")
}

func TestAnotherNumberIsAskedForWithEvidenceAndWithdrawn(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	p := c.Get("/account/phone").Click("申请换号").Is(200).Says("我们的人会看证明")
	p = p.Form("/account/phone/request").Set("phone", wang).Submit().Is(http.StatusUnprocessableEntity).Says("请说说怎么回事", "请附上证明")
	p.Form("/account/phone/request").Set("reason", "老号码停机了").Attach("files", "执照.pdf", []byte("%PDF-1.7\n")).Submit().
		LeadsTo("/account").Follow().Says("申请收到了", "换成 135****0001", "核对中")
	s.told(wang, "不会问你要验证码")
	s.told(li, "尾号 0001")
	p = c.Get("/account")
	var id string
	if err := s.db.QueryRow(t.Context(), `select id from phone_changes`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	p.Form("/account/phone/request/" + id + "/withdraw").Submit().LeadsTo("/account").Follow().Says("已撤回").SaysNot("核对中")
	if got := c.Post("/account/phone/request/"+id+"/withdraw", url.Values{"csrf": {c.Cookie("__Host-csrf")}}).Status; got != http.StatusNotFound {
		t.Errorf("withdrawing it again: %d, want 404", got)
	}
}

func TestOnesOwnDataComeAsAFile(t *testing.T) {
	s := sqliteSite(t)
	c := s.as(li)
	c.Get("/account/phone/request").Form("/account/phone/request").Set("phone", wang).Set("reason", "停机了").
		Attach("files", "执照.pdf", []byte("%PDF-1.7\n")).Submit().LeadsTo("/account")
	got := c.Get("/account").Click("看一看，下载").Is(200).Says("登录", "留半年多一点").Form("/account/data").Submit().Is(200)
	if kind, name := got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition"); kind != "application/zip" || !strings.Contains(name, "mingbai-2026-11-23.zip") {
		t.Errorf("it comes as %q, %q", kind, name)
	}
	archive, err := zip.NewReader(strings.NewReader(got.Body), int64(len(got.Body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	var doc struct {
		Name, Phone string
		Merchants   []struct{ Merchant, Role string }
		Sessions    []struct{ Device string }
		Messages    []struct{ Text string }
		Requests    []struct {
			Reason string
			Files  []string
		} `json:"number_requests"`
	}
	if err := json.Unmarshal(files["my-data.json"], &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Phone != "+86"+li || doc.Name != "李老板" || len(doc.Merchants) != 1 || doc.Merchants[0].Role != "owner" || len(doc.Sessions) != 1 || len(doc.Messages) != 1 {
		t.Errorf("got %+v", doc)
	}
	if len(doc.Requests) != 1 || len(doc.Requests[0].Files) != 1 || !bytes.Equal(files[doc.Requests[0].Files[0]], []byte("%PDF-1.7\n")) {
		t.Errorf("got requests %+v and files %d", doc.Requests, len(files))
	}
}

func TestAMerchantsAccountIsClosedAndHadBack(t *testing.T) {
	s := sqliteSite(t)
	s.employ(wang, account.Finance)
	c, colleague := s.as(li), s.as(wang)
	p := c.Get("/account").Click("看看关闭以后会怎样").Is(200).Says("马上结束的", "14 天", "扣费、结算、协议和提醒", "5 年", "还有 1 位同事也在看", "顺意便利店只有你一位店主").SaysNot("删掉我的登录")
	p = p.Form("/account/close").Submit().Is(http.StatusUnprocessableEntity).Says("请先勾选")
	p.Form("/account/close").Tick("sure_merchant", "yes").Submit().LeadsTo("/").Follow().Says("14 天内再登录就能恢复")
	for _, browser := range []*webtest.Client{c, colleague} {
		browser.Get("/account").LeadsTo("/login?next=%2Faccount")
	}
	s.told(li, "顺意便利店的明白账关闭了")
	s.told(wang, "店主关闭了顺意便利店的明白账")
	s.as(li).Get("/account").Is(200).Says("顺意便利店", "王会计")
	s.told(li, "关闭的明白账恢复了")
}

func TestWhoIsNoLastOwnerRemovesTheirOwnSignIn(t *testing.T) {
	s := sqliteSite(t)
	s.employ(wang, account.Finance)
	c, owner := s.as(wang), s.as(li)
	p := c.Get("/account/close").Is(200).Says("只删掉我自己的登录").SaysNot("关闭商户的明白账")
	p.Form("/account/close").Tick("sure", "yes").Submit().LeadsTo("/")
	c.Get("/account").LeadsTo("/login?next=%2Faccount")
	owner.Get("/account").Is(200).Says("王会计", "账号关着，12月7日 10:00 以前可能回来")
	s.told(wang, "你的明白账登录关闭了")
}

func TestAnOwnerKeepsOutWhoClosedTheirAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newAccountSite(t, d)
		s.employ(wang, account.Finance).Get("/account/close").Form("/account/close").Tick("sure", "yes").Submit().LeadsTo("/")
		owner := s.as(li)
		s.clock.Advance(time.Minute)
		person := owner.Get("/account").Click("王会计").Is(200).Says("12月7日 10:00 以前可能回来", "不让对方回来", "再登录也看不到")
		person.Form(person.URL.Path+"/role").Set("role", "viewer").Submit().LeadsTo("/account").Follow().Says("只看", "可能回来")
		owner.Speak("en")
		owner.Get("/account?lang=en").Follow().Is(200).Says("王会计", "May come back until")
		owner.Get(person.URL.Path).Is(200).Says("Don't let them come back").Form(person.URL.Path + "/remove").Submit().LeadsTo("/account").Follow().SaysNot("王会计")
		s.as(wang).Get("/account").Is(200).SaysNot("顺意便利店")
	})
}

func TestWhatThePageDoesNotOfferIsNotClosed(t *testing.T) {
	s := sqliteSite(t)
	s.employ(wang, account.Finance)
	for phone, what := range map[string]string{li: "own", wang: "merchant"} {
		c := s.as(phone)
		c.Get("/account")
		c.Post("/account/close", url.Values{"csrf": {c.Cookie("__Host-csrf")}, "what": {what}, "sure": {"yes"}, "sure_merchant": {"yes"}}).Is(http.StatusConflict)
		c.Get("/account").Is(200)
	}
}

func TestEveryAccountPageIsSoundInEnglish(t *testing.T) {
	s := sqliteSite(t)
	s.employ(wang, account.Finance)
	c := s.as(li)
	c.Get("/account?lang=en").LeadsTo("/account")
	for path, says := range map[string]string{
		"/account": "Who sees this account", "/account/name": "Change your name", "/account/password": "At least 8 characters",
		"/account/merchant": "Whose account?", "/account/colleagues/new": "Invite someone", "/account/phone": "Change your number",
		"/account/phone/request": "Ask for another number", "/account/data": "What we keep", "/account/close": "What ends at once",
	} {
		p := c.Get(path).Is(200)
		if path != "/account/data" {
			p.Says(says)
		}
		if p.Lang() != "en" {
			t.Errorf("%s is in %q", path, p.Lang())
		}
	}
}
