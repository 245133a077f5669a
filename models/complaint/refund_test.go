package complaint

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

func TestARefundAboveTheLimitTakesASecondPerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := Policy{Policy: worktime.DefaultPolicy, SecondAbove: 3000}
		w.must(w.SetPolicy(t.Context(), shen, 1, p))
		number := w.file(twice)
		_, err := w.ProposeRefund(t.Context(), wang, number, 3600)
		w.wantFault(err, fault.Conflict, "before the decision")
		w.decide(chen, number, Upheld, 3600)
		_, err = w.ProposeRefund(t.Context(), chen, number, 3601)
		w.wantFault(err, fault.Invalid, "more than was decided")
		refund, err := w.ProposeRefund(t.Context(), chen, number, 3600)
		w.must(err)
		w.wantState(number, worktime.Decided)
		_, err = w.ProposeRefund(t.Context(), wang, number, 1)
		w.wantFault(err, fault.Invalid, "more than is left")
		w.wantFault(w.SendRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, refund), fault.Conflict, "sent before it is approved")
		w.wantFault(w.ApproveRefund(t.Context(), chen, refund), fault.Forbidden, "one's own")
		w.wantFault(w.ApproveRefund(t.Context(), wang, refund), fault.Forbidden, "support")
		second := staff.Actor{ID: "st_9", Name: "赵", Roles: []staff.Role{staff.Compliance}}
		w.must(w.ApproveRefund(t.Context(), second, refund))
		w.wantFault(w.RefuseRefund(t.Context(), second, refund, "不对"), fault.Conflict, "answered twice")
		w.wantState(number, worktime.RefundPending)
	})
}

func TestARefundInPartsTakesASecondPersonFromTheLimitOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.SetPolicy(t.Context(), shen, 1, Policy{Policy: worktime.DefaultPolicy, SecondAbove: 3000}))
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		for _, part := range []struct {
			amount money.Fen
			want   RefundState
		}{{2000, RefundApproved}, {1000, RefundApproved}, {1, RefundProposed}} {
			w.clock.Advance(time.Minute)
			refund, err := w.ProposeRefund(t.Context(), wang, number, part.amount)
			w.must(err)
			if got := w.text(`select state from refund_proposals where id = $1`, refund); got != string(part.want) {
				t.Errorf("a part of %v: got %s, want %s", part.amount, got, part.want)
			}
		}
	})
}

func TestALineIsNotGivenBackTwiceByTwoCases(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.file(twice)
		w.decide(wang, first, Upheld, 3600)
		again := w.file(twice)
		w.decide(wang, again, Upheld, 3600) // nobody has proposed anything yet
		var all sync.WaitGroup
		var refused atomic.Int32
		for _, number := range []string{first, again} {
			all.Go(func() {
				if _, err := w.ProposeRefund(t.Context(), lin, number, 2000); fault.Is(err, fault.Invalid) {
					refused.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := w.text(`select cast(sum(amount_fen) as text) from refund_proposals`); refused.Load() != 1 || got != "2000" {
			t.Errorf("%s fen are to be given back, %d were refused; want 2000, the other 2000 being more than the 3600 that were taken", got, refused.Load())
		}
		third := w.file(twice)
		amount := money.Fen(1601)
		w.wantFault(w.Decide(t.Context(), wang, third, Judgement{Upheld, "重复提交", "收了两次", &amount, false}), fault.Invalid, "more than the others leave")
		w.decide(wang, third, Upheld, 1600)
		_, err := w.ProposeRefund(t.Context(), lin, third, 1600)
		w.must(err)
		w.must(w.giveBack(twice, "", 3600))
		w.at("2026-12-20", 9, 0)
		_, err = w.Close(t.Context())
		w.must(err)
		for _, number := range []string{first, again, third} { // though one of them granted more
			w.wantState(number, worktime.Closed)
		}
	})
}

func TestARefusedRefundMayBeProposedAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.SetPolicy(t.Context(), shen, 1, Policy{Policy: worktime.DefaultPolicy}))
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		refund, err := w.ProposeRefund(t.Context(), wang, number, 1800)
		w.must(err)
		w.must(w.RefuseRefund(t.Context(), chen, refund, "要退全部"))
		w.wantState(number, worktime.Decided)
		refund, err = w.ProposeRefund(t.Context(), wang, number, 3600)
		w.must(err)
		w.must(w.ApproveRefund(t.Context(), chen, refund))
		w.wantState(number, worktime.RefundPending)
	})
}

func TestARefundInPartsIsToldPartByPart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		var parts []string
		for range 2 {
			refund, err := w.ProposeRefund(t.Context(), wang, number, 1800)
			w.must(err)
			parts = append(parts, refund)
		}
		for i, want := range []worktime.State{worktime.RefundPending, worktime.Closed} {
			w.must(w.PayRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, parts[i]))
			w.wantState(number, want)
		}
		w.wantTold(number, "filed", "decided", "refund", "refunded", "closed")
	})
}

func TestMoneyGivenBackByAnEarlierDecisionIsNotCountedAgainstALaterOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		first := w.refunded(number, 1000)
		w.must(w.giveBack(twice, first[0], 1000))
		w.wantState(number, worktime.Closed)
		w.clock.Advance(time.Hour)
		_, err := w.Reopen(t.Context(), w.zhou, number, "还差二十六块")
		w.must(err)
		w.decide(wang, number, Upheld, 2600) // what was taken and not given back
		if k, err := ReadDesk(t.Context(), w.d, wang, number, w.clock.Now()); err != nil || k.Left() != 2600 {
			t.Fatalf("got %v left of the later decision, %v; want 26.00", k.Left(), err)
		}
		w.clock.Advance(time.Second)
		_, err = w.ProposeRefund(t.Context(), wang, number, 2601)
		w.wantFault(err, fault.Invalid, "more than the later decision grants")
		second, err := w.ProposeRefund(t.Context(), wang, number, 2600)
		w.must(err)
		k, err := ReadDesk(t.Context(), w.d, wang, number, w.clock.Now())
		w.must(err)
		for i, want := range []string{first[0], second} {
			if got := k.RefundsOf(i); len(got) != 1 || got[0].ID != want {
				t.Errorf("decision %d has the refunds %+v, want %s", i, got, want)
			}
		}
		if k.Left() != 0 {
			t.Errorf("got %v left, want nothing", k.Left())
		}
		w.must(w.giveBack(twice, second, 2600))
		w.wantState(number, worktime.Closed)
	})
}
