package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// MarkRead notes that a merchant has a message before their eyes. The first time
// stands. A message of another merchant, or one that was never tried, is
// fault.NotFound.
func MarkRead(ctx context.Context, tx *db.Tx, merchantID int64, messageID string, now time.Time) error {
	return advance(ctx, tx, merchantID, messageID, `
		update messages set state = case state when 'acknowledged' then state else 'read' end, read_at = coalesce(read_at, $3),
			news = news or (letter_id is not null and read_at is null)
		where id = $1 and merchant_id = $2 and (state not in ('queued', 'sending') or attempts > 0)`, now)
}

// Acknowledge notes that a merchant says that they know. Who says so has read it.
// The first time stands. A message of another merchant, or one that was never
// tried, is fault.NotFound.
func Acknowledge(ctx context.Context, tx *db.Tx, merchantID int64, messageID string, now time.Time) error {
	return advance(ctx, tx, merchantID, messageID, `
		update messages set state = 'acknowledged', read_at = coalesce(read_at, $3), acknowledged_at = coalesce(acknowledged_at, $3),
			news = news or (letter_id is not null and read_at is null)
		where id = $1 and merchant_id = $2 and (state not in ('queued', 'sending') or attempts > 0)`, now)
}

func advance(ctx context.Context, tx *db.Tx, merchantID int64, messageID, statement string, now time.Time) error {
	n, err := tx.Exec(ctx, statement, messageID, merchantID, now)
	if err != nil {
		return fmt.Errorf("outbox: noting how far a message has come: %w", err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "")
	}
	return nil
}
