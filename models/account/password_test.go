package account

import (
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
