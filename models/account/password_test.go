package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/password"
)

// givePassword sets a user's password as it is stored.
func (w *world) givePassword(phone, chosen string) {
	w.t.Helper()
	hash, err := password.Hash(w.t.Context(), chosen)
	if err != nil {
		w.t.Fatal(err)
	}
	w.exec(`update users set password_hash = $2 where phone = $1`, phone, hash)
}

func TestAPasswordSignsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		s, err := w.SignInWithPassword(t.Context(), "139 0000 1188", "correct horse", browser("a", "phone"))
		if err != nil || s.UserID != w.userID(li) {
			t.Fatalf("signed in %+v, %v", s, err)
		}
		if _, ok := w.session("a"); !ok {
			t.Error("there is no session")
		}
	})
}

func TestAPasswordThatIsBeingChangedSignsNobodyIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		signedIn := make(chan error, 1)
		err := w.d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `update users set password_hash = 'another' where phone = $1`, li); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `update sessions set ended_at = $1 where ended_at is null`, w.clock.Now()); err != nil {
				return err
			}
			go func() {
				_, err := w.SignInWithPassword(t.Context(), li, "correct horse", browser("a", "phone"))
				signedIn <- err
			}()
			select {
			case err := <-signedIn:
				signedIn <- err
			case <-time.After(time.Second): // it waits to see what becomes of the password
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-signedIn; err == nil {
			t.Error("signed in with the password that is no more")
		}
		if _, ok := w.session("a"); ok {
			t.Error("there is a session")
		}
	})
}

func TestAWrongPasswordAndAnUnknownNumberAreAnsweredAlike(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		for _, phone := range []string{li, zhou, "+8613500000001"} { // wrong, none set, nobody
			_, err := w.SignInWithPassword(t.Context(), phone, "battery staple", browser("a", "phone"))
			refused(t, err, fault.Invalid, "login.password.wrong")
		}
		_, err := w.SignInWithPassword(t.Context(), li, "", browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.password.empty")
		_, err = w.SignInWithPassword(t.Context(), "1", "x", browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.phone.wrong")
	})
}

func TestAfterFiveWrongPasswordsTheWaitDoubles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		try := func(password string) error {
			_, err := w.SignInWithPassword(t.Context(), li, password, browser("a", "phone"))
			return err
		}
		for range 5 {
			refused(t, try("wrong"), fault.Invalid, "login.password.wrong")
		}
		for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			if args := refused(t, try("correct horse"), fault.TooMany, "login.password.wait"); args[1] != wait {
				t.Errorf("asks to wait %v, want %v", args[1], wait)
			}
			w.clock.Advance(wait)
			refused(t, try("wrong"), fault.Invalid, "login.password.wrong")
		}
		w.clock.Advance(8 * time.Minute)
		if err := try("correct horse"); err != nil {
			t.Fatal(err)
		}
		refused(t, try("wrong"), fault.Invalid, "login.password.wrong") // the count begins anew
	})
}

func TestWrongPasswordsOfStrangersKeepNobodyOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		mine := browser("a", "phone")
		w.start(li, mine)
		tokens := 0
		try := func(phone, address, device, password string) error {
			tokens++
			b := browser(fmt.Sprint(tokens), device)
			b.Address = address
			_, err := w.SignInWithPassword(t.Context(), phone, password, b)
			return err
		}
		for range 5 {
			refused(t, try(li, "198.51.100.1", "stranger's", "wrong"), fault.Invalid, "login.password.wrong")
		}
		refused(t, try(li, "198.51.100.1", "stranger's", "correct horse"), fault.TooMany, "login.password.wait")
		if err := try(li, "203.0.113.9", "new", "correct horse"); err != nil {
			t.Errorf("from an address of their own, on a new device: %v", err)
		}
		if err := try(li, "198.51.100.1", "phone", "correct horse"); err != nil {
			t.Errorf("from the stranger's address, on a known device: %v", err)
		}
		for range 95 { // of others
			w.exec(`insert into attempts (key, at) values ($1, $2)`, passwordFor(li), w.clock.Now())
		}
		refused(t, try(li, "203.0.113.10", "another", "correct horse"), fault.TooMany, "login.password.wait")
		if err := try(li, "203.0.113.10", "phone", "correct horse"); err != nil {
			t.Errorf("on a known device: %v", err)
		}
		// the device of one number is a stranger at another, whoever has that
		for _, phone := range []string{zhou, "+8613500000001"} {
			for range 5 {
				refused(t, try(phone, "192.0.2.1", "phone", "wrong"), fault.Invalid, "login.password.wrong")
			}
			refused(t, try(phone, "192.0.2.1", "phone", "wrong"), fault.TooMany, "login.password.wait")
			refused(t, try(phone, "192.0.2.2", "phone", "wrong"), fault.Invalid, "login.password.wrong")
		}
	})
}

func TestAKnownDeviceWaitsForItsOwnWrongPasswords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		mine := browser("a", "phone")
		w.start(li, mine)
		for i := range 5 {
			mine.Address = fmt.Sprintf("192.0.2.%d", i)
			_, err := w.SignInWithPassword(t.Context(), li, "wrong", mine)
			refused(t, err, fault.Invalid, "login.password.wrong")
		}
		_, err := w.SignInWithPassword(t.Context(), li, "correct horse", mine)
		if args := refused(t, err, fault.TooMany, "login.password.wait"); args[1] != time.Minute {
			t.Errorf("asks to wait %v, want a minute", args[1])
		}
		// who sets another password begins anew
		if err := w.SetPassword(t.Context(), w.who(li, "c", 3), "battery staple 7"); err != nil {
			t.Fatal(err)
		}
		mine.TokenHash = browser("b", "").TokenHash
		if _, err := w.SignInWithPassword(t.Context(), li, "battery staple 7", mine); err != nil {
			t.Error(err)
		}
	})
}

func TestRightPasswordsAreNotCountedAsWrongOnes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(li, "correct horse")
		for i := range 3 {
			if _, err := w.SignInWithPassword(t.Context(), li, "correct horse", browser(fmt.Sprint(i), fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Second)
		}
		_, err := w.SignInWithPassword(t.Context(), li, "wrong", browser("a", "new"))
		refused(t, err, fault.Invalid, "login.password.wrong")
		if got := w.count(`select count(*) from attempts`); got != 3 {
			t.Errorf("%d tries are counted, want the wrong one: for who tried, the number and the address", got)
		}
	})
}
