package public_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/public"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/webtest"
)

// transparencySite has thirty merchants with a charge as agreed each, of whom
// twelve were charged twice, and a version published in the third quarter.
func transparencySite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, nil)
	r, anyone := s.Router(), guard.Public("a test")
	(&public.Transparency{DB: s.db, Guard: s.guard}).Routes(r)
	if _, taken := r.Match(http.MethodGet, "/disclosures/terminal-fees/2"); !taken {
		r.Get("/disclosures/:slug/:version", anyone, func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	}
	for m := 1; m <= 30; m++ {
		s.billed(m, "2026-07-03", "allow", "")
		if m <= 12 {
			s.billed(m, "2026-08-03", "deny", "duplicate_cycle")
		}
	}
	s.exec(`insert into disclosures (id, slug, title) values (1, 'terminal-fees', '{"zh-CN":"终端收费公示","en":"Terminal fees"}')`)
	s.exec(`insert into disclosure_versions (id, disclosure_id, version, published_on, effective_on, disclosure_days, taken_over, content_hash, created_at)
		values (2, 1, 2, '2026-07-01', '2026-08-01', 31, false, 'x', '2026-07-01 00:00:00+00:00')`)
	return s
}

// billed writes a line of ¥36.00 into a merchant's bill.
func (s *site) billed(merchant int, day, decision, reasons string) {
	s.t.Helper()
	s.exec(fmt.Sprintf(`
		insert into bill_lines (merchant_id, id, terminal_id, kind, item, at, on_date, seq, amount_fen, state, origin, decision, reasons, expected_fen, settles, judged_at, rules)
		values (%d, 'd_%s', %d, 'deduction', 'sim_data', '%s 02:00:00+00:00', '%s', 1, 3600, 'posted', 'core', '%s', '%s', 0, false, '2026-10-09 02:00:00+00:00', '1')`,
		merchant, day, merchant, day, day, decision, reasons))
}

