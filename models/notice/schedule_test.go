package notice

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestAChargeIsToldForTheDayForWhichItIsScheduled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := sketchOf(t, d, 1, 1)
		schedule := func(days int) {
			t.Helper()
			s.exec(`update forecasts set due_on = $1, period_from = $2 where terminal_id = 101`, sunday.AddDays(days), sunday.AddDays(7))
			s.change(101)
		}
		s.foresee(101, 2, sunday.AddDays(7), 3600, "")
		schedule(9)
		s.sweep(sunday.At(9, 0))
		s.want() // the lead of the first day passes
		s.sweep(sunday.AddDays(2).At(9, 0))
		s.want("upcoming 101/2 lead 7 round 1: 2026-12-01 3600 from 11-24 10:00 again 2027-01-13")
		s.gathered(sunday.AddDays(2).At(10, 0))
		if got := s.periods(); len(got) != 1 || got[0] != "2026-11-29" {
			t.Errorf("the notice is for the period from %q", got)
		}

		schedule(12) // said again
		for hour := range 2 {
			s.sweep(sunday.AddDays(3).At(15+hour, 0))
		}
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-12-01 3600 from 11-24 10:00",
			"changed 101/2 lead 0 round 2: 2026-12-04 3600 from 11-25 15:00 again 2027-01-14")
		s.gathered(sunday.AddDays(3).At(16, 0))

		schedule(11) // and earlier again, with time to tell
		s.sweep(sunday.AddDays(4).At(15, 0))
		s.sweep(sunday.AddDays(4).At(16, 0))
		s.want(
			"upcoming 101/2 lead 7 round 1: 2026-12-01 3600 from 11-24 10:00",
			"changed 101/2 lead 0 round 2: 2026-12-04 3600 from 11-25 15:00",
			"changed 101/2 lead 0 round 3: 2026-12-03 3600 from 11-26 15:00 again 2027-01-15")
	})
}

// periods lists the periods that notices are for.
func (s *sketch) periods() (all []string) {
	s.t.Helper()
	err := s.d.Query(s.t.Context(), func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var period string
			err := rows.Scan(&period)
			all = append(all, period)
			return err
		})
	}, `select cast(period_from as text) from notices`)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}
