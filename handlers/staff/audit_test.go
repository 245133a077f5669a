package staff_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
)

// note writes entries down.
func (s *site) note(entries ...audit.Entry) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		for _, e := range entries {
			if err := audit.Write(s.t.Context(), tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestTheRecordIsLookedThrough(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
		lead, operator := s.join("lead", staff.Lead), s.join("operator", staff.Operator)
		old := s.clock.Now().AddDate(0, 0, -3)
		s.note(
			audit.Entry{At: old, Actor: audit.Actor{Kind: audit.Staff, ID: lead.id}, Action: "case.unmask", Subject: "c_1", Details: map[string]any{"reason": "=1+1 回电", "n": 3}, RequestID: "r_77"},
			audit.Entry{At: old, Actor: audit.Actor{Kind: audit.User, ID: "u_1"}, Action: "session.start", Subject: "s_1"},
			audit.Entry{At: old, Actor: audit.Actor{Kind: audit.System, ID: "later"}, Action: "thing.of_a_later_version", Subject: "x"},
		)
		lead.Get("/admin").Says("记录")
		lead.Get("/admin/audit").Is(http.StatusOK).Says("看了商户的完整联系方式", "登录", "thing.of_a_later_version", "还没核对过")
		day := old.Format(time.DateOnly)
		found := lead.Get("/admin/audit?action=case.unmask&actor=lead&subject=c_1&since=" + day + "&until=" + day).Is(http.StatusOK)
		found.Says("看了商户的完整联系方式").SaysNot("s_1")
		lead.Get("/admin/audit?merchant=M404").Says("没有符合的记录")
		lead.Get("/admin/audit?after=nowhere").Is(http.StatusNotFound)
		one := found.Click(i18n.For(i18n.ZhCN).ShortDateTime(old)).Is(http.StatusOK).Says("case.unmask", "=1+1 回电", "r_77", "还没封存")
		one.Click("这个对象的全部记录").Is(http.StatusOK).Says("看了商户的完整联系方式")
		lead.Get("/admin/audit/a_none").Is(http.StatusNotFound)
		operator.Get("/admin/audit").Is(http.StatusForbidden)
		lead.Speak("en").Get("/admin/audit?action=case.unmask").Says("Looked at a merchant's whole contact details", "Not verified yet")
	})
}

func TestTheRecordIsTakenAsAFileAndThatIsOnRecord(t *testing.T) {
	s := newSite(t)
	lead := s.join("lead", staff.Lead)
	var many []audit.Entry
	for i := range 60 {
		many = append(many, audit.Entry{At: s.clock.Now().Add(-time.Duration(i) * time.Minute), Actor: audit.Actor{Kind: audit.System, ID: "test"}, Action: "case.close", Subject: fmt.Sprintf("=c_%d", i)})
	}
	s.note(many...)
	first := lead.Get("/admin/audit?action=case.close").Is(http.StatusOK).Says("=c_0").SaysNot("=c_59")
	first.Click("更早的").Is(http.StatusOK).Says("=c_59").SaysNot("=c_49").Click("从头看").Says("=c_0")
	file := first.Form("/admin/audit/export").Submit().Is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 61 || rows[1][2] != "办结了工单" || rows[1][6] != "'=c_0" {
		t.Fatalf("got %d rows, %v: %q; want 60 and their heads", len(rows), err, rows[:min(2, len(rows))])
	}
	lead.Get("/admin/audit?action=record.export&actor=" + lead.id).Says("导出了操作记录")
}

func TestTheRecordIsVerifiedWhenSomebodyAsks(t *testing.T) {
	s := newSite(t)
	auditor := s.join("auditor", staff.Auditor)
	page := auditor.Get("/admin/audit").Is(http.StatusOK)
	page.Form("/admin/audit/verify").Submit().Follow().Says("开始核对了")
	auditor.Post("/admin/audit/verify", url.Values{"csrf": {auditor.Cookie("__Host-csrf")}}).Follow().Says("已经在核对了")
	if len(s.held.all) != 1 {
		t.Fatalf("%d jobs are held, want one", len(s.held.all))
	}
	args, ok := s.held.all[0].(audit.VerifyArgs)
	if !ok || args.CheckID == "" {
		t.Fatalf("the job is %+v", s.held.all[0])
	}
	report := audit.Report{Entries: 12, Findings: []audit.Finding{{Seq: 3, Flaw: audit.Changed}, {Seq: 4, Flaw: audit.Cut}}}
	err := s.db.Write(t.Context(), func(tx *db.Tx) error { return audit.KeepCheck(t.Context(), tx, s.clock.Now(), args.CheckID, report, 9) })
	if err != nil {
		t.Fatal(err)
	}
	auditor.Get("/admin/audit").Says("有 2 处和封存时不一样", "有记录被改过", "和库外的凭据对不上", "对照了 9 个", "auditor", "现在核对")
}
