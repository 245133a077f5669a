package staff_test

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/staff/stafftest"
)

func TestANewcomerReplacesThePasswordAndGetsAFactorBeforeASessionCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, given := w.add("lin@example.com", staff.Support, staff.Auditor)
		if err := w.SignIn(ctx, " Lin@Example.com ", given, browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		s := w.mustHave("a")
		if s.Verified || s.OwnPassword || s.HasFactor() || s.SetUp() {
			t.Fatalf("got %+v, want a session that counts for nothing", s)
		}
		_, err := w.FinishSetUpWithTOTP(ctx, s, "phone", "123456", browser("b", "10.0.0.1"))
		refused(t, err, fault.Unauthenticated, "")
		refused(t, w.SetFirstPassword(ctx, s, given), fault.Invalid, "staff.password.same")
		refused(t, w.SetFirstPassword(ctx, s, "short"), fault.Invalid, "staff.password.short")
		refused(t, w.SetFirstPassword(ctx, s, "lin knows this one"), fault.Invalid, "staff.password.easy")
		refused(t, w.SetFirstPassword(ctx, s, "123456789012"), fault.Invalid, "staff.password.easy")
		if err := w.SetFirstPassword(ctx, s, long); err != nil {
			t.Fatal(err)
		}
		refused(t, w.SignIn(ctx, "lin@example.com", given, browser("c", "10.0.0.1")), fault.Invalid, "staff.login.wrong")
		if s = w.mustHave("a"); s.Verified || !s.OwnPassword || s.SetUp() {
			t.Fatalf("got %+v, want one with a password alone", s)
		}
		refused(t, w.SetFirstPassword(ctx, s, long+" again"), fault.Unauthenticated, "")
		refused(t, w.SignInWithTOTP(ctx, s, "123456", browser("b", "10.0.0.1")), fault.Unauthenticated, "")
		offer, err := w.OfferTOTP(ctx, s.Actor)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.OfferTOTP(ctx, s.Actor); err != nil || again != offer {
			t.Errorf("loaded again it offers %+v, %v, want %+v", again, err, offer)
		}
		_, err = w.FinishSetUpWithTOTP(ctx, s, "phone", stafftest.Code(t, offer.Secret, w.clock.Now().Add(5*time.Minute)), browser("b", "10.0.0.1"))
		refused(t, err, fault.Invalid, "staff.own.code_wrong")
		codes, err := w.FinishSetUpWithTOTP(ctx, s, "phone", stafftest.Code(t, offer.Secret, w.clock.Now()), browser("b", "10.0.0.1"))
		if err != nil || len(codes) != staff.RecoveryCodes {
			t.Fatalf("got %v, %v", codes, err)
		}
		if _, ok := w.session("a"); ok {
			t.Error("the session before the second factor lives on")
		}
		s = w.mustHave("b")
		if !s.Verified || !s.SetUp() || s.Actor.Name != "lin@example.com" || len(s.Actor.Roles) != 2 || !s.Actor.Can(staff.SeeSettings) {
			t.Errorf("got %+v", s)
		}
		w.wasRecorded("staff.add", 1)
		w.wasRecorded("staff.roles", 1)
		w.wasRecorded("staff.password.set", 1)
		w.wasRecorded("staff.factor.add", 1)
		w.wasRecorded("staff.session.start", 1)
		w.wasRecorded("staff.session.refuse", 1)
	})
}

func TestAGivenPasswordIsOverAfterThreeDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, given := w.add("lin", staff.Support)
		w.clock.Advance(staff.GivenLasts - time.Microsecond)
		if err := w.SignIn(t.Context(), "lin", given, browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Microsecond)
		refused(t, w.SignIn(t.Context(), "lin", given, browser("b", "10.0.0.1")), fault.Invalid, "staff.login.given_over")
	})
}

