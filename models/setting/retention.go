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

// Retention is for how long what is kept stays, once its time has begun. What
// must be kept has a least that no setting goes below, and the database refuses
// to remove what is younger.
type Retention struct {
	MoneyMonths  int // what was taken, settled, agreed and announced
	CaseMonths   int // complaints and requests that are over
	UsageMonths  int // what SIMs used, day by day
	AccessDays   int // who signed in from where
	IdentityDays int // papers that show who somebody is
	CounterDays  int // counters and work notes
	GraceDays    int // in which a closed account can be had back
}

// DefaultRetention is what holds where nothing else was set.
var DefaultRetention = Retention{MoneyMonths: 60, CaseMonths: 36, UsageMonths: 36, AccessDays: 190, IdentityDays: 190, CounterDays: 400, GraceDays: 14}

// The names of the fields, in forms and where the figures are written down.
const (
	MoneyMonthsField  = "money_months"
	CaseMonthsField   = "case_months"
	UsageMonthsField  = "usage_months"
	AccessDaysField   = "access_days"
	IdentityDaysField = "identity_days"
	CounterDaysField  = "counter_days"
	GraceDaysField    = "grace_days"
)

// RetentionLimits are what each figure may be, from and to. The least of the
// first four is what the rules ask for: five years for payments, three for
// complaints and for the records of a statement, six months for access. Counters
// are compared with the same day of the year before.
var RetentionLimits = []struct {
	Field    string
	Of       func(*Retention) *int
	From, To int
}{
	{MoneyMonthsField, func(r *Retention) *int { return &r.MoneyMonths }, 60, 360},
	{CaseMonthsField, func(r *Retention) *int { return &r.CaseMonths }, 36, 360},
	{UsageMonthsField, func(r *Retention) *int { return &r.UsageMonths }, 36, 120},
	{AccessDaysField, func(r *Retention) *int { return &r.AccessDays }, 184, 1100},
	{IdentityDaysField, func(r *Retention) *int { return &r.IdentityDays }, 30, 1100},
	{CounterDaysField, func(r *Retention) *int { return &r.CounterDays }, 400, 1100},
	{GraceDaysField, func(r *Retention) *int { return &r.GraceDays }, 7, 60},
}

// Check returns fault.Invalid for the fields of figures that may not be.
func (r Retention) Check() error {
	var f fault.Fields
	for _, l := range RetentionLimits {
		if v := *l.Of(&r); v < l.From || v > l.To {
			f.Add(l.Field, "retention.check.between", "from", l.From, "to", l.To)
		}
	}
	return f.Err()
}

const retentionKey = "retention"

// MarshalJSON writes the figures under the names of their fields.
func (r Retention) MarshalJSON() ([]byte, error) {
	m := make(map[string]int, len(RetentionLimits))
	for _, l := range RetentionLimits {
		m[l.Field] = *l.Of(&r)
	}
	return json.Marshal(m)
}

// UnmarshalJSON reads the figures. What was not known when they were written is
// as by default.
func (r *Retention) UnmarshalJSON(b []byte) error {
	var m map[string]int
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*r = DefaultRetention
	for _, l := range RetentionLimits {
		if v, ok := m[l.Field]; ok {
			*l.Of(r) = v
		}
	}
	return nil
}

// GetRetention returns for how long what is kept stays.
func GetRetention(ctx context.Context, r db.Reader) (out Retention, err error) {
	var value db.JSON
	err = r.QueryRow(ctx, "select value from settings where key = $1", retentionKey).Scan(&value)
	if db.NotFound(err) {
		return DefaultRetention, nil
	}
	if err == nil {
		err = json.Unmarshal(value, &out)
	}
	if err != nil {
		return Retention{}, fmt.Errorf("setting: retention: %w", err)
	}
	return out, nil
}

// ReadRetention adds to a batch the reading of for how long what is kept stays.
func ReadRetention(b *db.Batch, out *Retention) {
	*out = DefaultRetention
	b.Add("select value from settings where key = $1", []any{retentionKey}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var value db.JSON
			if err := rows.Scan(&value); err != nil {
				return err
			}
			return json.Unmarshal(value, out)
		})
	})
}

// SetRetentionIn changes for how long what is kept stays, inside a transaction.
// Whether the actor may, and whether somebody else agreed, is the caller's to
// know. It returns the faults of Check.
func SetRetentionIn(ctx context.Context, tx *db.Tx, by audit.Actor, at time.Time, value Retention) error {
	if err := value.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("setting: retention: %w", err)
	}
	if err := put(ctx, tx, retentionKey, text, by, at); err != nil {
		return fmt.Errorf("setting: retention: %w", err)
	}
	return nil
}
