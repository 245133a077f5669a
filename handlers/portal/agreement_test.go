package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
)

// tick has an agent enter an acceptance of the first version of a plan that the
// terminal had not taken up.
func (s *bookSite) tick(t *testing.T, merchant, sn, plan string) {
	t.Helper()
	s.exec(t, fmt.Sprintf(`insert into enrolments (merchant_id, terminal_id, plan_id, anchor_on)
		select m.id, t.id, p.id, '2026-01-10' from merchants m join terminals t on t.merchant_id = m.id join plans p on p.code = '%s'
		where m.ref = '%s' and t.sn = '%s'`, plan, merchant, sn),
		fmt.Sprintf(`insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		select e.id, e.merchant_id, 1, '2026-01-10', '李四', 'agent', '2026-01-10 00:00:00+00:00'
		from enrolments e join terminals t on t.id = e.terminal_id join plans p on p.id = e.plan_id where t.sn = '%s' and p.code = '%s'`, sn, plan))
}

const (
	ownAcceptances = `select count(*) from acceptances where via = 'portal' and accepted_on = '2026-11-22' and accepted_by = '周'`
	denials        = `select count(*) from acceptance_denials where denied_on = '2026-11-22' and denied_by = '周'`
	waitToBeJudged = `select count(*) from judge_pending`
)

func TestAgreementsSayWhoAgreedToWhatAndHow(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	c := s.as(t, "M1002", account.Viewer)
	c.Get("/agreements").Is(http.StatusOK).Says(
		"刷卡手续费 0.60%", "每笔 0.60%", "李老板", "通过手机应用", "前台（尾号 2929）和收银台（尾号 ", "正在用",
		"等你同意的新价格", "想从2026年12月10日起，从每年 ¥36.00 调到每年 ¥45.00。你同意才生效。",
		"《终端收费公示》第 1 版第 1 条", "2023年3月1日公布，2023年4月1日生效", "《终端收费公示》第 2 版第 3 条").SaysNot("等你回答")
	c.Get("/agreements").Click("看明细").Is(http.StatusOK).Says("李老板", "正在用")
	c.Speak("en").Get("/agreements/card-060/1").Says("Card fee 0.60 %", "in force", "The Chinese text, which is the one that binds", "刷卡手续费 0.60%", "《终端收费公示》第 1 版第 1 条")
}

func TestWhatWasAgreedForATerminalThatIsGoneIsNotInForce(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	const gone = `update terminals set inactive_from = '2026-08-16', inactive_reason = '%s' where sn = '820000032929'`
	s.exec(t, fmt.Sprintf(gone, "broken"))
	s.as(t, "M1002", account.Owner).Get("/agreements/sim-annual-36/1").Says("正在用").SaysNot("2026年8月16日停了")
	s.exec(t, fmt.Sprintf(gone, "returned"))
	s.as(t, "M1002", account.Owner).Get("/agreements/sim-annual-36/1").Is(http.StatusOK).Says("已停用2026年8月16日停了").SaysNot("正在用")
}

func TestWithoutAnAgreementThePageSaysWhatWillBeThere(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	s.exec(t, `insert into merchants (ref, name, contact, phone, email, opened_on, updated_at) values ('M9', '新店', '', '', '', '2026-11-01', '2026-11-01 00:00:00+00:00')`)
	c := s.as(t, "M9", account.Owner)
	c.Get("/agreements").Is(http.StatusOK).Says("还没有约定")
	c.Get("/agreements/card-060/1").Is(http.StatusNotFound).Says("找不到这项约定")
	c.Get("/statements/2026-11").Is(http.StatusOK).Says("2026年11月没有结算，也没有扣费")
}

func TestAnotherMerchantsAgreementIsNotFound(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	s.tick(t, "M1002", "820000032929", "sim-quarter-9")
	other := s.as(t, "M1003", account.Owner)
	for _, path := range []string{"/agreements/none/1", "/agreements/card-060/9", "/agreements/card-060/x", "/agreements/sim-quarter-9/2"} {
		other.Get(path).Is(http.StatusNotFound)
	}
	if s.count(t, `select count(*) from enrolments e join merchants m on m.id = e.merchant_id join plans p on p.id = e.plan_id where m.ref = 'M1003' and p.code = 'withdraw-3'`) == 0 {
		t.Fatal("the sample's M1003 has no payouts")
	}
	got := other.Get("/agreements/withdraw-3/1").Is(http.StatusOK)
	got.SaysNot("李老板", "820000032929")
}

