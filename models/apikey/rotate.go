package apikey

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// MaxOverlap is for how long at most a secret counts beside the one that follows
// it.
const MaxOverlap = 30 * 24 * time.Hour

// Rotate gives a key another secret and returns it; it can't be had again. The
// one before it counts for as long as the two overlap, and any older one no
// more. It returns fault.NotFound where there is no such key, and fault.Conflict
// where it is revoked.
func Rotate(ctx context.Context, d *db.DB, now time.Time, by By, keyID string, overlap time.Duration) (secret string, err error) {
	overlap = min(max(overlap, 0), MaxOverlap)
	secret = newSecret()
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := liveKey(ctx, tx, keyID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update api_key_secrets set ends_at = $2 where key_id = $1 and (ends_at is null or ends_at > $2)
			and hash <> (select hash from api_key_secrets where key_id = $1 order by created_at desc, hash limit 1)`, keyID, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update api_key_secrets set ends_at = $2 where key_id = $1 and ends_at is null`, keyID, now.Add(overlap))
		if err != nil {
			return err
		}
		if err := writeSecret(ctx, tx, now, keyID, secret); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{
			At: now, Actor: by.Actor, Action: "key.rotate", Subject: keyID, RequestID: by.RequestID, Details: map[string]any{"overlap_minutes": int64(overlap / time.Minute)},
		})
	})
	return secret, err
}

// liveKey holds the key until the transaction ends, so that of two who change it
// one waits.
func liveKey(ctx context.Context, tx *db.Tx, keyID string) error {
	if err := tx.Lock(ctx, "api key "+keyID); err != nil {
		return err
	}
	var revoked db.Time
	err := tx.QueryRow(ctx, `select revoked_at from api_keys where id = $1`, keyID).Scan(&revoked)
	if db.NotFound(err) {
		return fault.New(fault.NotFound, "keys.not_found")
	}
	if err == nil && !revoked.IsZero() {
		return fault.New(fault.Conflict, "keys.revoked_before")
	}
	return err
}
