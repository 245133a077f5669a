package staff_test

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
)

func TestOnesOwnAccountIsReadInOneRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lin := w.join("lin", staff.Support)
		w.withPasskey(lin)
		w.join("wu", staff.Support)
		half := w.half(lin, "h")
		w.clock.Advance(time.Minute)
		if err := w.SignInWithTOTP(t.Context(), half, stafftest.Code(t, lin.secret, w.clock.Now()), browser("other", "10.0.0.7")); err != nil {
			t.Fatal(err)
		}
		ctx, count := db.Count(t.Context())
		o, err := w.ReadOwn(ctx, lin.session.Actor)
		if err != nil {
			t.Fatal(err)
		}
		if w.d.Dialect == db.Postgres && count.RoundTrips() != 1 {
			t.Errorf("took %d round trips, want 1", count.RoundTrips())
		}
		if o.Login != "lin" || !o.Recent || o.RecoveryCodes != staff.RecoveryCodes || len(o.Factors) != 2 || o.Factors[0].Passkey || !o.Factors[1].Passkey {
			t.Errorf("got %+v", o)
		}
		if len(o.Sessions) != 2 || o.Sessions[0].Address != "10.0.0.7" || o.Sessions[0].Device != "windows/edge" {
			t.Errorf("got %+v", o.Sessions)
		}
	})
}

func TestTheLastFactorStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin, wu := w.join("lin", staff.Support), w.join("wu", staff.Support)
		own, err := w.ReadOwn(ctx, lin.session.Actor)
		if err != nil {
			t.Fatal(err)
		}
		app := own.Factors[0].ID
		refused(t, w.RemoveFactor(ctx, lin.session.Actor, app), fault.Conflict, "staff.own.last_factor")
		refused(t, w.RemoveFactor(ctx, wu.session.Actor, app), fault.NotFound, "staff.own.factor_gone")
		device := w.withPasskey(lin)
		if err := w.RemoveFactor(ctx, lin.session.Actor, app); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		half := w.half(lin, "h")
		refused(t, w.SignInWithTOTP(ctx, half, stafftest.Code(t, lin.secret, w.clock.Now()), browser("x", "10.0.0.1")), fault.Invalid, "staff.login.code_wrong")
		if err := w.SignInWithPasskey(ctx, half, device.Get(w.ask(half)), browser("a", "10.0.0.1")); err != nil {
			t.Error(err)
		}
		w.wasRecorded("staff.factor.remove", 1)
	})
}

func TestASecondAppHasASecretOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		offer, err := w.OfferTOTP(ctx, lin.session.Actor)
		if err != nil || offer.Secret == lin.secret {
			t.Fatalf("got %+v, %v", offer, err)
		}
		refused(t, w.AddTOTP(ctx, lin.session.Actor, "tablet", stafftest.Code(t, lin.secret, w.clock.Now())), fault.Invalid, "staff.own.code_wrong")
		if err := w.AddTOTP(ctx, lin.session.Actor, "tablet", stafftest.Code(t, offer.Secret, w.clock.Now())); err != nil {
			t.Fatal(err)
		}
		for name, secret := range map[string]string{"phone": lin.secret, "tablet": offer.Secret} {
			w.clock.Advance(time.Minute)
			if err := w.SignInWithTOTP(ctx, w.half(lin, "h "+name), stafftest.Code(t, secret, w.clock.Now()), browser(name, "10.0.0.1")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestWhatGuardsAnAccountIsChangedSoonAfterSigningInAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		a := lin.session.Actor
		w.clock.Advance(staff.Recent + time.Microsecond)
		for name, err := range map[string]error{
			"password": w.ChangePassword(ctx, a, long, long+" again"),
			"app":      w.AddTOTP(ctx, a, "tablet", "123456"),
			"passkey":  w.AddPasskey(ctx, a, "key", nil),
			"remove":   w.RemoveFactor(ctx, a, "tf_x"),
		} {
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: got %v, want to sign in again", name, err)
			}
		}
		_, err := w.NewRecoveryCodes(ctx, a)
		refused(t, err, fault.Unauthenticated, "staff.own.again")
		_, err = w.AskNewPasskey(ctx, lin.session)
		refused(t, err, fault.Unauthenticated, "staff.own.again")
	})
}

func TestAnotherPasswordSignsOutEverywhereElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		half := w.half(lin, "h")
		if err := w.SignInWithRecoveryCode(ctx, half, lin.codes[0], browser("other", "10.0.0.7")); err != nil {
			t.Fatal(err)
		}
		a := lin.session.Actor
		refused(t, w.ChangePassword(ctx, a, "wrong password", "another long one"), fault.Invalid, "staff.own.present_wrong")
		refused(t, w.ChangePassword(ctx, a, long, "short"), fault.Invalid, "staff.password.short")
		if err := w.ChangePassword(ctx, a, long, "another long one"); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("other"); ok {
			t.Error("elsewhere they are still signed in")
		}
		w.mustHave("lin")
		refused(t, w.SignIn(ctx, "lin", long, browser("x", "10.0.0.1")), fault.Invalid, "staff.login.wrong")
	})
}

func TestSessionsAreEndedByTheirOwnerAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin, wu := w.join("lin", staff.Support), w.join("wu", staff.Support)
		refused(t, w.EndOneSession(ctx, wu.session.Actor, lin.session.Actor.SessionID), fault.NotFound, "staff.own.session_gone")
		for i, token := range []string{"b", "c"} {
			if err := w.SignInWithRecoveryCode(ctx, w.half(lin, "h"+token), lin.codes[i], browser(token, "10.0.0.7")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.EndOneSession(ctx, lin.session.Actor, w.mustHave("b").Actor.SessionID); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("b"); ok {
			t.Error("it lives on")
		}
		if n, err := w.EndOtherSessions(ctx, lin.session.Actor); err != nil || n != 1 {
			t.Errorf("ended %d, %v, want 1", n, err)
		}
		w.mustHave("wu")
		if err := w.EndSession(ctx, browser("lin", "").TokenHash); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("lin"); ok {
			t.Error("signing out left the session")
		}
	})
}
