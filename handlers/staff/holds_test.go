package staff_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/staff"
)

// hold has the gate hold a deduction that an agent ordered, of a terminal that
// owes two years, and returns its id.
func (s *site) hold(ref string) string {
	s.t.Helper()
	a, err := s.gate.Authorize(s.t.Context(), gate.By{Actor: audit.Actor{Kind: audit.API, ID: "k_1"}}, gate.Request{
		Ref: ref, SN: sold, Item: fee.SimData, Amount: 3600, At: s.clock.Now(), Origin: "agent",
	})
	if err != nil || a.State != fee.Held {
		s.t.Fatalf("got %+v, %v; want it held", a, err)
	}
	return a.ID
}

func (s *site) announce(t *testing.T) {
	t.Helper()
	intaketest.Exec(t, s.db, `insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
		select t.merchant_id, t.id, 'sim_data', p.id, '2025-01-10', 3600, 'sms', '2026-11-20 00:00:00+00:00', '2026-11-20 00:00:00+00:00' from terminals t, plans p`)
}

func TestWhatAnAgentOrderedIsReleasedByTwo(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.announce(t)
	id := s.hold("A1")
	support, lead := s.join("support", staff.Support), s.join("lead", staff.Lead)
	support.Get("/admin").Says("暂缓、等你核对的扣费")
	support.Get("/admin/holds?merchant=M9").Says("没有等核对的扣费")
	one := support.Get("/admin/holds").Is(http.StatusOK).Says("老街面馆", "欠了不止一期 · 手工提交，没人复核", "¥36.00").Click("流量卡费").Is(http.StatusOK)
	one.Says("arrears", "manual_order", "A1，由代理商提交")
	form := one.Form("/admin/holds/" + id + "/release")
	form.Set("reason", "").Submit().Is(http.StatusUnprocessableEntity)
	form.Set("reason", "和商户核对过").Submit().Follow().Says("还要另一位同事同意", "和商户核对过")
	form.Set("reason", "再点一次").Submit().Is(http.StatusConflict).Says("第二个人要是另一位同事")
	support.Get("/admin/holds/" + id).Says("你已经同意放行").SaysNot("你也同意，就放行")
	lead.Get("/admin/holds").Says("等第二个人")
	lead.Get("/admin/holds/"+id).Form("/admin/holds/"+id+"/release").Set("reason", "同意").Submit().Follow().Says("放行了", "放行", "同意放行", "support", "和商户核对过")
	lead.Get("/admin/holds").Says("没有等核对的扣费")
	lead.Speak("en").Get("/admin/holds/"+id).Says("Evidence", "arrears", "released")
}

func TestAMissingReminderCantBeLiftedByHand(t *testing.T) {
	s := newSite(t)
	s.furnish()
	id := s.hold("A1")
	lead := s.join("lead", staff.Lead)
	one := lead.Get("/admin/holds/" + id).Says("notice_missing")
	one.Form("/admin/holds/"+id+"/release").Set("reason", "没关系").Submit().Is(http.StatusConflict).Says("不能由人放行")
	one.Form("/admin/holds/"+id+"/deny").Set("deny_reason", "没提醒过").Submit().Follow().Says("拦下了")
	auditor := s.join("auditor", staff.Auditor)
	other := s.hold("A2")
	token := auditor.Get("/admin/holds/" + other).Is(http.StatusOK).Says("你可以看，不能放行或拦下。").Form("/admin/logout").Value("csrf")
	auditor.Post("/admin/holds/"+other+"/release", map[string][]string{"csrf": {token}, "reason": {"x"}}).Is(http.StatusForbidden)
}

// holdBatch has the gate hold a batch that is smaller than those before it, and
// returns its id and that of its deduction.
func (s *site) holdBatch() (batch, deduction string) {
	s.t.Helper()
	for _, id := range []string{"gb_1", "gb_2", "gb_3"} {
		s.exec(`insert into gate_batches (id, like_key, asked_kind, asked_by, at, requests, total_fen, denied, held, band)
			values ($1, 'core sim-annual-36', 'api', 'k_1', $2, 10, 36000, 0, $3, '{}')`, id, s.clock.Now().Add(-time.Hour), false)
	}
	var b gate.Batch
	err := s.db.Write(s.t.Context(), func(tx *db.Tx) (err error) {
		b, err = s.gate.AuthorizeBatchIn(s.t.Context(), tx, gate.By{Actor: audit.Actor{Kind: audit.API, ID: "k_1"}}, []gate.Request{{
			Ref: "B1", SN: sold, Item: fee.SimData, Amount: 3600, At: s.clock.Now(), Origin: fee.OriginCore,
		}})
		return err
	})
	if err != nil || !b.Held {
		s.t.Fatalf("got %+v, %v; want it held", b, err)
	}
	return b.ID, b.Answers[0].ID
}

func TestABatchIsReleasedByTwoAndWhatElseHoldsWaitsByItself(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.announce(t)
	batch, _ := s.holdBatch()
	support, lead := s.join("support", staff.Support), s.join("lead", staff.Lead)
	at := "/admin/holds/batches/" + batch
	one := support.Get("/admin/holds?show=batches").Is(http.StatusOK).Says("和之前 3 批不一样").Click("1 笔").Is(http.StatusOK)
	one.Form(at + "/release").Submit().Is(http.StatusUnprocessableEntity)
	form := one.Form(at+"/release").Set("reason", "这晚机房停电")
	form.Submit().Follow().Says("还要另一位同事同意", "这晚机房停电")
	form.Submit().Is(http.StatusConflict).Says("第二个人要是另一位同事")
	support.Get(at).Says("你已经同意放行").SaysNot("你也同意，就放行")
	lead.Get(at).Form(at+"/release").Set("reason", "同意").Submit().Follow().Says("整批放行了", "已放行", "support", "这晚机房停电")
	lead.Get("/admin/holds?show=batches").Says("没有等核对的扣费")
	lead.Get("/admin/holds").Says("老街面馆", "欠了不止一期").SaysNot("整批和以前不一样")
}

func TestABatchThatIsDeniedTakesNothing(t *testing.T) {
	s := newSite(t)
	s.furnish()
	s.announce(t)
	batch, deduction := s.holdBatch()
	lead := s.join("lead", staff.Lead)
	at := "/admin/holds/batches/" + batch
	form := lead.Get(at).Is(http.StatusOK).Form(at+"/deny").Set("deny_reason", "少了九笔")
	form.Submit().Follow().Says("整批拦下了", "已拦下")
	form.Submit().Is(http.StatusConflict)
	lead.Get("/admin/holds/"+deduction).Says("少了九笔", "lead").SaysNot("放行，")
	intaketest.WantTexts(t, s.db, `select state from gate_requests`, "denied")
}
