package complaint

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/worktime"
)

func TestAReviewGetsAnotherPersonAndNewClocksOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, NotUpheld, 0)
		w.at("2026-12-07", 10, 0) // the last day
		w.must(w.AskReview(t.Context(), w.zhou, number, "小票上写着两次"))
		w.wantState(number, worktime.Investigating)
		if h := w.head(number); h.ownerID != "" {
			t.Errorf("%s still has it", h.ownerName)
		}
		if got := w.held(); got != "sim_data" {
			t.Errorf("%q is held, want the fee", got)
		}
		if c := w.clockOf(number, 2, worktime.Resolution); !c.StartedAt.Equal(w.clock.Now()) || c.Target != 2250*time.Minute {
			t.Errorf("the new clock is %+v", c)
		}
		amount := money.Fen(3600)
		w.wantFault(w.Decide(t.Context(), wang, number, Judgement{Upheld, "重复提交", "收了两次", &amount, false}), fault.Forbidden, "the same person")
		w.wantFault(w.Assign(t.Context(), chen, number, wang.ID), fault.Invalid, "handed to the same person")
		w.must(w.Reply(t.Context(), wang, number, "转给同事了"))
		if h := w.head(number); h.ownerID != "" {
			t.Errorf("%s took it up again", h.ownerName)
		}
		w.decide(lin, number, Upheld, 3600)
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "还是不对"), fault.Conflict, "a second review")
		intaketest.WantTexts(t, w.d, `select staff_id || ' ' || round from case_decisions order by number`, "st_1 1", "st_2 2")
	})
}

func TestTheDeadlineOfAReviewIsExtendedByItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		extended := func() int {
			p, err := ReadPage(t.Context(), w.d, w.zhou.MerchantID, number, w.clock.Now())
			w.must(err)
			return p.Extended().Days
		}
		w.must(w.ExtendDeadline(t.Context(), wang, number, 40, "等运营商"))
		if got := extended(); got != 40 {
			t.Errorf("got %d days, want 40", got)
		}
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.AskReview(t.Context(), w.zhou, number, "不对"))
		if got := extended(); got != 0 {
			t.Errorf("the review is said to be extended to %d days", got)
		}
		w.must(w.ExtendDeadline(t.Context(), lin, number, 30, "等代理商"))
		if got := extended(); got != 30 {
			t.Errorf("got %d days, want 30", got)
		}
	})
}

func TestAReviewIsAskedForWithinTwoWeeks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, NotUpheld, 0)
		w.at("2026-12-08", 0, 0)
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "不对"), fault.Conflict, "a day late")
	})
}

func TestAReviewIsAskedForWhileMoneyIsOnItsWayAndTheMoneyGoesOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		first := w.refunded(number, 1000)[0]
		w.wantState(number, worktime.RefundPending)
		w.at("2026-12-07", 10, 0) // the last day
		w.must(w.AskReview(t.Context(), w.zhou, number, "还差二十六块"))
		w.wantState(number, worktime.Investigating)
		if got := w.held(); got != "sim_data" {
			t.Errorf("%q is held, want the fee", got)
		}
		w.must(w.SendRefund(t.Context(), audit.Actor{Kind: audit.API, ID: "k_1"}, first))
		amount := money.Fen(2601)
		w.wantFault(w.Decide(t.Context(), lin, number, Judgement{Upheld, "重复提交", "收了两次", &amount, false}), fault.Invalid, "more than the refund under way leaves")
		if k, err := ReadDesk(t.Context(), w.d, lin, number, w.clock.Now()); err != nil || k.Due.Most != 2600 || k.Due.Suggested != 2600 {
			t.Errorf("the desk says %+v, %v; want what the refund under way leaves", k.Due, err)
		}
		w.must(w.giveBack(twice, first, 1000)) // it arrives while somebody looks again
		w.wantState(number, worktime.Investigating)
		w.clock.Advance(time.Minute)
		w.decide(lin, number, Upheld, 2600)
		w.clock.Advance(time.Minute)
		second, err := w.ProposeRefund(t.Context(), lin, number, 2600)
		w.must(err)
		w.wantState(number, worktime.RefundPending)
		w.wantFault(w.AskReview(t.Context(), w.zhou, number, "还是不对"), fault.Conflict, "a second review")
		w.must(w.giveBack(twice, second, 2600))
		w.wantState(number, worktime.Closed)
	})
}

func TestMoneyThatAnEarlierDecisionGaveBackClosesTheCaseOnceTheLaterIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		first := w.refunded(number, 1000)[0]
		w.clock.Advance(time.Hour)
		w.must(w.AskReview(t.Context(), w.zhou, number, "还差二十六块"))
		w.decide(lin, number, NotUpheld, 0)
		w.wantState(number, worktime.Decided)
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.wantState(number, worktime.Decided) // its money is on its way
		w.must(w.giveBack(twice, first, 1000))
		w.wantState(number, worktime.Closed)
	})
}

func TestAReviewIsAskedForAlsoOnceTheMoneyHasArrived(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.must(w.giveBack(twice, w.refunded(number, 1000)[0], 1000))
		w.wantState(number, worktime.Closed)
		w.at("2026-12-07", 10, 0)
		w.must(w.AskReview(t.Context(), w.zhou, number, "还差二十六块"))
		w.wantState(number, worktime.Investigating)
		w.wantFault(w.Decide(t.Context(), wang, number, Judgement{Finding: NotUpheld, RootCause: "无", Reason: "够了"}), fault.Forbidden, "the same person")
		w.decide(lin, number, Upheld, 2600)
	})
}
