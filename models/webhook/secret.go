package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// SecretPrefix begins every secret, as the specification has it: the rest is the
// key in base64.
const SecretPrefix = "whsec_"

// keyLength is how many bytes a key has.
const keyLength = 32

// Overlap is for how long a secret counts beside the one that follows it.
const Overlap = 24 * time.Hour

// errLocked says that secrets can't be read.
var errLocked = errors.New("webhook: a secret was closed with another key than this program's")

// addSecret gives an endpoint another secret and returns it; it can't be had
// again.
func (h *Hooks) addSecret(ctx context.Context, tx *db.Tx, now time.Time, endpointID string) (string, error) {
	key := make([]byte, keyLength)
	_, _ = rand.Read(key) // never fails: the program ends if it would
	secretID := id.New("wk", now)
	sealed := h.box.Seal(nil, nil, key, []byte(secretID))
	_, err := tx.Exec(ctx, `insert into webhook_secrets (id, endpoint_id, sealed, created_at) values ($1, $2, $3, $4)`, secretID, endpointID, sealed, now)
	return SecretPrefix + base64.StdEncoding.EncodeToString(key), err
}

// keys returns the keys of an endpoint's secrets that count, the newest first. One
// that was closed with another key of the program is left out: the receiver takes
// what is signed with any. It returns errLocked where there is no other.
func (h *Hooks) keys(ctx context.Context, r db.Reader, now time.Time, endpointID string) (keys [][]byte, err error) {
	locked := false
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var secretID string
			var sealed []byte
			if err := rows.Scan(&secretID, &sealed); err != nil {
				return err
			}
			key, err := h.box.Open(nil, nil, sealed, []byte(secretID))
			if err != nil {
				locked = true
				return nil
			}
			keys = append(keys, key)
			return nil
		})
	}, `select id, sealed from webhook_secrets where endpoint_id = $1 and (ends_at is null or ends_at > $2) order by created_at desc, id desc`, endpointID, now)
	if err == nil && len(keys) == 0 && locked {
		err = errLocked
	}
	if err == nil && len(keys) == 0 {
		err = fmt.Errorf("webhook: endpoint %s has no secret", endpointID)
	}
	return keys, err
}

// Rotate gives an endpoint another secret and returns it; it can't be had again.
// For a day messages are signed with the one before it too; an older one ends. It
// returns fault.NotFound.
func (h *Hooks) Rotate(ctx context.Context, by By, endpointID string) (secret string, err error) {
	now := h.clock.Now()
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := hold(ctx, tx, endpointID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update webhook_secrets set ends_at = $2 where endpoint_id = $1 and ends_at > $2`, endpointID, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update webhook_secrets set ends_at = $2 where endpoint_id = $1 and ends_at is null`, endpointID, now.Add(Overlap))
		if err != nil {
			return err
		}
		if secret, err = h.addSecret(ctx, tx, now, endpointID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update webhook_endpoints set rests_until = null where id = $1`, endpointID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "rotate", endpointID, nil))
	})
	return secret, err
}

// Unreadable counts the endpoints that are told and have no secret that can be
// read, since the program's key is another than when they were made.
func (h *Hooks) Unreadable(ctx context.Context) (n int, err error) {
	var ids []string
	err = h.db.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `select id from webhook_endpoints where disabled_at is null order by id`)
	if err != nil {
		return 0, fmt.Errorf("webhook: %w", err)
	}
	for _, id := range ids {
		switch _, err := h.keys(ctx, h.db, h.clock.Now(), id); {
		case errors.Is(err, errLocked):
			n++
		case err != nil:
			return 0, err
		}
	}
	return n, nil
}
