package account

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/fault"
)

// done fails the test unless something went well, and lets a minute go by.
func (w *world) done(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
}

// colleagues returns the people of merchant 3 as their owner reads them, by id.
func (w *world) colleagues(owner Who) map[string]Colleague {
	w.t.Helper()
	own, err := w.ReadOwn(w.t.Context(), owner, Owner)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]Colleague{}
	for _, c := range own.Colleagues {
		if _, twice := all[c.UserID]; twice {
			w.t.Errorf("%s is listed twice", c.Name)
		}
		all[c.UserID] = c
	}
	return all
}

func TestWhoIsRemovedWhileTheirAccountIsClosedDoesNotComeBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.CloseOwn(t.Context(), her))
		until := w.clock.Now().Add(grace - time.Minute)
		if c := w.colleagues(owner)[her.UserID]; c.Role != Finance || !c.Until.Equal(until) {
			t.Errorf("the owner reads %+v, want that she may come back until %s", c, until)
		}
		if c, _, err := w.ReadColleague(t.Context(), owner, her.UserID); err != nil || !c.Until.Equal(until) {
			t.Errorf("the owner reads %+v, %v", c, err)
		}
		w.done(w.RemoveColleague(t.Context(), owner, her.UserID))
		if _, listed := w.colleagues(owner)[her.UserID]; listed {
			t.Error("she is still listed")
		}
		refused(t, w.RemoveColleague(t.Context(), owner, her.UserID), fault.NotFound, "account.colleague.gone")
		w.signIn(wang, "c")
		if s, ok := w.session("c"); !ok || s.MerchantID != 0 || len(s.Others) != 0 {
			t.Errorf("she sees %+v", s)
		}
	})
}

func TestWhoComesBackIsWhatTheOwnerMadeThemMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.CloseOwn(t.Context(), her))
		w.done(w.SetRole(t.Context(), owner, her.UserID, Viewer))
		w.signIn(wang, "c")
		if got := w.sees(her.UserID); got != Viewer {
			t.Errorf("she is %q", got)
		}
		if c := w.colleagues(owner)[her.UserID]; c.Role != Viewer || !c.Until.IsZero() {
			t.Errorf("the owner reads %+v", c)
		}
	})
}

func TestWhoIsAwayIsNoOwnerThatAMerchantIsLeftWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.SetRole(t.Context(), owner, her.UserID, Owner))
		w.done(w.CloseOwn(t.Context(), her))
		refused(t, w.SetRole(t.Context(), owner, owner.UserID, Viewer), fault.Conflict, "account.colleague.last_owner")
		refused(t, w.RemoveColleague(t.Context(), owner, owner.UserID), fault.Conflict, "account.colleague.last_owner")
		refused(t, w.CloseOwn(t.Context(), owner), fault.Conflict, "retention.close.last_owner")
	})
}

func TestAnOwnerWhoClosedAMerchantThatWasHandedOverDoesNotHaveItBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		former, colleague := w.shop()
		w.done(w.CloseMerchant(t.Context(), former))
		w.handOver("+8613500000009")
		next := w.who("+8613500000009", "n", 3)
		for phone, token := range map[string]string{li: "c", wang: "d"} {
			w.signIn(phone, token)
			if s, ok := w.session(token); !ok || s.MerchantID != 0 || len(s.Others) != 0 {
				t.Errorf("%s sees %+v", phone, s)
			}
		}
		if w.sees(next.UserID) != Owner || w.sees(former.UserID) != "" || w.sees(colleague.UserID) != "" {
			t.Error("others than the next holder see the merchant")
		}
		if all := w.colleagues(next); len(all) != 1 {
			t.Errorf("the next holder reads %+v", all)
		}
	})
}

func TestAnOwnerWhoClosedTheirOwnAccountDoesNotComeBackToAMerchantThatWasHandedOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		former, her := w.shop()
		w.done(w.SetRole(t.Context(), former, her.UserID, Owner))
		w.done(w.CloseOwn(t.Context(), former))
		w.handOver("+8613500000009")
		w.signIn(li, "c")
		if s, ok := w.session("c"); !ok || s.MerchantID != 0 || w.sees(former.UserID) != "" {
			t.Errorf("the former holder sees %+v", s)
		}
		if w.sees(her.UserID) != Owner || w.sees(w.userID("+8613500000009")) != Owner {
			t.Error("the other owners see it no more")
		}
	})
}

