package complaint

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
)

func TestMergingKeepsTheEarliestFilingAndItsClocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		early := w.file(twice)
		due := w.now(early).NextDue()
		w.clock.Advance(2 * time.Hour)
		late := w.file(dearly)
		question, err := w.File(t.Context(), w.zhou, NewCase{Kind: Question, Words: "？"})
		w.must(err)
		_, err = w.Merge(t.Context(), wang, early, question.Number)
		w.wantFault(err, fault.Conflict, "a complaint and a question")
		kept, err := w.Merge(t.Context(), wang, late, early)
		if w.must(err); kept != early || !w.now(early).NextDue().Equal(due) {
			t.Errorf("%s goes on, due at %s; want %s at %s", kept, w.now(early).NextDue(), early, due)
		}
		w.wantFault(w.Reply(t.Context(), wang, late, "在查"), fault.Conflict, "the one that was merged")
		if got := w.held(); got != "sim_data service" && got != "service sim_data" {
			t.Errorf("%q is held, want both fees", got)
		}
		if again := w.file(dearly); again != early {
			t.Errorf("complained again: %s, want %s", again, early)
		}
		w.decide(wang, early, Upheld, 3600)
		if got := w.held(); got != "" {
			t.Errorf("%q is held after the decision", got)
		}
		w.must(w.AskReview(t.Context(), w.zhou, early, "服务费呢？"))
		if got := w.held(); got != "sim_data service" && got != "service sim_data" {
			t.Errorf("%q is held in the review, want both fees", got)
		}
		w.decide(lin, early, Upheld, 3600)
		if got := w.held(); got != "" {
			t.Errorf("%q is held after the review", got)
		}
	})
}

func TestASplitInheritsTheClocksAndTheOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.clock.Advance(time.Hour)
		w.must(w.AskMerchant(t.Context(), wang, number, "请发小票"))
		w.clock.Advance(time.Hour)
		off, err := w.Split(t.Context(), wang, number, OfDeduction, w.lines[dearly], "", TooMuch, "另一笔")
		w.must(err)
		a, b := w.now(number), w.now(off)
		if a.State != b.State || len(a.Clocks) != len(b.Clocks) {
			t.Fatalf("%+v, split off %+v", a, b)
		}
		for i := range a.Clocks {
			if a.Clocks[i] != b.Clocks[i] {
				t.Errorf("the clocks are %+v and %+v", a.Clocks[i], b.Clocks[i])
			}
		}
		if h := w.head(off); h.ownerID != wang.ID || h.number == number {
			t.Errorf("%s belongs to %q", h.number, h.ownerName)
		}
		_, err = w.Split(t.Context(), wang, number, OfDeduction, w.lines[dearly], "", TooMuch, "另一笔")
		w.wantFault(err, fault.Conflict, "split off twice")
	})
}