// release has the figures of a quarter worked out, and releases them.
func (s *site) release(day string, reason disclosure.Text) {
	s.t.Helper()
	s.clock.Advance(time.Hour)
	ctx, now := s.t.Context(), s.clock.Now()
	lin := staff.Actor{ID: "st_lin", Name: "林", Roles: []staff.Role{staff.Compliance}}
	wen := staff.Actor{ID: "st_wen", Name: "文静", Roles: lin.Roles}
	orderID, err := report.DrawUpFigures(ctx, s.db, noJobs{}, now, lin, report.QuarterOf(date.MustParse(day)), reason)
	if err == nil {
		err = report.ReckonFigures(ctx, s.db, orderID, now)
	}
	var e *report.Edition
	if err == nil {
		e, err = report.ReadEdition(ctx, s.db, orderID)
	}
	if err == nil {
		err = report.ReleaseFigures(ctx, s.db, now, wen, orderID, e.Hash)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestNothingIsShownBeforeFiguresAreReleased(t *testing.T) {
	s := transparencySite(t)
	c := s.browser()
	c.Get("/transparency").Is(200).Says("还没有公布数据", "另一位同事核对").SaysNot("42 笔")
	c.Get("/transparency/2026-Q3").Is(404).Says("没有这个季度的数据")
	c.Speak("en").Get("/transparency").Says("No figures yet")
}

func TestReleasedFiguresAreForEverybody(t *testing.T) {
	s := transparencySite(t)
	s.release("2026-07-01", disclosure.Text{})
	c := s.browser()
	for _, path := range []string{"/transparency", "/transparency/2026-Q3", "/transparency/2026-Q3/1"} {
		c.Get(path).Is(200).Says(
			"2026年第三季度，扣的钱对不对", "2026年7月1日到2026年9月30日", "42 笔里，30 笔和约定一致，占 71.42%", "已经付过，又收了一次", "¥432.00",
			"终端收费公示，第 2 版", "31 天", "2026年10月9日 10:00", "2026年11月23日 11:00").SaysNot("林", "文静", "不公布：")
	}
	en := s.browser().Speak("en").Get("/transparency").Is(200)
	en.Says("Third quarter 2026: were the charges right?", "Of 42 charges, 30 were as agreed: 71.42%", "Terminal fees, version 2", "31 days")
	en.Click("Already paid, taken again").Is(200).Says("How we work these figures out", "Each counts once")
	for _, path := range []string{"/transparency/2026-Q2", "/transparency/2026-Q3/2", "/transparency/2026-Q3/0", "/transparency/2026-Q3/01", "/transparency/2026-Q3/x", "/transparency/2026-q3", "/transparency/x"} {
		c.Get(path).Is(404)
	}
}

func TestEveryNumberLeadsToHowItIsWorkedOut(t *testing.T) {
	s := transparencySite(t)
	s.release("2026-07-01", disclosure.Text{})
	c := s.browser()
	how := c.Get("/transparency/how").Is(200).Says("从哪里来", "怎么算", "不算什么", "算到什么时候", "不到 10 个商户")
	n := 0
	for _, a := range c.Get("/transparency").All("a") {
		anchor, found := strings.CutPrefix(webtest.Attr(a, "href"), "/transparency/how#")
		if !found {
			continue
		}
		n++
		if how.ByID(anchor) == nil {
			t.Errorf("nothing on the page is at %s", anchor)
		}
	}
	if n < 20 {
		t.Errorf("%d links lead to how numbers are worked out, want one of each number", n)
	}
}

func TestNumbersOfFewMerchantsAreNotShown(t *testing.T) {
	s := transparencySite(t)
	for m := 1; m <= 3; m++ {
		s.billed(m, "2026-08-09", "hold", "arrears")
	}
	s.release("2026-07-01", disclosure.Text{})
	s.browser().Get("/transparency").Is(200).Says("不公布").SaysNot("和约定一致，占")
	s.browser().Speak("en").Get("/transparency").Is(200).Says("Not shown").SaysNot("were as agreed")
}

func TestACorrectionIsSaidOnBothEditions(t *testing.T) {
	s := transparencySite(t)
	s.release("2026-07-01", disclosure.Text{})
	s.billed(13, "2026-08-03", "deny", "duplicate_cycle")
	s.release("2026-07-01", disclosure.Text{ZhCN: "补了 8月3日 的一笔", En: "A charge of 3 August was missing"})
	s.release("2026-04-01", disclosure.Text{})
	c := s.browser()
	c.Get("/transparency").Says("43 笔里", "这是更正", "补了 8月3日 的一笔", "更正前的第 1 版", "第 2 版", "2026年第二季度").Click("更正前的第 1 版").Is(200).
		Says("42 笔里", "这一版已经更正", "2026年11月23日公布了更正").Click("看更正后的数字").Says("43 笔里")
	s.browser().Speak("en").Get("/transparency").Says("This is a correction", "A charge of 3 August was missing", "Edition 1, before the correction")
	c.Get("/transparency").Click("2026年第二季度").Is(200).Says("2026年4月1日到2026年6月30日", "2026年第三季度")
}

func TestFiguresCostOneRoundTrip(t *testing.T) {
	s := transparencySite(t)
	s.release("2026-07-01", disclosure.Text{})
	for _, path := range []string{"/transparency", "/transparency/2026-Q3", "/transparency/2026-Q3/1", "/transparency/how"} {
		ctx, counter := db.Count(t.Context())
		s.browser().Do(httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx))
		// SQLite counts each of the three SELECTs that PostgreSQL takes in one trip.
		if got := counter.RoundTrips(); got > 3 {
			t.Errorf("%s takes %d statements, want at most 3", path, got)
		}
	}
}

// complained writes complaints of the third quarter, of as many merchants, each
// decided after two hours of work.
func (s *site) complained(from, to int, finding string) {
	s.t.Helper()
	for m := from; m <= to; m++ {
		s.exec(fmt.Sprintf(`insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (%d, 'M%d', 'x', '', '', '', '2023-01-01', '2025-01-01 00:00:00+00:00')`, m, m))
		s.exec(fmt.Sprintf(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name, calendar, policy, state, under_way, next_due_at)
			values ('c_%d', 'C%d', %d, 'complaint', 'none', '', '', 'twice', 'phone', '', '', '2026-07-06 01:00:00+00:00', 'user', 'u_1', '周', 1, 1, 'decided', false, '2101-01-01 00:00:00+00:00')`, m, m, m))
		s.exec(fmt.Sprintf(`insert into case_events (case_id, seq, kind, at, actor_kind, actor_id, actor_name) values ('c_%d', 2, 'decision_made', '2026-07-06 03:00:00+00:00', 'staff', 'st_1', '何')`, m))
		s.exec(fmt.Sprintf(`insert into case_decisions (case_id, number, round, finding, root_cause, reason, amount_fen, suggested_fen, staff_id, staff_name, at)
			values ('c_%d', 1, 1, '%s', '原因', '说明', 0, 0, 'st_1', '何', '2026-07-06 03:00:00+00:00')`, m, finding))
	}
}

func TestComplaintsOfAQuarterAreForEverybody(t *testing.T) {
	s := transparencySite(t)
	s.complained(101, 115, "upheld")
	s.complained(116, 126, "not_upheld")
	s.release("2026-07-01", disclosure.Text{})
	s.browser().Get("/transparency").Is(200).Says("商户投诉", "重复收费", "认定了 26 件，15 件成立或部分成立，占 57.69%。", "1 个工作日内", "扣之前拦下的", "提醒送到了吗", "操作记录最后一次核验", "还没有核验过")
	s.exec(`insert into audit_checks (id, asked_at, asked_by, done_at, sound, head, entries, unsealed, kept, flaws) values ('ac_1', '2026-11-22 20:00:00+00:00', '', '2026-11-22 20:01:00+00:00', true, 1, 1, 0, 1, '[]')`)
	en := s.browser().Speak("en")
	en.Get("/transparency").Is(200).Says("Of 26 decided, 15 were upheld in whole or in part: 57.69%", "Record of actions last checked", "Nothing had been changed", "23 November 2026").
		Click("How the record of actions is checked").Is(200).Says("Complaints that merchants file")
	s.exec(`update audit_checks set sound = false`)
	en.Get("/transparency").Says("we're looking into it")
}

func TestComplaintsOfFewAreNotShownNorWhatWouldGiveThemAway(t *testing.T) {
	s := transparencySite(t)
	s.complained(101, 130, "upheld")
	s.complained(131, 133, "not_upheld")
	s.release("2026-07-01", disclosure.Text{})
	page := s.browser().Speak("en").Get("/transparency").Is(200).Says("Complaints filed 33").SaysNot("were upheld in whole", "Upheld 30", "Not upheld 3")
	page.Says("Upheld Not shown", "Not upheld Not shown")
}
