package setting

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// DefaultGuideMonths is for how many months a guide's review counts until staff
// choose another number: no fewer than FewestGuideMonths and no more than
// MostGuideMonths.
const (
	DefaultGuideMonths = 12
	FewestGuideMonths  = 3
	MostGuideMonths    = 24
)

// GuideMonthsField is the form's field for the number.
const GuideMonthsField = "months"

const guideMonthsKey = "guide_months"

// GetGuideMonths returns for how many months a guide's review counts.
func GetGuideMonths(ctx context.Context, r db.Reader) (int, error) {
	var value db.JSON
	err := r.QueryRow(ctx, "select value from settings where key = $1", guideMonthsKey).Scan(&value)
	if db.NotFound(err) {
		return DefaultGuideMonths, nil
	}
	var months int
	if err == nil {
		err = json.Unmarshal(value, &months)
	}
	if err != nil {
		return 0, fmt.Errorf("setting: the guides' months: %w", err)
	}
	return months, nil
}

// SetGuideMonths says for how many months a guide's review counts. It returns
// fault.Invalid for the field where the number is not allowed.
func SetGuideMonths(ctx context.Context, d *db.DB, by audit.Actor, at time.Time, months int) error {
	if months < FewestGuideMonths || months > MostGuideMonths {
		var fields fault.Fields
		fields.Add(GuideMonthsField, "guides.check.months", "fewest", FewestGuideMonths, "most", MostGuideMonths)
		return fields.Err()
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := put(ctx, tx, guideMonthsKey, fmt.Append(nil, months), by, at); err != nil {
			return fmt.Errorf("setting: the guides' months: %w", err)
		}
		return audit.Write(ctx, tx, audit.Entry{At: at, Actor: by, Action: "setting.guide_months", Subject: guideMonthsKey, Details: map[string]any{"months": months}})
	})
}
