package staff_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/browsertest"
)

// enterIn signs a member in in a tab.
func (m *member) enterIn(tab *browsertest.Tab, url string) {
	m.s.t.Helper()
	m.s.clock.Advance(time.Minute) // a code serves once
	tab.Open(url + "/admin/login")
	tab.Fill("#field-login", m.login)
	tab.Fill("#field-password", long)
	tab.Press("\r")
	tab.Fill("#field-code", m.code())
	tab.Press("\r")
	reaches(m.s.t, tab, url+"/admin")
}

// leaves lets a member's sessions run out.
func (m *member) leaves() {
	m.s.t.Helper()
	intaketest.Exec(m.s.t, m.s.db, `update staff_sessions set expires_at = '2026-01-01 00:00:00+00:00' where staff_id = '`+m.id+`'`)
}

func TestACallersCaseIsWorkedInABrowserUpToItsRefund(t *testing.T) {
	s, url := serve(t)
	s.furnish()
	browser := browsertest.Start(t)
	lin, lead := s.enlist("lin", staff.Support), s.enlist("lead", staff.Lead)
	for _, view := range []browsertest.View{browsertest.Wide.In("zh-CN"), browsertest.Phone.In("en").WithoutScript()} {
		tab, second := browser.Tab(t, view), browser.Tab(t, view)
		lin.enterIn(tab, url)
		lead.enterIn(second, url)
		look := func(tab *browsertest.Tab, name string) {
			t.Helper()
			tab.Check()
			tab.Screenshot("case-" + name)
		}
		tab.Open(url + "/admin/cases/new?find=M1")
		look(tab, "found")
		tab.Click("main .table a")
		look(tab, "intake")
		tab.Click("#field-channel")
		tab.Click("label[for='field-reason']")
		tab.Press(kb.ArrowDown)
		tab.Write("#field-words", "多扣了我的钱")
		tab.Click("form[action='/admin/cases/new'] button")
		at := tab.URL()
		if !strings.HasPrefix(at, url+"/admin/cases/C2026-") {
			t.Fatalf("filing leads to %s", at)
		}
		look(tab, "filed")
		second.Open(at)
		if !strings.Contains(second.Text("main .notice"), "lin") {
			t.Errorf("the second does not see who has the case open: %q", second.Text("main .notice"))
		}
		tab.Write("#field-reply_words", "您好，正在查")
		tab.Click("#reply button")
		tab.Click("#ask > summary")
		tab.Write("#field-ask_words", "请发小票")
		tab.Click("#ask button")
		tab.Click("#answer > summary")
		tab.Write("#field-answer_words", "没有小票")
		tab.Click("#answer button")
		look(tab, "asked")

		second.Write("#field-reply_words", "我也来回一句")
		second.Click("#reply button")
		look(second, "too-late")
		if second.Status() != 409 || !strings.Contains(second.HTML(), "我也来回一句") {
			t.Errorf("who was late got %d, and what they typed is there: %t", second.Status(), strings.Contains(second.HTML(), "我也来回一句"))
		}

		tab.Click("#field-decide_finding")
		tab.Fill("#field-decide_root_cause", "代理商代点")
		tab.Fill("#field-decide_amount", "600")
		tab.Write("#field-decide_reason", "没有你的同意，退给你。")
		lin.leaves()
		tab.Click("form[action$='/decide'] button")
		if got := tab.Status(); got != http.StatusUnauthorized {
			t.Errorf("after the session's end the form is answered with %d, want 401", got)
		}
		look(tab, "unsent")
		lin.enterIn(tab.Beside(), url)
		tab.Twice("main form button")
		if got := tab.Text("main"); tab.URL() != at || !strings.Contains(got, "没有你的同意，退给你。") {
			t.Errorf("sent later, the decision leads to %s, which says %q", tab.URL(), got)
		}
		tab.Open(at)
		look(tab, "decided")
		tab.Twice("form[action$='/refund'] button")
		tab.Open(at)
		look(tab, "proposed")

		second.Open(url + "/admin/refunds")
		look(second, "refunds")
		second.Click("form[action$='/approve'] button")
		look(second, "approved")
		number := strings.TrimPrefix(at, url+"/admin/cases/")
		intaketest.WantTexts(t, s.db, `select d.amount_fen || ' ' || r.amount_fen || ' ' || r.state
			from cases c join case_decisions d on d.case_id = c.id join refund_proposals r on r.case_id = c.id where c.number = '`+number+`'`, "60000 60000 approved")
	}
}
