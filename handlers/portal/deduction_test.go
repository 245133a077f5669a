package portal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/webtest"
)

func TestAPlantedFaultIsExplainedInBothLanguages(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	for _, c := range []struct {
		merchant, ref string
		chinese       []string
		english       []string
	}{
		{
			"M1002", "D820000048339-sim_data-5",
			[]string{"这笔 ¥99.00 多收了 ¥51.00", "约定是 ¥48.00，实际扣了 ¥99.00，多收 ¥51.00。", "多收了"},
			[]string{"¥99.00", "¥51.00"},
		},
		{
			"M1002", "X820000032929-dup",
			[]string{"这笔 ¥36.00 流量卡费收重了", "1月22日已经收过 ¥36.00。", "代理商提交的，没有第二个人复核", "ORD-7781", "不该收（本笔）"},
			[]string{"SIM data", "¥36.00", "ORD-7781"},
		},
		{
			"M1001", "X820000018093-free",
			[]string{"这笔 ¥48.00 流量卡费不该收", "免费期到 12月25日"},
			[]string{"Your free period runs to 25 Dec, so nothing was due on 16 Jul."},
		},
		{
			"M1001", "X820000020734-gone",
			[]string{"在 8月1日已经归还，10月12日不该再收。"},
			[]string{"¥9.00"},
		},
		{
			"M1008", "X820000167386-ins",
			[]string{"这笔 ¥15.00 附加服务费不该收", "没有依据", "往后不该再收"},
			[]string{"¥15.00"},
		},
		{
			"M1002", "X820000048339-rate",
			[]string{"这笔 ¥917.34 多收了 ¥733.86", "¥30,580.00 × 0.60%", "¥183.48", "没写明是怎么付的"},
			[]string{"¥30,580.00 × 0.60%", "¥733.86"},
		},
	} {
		path := "/deductions/" + s.lineOf(t, c.ref, "")
		reader := s.as(t, c.merchant, account.Viewer)
		chinese := reader.Get(path).Is(http.StatusOK).Says(c.chinese...).Says(c.ref, "数据截至今天 09:30", "打客服电话", "我们核对下来，这笔也不对。")
		if chinese.Lang() != "zh-CN" || !strings.Contains(chinese.Title(), "¥") {
			t.Errorf("%s: the page is in %s, titled %q", c.ref, chinese.Lang(), chinese.Title())
		}
		english := reader.Get(path + "?lang=en").Follow().Is(http.StatusOK).Says(c.english...).Says(c.ref)
		if english.Lang() != "en" {
			t.Errorf("%s: asked for English, the page is in %s", c.ref, english.Lang())
		}
	}
}

func TestALineAsAgreedSaysWhyHowAndWhatComesNext(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	page := s.as(t, "M1002", account.Owner).Get("/deductions/" + s.lineOf(t, "D820000032929-sim_data-3", "")).Is(http.StatusOK)
	page.Says(
		"2026年1月22日扣了 ¥36.00 流量卡费", "与约定相符",
		"每年 ¥36.00，激活后前 30 天免费。", "1月22日该结给你 ¥5,106.68，扣掉它，到账 ¥5,070.68。",
		"《终端收费公示》第 1 版第 3 条", "李老板通过手机应用同意了第 1 版价格",
		"第 3 期 ¥36.00（本笔）", "含这笔 ¥36.00", "下一笔：2027年1月20日，¥36.00。", "你不用做什么。",
		"顺意便利店", "前台（尾号 2929）", "S820000032929-2026-01-22",
	)
	page.Click("前台").Is(http.StatusOK).Says("前台（尾号 2929）")
}

func TestWhatWasNotCheckedIsNotShownAsPassed(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	page := s.as(t, "M1002", account.Owner).Get("/deductions/" + s.lineOf(t, "D820000032929-sim_data-3", ""))
	page.Says("我们替你核对了 4 件事，1 件没法核对", "没查到提醒记录 没核对").SaysNot("提前提醒过你")
}

func TestASettlementsColumnIsExplainedWithItsSalesAndItsRate(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1001", account.Finance)
	reader.Get("/deductions/"+s.lineOf(t, "S820000018093-2025-11-01", "-card")).Is(http.StatusOK).Says(
		"2025年11月1日的刷卡手续费 ¥14.58", "刷卡 39 笔，共 ¥2,429.38。", "¥2,429.38 × 0.60%", "就是这笔", "你收款 ¥3,018.79，扣掉费用 ¥16.82，到账 ¥3,001.97。",
		"11月1日有 45 笔交易。", "不用核对", "结算日期",
	)
	reader.Get("/deductions/"+s.lineOf(t, "S820000018093-2025-11-01", "-qr")).Is(http.StatusOK).Says("扫码手续费", "¥2.24")
}

func TestAnothersLineAndOneThatIsNotThereLookAlike(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1001", account.Owner)
	for _, id := range []string{
		s.lineOf(t, "X820000032929-dup", ""), "d_01jd3xk7v5q8m2n4p6r8t0w2y4", "x", "'", strings.Repeat("d", 4000),
	} {
		reader.Get("/deductions/" + id).Is(http.StatusNotFound).Says("找不到这笔扣费")
	}
}

func TestMoneyThatCameBackIsNoCauseForAlarm(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	err := s.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `update bill_lines set refunded_fen = 5100 where item = 'sim_data' and reasons = 'amount_over'`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `update bill_lines set state = 'reversed' where id = $1`, s.lineOf(t, "D820000032929-sim_data-3", ""))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	reader := s.as(t, "M1002", account.Owner)
	reader.Get("/deductions/"+s.lineOf(t, "D820000048339-sim_data-5", "")).Is(http.StatusOK).
		Says("多收的 ¥51.00，已经退给你", "多收的已退", "觉得不对？").SaysNot("这笔也不对")
	reader.Get("/deductions/"+s.lineOf(t, "D820000032929-sim_data-3", "")).Is(http.StatusOK).
		Says("已经撤回", "这笔 ¥36.00 撤回了", "已撤回（本笔）").SaysNot("这笔也不对")
	reader.Get("/deductions?check=not_taken").Is(http.StatusOK).Says("共 1 笔，没有少你的钱。", "已撤回")
}

func TestWithoutAHotlineNobodyIsSentToCall(t *testing.T) {
	s := newDeductionSite(t, sampled.SQLite(t))
	s.hotline = ""
	page := s.as(t, "M1002", account.Owner).Get("/deductions/" + s.lineOf(t, "X820000032929-dup", "")).Is(http.StatusOK)
	page.SaysNot("打客服电话", "tel:")
}

func TestADeductionsPageIsOneRoundTrip(t *testing.T) {
	s := newDeductionSite(t, sampled.Postgres(t))
	reader := s.as(t, "M1002", account.Owner)
	for _, id := range []string{s.lineOf(t, "X820000032929-dup", ""), s.lineOf(t, "S820000032929-2026-01-22", "-card")} {
		expectOneRoundTrip(t, reader, "/deductions/"+id)
	}
}

// expectOneRoundTrip fails the test unless a page asks the database once. The
// session, which here lies in memory, is a second round trip.
func expectOneRoundTrip(t *testing.T, reader *webtest.Client, path string) {
	t.Helper()
	again := httptest.NewRequest(http.MethodGet, reader.Get(path).URL.String(), nil)
	ctx, counter := db.Count(t.Context())
	reader.Do(again.WithContext(ctx)).Is(http.StatusOK)
	if got := counter.RoundTrips(); got != 1 {
		t.Errorf("%s takes %d round trips; want 1", path, got)
	}
}
