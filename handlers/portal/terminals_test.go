package portal

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/webtest"
)

// addTerminals gives a merchant more terminals, called 分店 1, 分店 2 and so on.
func (s *merchantSite) addTerminals(t *testing.T, merchant string, n int) {
	t.Helper()
	var rows []string
	for i := 1; i <= n; i++ {
		rows = append(rows, fmt.Sprintf(`select m.id, s.id, '99%04d', '分店 %d', 'K9', '智能触屏POS', '2026-01-01', '', '', '', '2026-01-01 00:00:00+00:00' from m, s`, i, i))
	}
	s.change(t, `insert into terminals (merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
		with m as (select id from merchants where ref = '`+merchant+`'), s as (select min(id) as id from shops where merchant_id = (select id from m)) `+strings.Join(rows, " union all "))
}

func TestAFewTerminalsAreListedWithoutAFilter(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1001", account.Viewer)
	page := reader.Get("/terminals").Is(http.StatusOK).Says(
		"2 台终端，1 台在用", "前台尾号 8093，总店 在用 12月26日流量卡费 ¥48.00 90 / 100 MB截至11月21日",
		"收银台尾号 0734，总店 已归还8月1日起 没有 没有数据 ¥2,589.07",
	).SaysNot("筛选")
	if strings.Contains(page.Text(), "820000018093") {
		t.Error("the page shows a whole serial number; want its end")
	}
	page.Click("前台").Is(http.StatusOK).Says("2024年6月26日开始使用。")
	reader.Get("/terminals?lang=en").Follow().Is(http.StatusOK).Says("2 terminals, 1 in use", "ReturnedSince 1 Aug", "ending 8093, 总店", "Cost in 2026")
}

func TestManyTerminalsAreFoundByTheirNameAndTurnedPageByPage(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	s.addTerminals(t, "M1001", 45)
	reader := s.as(t, "M1001", account.Finance)
	first := reader.Get("/terminals").Is(http.StatusOK).Says("47 台终端，46 台在用", "分店 1", "已是第一页", "下一页", "30 天内要扣费")
	last := first.Click("下一页").Is(http.StatusOK).Says("上一页").Click("下一页").Is(http.StatusOK).Says("收银台", "已是最后一页")
	if back := last.Click("上一页").Click("上一页"); back.Text() == "" || len(back.All("tr")) != len(first.All("tr")) {
		t.Errorf("back at the beginning there are %d rows; want %d", len(back.All("tr")), len(first.All("tr")))
	}

	found := first.Form("/terminals").Set("q", "分店 44").Press("筛选").Is(http.StatusOK).Says("分店 44").SaysNot("分店 43")
	found.Click("不在用").Is(http.StatusOK).Says("没有找到这样的终端").SaysNot("分店 43").Click("清除筛选").Is(http.StatusOK).Says("分店 1")
	reader.Get("/terminals?status=gone").Says("收银台").SaysNot("分店")
	reader.Get("/terminals?status=due").Says("没有找到这样的终端")
	reader.Get("/terminals?status=nonsense&after=nothing").Is(http.StatusOK).Says("没有找到这样的终端")
	reader.Get("/terminals?q=" + strings.Repeat("%E5%89%8D", 200)).Is(http.StatusOK).Says("没有找到这样的终端")

	part := reader.Fragment("/terminals?q=0044", portal.TerminalsID).Is(http.StatusOK).Says("分店 44").SaysNot("早上好", "分店 43")
	if strings.Contains(part.Body, "<html") {
		t.Error("HTMX gets the whole page; want the list alone")
	}
}

func TestATerminalWithoutANameIsCalledByTheEndOfItsNumber(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	s.change(t, `update terminals set alias = '', type = '' where sn = '820000076450'`)
	reader := s.as(t, "M1004", account.Owner)
	reader.Get("/terminals").Is(http.StatusOK).Click("尾号 6450").Is(http.StatusOK).Says("尾号 6450，总店。2024年")
	reader.Get("/home").Is(http.StatusOK).Says("尾号 6450")
	reader.Get("/terminals/820000076450/name").Is(http.StatusOK).Says("给“尾号 6450”换个名字")
}

func TestATerminalsPageAnswersWhatItPaysSinceWhenAndWhatIsToCome(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1007", account.Owner)
	reader.Get("/terminals/820000133637").Is(http.StatusOK).Says(
		"尾号 3637，总店，智能触屏POS。2023年7月26日开始使用。", "¥48.00", "2027年1月26日", "65 天后", "2026年花费", "用了 89 MB，共 100 MB 截至11月21日",
		"流量卡费（半年一次） 每半年 ¥48.00，激活后前 6 个月免费", "第 7 期，下一笔", "到今天 和约定一样多",
		"机具押金", "已收2023年7月26日，¥199.00", "怎么拿回 归还完好的终端，15 天内全额退",
		"刷卡手续费 0.60%帮你收款 每笔 0.60% 示例支付有限公司怎么停：不用这种收款方式就不收 《终端收费公示》第 1 版第 1 条2023年7月26日同意，通过手机应用",
		"看每一期", "最近扣费", "与约定相符", "数据截至今天 09:30", "中国移动",
	).SaysNot("要你看一看")
	english := reader.Get("/terminals/820000133637?lang=en").Follow().Is(http.StatusOK).Says(
		"SIM data, each half year", "Until today As agreed", "How you get it back", "All fees", "Agreed on 26 July 2023 (App)", "This terminal",
	)
	if english.Lang() != "en" || !strings.HasPrefix(english.Title(), "前台") {
		t.Errorf("in English the page is in %s, titled %q", english.Lang(), english.Title())
	}
}

