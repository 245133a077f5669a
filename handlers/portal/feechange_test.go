package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/web/i18n"
)

// newChangeSite is the merchants' site with the sample, the rise of its yearly
// fee opened to the merchants.
func newChangeSite(t *testing.T, d *db.DB) *merchantSite {
	t.Helper()
	s := newMerchantSite(t, d)
	if _, err := feechange.OpenMissing(t.Context(), d, sampleNow); err != nil {
		t.Fatal(err)
	}
	return s
}

// changeOf is the address of a merchant's change.
func (s *merchantSite) changeOf(t *testing.T, merchant string) string {
	t.Helper()
	var id string
	err := s.db.QueryRow(t.Context(), `select c.id from fee_changes c join merchants m on m.id = c.merchant_id where m.ref = $1`, merchant).Scan(&id)
	if err != nil {
		t.Fatalf("the change of %s: %v", merchant, err)
	}
	return "/fee-changes/" + id
}

func (s *merchantSite) count(t *testing.T, query string) (n int) {
	t.Helper()
	if err := s.db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The terminal of M1002 that pays by the year.
const yearlyOfM1002 = "820000032929"

func TestAChangeSaysWhatAnswerLeadsWhereAndTakesIt(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newChangeSite(t, d)
		c, path := s.as(t, "M1002", account.Owner), s.changeOf(t, "M1002")
		c.Get("/home").Click("看一年差多少，再回答").Is(http.StatusOK).Says(
			"我们想从12月10日起，把“流量卡费（一年一次）”从每年 ¥36.00 调到每年 ¥45.00。你同意才生效",
			"你不同意，就还按每年 ¥36.00 收。不回复，也按每年 ¥36.00 收。", "同意的话，按过去 12 个月算，1 台终端一年会多付 ¥9.00。",
			"2025年11月23日到2026年11月22日", "¥72.00按约定该扣 ¥36.00", "¥45.00", "《终端收费公示》第 2 版第 3 条", "停用这台的费用")
		c.Speak("en").Get(path).Says("From 10 Dec we'd like to change", "If you don't agree, we go on charging ¥36.00 a year.", "1 terminal would cost ¥9.00 more a year", "The Chinese text, which is the one that binds")
		c.Speak("zh-CN")
		form := c.Get(path).Form(path+"/accept").Tick("terminal", yearlyOfM1002)
		form.Press("同意新价格").Follow().Says("记下了：1 台终端同意新价格。", "你同意了。从2026年12月10日起新开始的每一期，1 台终端按每年 ¥45.00 收。", "周同意，1 台").SaysNot("不同意，就还按")
		form.Press("同意新价格").Is(http.StatusConflict).Says("这些终端都已经回答过，或者已经停用")
		s.moveTo(t, "2026-11-22")
		c.Get("/home").Says("你同意过了", "看这次变动")
		if n := s.count(t, `select count(*) from acceptances where version = 2 and via = 'portal' and accepted_by = '周'`); n != 1 {
			t.Errorf("%d acceptances; want 1", n)
		}
		if n := s.count(t, `select count(*) from forecasts where version = 2 and amount_fen = 4500 and terminal_id = (select id from terminals where sn = '`+yearlyOfM1002+`')`); n != 1 {
			t.Errorf("%d forecasts at the new price; want 1", n)
		}
	})
}

func TestAnObjectionIsKeptAndStaysOpen(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1002", account.Owner), s.changeOf(t, "M1002")
	got := c.Get(path).Form(path+"/object").Set("words", "生意不好").Press("不同意").Follow()
	got.Says("记下了：1 台终端不同意，价格不变。", "说了不同意，还按每年", "还可以同意", "“生意不好”")
	c.Get("/home").Says("1 台终端你说了不同意，还按原价收。")
	got.Form(path+"/accept").Tick("terminal", yearlyOfM1002).Press("同意新价格").Follow().Says("你同意了。")
}

func TestAnAnswerWithoutATerminalIsAskedAgain(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1002", account.Owner), s.changeOf(t, "M1002")
	form := c.Get(path).Form(path + "/accept") // nothing is ticked by itself
	form.Press("同意新价格").Is(http.StatusUnprocessableEntity).Says("至少勾一台终端。")
	if n := s.count(t, `select count(*) from acceptances where version = 2 and accepted_by = '周'`); n != 0 {
		t.Errorf("%d acceptances; want none", n)
	}
}

