package apikey

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Limit sets how much a key may ask of one server in a minute, from its next
// request on. It returns fault.NotFound where there is no such key,
// fault.Conflict where it is revoked, and fault.Invalid for PerMinuteField.
func Limit(ctx context.Context, d *db.DB, now time.Time, by By, keyID string, perMinute int) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := liveKey(ctx, tx, keyID); err != nil {
			return err
		}
		var faults fault.Fields
		perMinute := checkPerMinute(perMinute, &faults)
		if err := faults.Err(); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update api_keys set per_minute = $2 where id = $1 and per_minute <> $2`, keyID, perMinute)
		if err != nil || n == 0 {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Actor, Action: "key.limit", Subject: keyID, RequestID: by.RequestID, Details: map[string]any{"per_minute": perMinute},
		})
	})
}
