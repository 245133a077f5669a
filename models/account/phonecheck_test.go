package account

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	firstChecker  = staff.Actor{ID: "st_1", Name: "林", Roles: []staff.Role{staff.Support}}
	secondChecker = staff.Actor{ID: "st_2", Name: "周", Roles: []staff.Role{staff.Lead}}
	noChecker     = staff.Actor{ID: "st_3", Name: "钱", Roles: []staff.Role{staff.Auditor}}
)

// unfollowed is a handover that nothing follows.
func unfollowed(context.Context, *db.Tx, HandedOver) error { return nil }

// confirm has two people find a request right.
func (w *world) confirm(requestID string) {
	w.t.Helper()
	w.clock.Advance(time.Second)
	for _, by := range []staff.Actor{firstChecker, secondChecker} {
		if _, err := w.ConfirmPhoneRequest(w.t.Context(), by, requestID, unfollowed); err != nil {
			w.t.Fatal(err)
		}
	}
}

// handOver has staff hand merchant 3 to another number, for somebody who can't sign
// in.
func (w *world) handOver(phone string) {
	w.t.Helper()
	w.confirm(w.askUnknown(phone))
}

// askUnknown asks for another number of merchant 3 without signing in, and returns
// the request's id.
func (w *world) askUnknown(phone string) (requestID string) {
	w.t.Helper()
	in := request()
	in.NewPhone = phone
	if err := w.RequestPhoneUnknown(w.t.Context(), Visit{Address: "192.0.2.9"}, in); err != nil {
		w.t.Fatal(err)
	}
	err := w.d.QueryRow(w.t.Context(), `select id from phone_changes where merchant_id = 3 and new_phone = $1 and state = 'received'`, phone).Scan(&requestID)
	if err != nil {
		w.t.Fatal(err)
	}
	return requestID
}

// sees reports what somebody signed in is to merchant 3, or nothing.
func (w *world) sees(userID string) Role {
	w.t.Helper()
	role, err := roleOf(w.t.Context(), w.d, userID, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	return role
}

func TestANumberIsChangedOnceTwoPeopleFoundItRight(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		requestID, err := w.RequestPhone(t.Context(), me, request())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), noChecker, requestID, unfollowed); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an auditor: got %v", err)
		}
		waiting, err := ListPhoneChecks(t.Context(), w.d, firstChecker)
		if err != nil || len(waiting) != 1 || waiting[0].MerchantRef != "M3" || waiting[0].OldPhone != li {
			t.Fatalf("waiting are %+v, %v", waiting, err)
		}
		p, err := ReadPhoneCheck(t.Context(), w.d, firstChecker, requestID)
		if err != nil || len(p.Files) != 2 {
			t.Fatalf("got %+v, %v", p, err)
		}
		if err := w.LookAtPhones(t.Context(), firstChecker, requestID); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`select count(*) from audit_entries where action = 'phone.look' and actor_id = 'st_1'`); n != 1 {
			t.Errorf("%d looks are on record, want 1", n)
		}
		if f, err := w.OpenEvidence(t.Context(), firstChecker, requestID, p.Files[0].ID); err != nil || len(f.Content) == 0 {
			t.Errorf("the file is %+v, %v", f, err)
		}
		w.clock.Advance(time.Hour)
		if done, err := w.ConfirmPhoneRequest(t.Context(), firstChecker, requestID, unfollowed); err != nil || done {
			t.Errorf("the first: %t, %v", done, err)
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), firstChecker, requestID, unfollowed); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the same person again: got %v", err)
		}
		if n := w.count(`select count(*) from users where phone = $1`, wang); n != 0 {
			t.Error("one person changed the number")
		}
		if done, err := w.ConfirmPhoneRequest(t.Context(), secondChecker, requestID, unfollowed); err != nil || !done {
			t.Fatalf("the second: %t, %v", done, err)
		}
		if got := w.userID(wang); got == me.UserID || w.sees(got) != Owner || w.sees(me.UserID) != "" {
			t.Errorf("the number belongs to %s, who is %q; the old one's user is %q", got, w.sees(got), w.sees(me.UserID))
		}
		if n := w.count(`select count(*) from sessions where user_id = $1 and ended_at is null`, me.UserID); n != 0 {
			t.Errorf("%d sessions go on", n)
		}
		if m := w.sent(li); len(m) == 0 || !strings.Contains(m[0].Text, "phone_changed") {
			t.Errorf("the old number was told %+v", m)
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), secondChecker, requestID, unfollowed); !fault.Is(err, fault.Conflict) {
			t.Errorf("once more: got %v", err)
		}
	})
}

