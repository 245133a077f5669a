package portal

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/webtest"
)

// listedLinks are where the rows of the list lead, in order.
func listedLinks(page *webtest.Page) (links []string) {
	for _, th := range page.All("th") {
		for n := range th.Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" {
				links = append(links, webtest.Attr(n, "href"))
			}
		}
	}
	return links
}

func TestTheListShowsTheNewestFirstAndLeadsToEachLine(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	page := s.as(t, "M1002", account.Owner).Get("/deductions").Is(http.StatusOK)
	page.Says("扣费", "数据截至今天 09:30", "11月21日", "扫码手续费", "前台，16 笔，共 ¥1,692.89，费率 0.38%", "与约定相符", "¥6.43", "本期已收过一次", "不该收")
	links := listedLinks(page)
	if len(links) != deduction.ListPageSize {
		t.Fatalf("it lists %d lines; want %d", len(links), deduction.ListPageSize)
	}
	older := page.Click("较早的").Is(http.StatusOK)
	if again := listedLinks(older); len(again) != deduction.ListPageSize || again[0] == links[0] {
		t.Errorf("the next part begins with %q, as the first did with %q", again[0], links[0])
	}
	if back := listedLinks(older.Click("较新的").Is(http.StatusOK)); strings.Join(back, " ") != strings.Join(links, " ") {
		t.Errorf("back at the beginning it lists\n%q\nwant\n%q", back, links)
	}
	s.as(t, "M1002", account.Owner).Get(links[0]).Is(http.StatusOK).Says("为什么是")
}

func TestTheListIsFilteredByItsFormWithoutScript(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	page := s.as(t, "M1002", account.Owner).Get("/deductions")
	found := page.Form("/deductions").Set("terminal", "820000032929").Set("fee", "sim_data").Set("month", "2026-11").Submit().Is(http.StatusOK)
	found.Says("现在看的是", "前台（尾号 2929）", "流量卡费", "2026年11月", "共 1 笔，扣了 ¥36.00。", "本期已收过一次").SaysNot("手续费 前台")
	if links := listedLinks(found); len(links) != 1 || links[0] != "/deductions/"+s.lineOf(t, "X820000032929-dup", "") {
		t.Errorf("it leads to %q; want the duplicate alone", links)
	}
	form := found.Form("/deductions")
	for name, want := range map[string]string{"terminal": "820000032929", "fee": "sim_data", "month": "2026-11"} {
		if got := form.Value(name); got != want {
			t.Errorf("%s is kept as %q; want %q", name, got, want)
		}
	}
	found.Click("与约定相符").Is(http.StatusOK).Says("没有这样的扣费", "少选几个条件", "全部去掉")
	found.Click("全部去掉").Is(http.StatusOK).SaysNot("现在看的是")
}

func TestAConditionIsLeftOutByItsWord(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	page := s.as(t, "M1002", account.Owner).Get("/deductions?fee=sim_data&check=not_agreed&amount=36.00&from=2026-01-01&to=2026-12-31").Is(http.StatusOK)
	page.Says("流量卡费", "¥36.00", "2026年1月1日起", "到2026年12月31日")
	wider := page.Click("¥36.00 去掉这个条件").Is(http.StatusOK).Says("¥99.00", "共 2 笔，扣了 ¥135.00。")
	if got := wider.URL.Query(); got.Has("amount") || got.Get("check") != "not_agreed" || got.Get("fee") != "sim_data" {
		t.Errorf("the other conditions became %v", got)
	}
}

func TestAMonthOfDaysIsSummedUp(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1002", account.Owner)
	var lines, taken int64
	err := s.db.QueryRow(t.Context(), `select count(*), sum(amount_fen - refunded_fen) from bill_lines l join merchants m on m.id = l.merchant_id
		where m.ref = 'M1002' and on_date between '2026-10-01' and '2026-10-31'`).Scan(&lines, &taken)
	if err != nil {
		t.Fatal(err)
	}
	p := reader.Get("/deductions?month=2026-10&lang=en").Follow().Is(http.StatusOK)
	if lines <= deduction.ListPageSize {
		t.Fatalf("October has %d lines, which fit a page", lines)
	}
	p.Says(i18n.For(i18n.En).Count(lines)+" deductions, "+i18n.For(i18n.En).Money(taken)+" taken.", "October 2026", "You're looking at")
	reader.Get("/deductions?month=2026-10&from=2026-10-02").Is(http.StatusOK).SaysNot(" deductions, ")
}

func TestWhatSomebodyTypedWrongIsSaidAndKept(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1002", account.Owner)
	for query, said := range map[string]string{
		"amount=3%246": "金额写成 36 或 36.50 这样。", "amount=36.005": "金额写成", "from=yesterday": "日期写成 2026-01-31 这样。",
		"from=2026-02-30": "日期写成", "from=2026-03-01&to=2026-02-01": "结束的日子比开始的早",
	} {
		page := reader.Get("/deductions?"+query).Is(http.StatusUnprocessableEntity).Says("有的条件没看懂。", said)
		if links := listedLinks(page); len(links) != 0 {
			t.Errorf("%s: %d lines are listed beside the fault", query, len(links))
		}
	}
	if got := reader.Get("/deductions?amount=3%246").Form("/deductions").Value("amount"); got != "3$6" {
		t.Errorf("what was typed became %q", got)
	}
	reader.Get("/deductions.csv?amount=x").Follow().Is(http.StatusUnprocessableEntity).Says("金额写成")
	for _, query := range []string{"amount=%C2%A51,204.50", "amount=%EF%BF%A5%EF%BC%93%EF%BC%96", "from=2026/1/5", "to=2026.01.05", "fee=nothing", "check=x", "month=x", "older=x", "newer=x", "terminal=x"} {
		reader.Get("/deductions?" + query).Is(http.StatusOK)
	}
}