func TestAMerchantThatIsClosedAfterAColleaguesOwnAccountIsSeenOnceBothAreOpenAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		for _, first := range []string{"the colleague", "the owner"} {
			w.done(w.CloseOwn(t.Context(), w.who(wang, "b "+first, 3)))
			w.done(w.CloseMerchant(t.Context(), w.who(li, "a "+first, 3)))
			if first == "the colleague" {
				w.signIn(wang, "c")
				if w.live(her.UserID) != 0 {
					t.Error("the colleague sees a merchant that is closed")
				}
				w.signIn(li, "d")
			} else {
				w.signIn(li, "e")
				if w.live(her.UserID) != 0 {
					t.Error("who closed their own account is taken back by another")
				}
				if c := w.colleagues(w.who(li, "f", 3))[her.UserID]; c.Until.IsZero() {
					t.Errorf("the owner reads %+v", c)
				}
				w.signIn(wang, "g")
			}
			if w.sees(owner.UserID) != Owner || w.sees(her.UserID) != Finance {
				t.Errorf("with %s first, the owner is %q, the colleague %q", first, w.sees(owner.UserID), w.sees(her.UserID))
			}
			w.clock.Advance(time.Minute)
		}
		w.clock.Advance(grace)
		w.finish(0)
	})
}

func TestAnOwnerWhoClosedTheirOwnAccountHasAMerchantBackThatAnotherClosedLater(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.SetRole(t.Context(), owner, her.UserID, Owner))
		w.done(w.CloseOwn(t.Context(), her))
		w.done(w.CloseMerchant(t.Context(), owner))
		w.signIn(wang, "c")
		if w.sees(owner.UserID) != Owner || w.sees(her.UserID) != Owner {
			t.Errorf("the owners are %q and %q", w.sees(owner.UserID), w.sees(her.UserID))
		}
	})
}

func TestWhoWasErasedDoesNotComeBackWithAMerchant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.CloseOwn(t.Context(), her))
		w.clock.Advance(day)
		w.done(w.CloseMerchant(t.Context(), w.who(li, "a2", 3)))
		w.clock.Advance(grace - day)
		w.finish(1)
		w.signIn(li, "c")
		if w.sees(owner.UserID) != Owner || w.live(her.UserID) != 0 {
			t.Errorf("the owner is %q, who was erased sees %d merchants", w.sees(owner.UserID), w.live(her.UserID))
		}
		if all := w.colleagues(w.who(li, "d", 3)); len(all) != 1 {
			t.Errorf("the owner reads %+v", all)
		}
	})
}

func TestWhoClosedTheirOwnAccountAfterAMerchantsHasTheTimeThatTheyWereTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, other := w.who(li, "a", 3), w.who(zhou, "z", 1)
		w.done(w.Invite(t.Context(), other, Invitation{Phone: wang, Name: "王", Role: Viewer}))
		w.done(w.Invite(t.Context(), me, Invitation{Phone: wang, Name: "王", Role: Viewer}))
		w.who(wang, "b", 1)
		w.done(w.CloseMerchant(t.Context(), me))
		w.clock.Advance(day)
		w.done(w.CloseOwn(t.Context(), w.who(wang, "b2", 1)))
		w.clock.Advance(grace - day)
		w.finish(1)
		w.signIn(wang, "c")
		if s, ok := w.session("c"); !ok || s.MerchantID != 1 {
			t.Errorf("she sees %+v", s)
		}
	})
}

func TestALinkToEnterHasAClosedAccountBackAsASignInDoes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.CloseOwn(t.Context(), her))
		w.done(w.Invite(t.Context(), owner, Invitation{Phone: wang, Name: "王会计", Role: Viewer}))
		link := w.mustLink(EntryAsked{MerchantRef: "M3", UserID: her.UserID})
		if _, _, err := w.Enter(t.Context(), link.Token, browser("c", "x")); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(grace)
		w.finish(0)
		if got := w.sees(her.UserID); got != Viewer {
			t.Errorf("she is %q", got)
		}
	})
}