func TestATerminalsPageTellsFirstWhatWasNotAsAgreed(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1001", account.Viewer)
	page := reader.Get("/terminals/820000020734").Is(http.StatusOK).Says("最近 60 天，有 1 笔扣费要你看一看。", "已归还，从2026年8月1日起不再使用。", "到今天 多收了 ¥9.00", "未来一年没有要收的固定费用。", "不该收")
	page.Click("看看为什么").Is(http.StatusOK).Says("流量卡费", "¥9.00").SaysNot("扫码手续费")
	reader.Get("/terminals/820000018093").SaysNot("要你看一看")
}

func TestAFeeThatNobodyAgreedToOrThatWasStoppedSaysSo(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	s.change(t, `update enrolments set cancelled_on = '2026-11-01' where plan_id = (select id from plans where code = 'card-060') and terminal_id = (select id from terminals where sn = '820000133637')`,
		`insert into enrolments (merchant_id, terminal_id, plan_id, anchor_on)
			select t.merchant_id, t.id, p.id, '2026-11-01' from terminals t, plans p where t.sn = '820000133637' and p.code = 'sim-quarter-9'`)
	s.as(t, "M1007", account.Owner).Get("/terminals/820000133637").Is(http.StatusOK).Says("2026年11月1日停了", "没查到你的同意，不该收", "流量卡费（一季一次）")
}

func TestAnothersTerminalAndOneThatIsNotThereLookAlike(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	reader := s.as(t, "M1001", account.Owner)
	for _, sn := range []string{"820000133637", "404", "%00", "%ff", "'", strings.Repeat("8", 4000)} {
		reader.Get("/terminals/" + sn).Is(http.StatusNotFound)
		reader.Get("/terminals/" + sn + "/name").Is(http.StatusNotFound)
	}
	form := reader.Get("/terminals/820000018093/name").Form("/terminals/820000018093/name")
	reader.Post("/terminals/820000133637/name", map[string][]string{"alias": {"门口"}, "csrf": {form.Value("csrf")}}).Is(http.StatusNotFound)
	s.as(t, "M1007", account.Owner).Get("/terminals/820000133637").Says("前台")
}

func TestOnlyTheOwnerNamesATerminalAndWhatWasTypedIsKept(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	for _, role := range []account.Role{account.Viewer, account.Finance} {
		reader := s.as(t, "M1001", role)
		reader.Get("/terminals/820000018093").Is(http.StatusOK).SaysNot("改个名字")
		reader.Get("/terminals/820000018093/name").Is(http.StatusForbidden)
	}
	owner := s.as(t, "M1001", account.Owner)
	ask := owner.Get("/terminals/820000018093").Click("改个名字").Is(http.StatusOK).Says("给“前台”换个名字", "尾号 8093")
	refused := ask.Form("/terminals/820000018093/name").Set("alias", "这个名字比二十个字还要长所以不行的吧真的不行").Press("保存").Is(http.StatusUnprocessableEntity)
	refused.Says("名字最多 20 个字。", "给“前台”换个名字")
	again := refused.Form("/terminals/820000018093/name")
	if got := again.Value("alias"); got != "这个名字比二十个字还要长所以不行的吧真的不行" {
		t.Errorf("the field holds %q; want what was typed", got)
	}
	if box := refused.ByID("field-alias"); box == nil || webtest.Attr(box, "aria-invalid") != "true" {
		t.Error("the field does not say that it is wrong")
	}
	again.Set("alias", "门口 <b>").Press("保存").LeadsTo("/terminals/820000018093").Follow().Is(http.StatusOK).Says("现在叫“门口 <b>”了。", "门口 <b>")
	owner.Get("/terminals?lang=en").Follow().Says("门口 <b>")
	owner.Get("/terminals/820000018093/name").Says("Rename “门口 <b>”").Click("Keep the name").Is(http.StatusOK)
}

func TestWhoIsNotSignedInIsLedToSignIn(t *testing.T) {
	s := newMerchantSite(t, sampled.SQLite(t))
	stranger := webtest.New(t, s, s.Router().Match)
	for _, path := range []string{"/home", "/terminals", "/terminals/820000018093", "/terminals/820000018093/name"} {
		stranger.Get(path).Is(http.StatusSeeOther)
	}
}
