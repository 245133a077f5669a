package staff_test

import (
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/staff"
)

func TestAppsSealedWithAnotherSecretAreCounted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.join("lin", staff.Lead)
		w.join("wu", staff.Support)
		other, err := staff.New(staff.Options{DB: w.d, Clock: w.clock, Secret: []byte(strings.Repeat("o", 32)), URL: origin, Name: "Mingbai"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name   string
			people *staff.People
			want   int
		}{{"the same secret", w.People, 0}, {"another", other, 2}} {
			if got, err := c.people.Unreadable(t.Context()); err != nil || got != c.want {
				t.Errorf("%s: got %d, %v; want %d", c.name, got, err, c.want)
			}
		}
	})
}