func TestHTMXGetsTheListAlone(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1002", account.Owner)
	part := reader.Fragment("/deductions?fee=sim_data&check=not_agreed", "results").Is(http.StatusOK)
	part.Says("本期已收过一次", "多收 ¥51.00", "共 2 笔").SaysNot("点开一笔", "<html", "<form")
	reader.Fragment("/deductions?amount=x", "results").Is(http.StatusUnprocessableEntity).Says("金额写成").SaysNot("<html")
}

func TestAnotherMerchantsTerminalFindsNothing(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	page := s.as(t, "M1001", account.Owner).Get("/deductions?terminal=820000032929").Is(http.StatusOK)
	page.Says("不是你的终端", "没有这样的扣费").SaysNot("前台（尾号 2929）")
}

func TestAMerchantWithManyTerminalsFindsOneElsewhereFirst(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		for i := range 60 {
			_, err := tx.Exec(t.Context(), `insert into terminals (merchant_id, shop_id, sn, alias, model, type, iccid, carrier, agent_ref, updated_at)
				select merchant_id, shop_id, $1, alias, '', '', '', '', '', updated_at from terminals where sn = '820000032929'`, fmt.Sprint("T", i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	reader := s.as(t, "M1002", account.Owner)
	reader.Get("/deductions").Is(http.StatusOK).Says("按终端看，先找到那台终端", "前台（尾号 2929），16 笔").SaysNot("全部终端")
	form := reader.Get("/deductions?terminal=820000032929").Is(http.StatusOK).Says("前台（尾号 2929）").Form("/deductions")
	if got := form.Value("terminal"); got != "820000032929" {
		t.Errorf("the form keeps %q as the terminal", got)
	}
}

func TestAMerchantWithoutDeductionsIsToldWhatWillBeHere(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into merchants (ref, name, contact, phone, email, opened_on, updated_at)
			values ('NEW', '新店', '', '', '', '2026-11-01', '2026-11-01 00:00:00+00:00')`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.as(t, "NEW", account.Owner).Get("/deductions").Is(http.StatusOK).Says("还没有扣费").SaysNot("下载表格")
}

func TestTheFileHoldsTheFilteredListForASpreadsheet(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newDeductionSite(t, d)
		reader := s.as(t, "M1002", account.Finance)
		page := reader.Get("/deductions?fee=sim_data").Click("下载表格").Is(http.StatusOK)
		if got := page.Header.Get("Content-Disposition"); got != "attachment; filename=deductions-2026-11-22.csv" {
			t.Errorf("it is kept as %s", got)
		}
		text, marked := strings.CutPrefix(page.Body, "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !marked || !strings.Contains(text, "\r\n") {
			t.Fatalf("it is no file for a spreadsheet: %v, marked %t", err, marked)
		}
		want := []string{
			"2026-11-18", "14:02", "前台", "820000032929\t", "总店", "流量卡费", "本期已收过一次", "2026-01-20", "2027-01-19",
			"36.00", "0.00", "", "已扣", "不该收", "S820000032929-2026-11-18", s.lineOf(t, "X820000032929-dup", ""),
		}
		if len(rows) != 10 || strings.Join(rows[1], "|") != strings.Join(want, "|") {
			t.Errorf("it has %d rows; the first is\n%q\nwant\n%q", len(rows), rows[1], want)
		}
		all := reader.Get("/deductions.csv").Is(http.StatusOK)
		var lines int
		if err := d.QueryRow(t.Context(), `select count(*) from bill_lines l join merchants m on m.id = l.merchant_id where m.ref = 'M1002'`).Scan(&lines); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(all.Body, "\r\n") - 1; got != lines || lines < 1000 {
			t.Errorf("the whole file has %d lines; want %d", got, lines)
		}
	})
}

func TestANameInTheFileCanNotActAsAFormula(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update terminals set own_alias = '=HYPERLINK("x")' where sn = '820000032929'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page := s.as(t, "M1002", account.Owner).Get("/deductions.csv?fee=sim_data&terminal=820000032929").Is(http.StatusOK)
	if !strings.Contains(page.Body, `"'=HYPERLINK(""x"")"`) {
		t.Errorf("the file holds %s", page.Body)
	}
}

func TestWhoMayNotTakeFilesIsNotOfferedOne(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	viewer := s.as(t, "M1002", account.Viewer)
	viewer.Get("/deductions").Is(http.StatusOK).SaysNot("下载表格")
	viewer.Get("/deductions.csv").Is(http.StatusForbidden)
}

func TestWhoIsNotSignedInIsSentToSignIn(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	webtest.New(t, s, nil).Get("/deductions?fee=sim_data").LeadsTo("/login?next=%2Fdeductions%3Ffee%3Dsim_data")
}

func TestTheListIsOneRoundTrip(t *testing.T) {
	s := newDeductionSite(t, sampled.Postgres(t))
	reader := s.as(t, "M1002", account.Owner)
	expectOneRoundTrip(t, reader, "/deductions")
	expectOneRoundTrip(t, reader, "/deductions?month=2026-10&terminal=820000032929")
}
