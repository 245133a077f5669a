package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// grace is how long a closed account can be had back, as by default.
const grace = 14 * day

func (w *world) finish(want int) {
	w.t.Helper()
	if got, err := w.FinishClosings(w.t.Context()); err != nil || got != want {
		w.t.Errorf("finished %d closings, %v; want %d", got, err, want)
	}
}

// shop gives merchant 3 a colleague of its owner, and returns both as they are
// signed in.
func (w *world) shop() (owner, colleague Who) {
	w.t.Helper()
	owner = w.who(li, "a", 3)
	if err := w.Invite(w.t.Context(), owner, Invitation{Phone: wang, Name: "王会计", Role: Finance}); err != nil {
		w.t.Fatal(err)
	}
	colleague = w.who(wang, "b", 3)
	w.clock.Advance(time.Minute)
	return owner, colleague
}

func (w *world) live(userID string) int {
	w.t.Helper()
	return w.count(`select count(*) from memberships where user_id = $1 and ended_at is null`, userID)
}

func TestWhoClosesTheirOwnAccountHasItBackBySigningIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, me := w.shop()
		w.givePassword(wang, "correct horse")
		if err := w.CloseOwn(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.session("b"); ok || w.live(me.UserID) != 0 {
			t.Error("they still see the account")
		}
		if _, ok := w.session("a"); !ok {
			t.Error("the owner was signed out")
		}
		if m := w.sent(wang); m[0].Kind != outbox.AccountClosed {
			t.Errorf("told %+v", m[0])
		}
		w.clock.Advance(grace - time.Second)
		w.finish(0)
		if _, err := w.SignInWithPassword(t.Context(), wang, "correct horse", browser("c", "x")); err != nil {
			t.Fatal(err)
		}
		if s, ok := w.session("c"); !ok || s.MerchantID != 3 || s.Role != Finance {
			t.Errorf("signed in as %+v", s)
		}
		w.clock.Advance(grace)
		w.finish(0)
	})
}

func TestWhatNamesSomebodyGoesOnceTheTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, me := w.shop()
		if err := w.CloseOwn(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(grace - warnAhead)
		w.finish(0)
		w.finish(0)
		if n := len(w.sent(wang)); n != 3 {
			t.Errorf("they got %d messages, want those that they were invited, closed it, and that the time is nearly over", n)
		}
		w.clock.Advance(warnAhead)
		w.finish(1)
		w.finish(0)
		if n := w.count(`select count(*) from users where id = $1 and name = '' and email is null and password_hash is null and phone = 'erased ' || id`, me.UserID); n != 1 {
			t.Error("the user is not as said")
		}
		if n := w.count(`select count(*) from devices where user_id = $1`, me.UserID); n != 0 {
			t.Error("devices are kept")
		}
		if got := w.erased; len(got) != 1 || got[0] != me.UserID {
			t.Errorf("elsewhere %v are taken out, want %s", got, me.UserID)
		}
		if _, known, err := userByPhone(t.Context(), w.d, wang); known || err != nil {
			t.Error("the number still leads to them")
		}
		owner := w.who(li, "a2", 3)
		if err := w.Invite(t.Context(), owner, Invitation{Phone: wang, Name: "王会计", Role: Viewer}); err != nil {
			t.Errorf("the number can't be invited anew: %v", err)
		}
	})
}

func TestOneAccountThatCanNotBeFinishedHoldsUpNoOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, me := w.shop()
		if err := w.CloseOwn(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		if err := w.CloseMerchant(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(grace)
		inTheWay := func(statement string) {
			t.Helper()
			err := w.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), statement, "erased "+me.UserID)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		inTheWay(`insert into users (id, phone, name, created_at) values ('u_0', $1, '', '2026-01-01 00:00:00+00:00')`)
		if n, err := w.FinishClosings(t.Context()); err == nil || n != 1 {
			t.Errorf("with one that fails: finished %d, %v; want the other, and an error", n, err)
		}
		inTheWay(`delete from users where phone = $1 and id = 'u_0'`)
		w.finish(1)
	})
}

