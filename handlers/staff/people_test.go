package staff_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/staff"
)

var givenOnPage = regexp.MustCompile(`[a-z2-7]{4}(?:-[a-z2-7]{4}){4}`)

func TestAnOperatorAddsChangesAndResetsPeople(t *testing.T) {
	s := newSite(t)
	op := s.join("op", staff.Operator)
	p := op.Get("/admin/staff/new").Is(http.StatusOK)
	p.Form("/admin/staff/new").Set("login", "wu li").Submit().Is(http.StatusUnprocessableEntity).Says("账号只能用字母", "至少选一个角色")
	p.Form("/admin/staff/new").Set("login", "OP").Tick("roles", "lead").Submit().Is(http.StatusUnprocessableEntity).Says("这个账号已经有人用了")
	p.Form("/admin/staff/new").Set("login", "wu").Set("name", "吴").Tamper("roles", "root").Submit().Is(http.StatusUnprocessableEntity).Says("没有这个角色")
	shown := p.Form("/admin/staff/new").Set("login", "Wu").Set("name", "吴").Tick("roles", "lead").Tick("roles", "compliance").Submit().Is(http.StatusOK).Says("一次性密码")
	given := givenOnPage.FindString(shown.Text())
	c := s.browser()
	enter(c, "wu", given).LeadsTo("/admin/login")

	list := op.Get("/admin/staff").Is(http.StatusOK).Says("吴", "客服主管、合规", "还没设好")
	op.Get("/admin").Is(http.StatusOK).Says("1 件")
	var at string
	for _, link := range regexp.MustCompile(`/admin/staff/st_[a-z0-9]+`).FindAllString(list.Body, -1) {
		if link != "/admin/staff/"+op.id {
			at = link
		}
	}
	person := op.Get(at).Is(http.StatusOK).Says("吴", "得到：合规")
	person.Form(at+"/roles").Untick("roles", "lead").Untick("roles", "compliance").Submit().Is(http.StatusUnprocessableEntity).Says("至少选一个角色")
	person.Form(at+"/roles").Untick("roles", "lead").Tick("roles", "operator").Submit().LeadsTo(at)
	op.Get(at).Is(http.StatusOK).Says("去掉：客服主管", "得到：运维", "op")
	again := op.Get(at).Form(at + "/reset").Submit().Is(http.StatusOK)
	if fresh := givenOnPage.FindString(again.Text()); fresh == given || fresh == "" {
		t.Errorf("a reset shows %q", fresh)
	}
	c.Get("/admin/login/setup").LeadsTo("/admin/login?next=%2Fadmin%2Flogin%2Fsetup") // signed out everywhere
	op.Get(at).Form(at + "/disable").Submit().LeadsTo(at)
	op.Get(at).Is(http.StatusOK).Says("已停用").Form(at + "/enable").Submit().LeadsTo(at)
	if strings.Contains(s.log.String(), given) {
		t.Error("the password that was given is in the log")
	}
}

func TestAnOperatorDoesNotChangeThemselvesNorTheLastOfThem(t *testing.T) {
	s := newSite(t)
	op := s.join("op", staff.Operator)
	own := "/admin/staff/" + op.id
	op.Get(own).Is(http.StatusOK).Says("这是你自己")
	for _, deed := range []string{"roles", "disable", "enable", "reset"} {
		op.Post(own+"/"+deed, url.Values{"csrf": {op.Cookie("__Host-csrf")}, "roles": {"compliance"}}).Is(http.StatusForbidden).Says("不能改自己的角色")
	}
	second := s.join("second", staff.Operator)
	third := "/admin/staff/" + second.id
	p := op.Get(third)
	if err := s.people.Disable(t.Context(), cli, op.id); err != nil {
		t.Fatal(err)
	}
	// op is out, so that second is the last
	p.Form(third + "/disable").Submit().LeadsTo("/admin/login?next=" + url.QueryEscape(third))
	second.Get(third).Is(http.StatusOK)
}

func TestTheListOfStaffHasPages(t *testing.T) {
	s := newSite(t)
	op := s.join("op", staff.Operator)
	for i := range 55 {
		s.add("u"+string(rune('a'+i/10))+string(rune('0'+i%10)), staff.Support)
	}
	op.Get("/admin/staff").Is(http.StatusOK).SaysNot("uf4").Click("下一页").Is(http.StatusOK).Says("uf4").Click("回到第一页").Is(http.StatusOK).Says("op")
	op.Get("/admin/staff?after=zzz").Is(http.StatusOK)
}
