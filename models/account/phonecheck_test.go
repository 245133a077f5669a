package account

import (
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

var (
	firstChecker  = staff.Actor{ID: "st_1", Name: "林", Roles: []staff.Role{staff.Support}}
	secondChecker = staff.Actor{ID: "st_2", Name: "周", Roles: []staff.Role{staff.Lead}}
	noChecker     = staff.Actor{ID: "st_3", Name: "钱", Roles: []staff.Role{staff.Auditor}}
)

func TestANumberIsChangedOnceTwoPeopleFoundItRight(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		requestID, err := w.RequestPhone(t.Context(), me, request())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), noChecker, requestID); !fault.Is(err, fault.Forbidden) {
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
		if done, err := w.ConfirmPhoneRequest(t.Context(), firstChecker, requestID); err != nil || done {
			t.Errorf("the first: %t, %v", done, err)
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), firstChecker, requestID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the same person again: got %v", err)
		}
		if n := w.count(`select count(*) from users where phone = $1`, wang); n != 0 {
			t.Error("one person changed the number")
		}
		if done, err := w.ConfirmPhoneRequest(t.Context(), secondChecker, requestID); err != nil || !done {
			t.Fatalf("the second: %t, %v", done, err)
		}
		if got := w.userID(wang); got != me.UserID {
			t.Errorf("the number belongs to %s, want %s", got, me.UserID)
		}
		if n := w.count(`select count(*) from sessions where user_id = $1 and ended_at is null`, me.UserID); n != 0 {
			t.Errorf("%d sessions go on", n)
		}
		if m := w.sent(li); len(m) == 0 || !strings.Contains(m[0].Text, "phone_changed") {
			t.Errorf("the old number was told %+v", m)
		}
		if _, err := w.ConfirmPhoneRequest(t.Context(), secondChecker, requestID); !fault.Is(err, fault.Conflict) {
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
			if _, err := w.ConfirmPhoneRequest(t.Context(), by, waiting[0].ID); err != nil {
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
		if _, err := w.ConfirmPhoneRequest(t.Context(), secondChecker, requestID); !fault.Is(err, fault.Conflict) {
			t.Errorf("after that: got %v", err)
		}
	})
}
