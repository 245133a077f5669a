package complaint

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/worktime"
)

// wantWaits fails the test unless a case waits for something of its owner's, and
// stands in the queue and is counted if so.
func (w *world) wantWaits(number, ownerID string, want WaitsFor, when string) {
	w.t.Helper()
	owner := wang
	owner.ID = ownerID
	q, err := ReadQueue(w.t.Context(), w.d, owner, Mine, Mark{}, w.clock.Now())
	w.must(err)
	var n int
	b := db.NewBatch()
	CountMine(b, ownerID, &n)
	w.must(w.d.Read(w.t.Context(), b))
	listed := 0
	for _, r := range q.Rows {
		if r.Number == number {
			listed++
			if r.WaitsFor != want {
				w.t.Errorf("%s it waits for %q in the queue, want %q", when, r.WaitsFor, want)
			}
		}
	}
	if wanted := want != WaitsForNothing; (listed == 1) != wanted || (n == 1) != wanted || (q.Counts[Left] == 1) != wanted {
		w.t.Errorf("%s it is listed %d times, %d are counted, and %d after a decision; want that it waits for %q", when, listed, n, q.Counts[Left], want)
	}
	k, err := ReadDesk(w.t.Context(), w.d, owner, number, w.clock.Now())
	if w.must(err); k.WaitsFor != want {
		w.t.Errorf("%s it waits for %q on its page, want %q", when, k.WaitsFor, want)
	}
}

func TestADecidedCaseWaitsForItsOwnerUntilItsRefundIsProposed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.SetPolicy(t.Context(), shen, 1, Policy{Policy: worktime.DefaultPolicy, SecondAbove: 3000}))
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		w.wantWaits(number, wang.ID, WaitsForRefund, "when it is decided")
		clocks := w.now(number)
		refund, err := w.ProposeRefund(t.Context(), wang, number, 3600)
		w.must(err)
		w.wantWaits(number, wang.ID, WaitsForNothing, "when the refund is proposed")
		w.must(w.RefuseRefund(t.Context(), chen, refund, "金额要再算一遍"))
		w.wantWaits(number, wang.ID, WaitsForRefund, "when it is refused")
		_, err = w.ProposeRefund(t.Context(), wang, number, 2000)
		w.must(err)
		w.wantWaits(number, wang.ID, WaitsForRefund, "when a part of it is proposed")
		_, err = w.ProposeRefund(t.Context(), wang, number, 1600)
		w.must(err)
		w.wantWaits(number, wang.ID, WaitsForNothing, "when the rest is")
		if now := w.now(number); now.NextDue() != clocks.NextDue() || len(now.Clocks) != len(clocks.Clocks) {
			t.Errorf("a clock runs for it: %+v", now)
		}
	})
}

func TestADecidedCaseWaitsForAnAnswerToWhatTheMerchantWritesAfterIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(lawful)
		w.decide(wang, number, NotUpheld, 0)
		w.wantWaits(number, wang.ID, WaitsForNothing, "when it is decided without money")
		w.clock.Advance(time.Hour)
		w.must(w.Write(t.Context(), w.zhou, number, "那下个月还会扣吗？", nil))
		w.wantWaits(number, wang.ID, WaitsForAnswer, "when the merchant writes")
		w.must(w.Note(t.Context(), wang, number, "要回一句"))
		w.wantWaits(number, wang.ID, WaitsForAnswer, "when staff write it down among themselves")
		w.must(w.Reply(t.Context(), wang, number, "不会了。"))
		w.wantWaits(number, wang.ID, WaitsForNothing, "when somebody replies")
		w.clock.Advance(time.Hour)
		w.must(w.Write(t.Context(), w.zhou, number, "好的", nil))
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.wantWaits(number, wang.ID, WaitsForNothing, "when the merchant accepts")
	})
}

func TestADecidedCaseThatWaitsIsHandedToSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		w.must(w.Assign(t.Context(), chen, number, lin.ID))
		w.wantWaits(number, lin.ID, WaitsForRefund, "when it is handed on")
		w.wantState(number, worktime.Decided)
		_, err := w.ProposeRefund(t.Context(), lin, number, 3600)
		w.must(err)
		w.wantFault(w.Assign(t.Context(), chen, number, wang.ID), fault.Conflict, "once it waits for nothing")
	})
}

func TestACaseWaitsForNoRefundOnceItsMoneyWasGivenBackWithoutIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.decide(wang, number, Upheld, 3600)
		intaketest.Exec(t, w.d, `update bill_lines set refunded_fen = amount_fen where id = '`+w.lines[twice]+`'`)
		n, err := w.Recheck(t.Context())
		if w.must(err); n != 1 {
			t.Errorf("it looked at %d cases, want one", n)
		}
		w.wantWaits(number, wang.ID, WaitsForNothing, "when it was given back")
	})
}
