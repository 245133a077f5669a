package staff_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/webtest"
)

// visitor is someone who comes to staff's pages.
type visitor struct {
	name  string
	enter func(s *site) *webtest.Client
	// opens says whether an access that is not public lets them in.
	opens    func(access string) bool
	signedIn bool // with all that it takes, so that what is not theirs is refused
}

const (
	withPassword = "staff with a password: "
	signedIn     = "staff signed in: "
	staffCan     = "staff can "
)

func visitors() []visitor {
	nothing := func(string) bool { return false }
	all := []visitor{
		{"nobody", (*site).browser, nothing, false},
		{"a merchant", func(s *site) *webtest.Client {
			c := s.browser()
			c.Get("/merchant/enter").LeadsTo("/account")
			c.Get("/account").Is(http.StatusNoContent)
			return c
		}, nothing, false},
		{"an operator with a password that was given", func(s *site) *webtest.Client {
			_, given := s.add("newcomer", staff.Operator)
			c := s.browser()
			enter(c, "newcomer", given).LeadsTo("/admin/login")
			c.Get("/admin/login").LeadsTo("/admin/login/setup")
			return c
		}, func(access string) bool { return strings.HasPrefix(access, withPassword) }, false},
		{"an operator with a password alone", func(s *site) *webtest.Client {
			_, given := s.add("beginner", staff.Operator)
			c := s.browser()
			enter(c, "beginner", given).LeadsTo("/admin/login")
			c.Get("/admin/login/setup").Is(http.StatusOK).Form("/admin/login/setup").Set("password", long).Submit().LeadsTo("/admin/login/setup")
			return c
		}, func(access string) bool { return strings.HasPrefix(access, withPassword) }, false},
		{"an operator before the second factor", func(s *site) *webtest.Client {
			m := s.join("half", staff.Operator)
			m.half()
			return m.Client
		}, func(access string) bool { return strings.HasPrefix(access, withPassword) }, false},
	}
	for _, r := range staff.AllRoles {
		all = append(all, visitor{string(r), func(s *site) *webtest.Client { return s.join(string(r)+"-visitor", r).Client }, func(access string) bool {
			p, ok := strings.CutPrefix(access, staffCan)
			// who is signed in is led on from the steps of signing in
			return strings.HasPrefix(access, signedIn) || strings.HasPrefix(access, withPassword) || ok && staff.Can(r, staff.Permission(p))
		}, true})
	}
	return all
}

// TestEveryAdminRouteOpensOnlyAfterTheSecondFactorAndToItsRole visits every
// route under /admin as everybody there is.
func TestEveryAdminRouteOpensOnlyAfterTheSecondFactorAndToItsRole(t *testing.T) {
	for _, v := range visitors() {
		t.Run(v.name, func(t *testing.T) {
			s := newSite(t)
			s.join("colleague", staff.Operator) // so that there is another operator
			c := v.enter(s)
			tried := 0
			for _, r := range s.Router().Routes() {
				if !strings.HasPrefix(r.Path, "/admin") || strings.HasPrefix(r.Access, "public: ") {
					continue
				}
				tried++
				p := visit(c, r)
				to, _, _ := strings.Cut(p.Header.Get("Location"), "?")
				sentAway := p.Status == http.StatusSeeOther && to == "/admin/login"
				switch {
				case v.opens(r.Access):
					// a step that is not theirs leads to the one that is
					if sentAway && (v.signedIn || r.Method == http.MethodGet) || p.Status == http.StatusForbidden || p.Status >= http.StatusInternalServerError {
						t.Errorf("%s: got %d to %q, though they may", r, p.Status, to)
					}
				case v.signedIn && p.Status != http.StatusForbidden:
					t.Errorf("%s: got %d to %q, want 403", r, p.Status, to)
				case !v.signedIn && !sentAway:
					t.Errorf("%s: got %d to %q, want to sign in", r, p.Status, to)
				}
				if got := p.Header.Get("Cache-Control"); got != "no-store" {
					t.Errorf("%s: Cache-Control is %q", r, got)
				}
			}
			if tried < 20 {
				t.Errorf("only %d routes were tried", tried)
			}
		})
	}
}

// visit sends what a stranger could: an address with an id that nobody has, and
// a form with the browser's own token.
func visit(c *webtest.Client, r server.Route) *webtest.Page {
	path := strings.ReplaceAll(r.Path, ":id", "st_nobody")
	if r.Method == http.MethodGet {
		return c.Get(path)
	}
	return c.Post(path, url.Values{"csrf": {c.Cookie("__Host-csrf")}})
}

func TestAStaffSessionOpensNothingOfAMerchants(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Operator)
	m.Get("/account").LeadsTo("/login?next=%2Faccount")
}

func TestNoAdminFormIsTakenWithoutItsToken(t *testing.T) {
	s := newSite(t)
	m := s.join("lin", staff.Operator)
	for _, r := range s.Router().Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		if p := m.Post(strings.ReplaceAll(r.Path, ":id", m.id), url.Values{}); p.Status != http.StatusForbidden {
			t.Errorf("%s without a token: got %d, want 403", r, p.Status)
		}
	}
	m.Get("/admin").Is(http.StatusOK)
}

func TestEveryPermissionNamesARole(t *testing.T) {
	for _, p := range staff.Permissions() {
		if !slices.ContainsFunc(staff.AllRoles[:], func(r staff.Role) bool { return staff.Can(r, p) }) {
			t.Errorf("nobody may %s", p)
		}
	}
}

func TestAnAuditorReadsWhatLeadsComplianceAndOperatorsDoAndSendsNothing(t *testing.T) {
	s := newSite(t)
	s.furnish()
	nora := s.join("nora", staff.Auditor)
	other := s.join("other", staff.Operator)
	for _, at := range []string{
		"/admin/board", "/admin/board/sample", "/admin/settings/calendar", "/admin/settings/policy", "/admin/searches", "/admin/numbers", "/admin/figures", "/admin/staff",
	} {
		p := nora.Get(at).Is(http.StatusOK)
		for _, f := range p.All("form") {
			if to := webtest.Attr(f, "action"); webtest.Attr(f, "method") == "post" && strings.HasPrefix(to, at) {
				t.Errorf("%s offers an auditor a form that sends to %s", at, to)
			}
		}
	}
	nora.Get("/admin/staff").Says("other").SaysNot("添加员工").Click("other").Is(http.StatusOK).SaysNot("重置登录", "不能再登录")
	nora.Get("/admin/settings/calendar").Says("你的角色只能看", "星期一")
	nora.Get("/admin/staff/new").Is(http.StatusForbidden)
	other.Get("/admin/staff").Says("nora")
}
