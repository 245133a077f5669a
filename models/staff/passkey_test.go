package staff_test

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
)

// withPasskey gives a member a passkey.
func (w *world) withPasskey(m member) *stafftest.Authenticator {
	w.t.Helper()
	device := stafftest.NewAuthenticator(w.t, origin)
	asked, err := w.AskNewPasskey(w.t.Context(), m.session)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.AddPasskey(w.t.Context(), m.session.Actor, "key", device.Create(asked)); err != nil {
		w.t.Fatal(err)
	}
	return device
}

func (w *world) ask(half staff.Session) []byte {
	w.t.Helper()
	asked, err := w.AskPasskey(w.t.Context(), half)
	if err != nil {
		w.t.Fatal(err)
	}
	return asked
}

func TestAPasskeySignsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lin := w.join("lin", staff.Support)
		device := w.withPasskey(lin)
		half := w.half(lin, "h")
		if err := w.SignInWithPasskey(t.Context(), half, device.Get(w.ask(half)), browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		if s := w.mustHave("a"); !s.Verified {
			t.Error("the session is not verified")
		}
		w.wasRecorded("staff.factor.add", 2)
	})
}

func TestAPasskeyCanBeTheFirstFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, given := w.add("lin", staff.Support)
		if err := w.SignIn(ctx, "lin", given, browser("h", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		half := w.mustHave("h")
		_, err := w.AskNewPasskey(ctx, half)
		refused(t, err, fault.Unauthenticated, "") // the password first
		if err := w.SetFirstPassword(ctx, half, long); err != nil {
			t.Fatal(err)
		}
		asked, err := w.AskNewPasskey(ctx, half)
		if err != nil {
			t.Fatal(err)
		}
		device := stafftest.NewAuthenticator(t, origin)
		codes, err := w.FinishSetUpWithPasskey(ctx, half, "key", device.Create(asked), browser("a", "10.0.0.1"))
		if err != nil || len(codes) != staff.RecoveryCodes || !w.mustHave("a").Verified {
			t.Errorf("got %v, %v", codes, err)
		}
	})
}

func TestAPasskeysAnswerServesOnceAndOnlyWhereItWasAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin, wu := w.join("lin", staff.Support), w.join("wu", staff.Support)
		device := w.withPasskey(lin)
		other := w.withPasskey(wu)
		wrong := func(half staff.Session, answer []byte) {
			t.Helper()
			refused(t, w.SignInWithPasskey(ctx, half, answer, browser("x", "10.0.0.1")), fault.Invalid, "staff.login.passkey_wrong")
		}
		half := w.half(lin, "h1")
		answer := device.Get(w.ask(half))
		if err := w.SignInWithPasskey(ctx, half, answer, browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		again := w.half(lin, "h2")
		wrong(again, answer) // nothing was asked here
		w.ask(again)
		wrong(again, answer) // something else was asked
		asked := w.ask(again)
		wrong(again, other.Get(asked)) // the passkey is someone else's
		wrong(again, []byte("nonsense"))
		device.Origin = "https://mingbai.example.org"
		w.clock.Advance(2 * time.Minute)
		again = w.half(lin, "h3")
		wrong(again, device.Get(w.ask(again))) // asked by another site
		device.Origin = origin
		w.clock.Advance(time.Hour)
		again = w.half(lin, "h4")
		asked = w.ask(again)
		w.clock.Advance(5 * time.Minute)
		wrong(again, device.Get(asked)) // answered too late
	})
}

func TestAPasskeyThatMayHaveBeenCopiedIsRefusedAndRecorded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		device := w.withPasskey(lin)
		device.Counter = 7
		half := w.half(lin, "h1")
		if err := w.SignInWithPasskey(ctx, half, device.Get(w.ask(half)), browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		device.Counter = 5 // as that of a copy, which answers a sixth time
		half = w.half(lin, "h2")
		refused(t, w.SignInWithPasskey(ctx, half, device.Get(w.ask(half)), browser("b", "10.0.0.1")), fault.Invalid, "staff.login.passkey_copied")
		w.wasRecorded("staff.passkey.clone", 1)
	})
}

func TestAPasskeyIsAddedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lin, wu := w.join("lin", staff.Support), w.join("wu", staff.Support)
		device := w.withPasskey(lin)
		asked, err := w.AskNewPasskey(t.Context(), wu.session)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, w.AddPasskey(t.Context(), wu.session.Actor, "", device.Create(asked)), fault.Invalid, "staff.own.name_empty")
		refused(t, w.AddPasskey(t.Context(), wu.session.Actor, "key", device.Create(asked)), fault.Invalid, "staff.own.passkey_known")
		refused(t, w.AddPasskey(t.Context(), wu.session.Actor, "key", device.Create(asked)), fault.Invalid, "staff.own.passkey_wrong")
	})
}
