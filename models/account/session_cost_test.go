package account

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
)

func TestFindingASessionCostsFewAllocations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(li, "a")
		hash := browser("a", "").TokenHash
		most := map[db.Dialect]float64{db.Postgres: 40, db.SQLite: 100}[w.d.Dialect]
		got := testing.AllocsPerRun(50, func() {
			if _, ok, err := w.FindSession(t.Context(), hash); err != nil || !ok {
				t.Fatal(ok, err)
			}
		})
		if got > most {
			t.Errorf("got %v allocations, want at most %v", got, most)
		}
	})
}
