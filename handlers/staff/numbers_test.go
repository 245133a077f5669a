package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

// askForNumber has somebody who can't sign in ask for another number of M1's.
func (s *site) askForNumber() {
	s.t.Helper()
	intaketest.Exec(s.t, s.db, `update merchants set phone = '13900001188'`)
	err := s.accounts.RequestPhoneUnknown(s.t.Context(), account.Visit{Address: "192.0.2.9"}, account.NumberRequest{
		MerchantRef: "M1", NewPhone: "13500000001", Reason: "原来是代理商的号", Files: []account.Evidence{{Name: "执照.png", Content: picture()}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestAnotherNumberIsCheckedByTwoPeople(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.askForNumber()
	intaketest.Exec(s.t, s.db, `insert into users (id, phone, name, created_at) values ('u_agent', '+8613900001188', '刘代理', '2026-01-01 00:00:00+00:00')`)
	intaketest.Exec(s.t, s.db, `insert into memberships (user_id, merchant_id, role, created_at) select 'u_agent', id, 'owner', '2026-01-01 00:00:00+00:00' from merchants where ref = 'M1'`)
	intaketest.Exec(s.t, s.db, `insert into calendar_feeds (id, merchant_id, token_hash, locale, created_at, created_by)
		select 'cf_1', id, '1', 'en', '2026-01-01 00:00:00+00:00', 'u_agent' from merchants where ref = 'M1'`)
	lin, lead, auditor := s.join("lin", staff.Support), s.join("lead", staff.Lead), s.join("auditor", staff.Auditor)
	one := lin.Get("/admin/numbers").Is(http.StatusOK).Says("老街面馆", "等核对").SaysNot("13500000001").Click("老街面馆").Is(http.StatusOK)
	at := one.URL.Path
	auditor.Get("/admin/numbers").Click("老街面馆").Is(http.StatusOK).Says("原来是代理商的号", "你的角色只能看", "执照.png").SaysNot("13500000001", "我核对过了", "看完整号码")
	auditor.Post(at+"/numbers", url.Values{"csrf": {auditor.Cookie("__Host-csrf")}}).Is(http.StatusForbidden)
	one.Says("原来是代理商的号", "登录不了的人").SaysNot("13500000001")
	one.Form(at+"/numbers").Submit().Is(http.StatusOK).Says("+8613500000001", "13900001188")
	if got := one.Click("执照.png").Is(http.StatusOK).Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("the evidence is sent as %q", got)
	}
	one.Form(at + "/refuse").Submit().Is(http.StatusUnprocessableEntity).Says("写明为什么不换")
	one.Form(at+"/confirm").Submit().Follow().Says("还要另一位同事核对", "等第二个人", "lin")
	one.Form(at + "/confirm").Submit().Is(http.StatusForbidden)
	lin.Get(at).Says("要另一位同事再核对")
	lead.Get(at).Says("lin 核对过了").Form(at+"/confirm").Submit().Follow().Says("换好了", "没有等核对的申请")
	lead.Speak("en").Get(at).Says("The number was changed")
	intaketest.WantTexts(t, s.db, `select u.phone from users u join memberships x on x.user_id = u.id where x.ended_at is null and x.role = 'owner'`, "+8613500000001")
	intaketest.WantTexts(t, s.db, `select id from calendar_feeds where ended_at is null`)
}

func TestANumberThatCantBeProvedIsNotChanged(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.askForNumber()
	lin := s.join("lin", staff.Support)
	one := lin.Get("/admin/numbers").Click("老街面馆")
	at := one.URL.Path
	refuse := one.Form(at+"/refuse").Set("reason", "执照不是这家的")
	refuse.Submit().Follow().Says("没换，原因记下了", "没有等核对的申请")
	refuse.Submit().Is(http.StatusConflict)
	lin.Get(at).Says("没有换。")
	intaketest.WantTexts(t, s.db, `select phone from merchants`, "13900001188")
	intaketest.WantTexts(t, s.db, `select note from phone_changes`, "执照不是这家的")
	intaketest.WantTexts(t, s.db, `select phone from users where phone = '+8613500000001'`)
}
