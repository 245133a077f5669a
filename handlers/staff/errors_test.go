package staff_test

import (
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/staff"
)

func TestErrorsSpeakToStaffAndNotToMerchants(t *testing.T) {
	s := newSite(t)
	lin := s.join("lin", staff.Support)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/admin/settings/policy":  {http.StatusForbidden, "请运维给你加一个角色"},
		"/admin/cases/C2026-0000": {http.StatusNotFound, "按保存期限删掉"},
	} {
		lin.Get(path).Is(want.status).Says(want.says).SaysNot("你的账没有问题", "请店主", "另一个商户", "也可以打客服电话")
	}
	lin.Speak("en").Get("/admin/settings/policy").Is(http.StatusForbidden).Says("ask an operator").SaysNot("the owner", "You can also call us")
}
