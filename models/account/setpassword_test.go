package account

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestAPasswordIsSetChangedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "here", 3)
		w.who(li, "there", 3)
		try := func(password string) error {
			w.clock.Advance(time.Second)
			_, err := w.SignInWithPassword(t.Context(), li, password, browser("p"+password, "device of "+li))
			return err
		}
		if err := w.SetPassword(t.Context(), me, "correct horse"); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("there"); ok {
			t.Error("the other session is alive")
		}
		if err := try("correct horse"); err != nil {
			t.Error(err)
		}
		if err := w.SetPassword(t.Context(), me, "battery staple"); err != nil {
			t.Fatal(err)
		}
		refused(t, try("correct horse"), fault.Invalid, "login.password.wrong")
		if err := try("battery staple"); err != nil {
			t.Error(err)
		}
		if err := w.RemovePassword(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		refused(t, try("battery staple"), fault.Invalid, "login.password.wrong")
		all := w.sent(li)
		if len(all) != 3 || all[0].Kind != outbox.PasswordSet || !strings.Contains(all[0].Text, "removed") {
			t.Errorf("told %+v, want each of the three changes", all)
		}
	})
}

func TestAPasswordIsOnlySetByWhoSignedInRecently(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.clock.Advance(Recent)
		if g, err := w.ReadGuarded(t.Context(), me); err != nil || !g.Recent || g.HasPassword || g.Phone != li {
			t.Errorf("got %+v, %v", g, err)
		}
		w.clock.Advance(time.Microsecond)
		if g, err := w.ReadGuarded(t.Context(), me); err != nil || g.Recent {
			t.Errorf("got %+v, %v", g, err)
		}
		refused(t, w.SetPassword(t.Context(), me, "correct horse"), fault.Unauthenticated, "account.again")
		refused(t, w.RemovePassword(t.Context(), me), fault.Unauthenticated, "account.again")
		if err := w.EndSession(t.Context(), browser("a", "").TokenHash); err != nil {
			t.Fatal(err)
		}
		_, err := w.ReadGuarded(t.Context(), me)
		refused(t, err, fault.Unauthenticated, "")
	})
}

func TestAPasswordThatIsEasilyGuessedIsRefused(t *testing.T) {
	for password, want := range map[string]string{
		"": "account.password.empty", "a1b2c3d": "account.password.short", "12345678": "account.password.easy", "87654321": "account.password.easy",
		"aaaaaaaa": "account.password.easy", "11112222": "account.password.easy", "abcdefgh": "account.password.easy", "13800006621": "account.password.phone",
		"13800006621a": "account.password.phone", "38000066": "account.password.phone", strings.Repeat("长", 100): "account.password.long",
		"correct horse": "", "老街面馆前台的账": "", "k8Hq2!zP": "", "zhou2024": "",
	} {
		if got := weakness(password, zhou); got != want {
			t.Errorf("%q is %q, want %q", password, got, want)
		}
	}
}
