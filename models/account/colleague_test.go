package account

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

var wang = "+8613500000001" // nobody yet

func TestAnOwnerInvitesSomeoneWhoThenSignsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		if err := w.Invite(t.Context(), me, Invitation{Phone: "135 0000 0001", Name: "王会计", Role: Finance}); err != nil {
			t.Fatal(err)
		}
		m := w.sent(wang)
		if len(m) != 1 || m[0].Kind != outbox.Invitation || !strings.Contains(m[0].Text, "顺意便利店") || strings.Contains(m[0].Text, "王会计") {
			t.Errorf("told %+v", m)
		}
		w.signIn(wang, "b")
		if s, ok := w.session("b"); !ok || s.Name != "王会计" || s.Role != Finance || s.MerchantID != 3 {
			t.Errorf("got %+v", s)
		}
		// whose number is known elsewhere is called here as they were asked in
		if err := w.Invite(t.Context(), me, Invitation{Phone: zhou, Name: "别人", Role: Viewer}); err != nil {
			t.Fatal(err)
		}
		c, _, err := w.ReadColleague(t.Context(), me, w.userID(zhou))
		if err != nil || c.Name != "别人" || c.Role != Viewer || c.Phone != zhou {
			t.Errorf("got %+v, %v", c, err)
		}
	})
}

func TestAnInvitationSaysWhatIsWrongWithIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		err := w.Invite(t.Context(), me, Invitation{Phone: "1", Name: "", Role: "boss"})
		refused(t, err, fault.Invalid, "login.phone.wrong")
		refused(t, err, fault.Invalid, "account.name.empty")
		refused(t, err, fault.Invalid, "account.colleague.role_empty")
		refused(t, w.Invite(t.Context(), me, Invitation{Name: "王", Role: Viewer}), fault.Invalid, "account.colleague.phone_empty")
		refused(t, w.Invite(t.Context(), me, Invitation{Phone: li, Name: "李", Role: Viewer}), fault.Invalid, "account.colleague.already")
		if got := w.count(`select count(*) from memberships where merchant_id = 3 and role = 'owner'`); got != 1 {
			t.Error("inviting oneself changed one's role")
		}
	})
}

func TestOnlyAnOwnerChangesWhoBelongsToTheMerchant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.who(li, "a", 3)
		if err := w.Invite(t.Context(), owner, Invitation{Phone: wang, Name: "王会计", Role: Finance}); err != nil {
			t.Fatal(err)
		}
		finance, stranger := w.who(wang, "b", 3), w.who(zhou, "c", 3)
		for name, me := range map[string]Who{"finance": finance, "someone of another merchant": stranger} {
			for what, err := range map[string]error{
				"invites": w.Invite(t.Context(), me, Invitation{Phone: "13500000002", Name: "赵", Role: Owner}),
				"changes": w.SetRole(t.Context(), me, w.userID(wang), Owner), "removes": w.RemoveColleague(t.Context(), me, w.userID(li)),
			} {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s %s: %v", name, what, err)
				}
			}
		}
		// of another merchant's people nobody learns anything
		refused(t, w.SetRole(t.Context(), owner, w.userID(zhou), Viewer), fault.NotFound, "account.colleague.gone")
		refused(t, w.RemoveColleague(t.Context(), owner, w.userID(zhou)), fault.NotFound, "account.colleague.gone")
		_, _, err := w.ReadColleague(t.Context(), owner, w.userID(zhou))
		refused(t, err, fault.NotFound, "account.colleague.gone")
	})
}

func TestAMerchantAlwaysHasAnOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		refused(t, w.SetRole(t.Context(), me, me.UserID, Finance), fault.Conflict, "account.colleague.last_owner")
		refused(t, w.RemoveColleague(t.Context(), me, me.UserID), fault.Conflict, "account.colleague.last_owner")
		if err := w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王会计", Role: Finance}); err != nil {
			t.Fatal(err)
		}
		refused(t, w.RemoveColleague(t.Context(), me, me.UserID), fault.Conflict, "account.colleague.last_owner")
		if err := w.SetRole(t.Context(), me, w.userID(wang), Owner); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveColleague(t.Context(), me, me.UserID); err != nil {
			t.Fatal(err)
		}
		if s, _ := w.session("a"); s.MerchantID != 0 {
			t.Error("who was removed still sees the merchant")
		}
	})
}

func TestTwoOwnersWhoRemoveEachOtherAtOnceLeaveOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		if err := w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王会计", Role: Owner}); err != nil {
			t.Fatal(err)
		}
		other := w.who(wang, "b", 3)
		var all sync.WaitGroup
		all.Go(func() { _ = w.RemoveColleague(t.Context(), me, other.UserID) })
		all.Go(func() { _ = w.RemoveColleague(t.Context(), other, me.UserID) })
		all.Wait()
		if got := w.count(`select count(*) from memberships where merchant_id = 3 and ended_at is null`); got != 1 {
			t.Errorf("%d owners are left", got)
		}
	})
}

func TestWhoWasRemovedIsToldAndMayComeBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		for range 2 {
			if err := w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王会计", Role: Finance}); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Second)
			if err := w.RemoveColleague(t.Context(), me, w.userID(wang)); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Second)
		}
		all := w.sent(wang)
		if len(all) != 4 || all[0].Kind != outbox.Membership || all[1].Kind != outbox.Invitation {
			t.Errorf("told %+v", all)
		}
		if got := w.count(`select count(*) from audit_entries where action in ('membership.add', 'membership.end') and merchant_id = 3`); got != 4 {
			t.Errorf("the record has %d entries, want 4", got)
		}
	})
}

func TestAMerchantInvitesTwentyPeopleADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		invite := func(i int) error {
			return w.Invite(t.Context(), me, Invitation{Phone: "1350000010" + string(rune('0'+i/10)), Name: "王" + string(rune('a'+i)), Role: Viewer})
		}
		for i := range invitationsADay {
			w.exec(`update memberships set ended_at = $1 where merchant_id = 3 and user_id <> $2`, w.clock.Now(), me.UserID)
			if err := invite(i); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, invite(0), fault.TooMany, "account.colleague.busy")
	})
}

func TestColleaguesAreChangedByWhoSignedInRecently(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me := w.who(li, "a", 3)
		w.clock.Advance(Recent + time.Second)
		refused(t, w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王会计", Role: Finance}), fault.Unauthenticated, "account.again")
		refused(t, w.SetRole(t.Context(), me, me.UserID, Viewer), fault.Unauthenticated, "account.again")
		refused(t, w.RemoveColleague(t.Context(), me, me.UserID), fault.Unauthenticated, "account.again")
	})
}
