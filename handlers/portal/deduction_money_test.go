package portal

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

func TestTheLineSaysWhereItsMoneyIsFromTheDecisionToTheAccount(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		c := s.as(t, "M1002", account.Owner)
		line := s.lineOfRef(t, "D820000048339-sim_data-5") // 99 in place of 48
		at := "/deductions/" + line
		number := filed(t, c.Get(complainAddress(complaint.OfDeduction, line)).Form(complainPath).Set(reasonField, "too_much").Submit())
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		later := func() { s.clock.MoveTo(s.clock.Now().Add(24 * time.Hour)); c = s.as(t, "M1002", account.Owner) }
		c.Get(at).Says("这笔正在查", "编号 "+number).SaysNot("这笔查过了")
		amount := money.Fen(51_00)
		must(s.cases.Decide(t.Context(), he, number, complaint.Judgement{Finding: complaint.PartlyUpheld, RootCause: "价格录错", Reason: "多收了 ¥51.00。", Amount: &amount}))
		c.Get(at).Says("11月22日给了结论", "编号 "+number, "看结论", "2026年11月22日，定了退给你 ¥51.00，正在办。").SaysNot("这笔正在查", "点一下，我们就查")
		later()
		refund, err := s.cases.ProposeRefund(t.Context(), he, number, 51_00)
		must(err)
		c.Get(at).Says("2026年11月23日，批准退给你 ¥51.00", "看结论").SaysNot("交给了结算", "定了退给你", "点一下，我们就查")
		later()
		must(s.cases.SendRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund))
		c.Get(at).Says("2026年11月24日，¥51.00 交给了结算").SaysNot("退给你 ¥20.00")
		later()
		must(s.giveBack(t, line, refund, 20_00))
		c.Get(at).Says("已经退给你 ¥20.00", "¥31.00 正在退给你")
		later()
		must(s.giveBack(t, line, refund, 31_00))
		c.Get(at).Says("2026年11月26日，退给你 ¥51.00", "看结论").SaysNot("正在退给你", "没查到是哪一天")
		c.Speak("en").Get(at).Says("26 November 2026: ¥51.00 was returned to you.", "was handed to settlement", "See the decision")
		if d.Dialect == db.Postgres {
			expectRoundTrips(t, c, at, 2)
		}
	})
}

func TestEachPartThatTheCoreSystemGaveBackHasItsDay(t *testing.T) {
	sampled.Each(t, func(t *testing.T, d *db.DB) {
		s := newMerchantSite(t, d)
		line := s.lineOfRef(t, "D820000048339-sim_data-5")
		s.change(t, `insert into gate_steps (deduction_id, number, merchant_id, at, step, amount_fen, reason, by_kind, by_id)
			select id, 1, merchant_id, '2026-11-20 02:00:00+00:00', 'refunded', 2000, '', 'api', 'k_1' from bill_lines where id = '`+line+`'`)
		s.change(t, `update bill_lines set refunded_fen = 5100 where id = '`+line+`'`)
		s.as(t, "M1002", account.Owner).Get("/deductions/"+line).Says("2026年11月20日，退给你 ¥20.00。", "已经退给你 ¥31.00，没查到是哪一天。", "这笔扣费有问题")
	})
}

// giveBack is the core system that gives money of a line back.
func (s *merchantSite) giveBack(t *testing.T, line, refund string, amount money.Fen) error {
	return s.db.Write(t.Context(), func(tx *db.Tx) error {
		return s.cases.GiveBackIn(t.Context(), tx, complaint.GivenBack{LineID: line, RefundID: refund, Amount: amount, Actor: audit.Actor{Kind: audit.API, ID: "k_1"}})
	})
}
