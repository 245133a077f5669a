package staff_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/staff"
)

func TestNoticeRulesAreProposedByOneAndPutInForceByAnother(t *testing.T) {
	s := newSite(t)
	shen, qin := s.join("shen", staff.Compliance), s.join("qin", staff.Compliance)
	lead, auditor := s.join("lead", staff.Lead), s.join("auditor", staff.Auditor)
	s.join("support", staff.Support).Get("/admin/settings/notices").Is(http.StatusForbidden)
	lead.Get("/admin/settings/notices").Is(http.StatusOK).Says("规则由合规的同事改").SaysNot("提议改规则")
	page := shen.Get("/admin/settings/notices").Is(http.StatusOK).
		Says("一直是默认的", "24 小时", "60 天", "31 天", "国务院令第 768 号第 20 条", "参照印度对自动扣款的要求", "还没有人提过", "最早2026年12月7日")
	form := page.Form("/admin/settings/notices")
	if got := form.Value("in_force_on"); got != "2026-12-23" {
		t.Errorf("the form begins with %s", got)
	}
	form.Submit().Is(http.StatusUnprocessableEntity).Says("写明为什么改")
	form.Set("reason", "试试").Submit().Is(http.StatusConflict).Says("没有要改的")
	form.Set("notice_hours", "48").Set("disclosure_days", "45").Set("reason", "提醒总是太晚").Submit().Follow().
		Says("提好了", "提醒总是太晚", "shen，2026年11月23日 10:00", "你提的，要另一位合规同事最晚2026年12月9日同意").
		Says("2026年12月23日起，提醒要在扣费前至少 48 小时送到，原来是 24 小时。", "2026年12月23日起公示的，至少 45 天后才生效", "2026年12月23日以前问过的扣费").SaysNot("同意以后", "才算数，原来")
	form.Submit().Is(http.StatusConflict).Says("已经有一条提议")
	own := shen.Get("/admin/settings/notices").Form("/admin/settings/notices/1/withdraw")
	shen.Post("/admin/settings/notices/1/on", map[string][]string{"csrf": {own.Value("csrf")}}).Is(http.StatusForbidden)
	auditor.Get("/admin/settings/notices").Is(http.StatusOK).Says("等合规的同事决定，最晚2026年12月9日")
	shen.Get("/admin").Says("等你同意的提醒和公示规则 0 件")
	qin.Get("/admin").Says("等你同意的提醒和公示规则 1 件")
	on := qin.Get("/admin/settings/notices").Says("同意以后").Form("/admin/settings/notices/1/on")
	on.Submit().Follow().Says("同意了", "提醒至少提前（小时）：24 改成 48", "shen提", "qin定", "2026年12月23日起", "以后用", "第 1 版", "一直是默认的")
	on.Submit().Is(http.StatusConflict).Says("已经有结果了")
	s.clock.Advance(30 * 24 * time.Hour)
	s.join("later", staff.Auditor).Speak("en").Get("/admin/settings/notices").Says("In force since 23 December 2026", "48 hours", "Notice at least (hours ahead): 24 becomes 48", "Earlier")
}

func TestNoticeRulesThatWouldBeWorseForMerchantsAreRefusedAllAtOnce(t *testing.T) {
	s := newSite(t)
	form := s.join("compliance", staff.Compliance).Get("/admin/settings/notices").Form("/admin/settings/notices")
	refused := form.Set("notice_hours", "12").Set("notice_max_days", "90").Set("disclosure_days", "30").Set("in_force_on", "2026-11-22").Submit().Is(http.StatusUnprocessableEntity).
		Says("不能少于默认的 24 小时", "不能多于默认的 60 天", "不能少于默认的 31 天", "写2026年12月7日到2027年11月24日之间的一天", "写明为什么改，最多 500 个字")
	if got := refused.Form("/admin/settings/notices").Value("notice_hours"); got != "12" {
		t.Errorf("%q is left of what was typed", got)
	}
	form.Set("notice_hours", "很久").Set("notice_max_days", "30").Set("disclosure_days", "365").Set("in_force_on", "明天").Submit().Is(http.StatusUnprocessableEntity).
		Says("写一个整数", "至少 40 天", "公示最多提前 180 天", "写2026年12月7日")
}

func TestProposedNoticeRulesAreWithdrawnOrComeTooLate(t *testing.T) {
	s := newSite(t)
	s.join("shen", staff.Compliance).Get("/admin/settings/notices").Form("/admin/settings/notices").Set("notice_max_days", "50").Set("reason", "太早").Submit().Follow().
		Says("扣费前 50 天以内的提醒才算数，原来是 60 天")
	s.clock.Advance(17 * 24 * time.Hour)
	qin := s.join("qin", staff.Compliance)
	withdraw := qin.Get("/admin/settings/notices").Says("离生效那天太近了").Form("/admin/settings/notices/1/withdraw")
	qin.Post("/admin/settings/notices/1/on", map[string][]string{"csrf": {withdraw.Value("csrf")}}).Is(http.StatusConflict).Says("离生效那天太近了")
	qin.Post("/admin/settings/notices/x/on", map[string][]string{"csrf": {withdraw.Value("csrf")}}).Is(http.StatusNotFound)
	withdraw.Submit().Follow().Says("撤回了，规则没有变", "已撤回", "一直是默认的")
}
