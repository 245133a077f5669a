package deduction

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// OpenDispute takes in that a fee of a merchant's terminal is disputed, as a
// whole: until CloseDisputes nothing is taken for a cycle of it. What is to come
// is foreseen anew.
func OpenDispute(ctx context.Context, tx *db.Tx, at time.Time, id string, merchantID, terminalID int64, item fee.Item) error {
	_, err := tx.Exec(ctx, `insert into disputes (id, merchant_id, terminal_id, item, opened_at) values ($1, $2, $3, $4, $5)`,
		id, merchantID, terminalID, string(item), at)
	if err == nil {
		err = pendDisputed(ctx, tx, id)
	}
	if err != nil {
		return fmt.Errorf("deduction: dispute %s: %w", id, err)
	}
	return nil
}

// CloseDispute takes in that a dispute is over. One that is over already, or that
// never was, is left as it is.
func CloseDispute(ctx context.Context, tx *db.Tx, at time.Time, id string) error {
	n, err := tx.Exec(ctx, `update disputes set closed_at = case when opened_at > $1 then opened_at else $1 end where id = $2 and closed_at is null`, at, id)
	if err == nil && n > 0 {
		err = pendDisputed(ctx, tx, id)
	}
	if err != nil {
		return fmt.Errorf("deduction: dispute %s: %w", id, err)
	}
	return nil
}

// pendDisputed has what is to come of a disputed terminal foreseen anew. None of
// its lines is written anew.
func pendDisputed(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `
		insert into judge_pending (terminal_id, since) select terminal_id, $2 from disputes where id = $1`+markedAgain, id, date.Last)
	return err
}
