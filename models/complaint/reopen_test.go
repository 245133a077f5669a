package complaint

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
	"github.com/mingbai/mingbai/models/worktime"
)

func TestReopeningResumesTheCaseAndLaterFilesANewOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		number := w.file(twice)
		w.clock.Advance(time.Hour)
		w.decide(wang, number, NotUpheld, 0)
		_, err := w.Reopen(t.Context(), w.zhou, number, "又扣了")
		w.wantFault(err, fault.Conflict, "one that is not closed")
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.at("2026-12-07", 9, 0)
		same, err := w.Reopen(t.Context(), w.zhou, number, "又扣了")
		w.must(err)
		w.wantState(number, worktime.Investigating)
		if c := w.clockOf(number, 1, worktime.Resolution); same != number || c.Elapsed != time.Hour || !c.StoppedAt.IsZero() {
			t.Errorf("%s goes on with %+v", same, c)
		}
		if got := w.held(); got != "sim_data" {
			t.Errorf("%q is held, want the fee", got)
		}
		w.decide(wang, number, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, number))
		w.at("2026-12-22", 9, 0)
		for range 2 {
			other, err := w.Reopen(t.Context(), w.zhou, number, "还是不对")
			if w.must(err); other != "C2026-1222-01" {
				t.Errorf("%s goes on, want a new case", other)
			}
		}
		w.wantState(number, worktime.Closed)
		w.wantState("C2026-1222-01", worktime.Received)
		if got := w.held(); got != "" {
			t.Errorf("the new one holds %q", got)
		}
		intaketest.WantTexts(t, w.d, `select kind from case_links`, "reopened")
	})
}

func TestAnOldCaseIsNotReopenedBesideOneAboutTheSameLine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.file(twice)
		w.decide(wang, old, NotUpheld, 0)
		w.must(w.Accept(t.Context(), w.zhou, old))
		w.at("2026-12-15", 9, 0)
		again := w.file(twice)
		for _, words := range []string{"还是不对", "还有这一张"} {
			if got, err := w.Reopen(t.Context(), w.zhou, old, words); err != nil || got != again {
				t.Fatalf("%s goes on, %v; want %s", got, err, again)
			}
			w.clock.Advance(time.Second)
		}
		intaketest.WantTexts(t, w.d, `select string_agg(body, ' ') from (select o.body from case_posts o join cases c on c.id = o.case_id where c.under_way order by o.at, o.id) p`, "还是不对 还有这一张")
	})
}
