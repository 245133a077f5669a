package account

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// who signs someone in under a token and returns them as a use case sees them.
func (w *world) who(phone, token string, merchantID int64) Who {
	w.t.Helper()
	s := w.signIn(phone, token)
	return Who{Visit: Visit{Address: "192.0.2.7", Locale: "zh-CN"}, UserID: s.UserID, SessionID: s.SessionID, MerchantID: merchantID}
}

func TestTheAccountPageIsReadInOneRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(zhou, "a", 1)
		w.who(li, "other", 3)
		w.clock.Advance(time.Minute)
		w.start(zhou, browser("b", "another device"))
		ctx, counted := db.Count(t.Context())
		own, err := w.ReadOwn(ctx, me, Owner)
		if err != nil {
			t.Fatal(err)
		}
		if w.d.Dialect == db.Postgres && counted.RoundTrips() != 1 {
			t.Errorf("took %d round trips", counted.RoundTrips())
		}
		if own.Name != "周老板" || own.Phone != zhou || own.HasPassword || len(own.Memberships) != 2 || len(own.Colleagues) != 1 || len(own.Requests) != 0 {
			t.Errorf("got %+v", own)
		}
		if len(own.Sessions) != 2 || !own.Sessions[0].ThisOne || own.Sessions[1].ThisOne || own.Sessions[0].Device != (Device{"iphone", "wechat"}) {
			t.Errorf("the sessions are %+v, want this one first", own.Sessions)
		}
		viewer, err := w.ReadOwn(t.Context(), me, Viewer)
		if err != nil || viewer.Colleagues != nil {
			t.Errorf("a viewer is shown the colleagues %+v, %v", viewer.Colleagues, err)
		}
	})
}

func TestSomeoneSignsOutOnAnotherDeviceOfTheirOwnAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, other := w.who(zhou, "here", 1), w.who(zhou, "there", 1)
		stranger := w.who(li, "stranger", 3)
		refused(t, w.EndOneSession(t.Context(), me, stranger.SessionID), fault.NotFound, "account.sessions.gone")
		if err := w.EndOneSession(t.Context(), me, other.SessionID); err != nil {
			t.Fatal(err)
		}
		refused(t, w.EndOneSession(t.Context(), me, other.SessionID), fault.NotFound, "account.sessions.gone")
		for token, want := range map[string]bool{"here": true, "there": false, "stranger": true} {
			if _, ok := w.session(token); ok != want {
				t.Errorf("the session %s is alive: %t", token, ok)
			}
		}
	})
}

func TestSomeoneSignsOutEverywhereElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(zhou, "here", 1)
		w.who(zhou, "there", 1)
		w.who(zhou, "elsewhere", 1)
		w.who(li, "stranger", 3)
		if n, err := w.EndOtherSessions(t.Context(), me); err != nil || n != 2 {
			t.Errorf("ended %d, %v", n, err)
		}
		for token, want := range map[string]bool{"here": true, "there": false, "elsewhere": false, "stranger": true} {
			if _, ok := w.session(token); ok != want {
				t.Errorf("the session %s is alive: %t", token, ok)
			}
		}
	})
}

func TestSomeoneOpensTheirOwnMerchantsAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(zhou, "a", 0)
		if err := w.OpenMerchant(t.Context(), me, 2); err != nil {
			t.Fatal(err)
		}
		if s, _ := w.session("a"); s.MerchantID != 2 {
			t.Errorf("the session is for %d", s.MerchantID)
		}
		for _, other := range []int64{3, 99, 0} {
			refused(t, w.OpenMerchant(t.Context(), me, other), fault.NotFound, "account.merchants.gone")
		}
		w.exec(`update memberships set ended_at = $1 where merchant_id = 1`, monday)
		refused(t, w.OpenMerchant(t.Context(), me, 1), fault.NotFound, "account.merchants.gone")
		if s, _ := w.session("a"); s.MerchantID != 2 {
			t.Errorf("the session is for %d", s.MerchantID)
		}
	})
}

func TestANameHasOneToTwentyCharacters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		for written, key := range map[string]string{
			"  ": "account.name.empty", "一二三四五六七八九十一二三四五六七八九十一": "account.name.long", "李\n四": "account.name.characters", "李\u202e四": "account.name.characters",
		} {
			refused(t, w.SetName(t.Context(), me, written), fault.Invalid, key)
		}
		if err := w.SetName(t.Context(), me, " 李掌柜 "); err != nil {
			t.Fatal(err)
		}
		if s, _ := w.session("a"); s.Name != "李掌柜" {
			t.Errorf("they are called %q", s.Name)
		}
	})
}
