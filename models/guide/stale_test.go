package guide

import (
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
)

func TestAReviewCountsForAsManyMonthsAsStaffChose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := ship(ctx, d, morning, []Shipped{{"one", sound(), date.MustParse("2025-11-22")}}); err != nil {
			t.Fatal(err)
		}
		c := NewCatalogue(d)
		refresh := func(want bool) *Guides {
			t.Helper()
			if changed, err := c.Refresh(ctx); err != nil || changed != want {
				t.Errorf("the guides were read anew: %t, %v; want %t", changed, err, want)
			}
			return c.Guides()
		}
		last := date.MustParse("2026-11-22")
		if g := refresh(true); g.Stale(g.All[0], last) || !g.Stale(g.All[0], last.AddDays(1)) {
			t.Error("until another number is chosen a review is to count for twelve months and no longer")
		}
		for _, months := range []int{setting.FewestGuideMonths - 1, setting.MostGuideMonths + 1, 0, -12} {
			if err := SetCheckMonths(ctx, d, morning, chen, months); !fault.Is(err, fault.Invalid) {
				t.Errorf("%d months: got %v, want a refusal", months, err)
			}
		}
		if err := SetCheckMonths(ctx, d, morning, support, 6); !fault.Is(err, fault.Forbidden) {
			t.Errorf("from who may not write: got %v, want a refusal", err)
		}
		refresh(false)
		for _, months := range []int{setting.MostGuideMonths, 6} {
			if err := SetCheckMonths(ctx, d, morning, chen, months); err != nil {
				t.Fatal(err)
			}
			last := date.MustParse("2025-11-22").AddMonths(months)
			if g := refresh(true); g.CheckMonths != months || g.Stale(g.All[0], last) || !g.Stale(g.All[0], last.AddDays(1)) {
				t.Errorf("got %d months, want a review to count for %d", g.CheckMonths, months)
			}
		}
		var entries int
		err := d.QueryRow(ctx, "select count(*) from audit_entries where action = 'setting.guide_months' and actor_id = $1", chen.ID).Scan(&entries)
		if err != nil || entries != 2 {
			t.Errorf("got %d entries in the record, %v; want one a change", entries, err)
		}
	})
}
