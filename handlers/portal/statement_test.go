package portal

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/ingest/ingesttest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// sampleSums adds up the columns of the sample's settlements of terminals in a
// month, straight from the file.
func sampleSums(t *testing.T, month string, terminals ...string) map[string]money.Fen {
	t.Helper()
	f, err := os.Open(filepath.Join(ingesttest.Folder, "settlements.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]money.Fen{}
	for _, row := range rows[1:] {
		if !strings.HasPrefix(row[2], month) || !strings.Contains(strings.Join(terminals, " "), row[1]) {
			continue
		}
		for i, column := range rows[0][3:] {
			amount, err := money.ParseYuan(row[i+3])
			if err != nil {
				t.Fatal(err)
			}
			sums[column] += amount
		}
	}
	return sums
}

func TestAMonthSaysWhatWasSoldPaidAndPaidOut(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newBookSite(t, d)
		sums := sampleSums(t, "2026-10", "820000032929", "820000048339") // M1002 has both
		sales, paid := sums["card_amount"]+sums["qr_amount"], sums["paid_out"]
		fees := sums["card_fee"] + sums["qr_fee"] + sums["withdrawal_fee"] + sums["other_fee"]
		if sales == 0 || sales-fees != paid {
			t.Fatalf("the sample says %d in sales, %d in fees, %d paid out", sales, fees, paid)
		}
		zh, en := i18n.For(i18n.ZhCN), i18n.For(i18n.En)
		c := s.as(t, "M1002", account.Owner)
		c.Get("/statements/2026-10").Is(http.StatusOK).Says(
			"2026年10月收款 "+zh.Money(int64(sales))+"，费用 "+zh.Money(int64(fees))+"，到账 "+zh.Money(int64(paid)),
			"对得上", "数据截至今天 09:30", "与约定相符", "上月", "全部终端", "下载 Excel")
		c.Speak("en").Get("/statements/2026-10").Is(http.StatusOK).Says(
			"October 2026: "+en.Money(int64(sales))+" in sales, "+en.Money(int64(fees))+" in fees, "+en.Money(int64(paid))+" paid out",
			"It adds up", "as agreed", "Download Excel").SaysNot("收款")
	})
}

func TestAMonthListsWhatIsNotAsAgreedWithLinks(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Owner)
	got := c.Get("/statements/2026-11").Says("有 2 笔与约定不符", "本期已收过一次", "多收 ¥", "比约定多收 ¥", "这个月还没结束", "400-000-0000")
	got.Click("流量卡费").Is(http.StatusOK)
	c.Get("/statements/2026-09").Says("没有与约定不符的扣费").SaysNot("这个月还没结束")
}

func TestADeductionApartFromSettlementsIsListedAndAdded(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Owner)
	c.Get("/statements/2026-10").Says("费用 ¥341.79（其中 ¥9.00 单独扣）", "随结算扣的费用 −¥332.79", "单独扣的费用 ¥9.00", "费用一共 ¥341.79", "到账 ¥61,042.85")
}

func TestASettlementThatDoesNotAddUpIsShownWithItsDifference(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	s.payLess(t, "S820000018093-2026-10-05")
	c := s.as(t, "M1001", account.Owner)
	c.Get("/statements/2026-10").Says("对不上。有 1 笔结算，到账合起来少了 ¥3.00", "差额 −¥3.00", "S820000018093-2026-10-05").SaysNot("一分不差")
	c.Get("/statements/2026").Says("1 笔对不上")
	if got := c.Get("/statements/2026-10/csv").Body; !strings.Contains(got, ",-3.00,1 笔对不上,S820000018093-2026-10-05") {
		t.Error("the file does not say so")
	}
	c.Speak("en").Get("/statements/2026-10").Says("It doesn't add up. In 1 settlement, ¥3.00 too little was paid out.")
}

func TestTheStatementThatIsLedToHasADayThatIsSettled(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Viewer)
	for _, day := range []struct{ on, month string }{{"2026-11-30", "2026-11"}, {"2026-12-01", "2026-11"}, {"2026-12-02", "2026-12"}} {
		s.clock.MoveTo(date.MustParse(day.on).At(0, 30))
		c.Get("/statements").LeadsTo("/statements/" + day.month)
	}
}

func TestAMonthLeadsToItsNeighboursAndItsYear(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Viewer)
	c.Get("/statements").LeadsTo("/statements/2026-11")
	got := c.Get("/statements/2026-11").SaysNot("2026年12月")
	got = got.Click("2026年10月").Is(http.StatusOK).Click("2026年全年").Is(http.StatusOK).Says("2026年收款", "还没结束")
	got.Click("2026年1月").Says("2026年1月收款")
	c.Get("/statements/2023-11").Is(http.StatusOK).SaysNot("2023年10月")
}

func TestAMonthWithoutDataSaysSo(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Owner)
	c.Get("/statements/2024-02").Is(http.StatusOK).Says("2024年2月没有结算，也没有扣费", "2024年3月").SaysNot("下载")
	c.Get("/statements/2023").Is(http.StatusOK).Says("2023年没有结算，也没有扣费")
	c.Speak("en").Get("/statements/2024-02").Says("No settlement and no fee in February 2024")
}

