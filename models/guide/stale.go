package guide

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// SetCheckMonths says for how many months a review counts from now on, whenever
// it was. It returns what setting.SetGuideMonths does, and fault.Forbidden.
func SetCheckMonths(ctx context.Context, d *db.DB, at time.Time, by staff.Actor, months int) error {
	if err := by.Must(staff.WriteGuides); err != nil {
		return err
	}
	return setting.SetGuideMonths(ctx, d, by.Audit(), at, months)
}

// Stale reports whether a review on a day no longer counts today, where it counts
// for so many months: readers are told, and staff look at the guide again.
func Stale(reviewedOn, today date.Date, months int) bool {
	return today > reviewedOn.AddMonths(months)
}