func TestAMerchantsAccountIsClosedForAllAndHadBackForAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, colleague := w.shop()
		refused(t, w.CloseMerchant(t.Context(), colleague), fault.Forbidden, "errors.no_permission")
		if err := w.CloseMerchant(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{"a", "b"} {
			if _, ok := w.session(token); ok {
				t.Errorf("%s is still signed in", token)
			}
		}
		w.ensureOwners(0)
		if m := w.sent(wang); m[0].Kind != outbox.Membership {
			t.Errorf("the colleague was told %+v", m[0])
		}
		w.clock.Advance(time.Minute)
		w.signIn(wang, "c") // is none who may have it back
		if s, _ := w.session("c"); s.MerchantID != 0 {
			t.Errorf("the colleague sees %s", s.MerchantName)
		}
		w.signIn(li, "d")
		for _, token := range []string{"c", "d"} {
			if s, ok := w.session(token); !ok || w.live(s.UserID) != 1 {
				t.Errorf("%s does not have it back: %+v", token, s)
			}
		}
		if m := w.sent(wang); m[0].Kind != outbox.AccountClosed {
			t.Errorf("the colleague was told last %+v", m[0])
		}
	})
}

func TestAMerchantsPeopleAreForgottenUnlessTheySeeAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(zhou, "a", 1)
		if err := w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王会计", Role: Finance}); err != nil {
			t.Fatal(err)
		}
		if err := w.CloseMerchant(t.Context(), me); err != nil {
			t.Fatal(err)
		}
		w.exec(`insert into cases (id, number, merchant_id, kind, subject, subject_ref, item, reason, channel, authority, authority_number, filed_at, filed_kind, filed_by, filed_name,
			calendar, policy, state, under_way, next_due_at) values ('c_9', 'C-9', 1, 'complaint', 'none', '', '', '', 'portal', '', '', $1, 'user', 'u', 'n', 1, 1, 'received', true, $1)`, monday)
		w.clock.Advance(grace)
		w.finish(0) // a complaint is not decided yet
		all, err := readClosings(t.Context(), w.d, closingOpen)
		if err != nil {
			t.Fatal(err)
		}
		err = w.d.Write(t.Context(), func(tx *db.Tx) error { // nor if it came after one looked
			done, err := w.Accounts.finish(t.Context(), tx, &all[0], w.clock.Now())
			if done {
				t.Error("finished while a complaint is not decided")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.exec(`update cases set under_way = false`)
		w.finish(1)
		if n := w.count(`select count(*) from users where phone = $1`, zhou); n != 1 {
			t.Error("who sees another merchant was erased")
		}
		if n := w.count(`select count(*) from users where phone = $1`, wang); n != 0 {
			t.Error("who saw this one alone is still known")
		}
		if n := w.live(me.UserID); n != 1 {
			t.Errorf("the owner sees %d merchants, want the other", n)
		}
	})
}

func TestNobodyLeavesAMerchantWithoutAnOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, colleague := w.shop()
		c, err := w.ReadClosing(t.Context(), me, Owner)
		if err != nil || c.Own || fmt.Sprint(c.LastOwner) != "[顺意便利店]" || c.Merchant != "顺意便利店" || c.Colleagues != 1 {
			t.Errorf("the owner may close %+v, %v", c, err)
		}
		if c, err := w.ReadClosing(t.Context(), colleague, Finance); err != nil || !c.Own || c.Merchant != "" {
			t.Errorf("the colleague may close %+v, %v", c, err)
		}
		refused(t, w.CloseOwn(t.Context(), me), fault.Conflict, "retention.close.last_owner")
		if _, ok := w.session("a"); !ok {
			t.Error("the session ended")
		}
		if err := w.SetRole(t.Context(), me, w.userID(wang), Owner); err != nil {
			t.Fatal(err)
		}
		if err := w.CloseOwn(t.Context(), me); err != nil {
			t.Error(err)
		}
	})
}

func TestAnAccountIsClosedByWhoSignedInRecently(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.clock.Advance(Recent + time.Second)
		refused(t, w.CloseOwn(t.Context(), me), fault.Unauthenticated, "account.again")
		refused(t, w.CloseMerchant(t.Context(), me), fault.Unauthenticated, "account.again")
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
