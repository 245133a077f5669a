package portal

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/web/i18n"
)

func TestTheFirstPageTellsInBothLanguagesWhatNeedsTheMerchant(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	for _, c := range []struct {
		merchant         string
		chinese, english []string
	}{
		{
			"M1002", // several
			[]string{"早上好，顺意便利店", "2 台终端 · 数据截至今天 09:30", "最近 60 天，有 2 笔扣费要你看一看。", "11月18日 流量卡费 ¥36.00 前台，本期已收过一次",
				"从12月10日起，“流量卡费（一年一次）”想从每年 ¥36.00 调到每年 ¥45.00。你同意才生效。", "1 台终端按原价。"},
			[]string{"Good morning, 顺意便利店", "2 deductions of the last 60 days need a look.", "¥36.00 a year is to become ¥45.00 a year from 10 Dec, only if you accept."},
		},
		{
			"M1001", // one
			[]string{"2 台终端，1 台在用", "10月12日的流量卡费 ¥9.00：不该收。", "收银台，本期已收过一次。", "看看为什么"},
			[]string{"SIM data ¥9.00 on 12 Oct: Not owed."},
		},
		{
			"M1003", // a change that was accepted
			[]string{"你同意过了。", "1 台终端从那天起按新价收。"},
			[]string{"You accepted."},
		},
		{
			"M1004", // nothing
			[]string{"没有要你处理的事。", "最近 60 天，没有发现和约定不符的扣费。"},
			[]string{"Nothing needs you."},
		},
	} {
		reader := s.as(t, c.merchant, account.Viewer)
		reader.Get("/home").Is(http.StatusOK).Says(c.chinese...)
		reader.Get("/home?lang=en").Follow().Is(http.StatusOK).Says(c.english...)
	}
	s.as(t, "M1002", account.Owner).Get("/home").Click("11月18日 流量卡费 ¥36.00").Is(http.StatusOK).Says("这笔 ¥36.00 流量卡费收重了")
}

func TestTheFirstPageTellsWhatIsToComeAndWhatWasTaken(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	page := s.as(t, "M1004", account.Finance).Get("/home").Is(http.StatusOK)
	page.Says(
		"未来 30 天会扣什么", "2 笔，共 ¥57.00", "12月8日16 天后 收银台 流量卡费第 10 期，一季一次 还没提醒 ¥9.00",
		"最近扣费", "11月21日 刷卡手续费2 台终端 · 44 笔，共 ¥3,555.92 与约定相符 ¥21.34", "9月8日 流量卡费收银台 · 第 9 期，一季一次 与约定相符 ¥9.00",
		"本月费用", "2026年10月全月", "看本月账单",
	)
	page.Click("看本月账单").Is(http.StatusNoContent)
	page.Click("流量卡费").Is(http.StatusOK).Says("下一笔")

	s.change(t, `insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
		select f.merchant_id, f.terminal_id, 'sim_data', f.plan_id, f.due_on, f.amount_fen, 'sms', '2026-11-20 02:00:00+00:00', '2026-11-20 02:00:00+00:00'
		from forecasts f where f.due_on = '2026-12-08'`)
	s.as(t, "M1004", account.Finance).Get("/home").Says("短信已送达11月20日")
	s.change(t, `insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
		select merchant_id, terminal_id, item, plan_id, period_from, amount_fen, 'inbox', '2026-11-21 02:00:00+00:00', '2026-11-21 02:00:00+00:00'
		from delivered_notices where delivered_at = '2026-11-20 02:00:00+00:00'`)
	s.as(t, "M1004", account.Finance).Get("/home").Says("短信已送达11月20日") // reading its copy here changes nothing about the text message

	s.as(t, "M1007", account.Owner).Get("/home").Is(http.StatusOK).Says("没有要扣的固定费用", "之后最近的一笔：2027年1月26日，前台的流量卡费 ¥48.00。")
}

func TestWhatIsMostAtStakeIsNotHiddenByWhatCameLater(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		s.change(t, `update bill_lines set decision = 'deny', reasons = 'amount_over', expected_fen = amount_fen - 1
			where kind = 'card' and on_date >= '2026-11-19' and merchant_id = (select id from merchants where ref = 'M1002')`)
		s.as(t, "M1002", account.Owner).Get("/home").Is(http.StatusOK).Says("11月18日 流量卡费 ¥36.00 前台，本期已收过一次")
	})
}

func TestNothingIsToComeOfATerminalThatIsReportedGone(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		var sn string
		err := d.QueryRow(t.Context(), `select t.sn from terminals t join merchants m on m.id = t.merchant_id where m.ref = 'M1004' and t.alias = '收银台'`).Scan(&sn)
		if err != nil {
			t.Fatal(err)
		}
		c, stop := s.as(t, "M1004", account.Owner), "/terminals/"+sn+"/stop"
		c.Get(stop + "?what=returned&on=2026-11-20").Form(stop).Press("确认报告").Is(http.StatusSeeOther)
		if _, err := ingest.Judge(t.Context(), d, s.clock, nil); err != nil {
			t.Fatal(err)
		}
		c.Get("/home").Is(http.StatusOK).Says("1 笔，共 ¥48.00", "12月8日16 天后 收银台 流量卡费第 10 期，一季一次 核实中 答复你以前先不扣").SaysNot("¥57.00")
		c.Speak("en").Get("/home").Says("1 charge, ¥48.00", "Being checked Not until we've answered you")
	})
}

