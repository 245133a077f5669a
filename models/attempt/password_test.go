package attempt

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// try tries a password, and reports whether that was taken.
func try(t *testing.T, d *db.DB, p Password) bool {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error { return p.Try(t.Context(), tx, "wait", "busy") })
	if err != nil && !fault.Is(err, fault.TooMany) {
		t.Fatal(err)
	}
	return err == nil
}

func TestStrangersGetAHundredPasswordsADayAtANameHoweverManyTheyAre(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		tries := 0
		for hours := range 24 {
			for i := range 12 {
				for {
					from := fmt.Sprintf("198.51.100.%d", i)
					p := Password{Of: "lin", From: from, By: Stranger(from), At: monday.Add(time.Duration(hours) * time.Hour)}
					if !try(t, d, p) {
						break
					}
					tries++
				}
			}
		}
		if tries != passwordsADay {
			t.Errorf("strangers had %d tries in a day, want %d", tries, passwordsADay)
		}
		if known := (Password{Of: "lin", By: Device([]byte("d")), At: monday.Add(24*time.Hour - 1)}); !try(t, d, known) {
			t.Error("a known device waits for strangers")
		}
	})
}

func TestOneAskerGetsThirtyThreePasswordsOnTheFirstDayAndTwentyFourOnOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, by := range map[string]Asker{"one address": Stranger("198.51.100.1"), "a device": Device([]byte("d")), "from within": SignedIn()} {
			for day, want := range []int{33, 24} {
				tries := 0
				for minute := range 24 * 60 {
					at := monday.Add(time.Duration(day*24*60+minute) * time.Minute)
					for try(t, d, Password{Of: name, From: name, By: by, At: at}) {
						tries++
					}
				}
				if tries != want {
					t.Errorf("%s: %d tries on day %d, want %d", name, tries, day, want)
				}
			}
		}
	})
}

func TestARightPasswordTakesBackItsOwnTryAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		wrong := Password{Of: "lin_1", From: "a", By: Stranger("198.51.100.1"), At: monday}
		right := Password{Of: "lin_1", From: "a", By: Stranger("198.51.100.2"), At: monday}
		for _, p := range []Password{wrong, right, {Of: "linx1", From: "a", By: SignedIn(), At: monday}} {
			if !try(t, d, p) {
				t.Fatal("refused")
			}
		}
		counted := func(want int) {
			t.Helper()
			var n int
			if err := d.QueryRow(t.Context(), `select count(*) from attempts`).Scan(&n); err != nil || n != want {
				t.Errorf("%d tries are counted, want %d (%v)", n, want, err)
			}
		}
		counted(3 + 3 + 1)
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return right.Right(t.Context(), tx) }); err != nil {
			t.Fatal(err)
		}
		counted(3 + 1)
		// and all that is counted at a name can be forgotten, and nothing of another's
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return ClearAll(t.Context(), tx, "lin_1") }); err != nil {
			t.Fatal(err)
		}
		counted(1 + 1) // the address, and the other name
	})
}
