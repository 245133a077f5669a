package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// FirstTime reports whether a nonce was not seen before, and remembers it for as
// long as it lasts.
func FirstTime(ctx context.Context, d *db.DB, now time.Time, nonce string, lasts time.Duration) (first bool, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `delete from hook_nonces where at < $1`, now.Add(-lasts)); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `insert into hook_nonces (nonce, at) values ($1, $2) on conflict (nonce) do nothing`, nonce, now)
		first = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("outbox: remembering a nonce: %w", err)
	}
	return first, nil
}