func TestAChargeThatIsOverdueIsSaidToBeDueFromTodayAndHeldWhereSeveralAre(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	s.moveTo(t, "2026-12-20")
	s.as(t, "M1004", account.Owner).Get("/home").Says("今天起12月8日就该扣，还没扣 收银台 流量卡费第 10 期，一季一次 还没提醒 ¥9.00", "数据截至 11月22日 09:30")
	s.moveTo(t, "2027-07-20")
	s.as(t, "M1004", account.Owner).Get("/home").Says("今天起2026年12月16日就该扣，还没扣 前台 流量卡费第 5 期，半年一次 先核实再扣 ¥48.00")
}

func TestWhatAnAgentTickedLeadsToTheAgreementsByWhatTheReaderMayDo(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	s.change(t, `insert into plans (id, code, disclosure_id, item) values (900, 'insurance-5', 1, 'insurance')`,
		`insert into enrolments (id, merchant_id, terminal_id, plan_id, anchor_on) select 900, merchant_id, id, 900, '2026-11-01' from terminals where sn = '820000076450'`,
		`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
			select 900, merchant_id, 1, '2026-11-01', 'A-0091', 'agent', '2026-11-01 00:00:00+00:00' from enrolments where id = 900`)
	s.as(t, "M1004", account.Owner).Get("/home").Says("有 1 项同意是代理商替你填的，等你确认。", "没有你的确认，就当你没有同意。").Click("去确认或否认").Is(http.StatusNoContent)
	s.as(t, "M1004", account.Viewer).Get("/home").Says("看是哪几项").SaysNot("去确认或否认")
}

func TestAMerchantWithNothingYetFindsWhatWillBeHere(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	s.change(t, `insert into merchants (id, ref, name, contact, phone, email, opened_on, updated_at) values (900, 'M9', '新店', '', '', '', '2026-11-01', '2026-11-01 00:00:00+00:00')`)
	reader := s.as(t, "M9", account.Owner)
	reader.Get("/home").Is(http.StatusOK).Says("0 台终端", "没有要扣的固定费用", "还没有扣费", "¥0.00").SaysNot("没有要你处理的事")
	reader.Get("/home?lang=en").Follow().Is(http.StatusOK).Says("0 terminals", "Nothing was taken yet")
	reader.Get("/terminals?lang=zh-CN").Follow().Is(http.StatusOK).Says("还没有终端")
}

func TestTheGreetingGoesWithTheHourInShanghai(t *testing.T) {
	day := date.MustParse("2026-11-22")
	for _, c := range []struct {
		hour, minute int
		want         string
	}{{4, 59, "晚上好，周"}, {5, 0, "早上好，周"}, {10, 59, "早上好，周"}, {11, 0, "中午好，周"}, {13, 0, "下午好，周"}, {17, 59, "下午好，周"}, {18, 0, "晚上好，周"}, {23, 59, "晚上好，周"}} {
		if got := greeting(i18n.For(i18n.ZhCN), day.At(c.hour, c.minute).UTC(), "周"); got != c.want {
			t.Errorf("at %02d:%02d it says %q; want %q", c.hour, c.minute, got, c.want)
		}
	}
}

func TestTheMerchantsPagesTakeTwoRoundTripsAtMost(t *testing.T) {
	s := newMerchantSite(t, sampled.Postgres(t))
	reader := s.as(t, "M1002", account.Owner)
	for _, path := range []string{"/home", "/terminals", "/terminals?q=前台&status=due", "/terminals/820000032929", "/terminals/820000032929/name"} {
		expectRoundTrips(t, reader, path, 2)
	}
}

func TestTerminalsOfOneNameAreToldApart(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	c := s.as(t, "M1004", account.Owner)
	c.Get("/home").Says("12月8日16 天后 收银台 流量卡费", "12月16日24 天后 前台 流量卡费", "9月8日 流量卡费收银台 · ").SaysNot("尾号")
	s.change(t, `update terminals set alias = '收银台' where alias = '前台'`)
	c.Get("/home").Says("12月8日16 天后 收银台（尾号 ", "12月16日24 天后 收银台（尾号 ", "9月8日 流量卡费收银台（尾号 ")
}

func TestWhatPayoutsCostIsOneFeeOfTheMonthInEveryLanguage(t *testing.T) {
	today := date.MustParse("2026-11-22")
	months := []deduction.MonthFee{
		{Month: today.MonthStart(), Kind: deduction.KindPayout, Amount: 3300},
		{Month: today.MonthStart(), Kind: deduction.KindDeduction, Item: fee.Withdrawal, Amount: 300},
		{Month: today.MonthStart(), Kind: deduction.KindDeduction, Item: fee.SimData, Amount: 900},
	}
	for locale, want := range map[i18n.Locale]string{i18n.ZhCN: "提现费 ¥36.00, 流量卡费 ¥9.00", i18n.En: "Payout fees ¥36.00, SIM data ¥9.00"} {
		v := homePresenter{p: i18n.For(locale), today: today, page: &deduction.HomePage{Months: months}, actor: &guard.Actor{}}
		var got []string
		for _, part := range v.month().Fees.Parts {
			got = append(got, part.Label+" "+part.Amount)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %v; want %s", locale, got, want)
		}
	}
}
