package complaint

import (
	"testing"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

func TestWhatAMerchantSendsTwiceIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, number := t.Context(), w.file(twice)
		again := func(do func() error) {
			t.Helper()
			w.must(do())
			w.must(do())
		}
		w.decide(wang, number, NotUpheld, 0)
		again(func() error { return w.AskReview(ctx, w.zhou, number, "不对") })
		w.wantFault(w.AskReview(ctx, w.zhou, number, "还是不对"), fault.Conflict, "other words")
		w.decide(lin, number, Upheld, 3600)
		again(func() error { return w.Accept(ctx, w.zhou, number) })
		again(func() error { return w.Rate(ctx, w.zhou, number, 4, "还行") })
		w.wantFault(w.Rate(ctx, w.zhou, number, 5, "还行"), fault.Conflict, "other stars")
		intaketest.WantTexts(t, w.d, `select kind from case_events where kind in ('review_asked', 'decision_accepted') order by seq`, "review_asked", "decision_accepted")

		number = w.file(lawful)
		w.decide(wang, number, NotUpheld, 0)
		again(func() error { return w.Accept(ctx, w.zhou, number) })
		again(func() error { _, err := w.Reopen(ctx, w.zhou, number, "又来了"); return err })
		_, err := w.Reopen(ctx, w.zhou, number, "另一句")
		w.wantFault(err, fault.Conflict, "other words")
		w.wantFault(w.Accept(ctx, w.zhou, number), fault.Conflict, "accepting what is looked at again")
		again(func() error { return w.Withdraw(ctx, w.zhou, number) })
		w.wantFault(w.Accept(ctx, w.zhou, number), fault.Conflict, "accepting what was withdrawn")
		intaketest.WantTexts(t, w.d, `select e.kind from case_events e join cases c on c.id = e.case_id where c.number = '`+number+`' and e.kind in ('decision_accepted', 'case_reopened', 'case_withdrawn') order by e.seq`,
			"decision_accepted", "case_reopened", "case_withdrawn")
		intaketest.WantTexts(t, w.d, `select count(*) || '' from case_posts where body in ('不对', '又来了')`, "2")
	})
}