func TestOnlyTheOwnerAnswersAChangeAndOthersSeeIt(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	path := s.changeOf(t, "M1002")
	for _, role := range []account.Role{account.Finance, account.Viewer} {
		c := s.as(t, "M1002", role)
		seen := c.Get(path).Is(http.StatusOK).Says("只有店主能回答", "¥45.00").SaysNot("同意新价格")
		token := seen.Form("/logout").Value("csrf")
		for _, answer := range []string{"/accept", "/object"} {
			c.Post(path+answer, url.Values{"csrf": {token}, "terminal": {yearlyOfM1002}}).Is(http.StatusForbidden).Says("你的角色不能用这一页")
		}
	}
	other := s.as(t, "M1003", account.Owner)
	token := other.Get(path).Is(http.StatusNotFound).Says("找不到这次价格变动").Form("/logout").Value("csrf")
	other.Post(path+"/accept", url.Values{"csrf": {token}, "scope": {"all"}}).Is(http.StatusNotFound)
	other.Post(path+"/object", url.Values{"csrf": {token}}).Is(http.StatusNotFound)
	if n := s.count(t, `select count(*) from fee_change_answers`); n != 0 {
		t.Errorf("%d answers; want none", n)
	}
	if n := s.count(t, `select count(*) from fee_change_views`); n != 1 {
		t.Errorf("%d views; want the one of its own merchant", n)
	}
}

func TestAChangeTakesTwoRoundTrips(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		if d.Dialect != db.Postgres {
			return // every statement of a batch is one there
		}
		s := newChangeSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		expectRoundTrips(t, c, s.changeOf(t, "M1002"), 2)
		expectRoundTrips(t, c, "/terminals/"+yearlyOfM1002+"/stop", 2)
		number := c.Get("/terminals/" + yearlyOfM1002 + "/stop?what=lost&on=2026-11-20").Form("/terminals/" + yearlyOfM1002 + "/stop").Press("确认报告").Follow().URL.Path
		expectRoundTrips(t, c, number, 2)
		expectRoundTrips(t, c, "/home", 2)
	})
}

func TestAnEndedServiceIsToldWithItsRefund(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1006", account.Owner), s.changeOf(t, "M1006")
	c.Get(path).Form(path + "/object").Press("不同意")
	lead := staff.Actor{ID: "st_1", Name: "林", Roles: []staff.Role{staff.Lead}}
	ends := feechange.EarliestEnd(date.Of(sampleNow), date.MustParse("2026-12-10"))
	if _, err := feechange.EndService(t.Context(), s.db, sampleNow, lead, strings.TrimPrefix(path, "/fee-changes/"), ends, "原价不够付流量的钱"); err != nil {
		t.Fatal(err)
	}
	c.Get("/home").Says("从12月23日起停。新价格你没同意").Click("看怎么退").Is(http.StatusOK).Says(
		"1 台终端的这项服务，到2026年12月22日为止", "说明：原价不够付流量的钱", "2026年12月22日以前同意新价格，服务就继续", "付的钱 × 剩下的天数 ÷ 这一期的天数")
	s.moveTo(t, "2026-12-23")
	if _, err := feechange.CarryOutEndings(t.Context(), s.db, s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	due := s.count(t, `select amount_fen from refund_dues`)
	amount := i18n.For(i18n.ZhCN).Money(int64(due))
	s.as(t, "M1006", account.Owner).Get(path).Says("1 台终端的这项服务，2026年12月23日停了", "要退给你 "+amount, "停 · 退你 "+amount).SaysNot("同意新价格")
	paid := `update bill_lines set refunded_fen = %d where id in (
		select l.id from bill_lines l join refund_dues d on d.terminal_id = l.terminal_id and d.plan_id = l.plan_id and d.cycle = l.cycle_index)`
	s.change(t, fmt.Sprintf(paid, 100))
	s.as(t, "M1006", account.Owner).Get(path).Says("一共要退给你 "+amount+"，已经退了 ¥1.00", "停 · 退你 "+i18n.For(i18n.ZhCN).Money(int64(due-100)))
	s.change(t, fmt.Sprintf(paid, due))
	s.as(t, "M1006", account.Owner).Get(path).Says(amount+" 已经退给你了", "停 · 已退 "+amount).SaysNot("要退给你")
}

func TestAFeeIsStoppedWithAProof(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newChangeSite(t, d)
		c, path := s.as(t, "M1002", account.Owner), "/terminals/"+yearlyOfM1002+"/stop"
		c.Get(path).Is(http.StatusOK).Says("停用流量卡费（一年一次）", "已经付到2027年1月19日。", "下一笔 ¥36.00，2027年1月20日。", "终端丢了")
		review := c.Get(path + "?what=fee-sim-annual-36&on=2026-12-01").Is(http.StatusOK)
		review.Says("照用到2027年1月19日，不用再付。", "2027年1月20日起的 ¥36.00 和以后的都不再收。", "已开始的一期不退，停用后不再收")
		proof := review.Form(path).Press("确认停用").Follow().Is(http.StatusOK)
		proof.Says("停用凭证", "S2026-1122-01", "已经生效。2026年12月1日起新的一期不再收。", "顺意便利店", "周，2026年11月22日")
		c.Speak("en").Get(proof.URL.Path).Says("Proof that a fee was stopped", "It holds.")
		c.Speak("zh-CN").Get(path).Says("已经定了2026年12月1日停", "已生效").Click("S2026-1122-01").Is(http.StatusOK)
		review.Form(path).Press("确认停用").Is(http.StatusConflict).Says("这项费用已经定了2026年12月1日停")
	})
}

