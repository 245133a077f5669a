package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestAnAccountIsClosedAndWhatNeedNotBeKeptIsGone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.givePassword(zhou, "correct horse")
		me := w.who(zhou, "a", 1)
		if err := w.Close(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("a"); ok {
			t.Error("the session is alive")
		}
		if got := w.count(`select count(*) from memberships where user_id = $1 and ended_at is null`, me.UserID); got != 0 {
			t.Errorf("%d memberships are live", got)
		}
		if got := w.count(`select count(*) from users where id = $1 and name = '' and email is null and password_hash is null and phone = $2`, me.UserID, zhou); got != 1 {
			t.Error("the user is not as said")
		}
		if got := w.count(`select count(*) from devices where user_id = $1`, me.UserID); got != 0 {
			t.Error("devices are kept")
		}
		if m := w.sent(zhou); len(m) != 1 || m[0].Kind != outbox.AccountClosed {
			t.Errorf("told %+v", m)
		}
		w.ensureOwners(0)
		_, err := w.SignInWithPassword(t.Context(), zhou, "correct horse", browser("b", "x"))
		refused(t, err, fault.Invalid, "login.password.wrong")
	})
}

func TestNobodyLeavesColleaguesWithoutAnOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		if err := w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王会计", Role: Finance}); err != nil {
			t.Fatal(err)
		}
		if names, _, err := w.ReadHandOver(t.Context(), me); err != nil || fmt.Sprint(names) != "[顺意便利店]" {
			t.Errorf("to hand over: %v, %v", names, err)
		}
		refused(t, w.Close(t.Context(), me), fault.Conflict, "account.close.hand_over")
		if _, ok := w.session("a"); !ok {
			t.Error("the session ended")
		}
		if err := w.SetRole(t.Context(), me, w.userID(wang), Owner); err != nil {
			t.Fatal(err)
		}
		if names, _, err := w.ReadHandOver(t.Context(), me); err != nil || len(names) != 0 {
			t.Errorf("to hand over: %v, %v", names, err)
		}
		if err := w.Close(t.Context(), me); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAccountIsClosedByWhoSignedInRecently(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.clock.Advance(Recent + time.Second)
		refused(t, w.Close(t.Context(), me), fault.Unauthenticated, "account.again")
	})
}

func TestPersonalDataIsAllOfOnesOwnAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.who(zhou, "other", 1)
		w.send(li)
		if _, err := w.RequestPhone(t.Context(), me, request()); err != nil {
			t.Fatal(err)
		}
		got, err := w.ReadPersonalData(t.Context(), me)
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != "李老板" || got.Phone != li || len(got.Memberships) != 1 || got.Memberships[0].Merchant != "顺意便利店" ||
			len(got.Sessions) != 1 || len(got.Devices) != 1 || len(got.Messages) != 2 || len(got.Requests) != 1 || len(got.Requests[0].Files) != 2 {
			t.Errorf("got %+v", got)
		}
		if n := w.count(`select count(*) from audit_entries where action = 'user.export'`); n != 1 {
			t.Errorf("the record has %d exports", n)
		}
		w.clock.Advance(Recent + time.Second)
		_, err = w.ReadPersonalData(t.Context(), me)
		refused(t, err, fault.Unauthenticated, "account.again")
	})
}
