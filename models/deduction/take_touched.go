package deduction

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// PendTouched has the terminals that the transaction touched judged again by the
// next JudgePending.
func PendTouched(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `
		insert into judge_pending (terminal_id, since)
		select terminal_id, since from (`+intake.Touched+`) touched
		where true
		order by terminal_id -- so that two never wait for each other
		on conflict (terminal_id) do update
		set since = case when excluded.since < judge_pending.since then excluded.since else judge_pending.since end`)
	if err != nil {
		return fmt.Errorf("deduction: terminals to be judged again: %w", err)
	}
	return nil
}