func TestStoppingLateSaysEveryPeriodThatIsStillToBePaid(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1002", account.Owner), "/terminals/"+yearlyOfM1002+"/stop?what=fee-sim-annual-36&on=2028-06-01"
	c.Get(path).Is(http.StatusOK).Says("2027年1月20日这一期的 ¥36.00 还要付", "2028年1月20日这一期的 ¥36.00 还要付", "2 期一共 ¥72.00。", "2029年1月20日起的 ¥36.00 和以后的都不再收。")
	c.Speak("en").Get(path).Says("2 periods, ¥72.00 in all.")
}

func TestAReportOfAPastDayShowsWhatWasTakenSinceTheDepositAndByWhenWeAnswer(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1002", account.Owner), "/terminals/"+yearlyOfM1002+"/stop"
	s.change(t, `update bill_lines set item = 'device_deposit', amount_fen = 19900 where id = (
		select l.id from bill_lines l join terminals t on t.id = l.terminal_id where t.sn = '`+yearlyOfM1002+`' and l.kind = 'deduction' and l.state = 'posted' and l.plan_id is not null order by l.at limit 1)`)
	review := c.Get(path + "?what=returned&on=2026-01-01").Is(http.StatusOK)
	review.Says("那天以后扣过的", "2026年1月22日，流量卡费 ¥36.00", "要我们退，点开那一笔", "这台终端押着 ¥199.00。", "怎么退：", "我们2026年11月27日前查完")
	proof := review.Form(path).Press("确认报告").Follow().Says("我们2026年11月27日前查完，在这里告诉你结果。")
	c.Get(path + "?what=lost&on=2026-11-22").SaysNot("2026年1月20日，流量卡费")
	s.moveTo(t, "2026-12-20")
	s.as(t, "M1002", account.Owner).Get(proof.URL.Path).Says("本该在2026年11月27日前告诉你，我们晚了。打客服电话 400-000-0000")
}

