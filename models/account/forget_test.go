package account

import (
	"testing"
	"time"
)

func TestWhatNoLongerCountsIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		forget := func(want int64) {
			t.Helper()
			if got, err := w.Forget(t.Context()); err != nil || got != want {
				t.Errorf("forgot %d rows, %v; want %d", got, err, want)
			}
		}
		w.send(li)
		w.signIn(li, "ends")
		w.signIn(li, "expires")
		if err := w.EndSession(t.Context(), browser("ends", "").TokenHash); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(day)
		forget(0)
		w.clock.Advance(time.Hour)
		forget(4) // three attempts and a code
		w.clock.Advance(SessionLasts)
		forget(0)
		if n := w.count(`select count(*) from sessions`); n != 2 {
			t.Errorf("%d sessions are known, want 2", n)
		}
	})
}
