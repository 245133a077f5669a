package staff_test

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/staff"
)

func TestADecidedCaseStaysOnItsOwnersListsUntilNothingIsLeftToDo(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("我没有同意过")
	lin := s.join("lin", staff.Support)
	at := "/admin/cases/" + number
	lin.Get(at).Form(at+"/decide").Set("decide_finding", "upheld").Set("decide_root_cause", "代理商点的同意").Set("decide_amount", "36").
		Set("decide_reason", "没有您的同意。").Submit().Follow()

	lin.Get("/admin/cases").Says(number, "要提出退款", "认定后待办 1", "我的 1", "分派")
	lin.Get("/admin/cases?view=left").Says(number)
	lin.Get("/admin").Says("1 件")
	one := lin.Get(at).Says("要提出退款")
	one.Form(at + "/refund").Submit().Follow()
	lin.Get("/admin/cases").SaysNot(number)
	lin.Get("/admin/cases?view=left").SaysNot(number)
}

func TestTheQueueAndTheCaseSayTheSameOfAClock(t *testing.T) {
	s := newSite(t)
	s.furnish()
	number := s.complain("我没有同意过")
	s.clock.Advance(30 * time.Minute)
	lin := s.join("lin", staff.Support)
	lin.Get("/admin/cases/" + number).Says("剩 7 小时 0 分")
	lin.Get("/admin/cases?view=unassigned").Says("剩 7 小时 0 分")
}