func TestATerminalThatIsGoneIsReportedAndAnswered(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1002", account.Owner), "/terminals/"+yearlyOfM1002+"/stop"
	proof := c.Get(path+"?what=returned&on=2026-11-20").Says("2026年11月20日起新开始的固定费用，先不扣").Form(path).Set("remark", "给了业务员").Press("确认报告").Follow()
	c.Get("/terminals/"+yearlyOfM1002).Says("2026年11月20日起新开始的固定费用先不扣", "看凭证", "下一笔 你报告这台终端不在用了。我们答复你以前，固定费用先不扣。")
	c.Get("/terminals").Says("答复你以前先不扣")
	proof.Says("报告凭证", "终端已经归还", "给了业务员", "我们还在查")
	c.Get(path).Says("你报告这台终端从2026年11月20日起不在用了", "在查").SaysNot("终端丢了")
	support := staff.Actor{ID: "st_1", Name: "王", Roles: []staff.Role{staff.Support}}
	if err := stop.Refuse(t.Context(), s.db, s.clock.Now(), support, "S2026-1122-01", "11月21日还有交易"); err != nil {
		t.Fatal(err)
	}
	c.Get(proof.URL.Path).Says("没有查实", "原因：11月21日还有交易", "打客服电话 400-000-0000").SaysNot("查完告诉你")
	c.Get(path).Says("没查实", "11月21日还有交易", "终端丢了")
	terminal := c.Get("/terminals/"+yearlyOfM1002).Says("你报告这台终端从2026年11月20日起不在用了，没有查实。", "费用照约定收。原因：11月21日还有交易").SaysNot("先不扣")
	if got := terminal.Click("看凭证").URL.Path; got != proof.URL.Path {
		t.Errorf("the terminal's page leads to %s; want %s", got, proof.URL.Path)
	}
	s.moveTo(t, "2026-11-23")
	c.Get(path + "?what=lost&on=2026-11-21").Form(path).Press("确认报告")
	if err := stop.Confirm(t.Context(), s.db, s.clock.Now(), support, "S2026-1123-01", date.MustParse("2026-11-21")); err != nil {
		t.Fatal(err)
	}
	c.Get(path).Says("这台终端2026年11月21日起已经停用", "查实")
	c.Get("/terminals/"+yearlyOfM1002).Is(http.StatusOK).SaysNot("没有查实", "看凭证")
}

func TestWhatCantBeStoppedIsSaidAtItsField(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	c, path := s.as(t, "M1002", account.Owner), "/terminals/"+yearlyOfM1002+"/stop"
	for query, says := range map[string]string{
		"?what=&on=":                            "选一项要停的费用",
		"?what=fee-sim-annual-36&on=x":          "写上日期。",
		"?what=fee-sim-annual-36&on=2026-11-21": "日期要在2026年11月22日到2028年11月22日之间。",
		"?what=fee-card-060&on=2026-12-21":      "选一项要停的费用",
		"?what=fee-sim-annual-36&on=2099-01-01": "日期要在2026年11月22日到2028年11月22日之间。",
		"?what=lost&on=2026-11-23":              "到2026年11月22日之间。",
		"?what=returned&on=2020-01-01":          "到2026年11月22日之间。",
		"?what=fee&on=2026-11-23":               "选一项要停的费用",
	} {
		c.Get(path + query).Is(http.StatusUnprocessableEntity).Says(says)
	}
	c.Get("/terminals/404/stop").Is(http.StatusNotFound)
	c.Get(path + "/S2026-1122-09").Is(http.StatusNotFound).Says("找不到这张凭证")
}

func TestOnlyTheOwnerStops(t *testing.T) {
	s := newChangeSite(t, sampled.SQLite(t))
	owner, path := s.as(t, "M1002", account.Owner), "/terminals/"+yearlyOfM1002+"/stop"
	review := owner.Get(path + "?what=fee-sim-annual-36&on=2026-12-01")
	viewer := s.as(t, "M1002", account.Viewer)
	seen := viewer.Get(path).Is(http.StatusOK).Says("只有店主能停用或报告").SaysNot("看看会怎样")
	viewer.Get(path + "?what=fee-sim-annual-36&on=2026-12-01").Is(http.StatusForbidden)
	viewer.Post(path, url.Values{"csrf": {seen.Form("/logout").Value("csrf")}, "what": {"fee-sim-annual-36"}, "on": {"2026-12-01"}}).
		Is(http.StatusForbidden).Says("你的角色不能用这一页")
	proof := review.Form(path).Press("确认停用").Follow().URL.Path
	viewer.Get(proof).Is(http.StatusOK)
	other := s.as(t, "M1003", account.Owner)
	other.Get(proof).Is(http.StatusNotFound)
	token := other.Get(path).Is(http.StatusNotFound).Form("/logout").Value("csrf")
	other.Post(path, url.Values{"csrf": {token}, "what": {"lost"}, "on": {"2026-11-20"}}).Is(http.StatusNotFound)
}
