package account

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// link makes an entry link.
func (w *world) link(asked EntryAsked) (l EntryLink, err error) {
	w.t.Helper()
	err = w.d.Write(w.t.Context(), func(tx *db.Tx) error {
		l, err = MakeEntryLinkIn(w.t.Context(), tx, w.clock.Now(), audit.Actor{Kind: audit.API, ID: "k_1"}, "r_1", asked)
		return err
	})
	return l, err
}

func (w *world) mustLink(asked EntryAsked) EntryLink {
	w.t.Helper()
	l, err := w.link(asked)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) wantOver(token, why string) {
	w.t.Helper()
	if _, err := w.ReadEntry(w.t.Context(), token); !errors.Is(err, errEntryOver) {
		w.t.Errorf("%s: reading gives %v", why, err)
	}
	if _, _, err := w.Enter(w.t.Context(), token, browser("late", "late")); !errors.Is(err, errEntryOver) {
		w.t.Errorf("%s: entering gives %v", why, err)
	}
}

func TestAnEntryLinkLetsOnePersonInOnceForItsMerchant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(zhou, "before")
		l := w.mustLink(EntryAsked{MerchantRef: "M2", Phone: "138 0000 6621", To: "/terminals"})
		if l.UserID != w.userID(zhou) || !l.ExpiresAt.Equal(monday.Add(time.Minute)) || len(l.Token) != 43 {
			t.Errorf("got %+v", l)
		}
		if n := w.count(`select count(*) from entry_links where to_path = '/terminals' and used_at is null and merchant_id = 2`); n != 1 {
			t.Errorf("%d links are kept", n)
		}
		for range 2 { // looking uses nothing up
			e, err := w.ReadEntry(t.Context(), l.Token)
			if err != nil || e != (Entry{Name: "周老板", Phone: zhou, Merchant: "新街茶馆", To: "/terminals"}) {
				t.Errorf("got %+v, %v", e, err)
			}
		}
		w.clock.Advance(59 * time.Second)
		s, to, err := w.Enter(t.Context(), l.Token, browser("in", "phone"))
		if err != nil || s.MerchantID != 2 || s.UserID != l.UserID || to != "/terminals" || !s.NewDevice {
			t.Errorf("got %+v, %q, %v", s, to, err)
		}
		if found, ok := w.session("in"); !ok || found.MerchantID != 2 || found.Role != Owner {
			t.Errorf("the session is %+v, %v", found, ok)
		}
		w.wantOver(l.Token, "used")
		if all := w.sent(zhou); len(all) == 0 || all[0].Kind != outbox.NewDevice {
			t.Errorf("of the new device the user was told %+v", all)
		}
		if n := w.count(`select count(*) from audit_entries where action = 'entry_link.make' and actor_id = 'k_1' and merchant_id = 2`); n != 1 {
			t.Errorf("%d entries say who made the link", n)
		}
	})
}

func TestAnEntryLinkServesNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		late := w.mustLink(EntryAsked{MerchantRef: "M3", Phone: li})
		w.clock.Advance(time.Minute)
		w.wantOver(late.Token, "a minute later")
		gone := w.mustLink(EntryAsked{MerchantRef: "M3", UserID: w.userID(li)})
		w.exec(`update memberships set ended_at = $1 where merchant_id = 3`, w.clock.Now())
		w.wantOver(gone.Token, "the person was removed")
		w.wantOver("", "nothing")
		w.wantOver(strings.Repeat("A", 43), "made up")
		for _, c := range []struct {
			name  string
			asked EntryAsked
			want  fault.Kind
		}{
			{"nobody", EntryAsked{MerchantRef: "M1"}, fault.Invalid},
			{"two names", EntryAsked{MerchantRef: "M1", Phone: zhou, UserID: w.userID(zhou)}, fault.Invalid},
			{"no number", EntryAsked{MerchantRef: "M1", Phone: "12"}, fault.Invalid},
			{"of another merchant", EntryAsked{MerchantRef: "M1", Phone: li}, fault.NotFound},
			{"removed", EntryAsked{MerchantRef: "M3", Phone: li}, fault.NotFound},
			{"no merchant", EntryAsked{MerchantRef: "M9", Phone: zhou}, fault.NotFound},
		} {
			_, err := w.link(c.asked)
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != c.want {
				t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			}
		}
	})
}

func TestOfManyWithOneEntryLinkOneGetsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		l := w.mustLink(EntryAsked{MerchantRef: "M3", Phone: li})
		var together sync.WaitGroup
		var in atomic.Int32
		for i := range 10 {
			together.Go(func() {
				_, _, err := w.Enter(t.Context(), l.Token, browser(string(rune('a'+i)), "phone"))
				if err == nil {
					in.Add(1)
				} else if !errors.Is(err, errEntryOver) {
					t.Error(err)
				}
			})
		}
		together.Wait()
		if n := w.count(`select count(*) from sessions`); in.Load() != 1 || n != 1 {
			t.Errorf("%d got in, by %d sessions; want one", in.Load(), n)
		}
	})
}

func TestOnlySoManyEntryLinksAreMadeForOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := EntryAsked{MerchantRef: "M3", Phone: li}
		for range entriesAnHour {
			w.mustLink(asked)
			w.clock.Advance(time.Second)
		}
		_, err := w.link(asked)
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != fault.TooMany {
			t.Errorf("got %v, want too many", err)
		}
		w.mustLink(EntryAsked{MerchantRef: "M1", Phone: zhou})
		w.clock.Advance(time.Hour)
		w.mustLink(asked)
		w.clock.Advance(25 * time.Hour)
		if _, err := w.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`select count(*) from entry_links`); n != 0 {
			t.Errorf("%d links are kept for more than a day", n)
		}
	})
}