func TestOlderStatementsSayForHowLongTheyAreKept(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Owner)
	for _, path := range []string{"/statements/2023-10", "/statements/2022", "/statements/0001-01"} {
		c.Get(path).Is(http.StatusNotFound).Says("这里能看最近 3 年的账单", "最早到2023年11月", "400-000-0000").Click("看本月账单").Is(http.StatusOK)
		c.Get(path + "/csv").Is(http.StatusNotFound)
	}
	for _, path := range []string{"/statements/2026-12", "/statements/2027", "/statements/2026-13", "/statements/x", "/statements/2026-12/xlsx", "/statements/x/csv"} {
		c.Get(path).Is(http.StatusNotFound).Says("找不到这一页")
	}
}

func TestFilesAreForWhoMayExport(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	viewer, finance := s.as(t, "M1001", account.Viewer), s.as(t, "M1001", account.Finance)
	viewer.Get("/statements/2026-10").Is(http.StatusOK).SaysNot("下载")
	for _, path := range []string{"/statements/2026-10/csv", "/statements/2026-10/xlsx", "/statements/2026/csv", "/statements/2026/xlsx"} {
		viewer.Get(path).Is(http.StatusForbidden)
		finance.Get(path).Is(http.StatusOK)
	}
}

func TestAStatementsCSVAddsUpAndActsAsNoFormula(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	s.exec(t, `update terminals set own_alias = '=1+1' where sn = '820000018093'`)
	c := s.as(t, "M1001", account.Owner)
	got := c.Get("/statements/2026-10/csv").Is(http.StatusOK)
	if kind, name := got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition"); kind != "text/csv; charset=utf-8" || !strings.HasPrefix(name, "attachment") {
		t.Errorf("it is sent as %q, %q", kind, name)
	}
	text, marked := strings.CutPrefix(got.Body, "\ufeff")
	if !marked || !strings.Contains(text, "\r\n") {
		t.Error("the file lacks the mark of its encoding or its line ends")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, head := range rows[0] {
		column[head] = i
	}
	var fees, paid money.Fen
	for _, row := range rows[1:] {
		add := func(to *money.Fen, name string) {
			if row[column[name]] == "" {
				return
			}
			amount, err := money.ParseYuan(row[column[name]])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			*to += amount
		}
		add(&fees, "费用合计")
		add(&paid, "到账")
		if alias, sn := row[column["终端"]], row[column["序列号"]]; alias != "'=1+1" && alias != "收银台" || !strings.HasSuffix(sn, "\t") {
			t.Errorf("terminal %q, %q can act as a formula or a number", alias, sn)
		}
	}
	if fees != 341_79 || paid != 61_042_85 {
		t.Errorf("the rows add up to %s in fees and %s paid out; want 341.79 and 61042.85", fees.Yuan(), paid.Yuan())
	}
}

func TestAStatementsWorkbookHoldsNumbersInTheReadersLanguage(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Owner).Speak("en")
	open := func(path string) *excelize.File {
		t.Helper()
		book, err := excelize.OpenReader(bytes.NewReader([]byte(c.Get(path).Is(http.StatusOK).Body)))
		if err != nil {
			t.Fatal(err)
		}
		return book
	}
	month := open("/statements/2026-10/xlsx")
	if got := strings.Join(month.GetSheetList(), " "); got != "Summary Terminals Days" {
		t.Errorf("the sheets are %s", got)
	}
	rows, err := month.GetRows("Days", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] != "Date" || rows[1][3] != "820000018093" || rows[1][7] != "14.81" {
		t.Errorf("the first rows are %q, %q", rows[0], rows[1])
	}
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeUnset, "D2": excelize.CellTypeInlineString, "H2": excelize.CellTypeUnset} {
		if got, err := month.GetCellType("Days", cell); err != nil || got != want {
			t.Errorf("%s is of type %v, %v; want %v", cell, got, err, want)
		}
	}
	if shown, err := month.GetCellValue("Summary", "B6"); err != nil || shown != "61,375.64" {
		t.Errorf("the sales show as %q, %v; want 61,375.64", shown, err)
	}
	year := open("/statements/2026/xlsx")
	terminals, err := year.GetRows("Terminals", excelize.Options{RawCellValue: true})
	if err != nil || len(terminals) < 12 || terminals[1][0] != "2026-01" {
		t.Errorf("the year's terminals are %d rows, %v; want one a month and terminal", len(terminals), err)
	}
}

func TestNobodySeesAnotherMerchantsTerminalsOnAStatement(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1001", account.Owner)
	for _, path := range []string{"/statements/2026-10", "/statements/2026-11", "/statements/2026-10/csv", "/statements/2026/csv"} {
		got := c.Get(path).Is(http.StatusOK).Body
		for _, sn := range []string{"820000032929", "820000048339"} {
			if strings.Contains(got, sn) {
				t.Errorf("%s shows terminal %s of another merchant", path, sn)
			}
		}
	}
}

func TestStatementsAndAgreementsTakeOneRoundTrip(t *testing.T) {
	s := newBookSite(t, sampled.Postgres(t))
	c := s.as(t, "M1002", account.Owner)
	for _, path := range []string{"/statements/2026-10", "/statements/2026", "/agreements", "/agreements/card-060/1"} {
		expectOneRoundTrip(t, c, path)
	}
}
