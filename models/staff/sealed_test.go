package staff_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
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

func TestWhoseAppWasSealedWithAnotherSecretIsToldWhomToAsk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lin := w.join("lin", staff.Lead)
		other, err := staff.New(staff.Options{DB: w.d, Clock: w.clock, Secret: []byte(strings.Repeat("o", 32)), URL: origin, Name: "Mingbai"})
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		half := w.half(lin, "h")
		code := stafftest.Code(t, lin.secret, w.clock.Now())
		refused(t, other.SignInWithTOTP(t.Context(), half, code, browser("x", "10.0.0.1")), fault.Invalid, "staff.login.code_locked")
		if err := w.SignInWithTOTP(t.Context(), half, code, browser("x", "10.0.0.1")); err != nil {
			t.Errorf("with the former secret again: %v", err)
		}
	})
}