func TestANumberThatWasAnAgentsLosesThisMerchantAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := request()
		in.MerchantRef = "M1"
		if err := w.RequestPhoneUnknown(t.Context(), Visit{Address: "192.0.2.9"}, in); err != nil {
			t.Fatal(err)
		}
		waiting, err := ListPhoneChecks(t.Context(), w.d, firstChecker)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("waiting are %+v, %v", waiting, err)
		}
		for _, by := range []staff.Actor{firstChecker, secondChecker} {
			if _, err := w.ConfirmPhoneRequest(t.Context(), by, waiting[0].ID, unfollowed); err != nil {
				t.Fatal(err)
			}
		}
		const has = `select count(*) from memberships x join users u on u.id = x.user_id where u.phone = $1 and x.merchant_id = $2 and x.role = 'owner' and x.ended_at is null`
		for _, one := range []struct {
			phone    string
			merchant int64
			want     int
		}{{zhou, 1, 0}, {zhou, 2, 1}, {wang, 1, 1}, {wang, 2, 0}} {
			if got := w.count(has, one.phone, one.merchant); got != one.want {
				t.Errorf("%s owns merchant %d: %d, want %d", one.phone, one.merchant, got, one.want)
			}
		}
	})
}

func TestWhoHadTheOldNumberSignsInToNothingOfTheMerchants(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		former := w.who(li, "a", 3)
		w.givePassword(li, "agent-Secret-77")
		code := w.send(li)
		link := w.mustLink(EntryAsked{MerchantRef: "M3", UserID: former.UserID})
		w.handOver(wang)
		if _, ok := w.session("a"); ok {
			t.Error("the former holder is still signed in")
		}
		_, err := w.SignInWithPassword(t.Context(), wang, "agent-Secret-77", browser("b", "agent's"))
		refused(t, err, fault.Invalid, "login.password.wrong")
		if _, _, err := w.Enter(t.Context(), link.Token, browser("c", "agent's")); !fault.Is(err, fault.NotFound) {
			t.Errorf("the link to enter: %v", err)
		}
		for token, in := range map[string]func() (SignedIn, error){
			"d": func() (SignedIn, error) {
				return w.SignInWithPassword(t.Context(), li, "agent-Secret-77", browser("d", "agent's"))
			},
			"e": func() (SignedIn, error) {
				return w.SignInWithCode(t.Context(), li, w.asked[li], code, browser("e", "agent's"))
			},
		} {
			if _, err := in(); err != nil {
				t.Fatal(err)
			}
			if s, ok := w.session(token); !ok || s.UserID != former.UserID || s.MerchantID != 0 || len(s.Others) != 0 {
				t.Errorf("the old number sees %+v", s)
			}
		}
		if n := w.count(`select count(*) from devices d join users u on u.id = d.user_id where u.phone = $1`, wang); n != 0 {
			t.Errorf("the new number knows %d devices of the old one", n)
		}
		w.signIn(wang, "f")
		if s, ok := w.session("f"); !ok || s.MerchantID != 3 || s.Role != Owner || s.Name != "李老板" {
			t.Errorf("the new number sees %+v", s)
		}
		if m := w.sent(wang); len(m) != 2 || !strings.Contains(m[0].Text, "handed_over") {
			t.Errorf("the new number was told %+v", m)
		}
	})
}