func TestACodeOfTheAppServesOnceAndOneStepEitherSide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		// the code that set the app up is used up
		half := w.half(lin, "h1")
		refused(t, w.SignInWithTOTP(ctx, half, stafftest.Code(t, lin.secret, w.clock.Now()), browser("a", "10.0.0.1")), fault.Invalid, "staff.login.code_wrong")
		for name, c := range map[string]struct {
			off  time.Duration
			good bool
		}{
			"the step before": {-30 * time.Second, true}, "the step after": {30 * time.Second, true}, "this step": {0, true},
			"two steps before": {-60 * time.Second, false}, "two steps after": {60 * time.Second, false},
		} {
			w.clock.Advance(10 * time.Minute)
			half := w.half(lin, "half "+name)
			code := stafftest.Code(t, lin.secret, w.clock.Now().Add(c.off))
			err := w.SignInWithTOTP(ctx, half, code, browser(name, "10.0.0.1"))
			if !c.good {
				refused(t, err, fault.Invalid, "staff.login.code_wrong")
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if s := w.mustHave(name); !s.Verified {
				t.Errorf("%s: the session is not verified", name)
			}
			again := w.half(lin, "again "+name)
			refused(t, w.SignInWithTOTP(ctx, again, code, browser("replay "+name, "10.0.0.1")), fault.Invalid, "staff.login.code_wrong")
		}
	})
}

func TestTheSessionOfTheFirstStepServesOneSecondStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		half := w.half(lin, "h")
		w.clock.Advance(time.Minute)
		if err := w.SignInWithTOTP(ctx, half, stafftest.Code(t, lin.secret, w.clock.Now()), browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		refused(t, w.SignInWithTOTP(ctx, half, stafftest.Code(t, lin.secret, w.clock.Now()), browser("b", "10.0.0.1")), fault.Unauthenticated, "")
		// and none once it is too old
		late := w.half(lin, "late")
		w.clock.Advance(31 * time.Minute)
		refused(t, w.SignInWithTOTP(ctx, late, stafftest.Code(t, lin.secret, w.clock.Now()), browser("c", "10.0.0.1")), fault.Unauthenticated, "")
	})
}

func TestARecoveryCodeServesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin, wu := w.join("lin", staff.Support), w.join("wu", staff.Support)
		if err := w.SignInWithRecoveryCode(ctx, w.half(lin, "h1"), " "+lin.codes[3][:7]+" "+lin.codes[3][7:], browser("a", "10.0.0.1")); err != nil {
			t.Fatal(err)
		}
		refused(t, w.SignInWithRecoveryCode(ctx, w.half(lin, "h2"), lin.codes[3], browser("b", "10.0.0.1")), fault.Invalid, "staff.login.recovery_wrong")
		refused(t, w.SignInWithRecoveryCode(ctx, w.half(lin, "h3"), wu.codes[0], browser("b", "10.0.0.1")), fault.Invalid, "staff.login.recovery_wrong")
		w.wasRecorded("staff.recovery.use", 1)
		fresh, err := w.NewRecoveryCodes(ctx, w.mustHave("a").Actor)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, w.SignInWithRecoveryCode(ctx, w.half(lin, "h4"), lin.codes[4], browser("b", "10.0.0.1")), fault.Invalid, "staff.login.recovery_wrong")
		if err := w.SignInWithRecoveryCode(ctx, w.half(lin, "h5"), fresh[0], browser("b", "10.0.0.1")); err != nil {
			t.Error(err)
		}
	})
}

func TestAnUnknownNameIsAnsweredAsAWrongPasswordIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.join("lin", staff.Support)
		gone := w.join("gone", staff.Support)
		if err := w.Disable(ctx, cli, gone.id); err != nil {
			// the last operator stays, and there is none in this world
			refused(t, err, fault.Conflict, "staff.people.last_operator")
			w.join("op", staff.Operator)
			if err := w.Disable(ctx, cli, gone.id); err != nil {
				t.Fatal(err)
			}
		}
		for login, typed := range map[string]string{"lin": "wrong password", "nobody": "wrong password", "gone": long} {
			for range 5 {
				refused(t, w.SignIn(ctx, login, typed, browser("x", "10.0.0.1")), fault.Invalid, "staff.login.wrong")
			}
			args := refused(t, w.SignIn(ctx, login, typed, browser("x", "10.0.0.1")), fault.TooMany, "staff.login.wait")
			if args[1] != time.Minute {
				t.Errorf("%s waits %v, want a minute", login, args[1])
			}
		}
		w.wasRecorded("staff.session.refuse", 15)
	})
}

