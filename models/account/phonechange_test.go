package account

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestANumberIsChangedWithACodeSentToTheNewOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "here", 3)
		w.who(li, "there", 3)
		phone, name, err := w.SendNumberCode(t.Context(), me, "135 0000 0001")
		w.asked[wang] = []string{name}
		if err != nil || phone != wang {
			t.Fatalf("got %q, %v", phone, err)
		}
		code := codeOf(w.sent(wang)[0])
		refused(t, w.ChangePhone(t.Context(), me, wang, w.asked[wang], "12"), fault.Invalid, "login.code.digits")
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		refused(t, w.ChangePhone(t.Context(), me, wang, w.asked[wang], wrong), fault.Invalid, "login.code.wrong")
		if err := w.ChangePhone(t.Context(), me, wang, w.asked[wang], code); err != nil {
			t.Fatal(err)
		}
		if got := w.userID(wang); got != me.UserID {
			t.Errorf("the number belongs to %s", got)
		}
		if _, ok := w.session("there"); ok {
			t.Error("the other session is alive")
		}
		if m := w.sent(li); len(m) != 1 || m[0].Kind != outbox.PhoneChanged || !strings.Contains(m[0].Text, "0001") || strings.Contains(m[0].Text, wang) {
			t.Errorf("the old number was told %+v", m)
		}
		// and the core system's number makes no new owner
		w.ensureOwners(0)
	})
}

func TestACodeForSigningInDoesNotChangeANumberNorTheOtherWayRound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, other := w.who(li, "a", 3), w.who(zhou, "b", 1)
		code := w.send(zhou)
		refused(t, w.ChangePhone(t.Context(), me, zhou, w.asked[zhou], code), fault.Invalid, "login.code.wrong")
		w.clock.Advance(time.Minute)
		if err := w.askOwn(me, wang); err != nil {
			t.Fatal(err)
		}
		code = codeOf(w.sent(wang)[0])
		refused(t, w.ChangePhone(t.Context(), other, wang, w.asked[wang], code), fault.Invalid, "login.code.wrong")
		if err := w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王", Role: Viewer}); err != nil {
			t.Fatal(err)
		}
		_, err := w.enter(wang, code, browser("c", "phone"))
		refused(t, err, fault.Invalid, "login.code.wrong")
	})
}

func TestANumberThatSignsInSomeoneElseIsNotTaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		if err := w.askOwn(me, zhou); err != nil {
			t.Fatalf("asking tells who has the number: %v", err)
		}
		refused(t, w.ChangePhone(t.Context(), me, zhou, w.asked[zhou], codeOf(w.sent(zhou)[0])), fault.Conflict, "account.phone.taken")
		err := w.askOwn(me, li)
		refused(t, err, fault.Invalid, "account.phone.same")
	})
}

func TestANumberIsChangedByWhoSignedInRecently(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.clock.Advance(Recent + time.Second)
		err := w.askOwn(me, wang)
		refused(t, err, fault.Unauthenticated, "account.again")
		refused(t, w.ChangePhone(t.Context(), me, wang, w.asked[wang], "123456"), fault.Unauthenticated, "account.again")
	})
}
