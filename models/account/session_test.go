package account

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

func TestASessionSaysWhoAndForWhomInOneQuery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(li, "a")
		ctx, counted := db.Count(t.Context())
		s, ok, err := w.FindSession(ctx, browser("a", "").TokenHash)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if counted.RoundTrips() != 1 || counted.Statements() != 1 {
			t.Errorf("took %d round trips and %d statements, want one", counted.RoundTrips(), counted.Statements())
		}
		if s.UserID != w.userID(li) || s.Name != "李老板" || s.MerchantID != 3 || s.MerchantName != "顺意便利店" || s.Role != Owner || len(s.Others) != 0 || s.Stale {
			t.Errorf("got %+v", s)
		}
		if _, ok := w.session("another"); ok {
			t.Error("a token that nobody has finds a session")
		}
	})
}

func TestWhoHasSeveralMerchantsChoosesOnceAndThenComesBackToThat(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if s := w.signIn(zhou, "a"); s.MerchantID != 0 || s.Choices != 2 {
			t.Errorf("signed in %+v, want to choose among 2", s)
		}
		s, _ := w.session("a")
		if s.MerchantID != 0 || len(s.Others) != 2 {
			t.Errorf("got %+v, want both to choose from", s)
		}
		w.exec(`update sessions set merchant_id = 2`)
		if s, _ := w.session("a"); s.MerchantID != 2 || len(s.Others) != 1 || s.Others[0].MerchantID != 1 {
			t.Errorf("got %+v", s)
		}
		w.clock.Advance(time.Hour)
		if s := w.signIn(zhou, "b"); s.MerchantID != 2 {
			t.Errorf("signed in %+v, want the merchant of the session before", s)
		}
		w.exec(`update memberships set ended_at = $1 where merchant_id = 2`, monday)
		if s, _ := w.session("b"); s.MerchantID != 0 || s.Role != "" {
			t.Errorf("got %+v after the membership ended", s)
		}
		if s := w.signIn(zhou, "c"); s.MerchantID != 1 || s.Choices != 1 {
			t.Errorf("signed in %+v, want the merchant that is left", s)
		}
	})
}

func TestASessionEndsByItselfWhenItIsNotUsedAndAfterNinetyDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(li, "idle")
		used := w.signIn(li, "used")
		for range 8 {
			w.clock.Advance(10 * day)
			if err := w.SawSessions(t.Context(), []string{used.SessionID}); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := w.session("idle"); ok {
			t.Error("a session that was not used for 80 days is alive")
		}
		if _, ok := w.session("used"); !ok {
			t.Error("a session that is used ended after 80 days")
		}
		w.clock.Advance(10 * day)
		if _, ok := w.session("used"); ok {
			t.Error("a session is alive after 90 days")
		}
	})
}

func TestASessionIsStaleAfterFiveMinutesUntilItIsNoted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		began := w.signIn(li, "a")
		w.clock.Advance(seenEvery - time.Second)
		if s, _ := w.session("a"); s.Stale {
			t.Error("it is stale before five minutes")
		}
		w.clock.Advance(time.Second)
		if s, _ := w.session("a"); !s.Stale {
			t.Error("it is not stale after five minutes")
		}
		if err := w.SawSessions(t.Context(), []string{began.SessionID}); err != nil {
			t.Fatal(err)
		}
		if s, _ := w.session("a"); s.Stale {
			t.Error("it is stale after being noted")
		}
	})
}

func TestAnEndedSessionIsGoneAndEndingItAgainIsNoError(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(li, "a")
		for range 2 {
			if err := w.EndSession(t.Context(), browser("a", "").TokenHash); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := w.session("a"); ok {
			t.Error("it is alive")
		}
		if got := w.count(`select count(*) from audit_entries where action = 'session.end' and merchant_id = 3`); got != 1 {
			t.Errorf("the record has %d ends, want 1", got)
		}
	})
}

func TestANewDeviceIsToldToItsUserAndAKnownOneIsNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if s := w.start(li, browser("a", "first")); s.NewDevice {
			t.Error("someone's very first device is told")
		}
		if s := w.start(li, browser("b", "first")); s.NewDevice {
			t.Error("a known device is told")
		}
		if s := w.start(li, browser("c", "second")); !s.NewDevice {
			t.Error("a new device is not told")
		}
		all := w.sent(li)
		if len(all) != 1 || all[0].Kind != outbox.NewDevice || !strings.Contains(all[0].Text, "zh-CN account.device.both") {
			t.Errorf("sent %+v, want one message that names the device", all)
		}
	})
}

func TestTheLanguageOfAMessageIsTheUsersElseThatOfThePage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if err := w.ask(li, Visit{Locale: "en"}); err != nil {
			t.Fatal(err)
		}
		if err := w.KeepLocale(t.Context(), w.userID(li), "zh-CN"); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		if err := w.ask(li, Visit{Locale: "en"}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range w.sent(li) {
			got = append(got, m.Locale)
		}
		if !slices.Equal(got, []string{"zh-CN", "en"}) {
			t.Errorf("sent in %q, newest first", got)
		}
	})
}

func TestADeviceIsNamedAsItsOwnerKnowsIt(t *testing.T) {
	say := func(key string, args ...any) string { return words("", key, args...) }
	for agent, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.42":           "iphone/wechat",
		"Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MiuiBrowser/18": "android/xiaomi",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0":           "windows/edge",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15":              "mac/safari",
		"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 Safari/537.36 HuaweiBrowser/5":          "harmony/huawei",
		"curl/8.5.0": "/", "": "/",
	} {
		got := DeviceOf(agent)
		if got.String() != want || ParseDevice(got.String()) != got {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
	for d, want := range map[Device]string{
		{"iphone", "wechat"}: "account.device.both system account.device.iphone app account.device.wechat",
		{"iphone", ""}:       "account.device.iphone", {"", "safari"}: "account.device.safari", {}: "account.device.unknown", {"x", "y"}: "account.device.unknown",
	} {
		if got := d.Say(say); got != want {
			t.Errorf("%v is said %q, want %q", d, got, want)
		}
	}
}

func TestNoSessionStartsForNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, err := w.StartSession(t.Context(), "u_none", "test", browser("a", "phone"))
		refused(t, err, fault.NotFound, "")
		if got := w.count(`select count(*) from sessions`) + w.count(`select count(*) from devices`); got != 0 {
			t.Errorf("%d rows were left", got)
		}
	})
}

func TestPeopleAreListedWithTheirMerchants(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		people, err := w.People(t.Context(), 10)
		if err != nil || len(people) != 2 {
			t.Fatalf("got %+v, %v", people, err)
		}
		if p := people[0]; p.Name != "周老板" || len(p.Merchants) != 2 || p.Merchants[1] != (PersonsMerchant{"M2", "新街茶馆", Owner}) {
			t.Errorf("got %+v", p)
		}
	})
}
