package staff_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/webtest"
)

// heldJobs keeps jobs for the test to work.
type heldJobs struct{ all []river.JobArgs }

func (h *heldJobs) Insert(_ context.Context, _ *db.Tx, args river.JobArgs, _ *river.InsertOpts) error {
	h.all = append(h.all, args)
	return nil
}

// exec runs a statement on the database.
func (s *site) exec(statement string, args ...any) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(s.t.Context(), statement, args...); return err })
	if err != nil {
		s.t.Fatal(err)
	}
}

// figuresSite has thirty merchants with a charge as agreed each, of whom twelve
// were charged twice and three too early.
func figuresSite(t *testing.T, d *db.DB) *site {
	t.Helper()
	s := newSiteOn(t, d, cookie.Site{TLS: true}, origin)
	n := 0
	line := func(merchant int, day, decision, reasons string) {
		n++
		s.exec(fmt.Sprintf(`
			insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
			values (%d, 'd_%d', %d, 'deduction', 'sim_data', '%s 02:00:00+00:00', '%s', %d, 3600, 'posted', 'core', '%s', '%s', 0, false, '2026-10-09 02:00:00+00:00', '1')`,
			merchant, n, merchant, day, day, n, decision, reasons))
	}
	for m := 1; m <= 30; m++ {
		line(m, "2026-07-03", "allow", "")
		if m <= 12 {
			line(m, "2026-08-03", "deny", "duplicate_cycle")
		} else if m <= 15 {
			line(m, "2026-08-04", "deny", "in_free_period")
		}
	}
	s.exec(`insert into bill_months (merchant_id, terminal_id, month, kind, item, plan_id, lines, not_allowed, amount_fen, expected_fen, sale_fen, sale_count)
		values (1, 1, '2026-07-01', 'deduction', 'sim_data', 0, 1, 0, 3600, 3600, 0, 0)`)
	return s
}

// reckon works the jobs that wait.
func (s *site) reckon(t *testing.T) (orderID string) {
	t.Helper()
	for _, args := range s.held.all {
		orderID = args.(report.FiguresArgs).OrderID
		if err := report.ReckonFigures(t.Context(), s.db, orderID, s.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	s.held.all = nil
	return orderID
}

func TestFiguresAreOrderedByOneAndReleasedByAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := figuresSite(t, d)
		lin, wen := s.join("lin", staff.Compliance), s.join("wen", staff.Compliance)
		lin.Get("/admin/figures").Is(200).Says("还没有算过").SaysNot("2026年第四季度")
		list := lin.Get("/admin/figures").Form("/admin/figures").Set("quarter", "2026-Q3").Submit().Follow()
		list.Says("开始算了", "2026年第三季度", "正在算", "lin，2026年11月23日 10:0")
		list.Click("2026年第三季度").Is(200).Says("还在算", "2026年11月23日 10:00开始")
		lin.Get("/admin/figures").Form("/admin/figures").Set("quarter", "2026-Q3").Submit().Is(409).Says("这个季度正在算")
		address := "/admin/figures/" + s.reckon(t)

		// The page says what everybody will see, and what they will not.
		seen := lin.Get(address).Is(200).Says("45 笔里，30 笔和约定一致，占 66.66%", "已经付过，又收了一次", "不公布", "¥540.00", "涉及商户（不该收或多收）", "你让算的，要另一位同事来公布")
		if strings.Contains(seen.Body, address+"/release") {
			t.Error("who ordered the figures is offered to release them")
		}
		form := wen.Get(address).Is(200).Form(address + "/release")
		// Their colleague's page does not serve who ordered them.
		lin.SetCookie("__Host-csrf", wen.Cookie("__Host-csrf"))
		lin.Post(address+"/release", url.Values{"csrf": {form.Value("csrf")}, "hash": {form.Value("hash")}}).Is(403)
		form.Tamper("hash", "another").Submit().Is(409).Says("数据和你看到的不一样")
		done := wen.Get(address).Form(address + "/release").Submit().Follow()
		done.Says("已公布", "wen 2026年11月23日 10:00公布", "看公开的页面").SaysNot("要另一位同事")
		form.Tamper("hash", form.Value("hash")).Submit().Is(409)
		wen.Get("/admin/figures").Says("已公布", "wen，2026年11月23日 10:0")
	})
}

func TestACorrectionOfFiguresSaysWhy(t *testing.T) {
	s := figuresSite(t, dbtest.SQLite(t))
	lin, wen := s.join("lin", staff.Compliance).Speak("en"), s.join("wen", staff.Compliance).Speak("en")
	order := func() *webtest.Form {
		return lin.Get("/admin/figures").Form("/admin/figures").Set("quarter", "2026-Q3")
	}
	order().Submit().Follow().Says("being worked out")
	first := "/admin/figures/" + s.reckon(t)
	wen.Get(first).Says("Check, then release", "Third quarter 2026", "Not shown").Form(first + "/release").Submit().Follow().Says("Released by wen")
	order().Set("reason-zh", "补了一天").Submit().Is(422).Says("Say why it's corrected", "补了一天")
	order().Set("reason-zh", "补了一天").Set("reason-en", "A day was missing").Submit().Follow().Says("Being worked out")
	second := "/admin/figures/" + s.reckon(t)
	wen.Get(second).Says("补了一天", "A day was missing").Form(second + "/release").Submit().Follow().Says("Released by wen")
	lin.Get("/admin/figures").Says("Third quarter 2026, edition 1", "Third quarter 2026, edition 2")
	lin.Get("/admin/figures/fg_none").Is(404)
	lin.Get("/admin/figures").Form("/admin/figures").Tamper("quarter", "2026-Q4").Submit().Is(422).Says("This quarter isn't over yet.")
	lin.Get("/admin/figures").Form("/admin/figures").Tamper("quarter", "x").Submit().Is(422)
}

func TestOnlyComplianceAndAuditorsSeeFiguresBeforeTheirRelease(t *testing.T) {
	s := figuresSite(t, dbtest.SQLite(t))
	c := s.join("all", staff.Support, staff.Lead, staff.Operator)
	for _, path := range []string{"/admin/figures", "/admin/figures/fg_1"} {
		c.Get(path).Is(403)
		s.browser().Get(path).Is(303)
	}
}

func TestFiguresCostStaffThreeRoundTripsAtMost(t *testing.T) {
	s := figuresSite(t, dbtest.SQLite(t))
	lin := s.join("lin", staff.Compliance)
	lin.Get("/admin/figures").Form("/admin/figures").Set("quarter", "2026-Q3").Submit()
	for path, most := range map[string]int{"/admin/figures": 3, "/admin/figures/" + s.reckon(t): 2} {
		ctx, counter := db.Count(t.Context())
		lin.Do(httptest.NewRequest(http.MethodGet, lin.Get(path).URL.String(), nil).WithContext(ctx)).Is(200)
		if got := counter.RoundTrips(); got > most {
			t.Errorf("%s takes %d round trips, want at most %d", path, got, most)
		}
	}
}
