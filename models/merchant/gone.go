package merchant

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// ReportGoneIn notes that the merchant says that a terminal is gone since a day,
// which stands until ConfirmGoneIn or DenyGoneIn, and notes it as touched:
// intake.Begin comes before, and judging again after.
func ReportGoneIn(ctx context.Context, tx *db.Tx, terminalID int64, on date.Date, now time.Time) error {
	return setGone(ctx, tx, terminalID, `reported_gone_on = $3`, now, on)
}

// ConfirmGoneIn puts a terminal out of use from a day on, for a reason, and ends
// the merchant's report of it, as ReportGoneIn does. It stays out of use until
// the core system names an earlier day.
func ConfirmGoneIn(ctx context.Context, tx *db.Tx, terminalID int64, from date.Date, reason InactiveReason, now time.Time) error {
	return setGone(ctx, tx, terminalID, `reported_gone_on = null,
		inactive_reason = case when inactive_from <= $3 then inactive_reason else $4 end,
		inactive_here = inactive_here or inactive_from is null or inactive_from > $3,
		inactive_from = case when inactive_from <= $3 then inactive_from else $3 end`, now, from, string(reason))
}

// DenyGoneIn ends the merchant's report of a terminal, which is found to be in
// use, as ReportGoneIn does.
func DenyGoneIn(ctx context.Context, tx *db.Tx, terminalID int64, now time.Time) error {
	return setGone(ctx, tx, terminalID, `reported_gone_on = null`, now)
}

// setGone alters a terminal, $1, at a moment, $2; more may stand in what is set.
func setGone(ctx context.Context, tx *db.Tx, terminalID int64, set string, now time.Time, more ...any) error {
	if err := intake.Touch(ctx, tx, `select id, $2 from terminals where id = $1`, terminalID, intake.Always); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update terminals set `+set+`, updated_at = $2 where id = $1`, append([]any{terminalID, now}, more...)...)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows", n)
	}
	if err != nil {
		return fmt.Errorf("merchant: terminal %d: %w", terminalID, err)
	}
	return nil
}