func TestWhoGuessesAtANameKeepsItsHolderOutOfNoBrowserThatIsKnown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support) // with a second factor in the browser "lin", and none in "lin half"
		try := func(token, device, address, typed string) error {
			b := browser(token, address)
			b.DeviceHash = browser(device, "").DeviceHash
			return w.SignIn(ctx, "lin", typed, b)
		}
		for range 5 {
			refused(t, try("x", "x", "10.0.0.1", "wrong"), fault.Invalid, "staff.login.wrong")
		}
		refused(t, try("x", "x", "10.0.0.1", long), fault.TooMany, "staff.login.wait")
		refused(t, try("x", "lin half", "10.0.0.1", long), fault.TooMany, "staff.login.wait")
		if err := try("elsewhere", "x", "10.0.0.2", long); err != nil {
			t.Errorf("from another address: %v", err)
		}
		if err := try("known", "lin", "10.0.0.1", long); err != nil {
			t.Errorf("in a known browser, from the stranger's address: %v", err)
		}
		err := w.d.Write(ctx, func(tx *db.Tx) error {
			for range 100 { // whose addresses differ
				if err := attempt.Note(ctx, tx, "staff password for lin", w.clock.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, try("y", "y", "10.0.0.3", long), fault.TooMany, "staff.login.wait")
		if err := try("known still", "lin", "10.0.0.3", long); err != nil {
			t.Errorf("in a known browser: %v", err)
		}
		if err := w.ChangePassword(ctx, lin.session.Actor, long, long+" anew"); err != nil {
			t.Errorf("from within: %v", err)
		}
	})
}

func TestAnAddressThatGuessesHasToWait(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 30 {
			refused(t, w.SignIn(t.Context(), "nobody"+string(rune('a'+i)), "wrong", browser("x", "10.0.0.1")), fault.Invalid, "staff.login.wrong")
		}
		refused(t, w.SignIn(t.Context(), "somebody", "wrong", browser("x", "10.0.0.1")), fault.TooMany, "staff.login.wait")
		refused(t, w.SignIn(t.Context(), "somebody", "wrong", browser("x", "10.0.0.2")), fault.Invalid, "staff.login.wrong")
	})
}

func TestAfterFiveWrongCodesTheSecondStepWaitsWhateverTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lin := w.join("lin", staff.Support)
		half := w.half(lin, "h")
		for range 3 {
			refused(t, w.SignInWithTOTP(ctx, half, "000000", browser("x", "10.0.0.1")), fault.Invalid, "staff.login.code_wrong")
		}
		half = w.half(lin, "h again")
		for range 2 {
			refused(t, w.SignInWithRecoveryCode(ctx, half, "wrong", browser("x", "10.0.0.3")), fault.Invalid, "staff.login.recovery_wrong")
		}
		refused(t, w.SignInWithRecoveryCode(ctx, half, lin.codes[0], browser("x", "10.0.0.2")), fault.TooMany, "staff.login.wait")
		w.clock.Advance(time.Minute)
		if err := w.SignInWithRecoveryCode(ctx, half, lin.codes[0], browser("a", "10.0.0.2")); err != nil {
			t.Error(err)
		}
	})
}

func TestASessionLivesHalfAnHourUnusedAndAWorkingDayAtMost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		lin := w.join("lin", staff.Support)
		w.clock.Advance(staff.SessionIdle - time.Microsecond)
		s := w.mustHave("lin")
		if !s.Stale {
			t.Error("a session seen so long ago is not to be noted")
		}
		if err := w.SawSessions(t.Context(), []string{s.Actor.SessionID}); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(staff.SessionIdle - time.Microsecond)
		for at := w.clock.Now(); at.Before(monday.Add(staff.SessionLasts - time.Minute)); at = w.clock.Now() {
			w.mustHave("lin")
			if err := w.SawSessions(t.Context(), []string{s.Actor.SessionID}); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(10 * time.Minute)
		}
		w.clock.MoveTo(monday.Add(staff.SessionLasts))
		if _, ok := w.session("lin"); ok {
			t.Error("it lives longer than a working day")
		}
		w.half(lin, "h")
		w.clock.Advance(staff.SessionIdle)
		if _, ok := w.session("h"); ok {
			t.Error("it lives unused for half an hour")
		}
	})
}
