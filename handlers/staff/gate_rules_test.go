package staff_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/staff"
)

// tryRules goes on trying what is proposed.
func (s *site) tryRules() {
	s.t.Helper()
	if _, err := gate.Try(s.t.Context(), s.db, s.clock); err != nil {
		s.t.Fatal(err)
	}
}

func TestAFigureIsProposedTriedAndSwitchedOnByAnother(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.announce(t)
	held := s.hold("A1")
	s.clock.Advance(time.Hour)
	lead, compliance, auditor := s.join("lead", staff.Lead), s.join("compliance", staff.Compliance), s.join("auditor", staff.Auditor)
	s.join("support", staff.Support).Get("/admin/settings/gate").Is(http.StatusForbidden)
	page := lead.Get("/admin/settings/gate").Is(http.StatusOK).Says("¥500.00", "15 分钟", "20 笔", "还没有改过")
	form := page.Form("/admin/settings/gate")
	form.Set("spike_percent", "-300").Set("batch_width", "很多").Set("second_above", "1000000").Submit().
		Is(http.StatusUnprocessableEntity).Says("填 110 到 2,000 之间的整数", "填 5 到 400 之间的整数", "填 0 到 100,000 之间的整数")
	form.Set("spike_percent", "300").Set("batch_width", "50").Set("second_above", "500").Set("reason", "试试").Submit().Is(http.StatusConflict).Says("没有要改的")
	form.Set("second_above", "３０").Set("reason", "出过两次错").Submit().Follow().Says("提好了", "¥30.00", "出过两次错", "要另一位同事启用", "正在用")
	form.Set("reason", "再提一次").Submit().Is(http.StatusConflict).Says("已经有一条提议")
	compliance.Get("/admin").Says("等你决定要不要启用的规则")
	compliance.Get("/admin/settings/gate").Says("还在用以前的扣费试算")
	s.tryRules()
	page = compliance.Get("/admin/settings/gate").Says("试算了 1 笔暂缓的，原来有 1 笔要两人放行。按提议会多 0 笔，少 0 笔。", "没有可以试算的")
	auditor.Get("/admin/settings/gate").Is(http.StatusOK).Says("你可以看，不能改。", "等有权限的同事决定")
	on := page.Form("/admin/settings/gate/1/on")
	token := lead.Get("/admin/settings/gate").Form("/admin/settings/gate/1/withdraw").Value("csrf")
	lead.Post("/admin/settings/gate/1/on", map[string][]string{"csrf": {token}}).Is(http.StatusForbidden)
	on.Submit().Follow().Says("启用了", "超过多少要两人放行（元）：¥500.00 改成 ¥30.00", "出过两次错", "lead提")
	on.Submit().Is(http.StatusConflict).Says("已经有结果了")
	auditor.Speak("en").Get("/admin/settings/gate").Says("Switched on", "Above this, two people release (yuan): ¥500.00 becomes ¥30.00")
	lead.Get("/admin/holds/" + held).Is(http.StatusOK)
}

func TestATrialShowsDaysAndExamples(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.announce(t)
	s.hold("A1")
	s.clock.Advance(time.Hour)
	// what an agent ordered takes two anyhow; that the core system did is to
	if _, err := s.db.SQL().ExecContext(t.Context(), `update gate_requests set origin = 'core'`); err != nil {
		t.Fatal(err)
	}
	lead := s.join("lead", staff.Lead)
	lead.Get("/admin/settings/gate").Form("/admin/settings/gate").Set("second_above", "30").Set("reason", "出过错").Submit().Follow()
	s.tryRules()
	page := lead.Get("/admin/settings/gate").Says("按提议会多 1 笔，少 0 笔", "最多的一天 1", "改成两人", "2026年11月23日")
	page.Click("2026年11月23日 10:00").Is(http.StatusOK).Says("A1")
	page.Form("/admin/settings/gate/1/withdraw").Submit().Follow().Says("撤回了", "已撤回")
}
