package staff_test

import (
	"net/http"
	"testing"

	"github.com/mingbai/mingbai/models/retention"
	"github.com/mingbai/mingbai/models/staff"
)

func TestTermsAreProposedByOneAndPutInForceByAnother(t *testing.T) {
	s := newSite(t)
	compliance, lead, auditor := s.join("compliance", staff.Compliance), s.join("lead", staff.Lead), s.join("auditor", staff.Auditor)
	s.join("support", staff.Support).Get("/admin/retention").Is(http.StatusForbidden)
	lead.Get("/admin/retention").Is(http.StatusOK).SaysNot("提议改期限", "你可以看，不能改。")
	auditor.Get("/admin/retention").Is(http.StatusOK).Says("你可以看，不能改。")
	form := compliance.Get("/admin/retention").Is(http.StatusOK).Says("还没有清理过", "5 年", "190 天", "一直保存", "人民银行 2024 年第 4 号令", "agent_days").Form("/admin/retention")
	form.Set("money_months", "59").Set("access_days", "-200").Set("grace_days", "很久").Submit().
		Is(http.StatusUnprocessableEntity).Says("填 60 到 360 之间的整数", "填 184 到 1,100 之间的整数", "填 7 到 60 之间的整数")
	form.Set("money_months", "60").Set("access_days", "190").Set("grace_days", "14").Set("reason", "试试").Submit().Is(http.StatusConflict).Says("没有要改的")
	form.Set("grace_days", "30").Submit().Is(http.StatusSeeOther)
	form.Submit().Is(http.StatusConflict).Says("已经有一条提议")
	own := compliance.Get("/admin/retention").Says("你提的，要另一位同事同意").SaysNot("同意并生效").Form("/admin/retention/1/withdraw")
	compliance.Post("/admin/retention/1/on", map[string][]string{"csrf": {own.Value("csrf")}}).Is(http.StatusForbidden)
	lead.Get("/admin").Says("等你同意的资料保存期限")
	on := lead.Get("/admin/retention").Says("试试", "同意并生效").Form("/admin/retention/1/on")
	on.Submit().Follow().Says("生效了", "关闭后可以恢复（天）：14 改成 30", "30 天")
	on.Submit().Is(http.StatusConflict).Says("已经有结果了")
	auditor.Speak("en").Get("/admin/retention").Is(http.StatusOK).Says("How long data is kept", "30 days", "In force")
}

func TestThePageSaysWhatTheLastRunRemovedAndWhatIsNext(t *testing.T) {
	s := newSite(t)
	if _, err := s.db.SQL().ExecContext(t.Context(), `insert into agent_days (agent_ref, on_date, plan_id, part, deductions) values ('A', '2025-01-01', 1, 0, 1), ('A', '2025-11-01', 1, 0, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := retention.Run(t.Context(), s.db, s.clock, nil); err != nil {
		t.Fatal(err)
	}
	s.join("compliance", staff.Compliance).Get("/admin/retention").Is(http.StatusOK).
		Says("2026年11月23日 10:00", "删了 1 条", "2026年11月24日 10:00", "接下来 30 天会到期")
}

func TestAProposalOfTermsIsWithdrawnAndChangesNothing(t *testing.T) {
	s := newSite(t)
	compliance := s.join("compliance", staff.Compliance)
	compliance.Get("/admin/retention").Form("/admin/retention").Set("grace_days", "30").Set("reason", "试试").Submit().Follow()
	withdraw := compliance.Get("/admin/retention").Form("/admin/retention/1/withdraw")
	withdraw.Submit().Follow().Says("撤回了，期限没有变", "已撤回", "14 天")
	withdraw.Submit().Is(http.StatusConflict).Says("已经有结果了")
	compliance.Get("/admin/retention").Form("/admin/retention").Set("grace_days", "30").Set("reason", "再提").Submit().Is(http.StatusSeeOther)
}
