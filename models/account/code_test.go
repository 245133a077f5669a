package account

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestACodeSignsInOnceAndTheMessageGoesOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		if m := w.sent(zhou)[0]; m.Kind != outbox.SignInCode || m.Locale != "zh-CN" || w.jobs.n != 1 {
			t.Errorf("sent %+v, %d jobs; want one message and one job", m, w.jobs.n)
		}
		s, err := w.enter(zhou, code, browser("a", "phone"))
		if err != nil || s.UserID != w.userID(zhou) {
			t.Fatalf("signed in %+v, %v", s, err)
		}
		_, err = w.enter(zhou, code, browser("b", "phone"))
		refused(t, err, fault.Invalid, "login.code.expired")
	})
}

func TestACodeIsKeptAsAHashThatDependsOnItsRowAndKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		var hash []byte
		var name string
		if err := w.d.QueryRow(t.Context(), `select id, code_hash from sign_in_codes`).Scan(&name, &hash); err != nil {
			t.Fatal(err)
		}
		if len(hash) != 32 || strings.Contains(string(hash), code) {
			t.Errorf("the row holds %x", hash)
		}
		for what, other := range map[string][]byte{
			"another row": w.codeHash(toSignIn, name+"x", zhou, code), "another purpose": w.codeHash(toOwnNumber, name, zhou, code),
			"another number": w.codeHash(toSignIn, name, li, code),
		} {
			if string(other) == string(hash) {
				t.Errorf("%s has the same hash", what)
			}
		}
	})
}

func TestAWrongCodeMayBeTriedFiveTimes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		wrong := fmt.Sprintf("%06d", (atoi(code)+1)%1_000_000)
		for left := 4; left >= 1; left-- {
			_, err := w.enter(zhou, wrong, browser("a", "phone"))
			if args := refused(t, err, fault.Invalid, "login.code.wrong"); fmt.Sprint(args) != fmt.Sprintf("[n %d]", left) {
				t.Errorf("says %v, want %d left", args, left)
			}
		}
		for range 2 {
			_, err := w.enter(zhou, wrong, browser("a", "phone"))
			refused(t, err, fault.Invalid, "login.code.spent")
		}
		_, err := w.enter(zhou, code, browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.code.spent")
		if got := w.count(`select count(*) from audit_entries where action = 'session.refuse' and actor_id = $1`, w.userID(zhou)); got != 8-1 {
			t.Errorf("the record has %d refusals, want 7", got)
		}
	})
}

func atoi(s string) (n int) {
	_, _ = fmt.Sscanf(s, "%d", &n)
	return n
}

func TestWhatIsNoCodeCostsNoTry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.send(zhou)
		for typed, key := range map[string]string{"": "login.code.empty", "12345": "login.code.digits", "1234567": "login.code.digits", "12345a": "login.code.digits"} {
			_, err := w.enter(zhou, typed, browser("a", "phone"))
			refused(t, err, fault.Invalid, key)
		}
		if got := w.count(`select tries from sign_in_codes`); got != 0 {
			t.Errorf("%d tries are counted", got)
		}
	})
}

func TestACodeLastsFiveMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		w.clock.Advance(codeLasts)
		_, err := w.enter(zhou, code, browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.code.expired")
	})
}

func TestAnEarlierCodeServesUntilOneOfThemDid(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.send(zhou)
		w.clock.Advance(time.Minute)
		second := w.send(zhou)
		if first == second {
			t.Skip("the two codes are the same, which happens once in a million")
		}
		if _, err := w.enter(zhou, first, browser("a", "phone")); err != nil {
			t.Fatal(err)
		}
		_, err := w.enter(zhou, second, browser("b", "phone"))
		refused(t, err, fault.Invalid, "login.code.expired")
	})
}

func TestAWrongTryCountsAtEachCodeThatItMightHaveBeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.send(zhou)
		wrong := fmt.Sprintf("%06d", (atoi(first)+1)%1_000_000)
		for range 3 {
			_, _ = w.enter(zhou, wrong, browser("a", "phone"))
		}
		w.clock.Advance(time.Minute)
		if second := w.send(zhou); second == wrong {
			t.Skip("the second code is the wrong one, which happens once in a million")
		}
		for _, left := range []int{4, 3} {
			_, err := w.enter(zhou, wrong, browser("a", "phone"))
			if args := refused(t, err, fault.Invalid, "login.code.wrong"); args[1] != left {
				t.Errorf("says %v, want %d left", args, left)
			}
		}
		_, err := w.enter(zhou, first, browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.code.wrong")
	})
}

func TestACodeServesTheBrowserThatAskedForItAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		_, strangers, err := w.SendCode(t.Context(), zhou, Visit{Address: "198.51.100.1"})
		if err != nil {
			t.Fatal(err)
		}
		stranger := browser("s", "stranger's")
		stranger.Address = "198.51.100.1"
		for range codeTries + 1 {
			if _, err := w.SignInWithCode(t.Context(), zhou, []string{strangers}, code, stranger); !fault.Is(err, fault.Invalid) {
				t.Fatalf("the owner's code signs a stranger in: %v", err)
			}
		}
		_, err = w.SignInWithCode(t.Context(), zhou, nil, code, stranger)
		refused(t, err, fault.Invalid, "login.code.expired")
		_, err = w.SignInWithCode(t.Context(), li, w.asked[zhou], code, stranger)
		refused(t, err, fault.Invalid, "login.code.expired")
		if _, err := w.enter(zhou, code, browser("a", "phone")); err != nil {
			t.Errorf("after a stranger asked and guessed, the owner's code: %v", err)
		}
	})
}

func TestStrangersUseUpNothingOfADeviceThatIsKnown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine := browser("a", "phone")
		w.start(zhou, mine)
		use := func(until string) (got int) {
			t.Helper()
			for i := 0; ; i++ {
				v := Visit{Address: mine.Address} // of a carrier, which the owner shares
				if i > 0 {
					v.Address = fmt.Sprintf("198.51.100.%d", i)
				}
				_, name, err := w.SendCode(t.Context(), zhou, v)
				if err != nil {
					refused(t, err, fault.TooMany, until)
					return got
				}
				got++
				b := browser("s", "stranger's")
				b.Address = v.Address
				for range codeTries {
					_, _ = w.SignInWithCode(t.Context(), zhou, []string{name}, "000000", b)
				}
			}
		}
		if got := use("login.code.many"); got != codesAnHourForAll {
			t.Errorf("strangers got %d codes at once, want %d", got, codesAnHourForAll)
		}
		w.clock.Advance(time.Second)
		code := w.sendFrom(zhou, mine.Visit)
		mine.TokenHash = browser("b", "").TokenHash
		w.clock.Advance(time.Minute)
		if _, err := w.enter(zhou, code, mine); err != nil {
			t.Error(err)
		}
		w.sendFrom(zhou, mine.Visit) // its own wait alone counts
		refused(t, w.ask(zhou, mine.Visit), fault.TooMany, "login.code.wait")
		w.clock.Advance(time.Hour)
		if got := use("login.code.many"); got != codesADayForAll-codesAnHourForAll {
			t.Errorf("an hour later strangers got %d codes, want %d", got, codesADayForAll-codesAnHourForAll)
		}
	})
}

func TestHoweverManyStrangersGuessTheyHaveAHundredTriesADayAtANumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		guessed := 0
		for range 24 * 2 {
			for i := range 12 {
				v := Visit{Address: fmt.Sprintf("198.51.100.%d", i)}
				_, name, err := w.SendCode(t.Context(), "135 0000 0001", v)
				if err != nil {
					continue
				}
				b := browser("s", "stranger's")
				b.Address = v.Address
				for err == nil || fault.Is(err, fault.Invalid) {
					_, err = w.SignInWithCode(t.Context(), "+8613500000001", []string{name}, "000000", b)
					if f, ok := err.(*fault.Error); ok && f.Kind == fault.Invalid && f.Fields[0].Key == "login.code.spent" {
						guessed++
						break
					}
					guessed++
				}
			}
			w.clock.Advance(30*time.Minute - time.Second)
		}
		if want := codesADayForAll * codeTries; guessed != want {
			t.Errorf("strangers guessed %d times in a day, want %d", guessed, want)
		}
	})
}

func TestTheWaitForAnotherCodeDoubles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		v := Visit{Address: "192.0.2.7"}
		for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
			w.send(zhou)
			w.clock.Advance(wait - time.Second)
			err := w.ask(zhou, v)
			if args := refused(t, err, fault.TooMany, "login.code.wait"); args[1] != time.Second {
				t.Errorf("asks to wait %v, want a second", args[1])
			}
			w.clock.Advance(time.Second)
		}
		w.send(zhou) // the fifth within the hour
		err := w.ask(zhou, v)
		if args := refused(t, err, fault.TooMany, "login.code.wait"); args[1] != time.Hour-15*time.Minute {
			t.Errorf("asks to wait %v, want what is left of the hour", args[1])
		}
	})
}

func TestTenCodesADayGoToANumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range codesADay {
			w.send(zhou)
			w.clock.Advance(time.Hour)
		}
		err := w.ask(zhou, Visit{Address: "192.0.2.7"})
		if args := refused(t, err, fault.TooMany, "login.code.wait"); args[1] != 14*time.Hour {
			t.Errorf("asks to wait %v, want until a day after the first", args[1])
		}
	})
}

func TestAnAddressMayAskForTwentyCodesAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range codesAnHourFrom {
			// the addresses of one household are one
			v := Visit{Address: fmt.Sprintf("2001:db8:0:1::%x", i)}
			if err := w.ask(fmt.Sprintf("135000000%02d", i), v); err != nil {
				t.Fatal(err)
			}
		}
		err := w.ask(zhou, Visit{Address: "2001:db8:0:1:ffff::"})
		refused(t, err, fault.TooMany, "login.code.busy")
		if err := w.ask(zhou, Visit{Address: "2001:db8:0:2::"}); err != nil {
			t.Errorf("another household is told %v", err)
		}
	})
}

func TestOneAddressGuessesThirtyTimesAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range wrongCodesFrom {
			phone := fmt.Sprintf("+86135000000%02d", i/3)
			if i%3 == 0 {
				if err := w.ask(phone, Visit{Address: fmt.Sprintf("198.51.100.%d", i)}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := w.enter(phone, "000000", browser("a", "phone"))
			refused(t, err, fault.Invalid, "login.code.wrong")
		}
		code := w.send(zhou)
		_, err := w.enter(zhou, code, browser("a", "phone"))
		refused(t, err, fault.TooMany, "login.code.busy")
	})
}

func TestAnUnknownNumberIsAnsweredAsAKnownOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		unknown, v := "+8613500000001", Visit{Address: "192.0.2.7"}
		phone, name, err := w.SendCode(t.Context(), "135 0000 0001", v)
		if err != nil || phone != unknown {
			t.Fatalf("got %q, %v", phone, err)
		}
		w.asked[unknown] = []string{name}
		if got := len(w.sent(unknown)) + w.jobs.n; got != 0 {
			t.Errorf("%d messages or jobs came of it", got)
		}
		err = w.ask(unknown, v)
		refused(t, err, fault.TooMany, "login.code.wait")
		_, err = w.enter(unknown, "000000", browser("a", "phone"))
		if args := refused(t, err, fault.Invalid, "login.code.wrong"); args[1] != 4 {
			t.Errorf("says %v", args)
		}
		w.clock.Advance(codeLasts)
		_, err = w.enter(unknown, "000000", browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.code.expired")
	})
}

func TestACodeThatWasNeverAskedForIsAnExpiredOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, phone := range []string{zhou, "+8613500000001"} {
			_, err := w.enter(phone, "123456", browser("a", "phone"))
			refused(t, err, fault.Invalid, "login.code.expired")
		}
	})
}

func TestTheRecordOfCodesHoldsNoNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		if _, err := w.enter(zhou, code, browser("a", "phone")); err != nil {
			t.Fatal(err)
		}
		if got := w.count(`
			select count(*) from audit_entries
			where actor_id || subject || action || cast(details as text) like '%13800006621%' or cast(details as text) like '%' || $1 || '%'`, code); got != 0 {
			t.Errorf("%d entries hold the number or the code", got)
		}
		if got := w.count(`select count(*) from audit_entries where action in ('code.send', 'session.start')`); got != 2 {
			t.Errorf("the record has %d entries, want 2", got)
		}
	})
}

func TestManyRequestsAtOnceSendOneCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _ = w.ask(zhou, Visit{Address: "192.0.2.7"}) })
		}
		all.Wait()
		if got := len(w.sent(zhou)); got != 1 {
			t.Errorf("%d messages went out, want 1", got)
		}
	})
}

func TestManyTriesAtOnceAreStillFive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		code := w.send(zhou)
		var all sync.WaitGroup
		for i := range 12 {
			wrong := fmt.Sprintf("%06d", (atoi(code)+1+i)%1_000_000)
			all.Go(func() { _, _ = w.enter(zhou, wrong, browser("a", "phone")) })
		}
		all.Wait()
		if got := w.count(`select tries from sign_in_codes`); got != codeTries {
			t.Errorf("%d tries were counted, want %d", got, codeTries)
		}
		_, err := w.enter(zhou, code, browser("a", "phone"))
		refused(t, err, fault.Invalid, "login.code.spent")
	})
}
