package staff_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
)

// reportsSite has four complaints of November, two of them decided within a day,
// and a question.
func reportsSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
	s.exec(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (1, 'M1', '老街面馆', '', '', '', '2023-01-01', '2025-01-01 00:00:00+00:00')`)
	for n := 1; n <= 5; n++ {
		kind := "complaint"
		if n == 5 {
			kind = "question"
		}
		s.exec(fmt.Sprintf(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name, calendar, policy, state, under_way, next_due_at)
			values ('c_%d', 'C%d', 1, '%s', 'none', '', '', 'twice', 'phone', '', '', '2026-11-16 01:00:00+00:00', 'user', 'u_1', '周', 1, 1, 'received', true, '2026-11-23 01:00:00+00:00')`, n, n, kind))
		if n > 2 {
			continue
		}
		s.exec(fmt.Sprintf(`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) values ('c_%d', 2, 'decision_made', '2026-11-16 05:30:00+00:00', 'staff', 'st_1', '何')`, n))
		s.exec(fmt.Sprintf(`insert into case_decisions (case_id, number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at)
			values ('c_%d', 1, 1, 'upheld', '=代理商重复提交', '说明', 0, 0, 'st_1', '何', '2026-11-16 05:30:00+00:00')`, n))
		s.exec(fmt.Sprintf(`update cases set state = 'decided', under_way = false where id = 'c_%d'`, n))
	}
	if _, err := report.CountCases(t.Context(), d, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLeadsReadHowTheWorkOnCasesGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := reportsSite(t, d)
		lin := s.join("lin", staff.Lead)
		lin.Get("/admin").Click("统计").Is(200).Says("2026年11月1日到2026年11月23日登记", "4 件", "50.00%", "100.00%", "认定的 2 件里有 2 件", "=代理商重复提交", "重复收费", "咨询").SaysNot("哪里的商户")
		s.exec(`insert into figure_days (on_date, measure, name, n) values ('2026-11-20', 'gate', 'authorized', 4), ('2026-11-20', 'gate', 'held', 2), ('2026-11-20', 'gate', 'ungated', 1), ('2026-11-20', 'notices', 'arrived', 3)`)
		s.exec(`insert into figure_marks (name, up_to, at) values ('notices', '2026-11-23', '2026-11-22 16:05:00+00:00')`)
		lin.Get("/admin/reports").Is(200).Says("33.33%", "6 笔申请", "发出去的提醒（数到2026年11月22日）", "没有申请就扣了")
		lin.Get("/admin/reports?period=2026-10").Is(200).Says("这段时间没有投诉", "2026年10月1日到2026年10月31日")
		lin.Get("/admin/reports?period=2026-Q4").Is(200).Says("2026年11月", "看表格")
		lin.Get("/admin/reports?period=2031").Is(200).Says("2026年11月1日")
		year := lin.Get("/admin/reports?period=2026").Is(200).Click("2026年的年度报告").Is(200)
		year.Says("2026年的投诉", "没法按地区分", "不知道", "并到别的工单里的")
		lin.Speak("en").Get("/admin/reports").Is(200).Says("Reports", "Within 1 working day", "2 of 2 decided", "Under way")
		lin.Get("/admin/reports/2026").Is(200).Says("Complaints of 2026", "can't be told apart by region", "Not known")
		for _, path := range []string{"/admin/reports/2019", "/admin/reports/2027", "/admin/reports/x", "/admin/reports/2026-11", "/admin/reports/2031/csv"} {
			lin.Get(path).Is(404)
		}
	})
}

func TestAYearsReportIsAFileThatASpreadsheetReads(t *testing.T) {
	s := reportsSite(t, dbtest.SQLite(t))
	s.exec(`update merchants set region = '=上海'`)
	s.exec(`insert into figure_changes (case_id) select id from cases`)
	if _, err := report.CountCases(t.Context(), s.db, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	lin := s.join("lin", staff.Auditor)
	page := lin.Get("/admin/reports/2026/csv").Is(200)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(page.Body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, row := range rows {
		said[row[0]+"/"+row[1]] = row[2] + " " + row[3]
	}
	for name, want := range map[string]string{
		"合计/投诉": "4 100.00%", "合计/已办结": "2 50.00%", "合计/1 个工作日内办结": "2 50.00%", "合计/成立或部分成立": "2 100.00%", "多久办结/还在办": "2 50.00%", "哪里的商户/'=上海": "4 100.00%",
	} {
		if said[name] != want {
			t.Errorf("%s: got %q, want %q", name, said[name], want)
		}
	}
	if got := lin.Speak("en").Get("/admin/reports/2026/csv").Body; !strings.Contains(got, "Decided within a working day,2,50.00%\r\n") {
		t.Errorf("got %s", got)
	}
}

func TestReportsAreForThoseWhoLeadAndCheck(t *testing.T) {
	s := reportsSite(t, dbtest.SQLite(t))
	c := s.join("sup", staff.Support, staff.Operator)
	for _, path := range []string{"/admin/reports", "/admin/reports/2026", "/admin/reports/2026/csv"} {
		c.Get(path).Is(403)
		s.browser().Get(path).Is(303)
	}
}

func TestReportsCostStaffThreeRoundTripsAtMost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if d.Dialect != db.Postgres {
			return // which has no trips, and counts statements
		}
		s := reportsSite(t, d)
		lin := s.join("lin", staff.Lead)
		for _, path := range []string{"/admin/reports", "/admin/reports/2026", "/admin/reports/2026/csv"} {
			ctx, counter := db.Count(t.Context())
			lin.Do(httptest.NewRequest(http.MethodGet, lin.Get(path).URL.String(), nil).WithContext(ctx)).Is(200)
			if got := counter.RoundTrips(); got > 3 {
				t.Errorf("%s takes %d round trips, want at most 3", path, got)
			}
		}
	})
}
