package report

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

func TestAFileAddsUpToTheStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		var merchants counter
		rapid.Check(t, func(rt *rapid.T) {
			w := drawWorld(rt, merchants.next())
			w.write(t, d)
			month, _ := ParsePeriod("2026-10")
			page, err := ReadMonth(t.Context(), d, plans, w.merchantID, month, "")
			if err != nil {
				t.Fatal(err)
			}
			var summary Summary
			var terminals Total
			var fees, gap, apart money.Fen
			last := ""
			err = Export{
				Summary: func(s *Summary) error { summary = *s; return nil },
				Terminal: func(one *Terminal) error {
					terminals.Add(&one.Total)
					return ordered(&last, one.Month+one.SN)
				},
				Settlement: func(s *Settlement) error {
					fees, gap = fees+s.Fees(), gap+s.Gap()
					return ordered(&last, s.On.String()+s.SN)
				},
				Apart: func(l *Line) error {
					if l.State == fee.Posted || l.State == fee.Authorized || l.State == fee.Refunded {
						apart += l.Amount
					}
					return nil
				},
			}.Read(t.Context(), d, plans, w.merchantID, month, today)
			if err != nil {
				rt.Fatal(err)
			}
			wantTotal(rt, "the summary", &summary.Total, &page.Total)
			terminals.Returned = page.Total.Returned // of lines whose settlement lies in another month no terminal may be listed
			wantTotal(rt, "the terminals", &terminals, &page.Total)
			if fees != page.Total.SettledFees() || gap != page.Total.Gap || apart != page.Total.Apart {
				rt.Errorf("the rows add up to %d in settlements, %d apart and a gap of %d; the statement says %d, %d and %d",
					fees, apart, gap, page.Total.SettledFees(), page.Total.Apart, page.Total.Gap)
			}
			if fmt.Sprint(summary.Rates) != fmt.Sprint(page.Rates) {
				rt.Errorf("the summary's rates are %+v; the page's %+v", summary.Rates, page.Rates)
			}
		})
	})
}

// ordered fails where a row comes before the last one.
func ordered(last *string, next string) error {
	if len(*last) == len(next) && next < *last {
		return fmt.Errorf("%s comes after %s", next, *last)
	}
	*last = next
	return nil
}

func TestAFileThatCannotBeWrittenEndsTheReading(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		plans := publish(t, d)
		w := newWorld(1)
		w.terminal(1, 2)
		w.settlement(1, sold(1, "2026-10-05", 2, 1000_00, 6_00))
		w.settlement(1, sold(1, "2026-10-06", 2, 1000_00, 6_00))
		w.write(t, d)
		full, rows := errors.New("the disk is full"), 0
		err := Export{Settlement: func(*Settlement) error { rows++; return full }}.Read(t.Context(), d, plans, 1, YearOf(today), today)
		if !errors.Is(err, full) || rows != 1 {
			t.Errorf("got %v after %d rows; want the writer's error after one", err, rows)
		}
	})
}