func TestWhoAskedSignedInKeepsTheirNameAndEvidenceAndNotWhatTheOldNumberSignedInWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.givePassword(li, "agent-Secret-77")
		if err := w.SetName(t.Context(), me, "李四"); err != nil {
			t.Fatal(err)
		}
		requestID, err := w.RequestPhone(t.Context(), me, request())
		if err != nil {
			t.Fatal(err)
		}
		w.confirm(requestID)
		_, err = w.SignInWithPassword(t.Context(), wang, "agent-Secret-77", browser("b", "agent's"))
		refused(t, err, fault.Invalid, "login.password.wrong")
		now, former := w.who(wang, "c", 3), w.who(li, "d", 3)
		for _, c := range []struct {
			who      Who
			requests int
		}{{now, 1}, {former, 0}} {
			data, err := w.ReadPersonalData(t.Context(), c.who)
			if err != nil || len(data.Requests) != c.requests {
				t.Errorf("%s has %d requests, %v; want %d", data.Phone, len(data.Requests), err, c.requests)
			}
			if own, err := w.ReadOwn(t.Context(), c.who, Owner); err != nil || own.Name != "李四" {
				t.Errorf("%s is called %q, %v", data.Phone, own.Name, err)
			}
		}
	})
}

func TestANumberThatTheAskerHasByNowSignsInByCodeAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.givePassword(li, "agent-Secret-77")
		requestID, err := w.RequestPhone(t.Context(), me, request())
		if err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Second)
		_, name, err := w.SendNumberCode(t.Context(), me, wang)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ChangePhone(t.Context(), me, wang, []string{name}, codeOf(w.sent(wang)[0])); err != nil {
			t.Fatal(err)
		}
		w.confirm(requestID)
		if got := w.userID(wang); got != me.UserID || w.sees(got) != Owner {
			t.Errorf("the number belongs to %s, who is %q", got, w.sees(got))
		}
		_, err = w.SignInWithPassword(t.Context(), wang, "agent-Secret-77", browser("b", "agent's"))
		refused(t, err, fault.Invalid, "login.password.wrong")
		if n := w.count(`select count(*) from devices where user_id = $1`, me.UserID); n != 0 {
			t.Errorf("%d devices are known", n)
		}
		if _, ok := w.session("a"); ok {
			t.Error("a session goes on")
		}
	})
}

func TestWhatTheFormerHolderAskedForIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		former := w.who(li, "a", 3)
		own := request()
		own.NewPhone = "13500000009"
		theirs, err := w.RequestPhone(t.Context(), former, own)
		if err != nil {
			t.Fatal(err)
		}
		var followed []HandedOver
		requestID := w.askUnknown(wang)
		for _, by := range []staff.Actor{firstChecker, secondChecker} {
			_, err := w.ConfirmPhoneRequest(t.Context(), by, requestID, func(_ context.Context, _ *db.Tx, h HandedOver) error {
				followed = append(followed, h)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(followed) != 1 || followed[0].MerchantID != 3 || followed[0].FormerID != former.UserID || followed[0].By.ID != secondChecker.ID {
			t.Errorf("what follows was asked for with %+v", followed)
		}
		_, err = w.ConfirmPhoneRequest(t.Context(), firstChecker, theirs, unfollowed)
		refused(t, err, fault.Conflict, "account.request.decided")
	})
}

func TestAColleagueWhoIsRemovedDoesNotComeBackByANumberTheyAskedFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.who(li, "a", 3)
		if err := w.Invite(t.Context(), owner, Invitation{Phone: wang, Name: "王", Role: Owner}); err != nil {
			t.Fatal(err)
		}
		in := request()
		in.NewPhone = "13500000009"
		requestID, err := w.RequestPhone(t.Context(), w.who(wang, "b", 3), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveColleague(t.Context(), owner, w.userID(wang)); err != nil {
			t.Fatal(err)
		}
		_, err = w.ConfirmPhoneRequest(t.Context(), firstChecker, requestID, unfollowed)
		refused(t, err, fault.Conflict, "account.request.decided")
	})
}

func TestARequestIsRefusedForAReason(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		requestID, err := w.RequestPhone(t.Context(), w.who(li, "a", 3), request())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.RefusePhoneRequest(t.Context(), firstChecker, requestID, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: got %v", err)
		}
		if err := w.RefusePhoneRequest(t.Context(), firstChecker, requestID, "执照不是这家的"); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`select count(*) from phone_changes where state = 'refused' and decided_by = 'st_1'`); n != 1 {
			t.Error("the request was not refused")
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), secondChecker, requestID, unfollowed); !fault.Is(err, fault.Conflict) {
			t.Errorf("after that: got %v", err)
		}
	})
}
