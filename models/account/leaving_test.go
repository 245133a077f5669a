package account

import (
	"slices"
	"testing"
)

// leaves fails the test unless the merchants named were left since it was asked last.
func (w *world) leaves(what string, want ...int64) {
	w.t.Helper()
	var got []int64
	for _, l := range w.left {
		got = append(got, l.MerchantID)
		if l.By.ID == "" || l.At.IsZero() {
			w.t.Errorf("%s: %+v does not say by whom and when", what, l)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: the merchants %v were left, want %v", what, got, want)
	}
	w.left = nil
}

func TestWhoMayNoMoreChooseHowAMerchantIsToldReadsAlongNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner, her := w.shop()
		w.done(w.SetRole(t.Context(), owner, her.UserID, Owner))
		w.leaves("finance who becomes an owner")
		w.done(w.SetRole(t.Context(), owner, her.UserID, Viewer))
		w.leaves("an owner who becomes a viewer", 3)
		w.done(w.RemoveColleague(t.Context(), owner, her.UserID))
		w.leaves("a viewer who is removed")
		w.done(w.Invite(t.Context(), owner, Invitation{Phone: wang, Name: "王会计", Role: Finance}))
		w.done(w.RemoveColleague(t.Context(), owner, her.UserID))
		w.leaves("finance who is removed", 3)
		other := w.who(zhou, "z", 1)
		for _, by := range []Who{owner, other} {
			w.done(w.Invite(t.Context(), by, Invitation{Phone: wang, Name: "王会计", Role: Finance}))
		}
		w.done(w.CloseOwn(t.Context(), w.who(wang, "c", 3)))
		w.leaves("finance of two merchants who closes their account", 1, 3)
		w.done(w.RemoveColleague(t.Context(), owner, her.UserID))
		w.leaves("who is removed while away")
		w.done(w.CloseMerchant(t.Context(), owner))
		w.leaves("a merchant that is closed", 3)
	})
}
