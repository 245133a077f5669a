package account

import (
	"testing"
)

// called returns what a merchant's owner reads of somebody, and what they are called
// by when they are signed in for it themselves.
func (w *world) called(owner Who, phone string) (byOwner, signedIn string) {
	w.t.Helper()
	c, _, err := w.ReadColleague(w.t.Context(), owner, w.userID(phone))
	if err != nil {
		w.t.Fatal(err)
	}
	token := "for " + owner.SessionID + w.clock.Now().String()
	her := w.who(phone, token, owner.MerchantID)
	if err := w.OpenMerchant(w.t.Context(), her, owner.MerchantID); err != nil {
		w.t.Fatal(err)
	}
	s, ok := w.session(token)
	if !ok {
		w.t.Fatalf("%s is not signed in", phone)
	}
	own, err := w.ReadOwn(w.t.Context(), her, s.Role)
	if err != nil || own.Name != s.Name {
		w.t.Errorf("the page calls them %q, the session %q; %v", own.Name, s.Name, err)
	}
	return c.Name, s.Name
}

func (w *world) isCalled(owner Who, phone, want string) {
	w.t.Helper()
	if byOwner, signedIn := w.called(owner, phone); byOwner != want || signedIn != want {
		w.t.Errorf("for merchant %d they are %q to its owner and %q to themselves, want %q", owner.MerchantID, byOwner, signedIn, want)
	}
}

func TestANameThatAnOwnerGivesIsReadByNoOtherMerchant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, theirs := w.who(li, "a", 3), w.who(zhou, "b", 1)
		w.done(w.Invite(t.Context(), mine, Invitation{Phone: wang, Name: "骗子", Role: Finance}))
		w.done(w.Invite(t.Context(), theirs, Invitation{Phone: wang, Name: "王会计", Role: Finance}))
		w.isCalled(mine, wang, "骗子")
		w.isCalled(theirs, wang, "王会计")
	})
}

func TestWhoAsksInANumberLearnsNothingOfWhatItsHolderIsCalledElsewhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stranger := w.who(li, "a", 3)
		w.done(w.Invite(t.Context(), stranger, Invitation{Phone: zhou, Name: "某人", Role: Viewer}))
		w.isCalled(stranger, zhou, "某人")
		w.done(w.SetName(t.Context(), w.who(zhou, "b", 1), "周正")) // for a merchant of her own
		w.isCalled(stranger, zhou, "某人")
		if all, _ := w.People(t.Context(), 100); len(all) == 0 || all[0].Name != "周正" {
			t.Errorf("listed are %+v", all)
		}
		w.done(w.SetName(t.Context(), w.who(zhou, "c", 3), "周小姐")) // for the stranger's
		w.isCalled(stranger, zhou, "周小姐")
	})
}

func TestWhoSetsTheirNameIsCalledSoWhereTheyDidAndWhereNoOtherWasGiven(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, theirs := w.who(li, "a", 3), w.who(zhou, "b", 1)
		for _, by := range []Who{mine, theirs} {
			w.done(w.Invite(t.Context(), by, Invitation{Phone: wang, Name: "王会计", Role: Finance}))
		}
		w.done(w.SetName(t.Context(), w.who(wang, "c", 3), "王芳"))
		w.isCalled(mine, wang, "王芳")
		w.isCalled(theirs, wang, "王会计")
		data, err := w.ReadPersonalData(t.Context(), w.who(wang, "d", 3))
		if err != nil || data.Name != "王芳" || len(data.Memberships) != 2 || data.Memberships[0].Called != "王会计" || data.Memberships[1].Called != "" {
			t.Errorf("her own data are %+v, %v", data, err)
		}
		w.done(w.SetName(t.Context(), w.who(wang, "e", 1), "王芳芳"))
		w.isCalled(mine, wang, "王芳芳")
		w.isCalled(theirs, wang, "王芳芳")
	})
}

func TestWhoIsAskedInAgainIsCalledAsTheyAreThen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.SetName(t.Context(), her, "王芳"))
		w.done(w.RemoveColleague(t.Context(), owner, her.UserID))
		w.done(w.Invite(t.Context(), owner, Invitation{Phone: wang, Name: "小王", Role: Viewer}))
		w.isCalled(owner, wang, "小王")
	})
}

func TestANumberThatWasOnlyAskedInIsCalledByTheContactOfAMerchantOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.done(w.Invite(t.Context(), w.who(li, "a", 3), Invitation{Phone: wang, Name: "某人", Role: Viewer}))
		w.merchant(4, "王记", "王老板", wang)
		w.ensureOwners(1)
		w.isCalled(w.who(wang, "b", 4), wang, "王老板")
	})
}

func TestANameThatWasGivenGoesWithWhoIsErased(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, her := w.shop()
		w.done(w.CloseOwn(t.Context(), her))
		w.clock.Advance(grace)
		w.finish(1)
		if n := w.count(`select count(*) from memberships where user_id = $1 and name <> ''`, her.UserID); n != 0 {
			t.Error("the name is kept")
		}
	})
}