func TestAnOwnerConfirmsWhatAnAgentTicked(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newBookSite(t, d)
		s.tick(t, "M1002", "820000032929", "sim-quarter-9")
		c := s.as(t, "M1002", account.Owner)
		got := c.Get("/agreements").Says("等你回答", "代理商填的不算你同意", "代理商代填（李四），2026年1月10日").Click("看内容，再回答")
		got.Is(http.StatusOK).Says("1 台终端现在没有约定，不能收。确认后，2026年11月22日起新开始的每一期：每季 ¥9.00。", "2026年11月22日以前的不补")
		got = got.Form("/agreements/sim-quarter-9/1").Press("是我同意的").Follow()
		got.Says("记下了，1 台终端是你同意的。", "正在用", "周，2026年11月22日，通过明白账", "代理商代填（李四），2026年1月10日").SaysNot("是你同意的吗")
		if own, waiting := s.count(t, ownAcceptances), s.count(t, waitToBeJudged); own != 1 || waiting != 1 {
			t.Errorf("%d acceptances of the owner's, %d terminals to be judged; want 1 and 1", own, waiting)
		}
	})
}

func TestAnOwnerDeniesWhatAnAgentTicked(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newBookSite(t, d)
		s.tick(t, "M1002", "820000032929", "sim-quarter-9")
		c := s.as(t, "M1002", account.Owner)
		form := c.Get("/agreements/sim-quarter-9/1").Form("/agreements/sim-quarter-9/1")
		got := form.Press("不是我同意的").Follow()
		got.Says("记下了，1 台终端不是你同意的。", "你说没同意", "周说没有同意，2026年11月22日", "400-000-0000")
		if n := s.count(t, denials); n != 1 {
			t.Errorf("%d denials; want 1", n)
		}
		form.Press("是我同意的").Is(http.StatusConflict).Says("这些终端已经有人回答过了")
		if n := s.count(t, ownAcceptances); n != 0 {
			t.Errorf("%d acceptances after the denial; want none", n)
		}
	})
}

func TestAnAnswerWithoutATerminalGoesBackToItsForm(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	s.tick(t, "M1002", "820000032929", "sim-quarter-9")
	c := s.as(t, "M1002", account.Owner)
	form := c.Get("/agreements/sim-quarter-9/1").Form("/agreements/sim-quarter-9/1")
	form.Untick("terminal", "820000032929").Press("是我同意的").Is(http.StatusUnprocessableEntity).Says("至少勾一台终端")
	if n := s.count(t, ownAcceptances); n != 0 {
		t.Errorf("%d acceptances; want none", n)
	}
	form.Tamper("seen", "x").Press("是我同意的").Is(http.StatusBadRequest)
}

func TestOnlyTheOwnerAnswers(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	s.tick(t, "M1002", "820000032929", "sim-quarter-9")
	owner := s.as(t, "M1002", account.Owner)
	token := owner.Get("/agreements/sim-quarter-9/1").Form("/agreements/sim-quarter-9/1").Value("csrf")
	for _, role := range []account.Role{account.Finance, account.Viewer} {
		c := s.as(t, "M1002", role)
		c.Get("/agreements").Says("请店主来回答").SaysNot("看内容，再回答")
		c.Get("/agreements/sim-quarter-9/1").Says("只有店主能回答").SaysNot("是我同意的")
		c.SetCookie("csrf", owner.Cookie("csrf"))
		c.Post("/agreements/sim-quarter-9/1", url.Values{"csrf": {token}, "answer": {"confirm"}, "terminal": {"820000032929"}, "seen": {"99999"}}).Is(http.StatusForbidden)
	}
	if n := s.count(t, ownAcceptances); n != 0 {
		t.Errorf("%d acceptances; want none", n)
	}
}

func TestAnAnswerForManyTerminalsCanBeForAllOfThem(t *testing.T) {
	s := newBookSite(t, sampled.SQLite(t))
	for i := range 60 {
		sn := fmt.Sprintf("77%010d", i)
		s.exec(t, fmt.Sprintf(`insert into terminals (merchant_id, shop_id, sn, alias, model, type, activated_on, iccid, carrier, agent_ref, updated_at)
			select t.merchant_id, t.shop_id, '%s', '分店%d', '', '', '2026-01-10', '', '', '', '2026-01-10 00:00:00+00:00' from terminals t where t.sn = '820000032929'`, sn, i))
		s.tick(t, "M1002", sn, "sim-quarter-9")
	}
	c := s.as(t, "M1002", account.Owner)
	page := c.Get("/agreements/sim-quarter-9/1").Says("全部 60 台都算", "分店0", "分店49").SaysNot("分店50")
	page.Click("后面的").Is(http.StatusOK).Says("分店50", "分店59")
	page.Form("/agreements/sim-quarter-9/1").Set("scope", "all").Press("是我同意的").Follow().Says("记下了，60 台终端是你同意的。")
	if n := s.count(t, ownAcceptances); n != 60 {
		t.Errorf("%d acceptances; want 60", n)
	}
}
