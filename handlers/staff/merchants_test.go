package staff_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

func TestAMerchantsNumberIsShownWholeForAReasonAlone(t *testing.T) {
	s := newSite(t)
	s.furnish()
	intaketest.Exec(t, s.db, `update merchants set phone = '13800006621'`)
	lin, auditor := s.join("lin", staff.Support), s.join("auditor", staff.Auditor)
	const at = "/admin/merchants/M1"
	ask := lin.Get(at).Is(http.StatusOK).SaysNot("13800006621").Click("查看完整联系方式（留痕）").Is(http.StatusOK).SaysNot("13800006621")
	ask.Form(at + "/contact").Submit().Is(http.StatusUnprocessableEntity).SaysNot("13800006621")
	ask.Form(at+"/contact").Set("reason", "回电").Submit().Is(http.StatusOK).Says("13800006621", "周老板")
	intaketest.WantTexts(t, s.db, `select action from audit_entries where action = 'merchant.unmask'`, "merchant.unmask")
	auditor.Get(at + "/contact").Is(http.StatusForbidden)
	if strings.Contains(s.log.String(), "13800006621") {
		t.Error("the log has the number")
	}
}

func TestALookIsBegunForAReasonAndLeft(t *testing.T) {
	s := newSite(t)
	s.furnish()
	lin := s.join("lin", staff.Support)
	const at = "/admin/merchants/M1"
	look := lin.Get(at).Is(http.StatusOK).Form(at + "/look")
	look.Submit().Is(http.StatusUnprocessableEntity).Says("写明为什么要看")
	look.Set("reason", "商户来电").Submit().LeadsTo("/home")
	lin.Get("/account").Is(http.StatusForbidden).Says("什么都改不了").Form("/admin/look/end").Submit().Follow().Says("已离开商户的页面", "老街面馆")
	lin.Get("/account").LeadsTo("/login?next=%2Faccount")
	intaketest.WantTexts(t, s.db, `select action from audit_entries where action like 'look.%' order by action`, "look.begin", "look.end")
}
