package apikey

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// Revoke ends a key from its next request on. It returns fault.NotFound where
// there is no such key, and fault.Conflict where it is revoked already.
func Revoke(ctx context.Context, d *db.DB, now time.Time, by By, keyID string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := liveKey(ctx, tx, keyID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update api_keys set revoked_at = $2 where id = $1`, keyID, now); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{At: now, Actor: by.Actor, Action: "key.revoke", Subject: keyID, RequestID: by.RequestID})
	})
}
