package apikey

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// selectKeys reads keys, each with its secrets that count at $1 in rows of their
// own, the newest first.
const selectKeys = `
	select k.id, k.name, k.scopes, k.networks, k.per_minute, k.created_at, k.created_by, k.revoked_at, k.last_used_at, s.hint, s.created_at, s.ends_at
	from api_keys k left join api_key_secrets s on s.key_id = k.id and (s.ends_at is null or s.ends_at > $1)`

const keyOrder = ` order by k.id desc, s.created_at desc, s.hash`

// List returns up to so many keys, the newest first, after the one with an id,
// and whether there are more. Revoked ones are among them.
func List(ctx context.Context, r db.Reader, now time.Time, after string, most int) (keys []Key, more bool, err error) {
	err = r.Query(ctx, scanKeys(&keys), selectKeys+`
		where k.id in (select id from api_keys where $2 = '' or id < $2 order by id desc limit $3)`+keyOrder, now, after, most+1)
	if len(keys) > most {
		return keys[:most], true, err
	}
	return keys, false, err
}

// Get returns the key with an id, or fault.NotFound.
func Get(ctx context.Context, r db.Reader, now time.Time, keyID string) (*Key, error) {
	var keys []Key
	if err := r.Query(ctx, scanKeys(&keys), selectKeys+` where k.id = $2`+keyOrder, now, keyID); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.NotFound, "keys.not_found")
	}
	return &keys[0], nil
}

func scanKeys(keys *[]Key) func(db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var k Key
			var s Secret
			var scopes, networks string
			var hint db.Text
			var created, revoked, used, begun, ends db.Time
			err := rows.Scan(&k.ID, &k.Name, &scopes, &networks, &k.PerMinute, &created, &k.CreatedBy, &revoked, &used, &hint, &begun, &ends)
			if err != nil {
				return err
			}
			k.CreatedAt, k.RevokedAt, k.LastUsedAt = created.Time, revoked.Time, used.Time
			s.Hint, s.CreatedAt, s.EndsAt = string(hint), begun.Time, ends.Time
			k.Scopes = splitScopes(scopes)
			if k.Networks, err = splitNetworks(networks); err != nil {
				return err
			}
			n := len(*keys)
			if n == 0 || (*keys)[n-1].ID != k.ID {
				*keys = append(*keys, k)
				n++
			}
			if s.Hint != "" {
				last := &(*keys)[n-1]
				last.Secrets = append(last.Secrets, s)
			}
			return nil
		})
	}
}
