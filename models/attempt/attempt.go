// Package attempt counts tries in the database, so that limits hold over all
// servers and restarts. A key says what is counted: the limits of a person's own
// key protect them from guesses, those of an address protect everybody from one
// guesser, and those of an Asker protect who is known from who is not.
package attempt

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// kept is how long an attempt counts at most.
const kept = 24 * time.Hour

// Latest returns when the latest attempts under a key were made since a
// moment, the newest first, at most so many.
func Latest(ctx context.Context, tx *db.Tx, key string, since time.Time, most int) (at []time.Time, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var t time.Time
			if err := rows.Scan(&t); err != nil {
				return err
			}
			at = append(at, t)
			return nil
		})
	}, `select at from attempts where key = $1 and at > $2 order by at desc limit $3`, key, since, most)
	return at, err
}

// Note counts an attempt under a key.
func Note(ctx context.Context, tx *db.Tx, key string, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into attempts (key, at) values ($1, $2)`, key, now)
	return err
}

// takeBack forgets one attempt of the moment given, though others were made in it.
func takeBack(ctx context.Context, tx *db.Tx, key string, at time.Time) error {
	row := "rowid"
	if tx.Dialect == db.Postgres {
		row = "ctid"
	}
	_, err := tx.Exec(ctx, `delete from attempts where `+row+` = (select `+row+` from attempts where key = $1 and at = $2 limit 1)`, key, at)
	return err
}

// WaitUntil says too many where a moment is still to come.
func WaitUntil(until, now time.Time, key string) error {
	if !until.After(now) {
		return nil
	}
	return fault.New(fault.TooMany, key, "wait", until.Sub(now))
}

// Within counts the attempts under a key in the last span, and says too
// many where there were as many as allowed. Who else asks of the same key waits
// until the transaction ends, and then counts what it has noted.
func Within(ctx context.Context, tx *db.Tx, key string, most int, span time.Duration, now time.Time, tooMany string) error {
	if err := tx.Lock(ctx, key); err != nil {
		return err
	}
	at, err := Latest(ctx, tx, key, now.Add(-span), most)
	if err != nil || len(at) < most {
		return err
	}
	return WaitUntil(at[most-1].Add(span), now, tooMany)
}

// Neighbourhood is an address as far as it tells one reader from another: of
// IPv6 the first half, since a household owns all of the rest.
func Neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Is4() || ip.Is4In6() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// Clear forgets the attempts under a key, once the right thing was said.
func Clear(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.Exec(ctx, `delete from attempts where key = $1`, key)
	return err
}

// ClearAll forgets the attempts of everybody at a name.
func ClearAll(ctx context.Context, tx *db.Tx, name string) error {
	plain := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(name)
	_, err := tx.Exec(ctx, `delete from attempts where key = $1 or key like $2 escape '\'`, name, plain+" %")
	return err
}

// Forget removes what no longer counts, and returns how many there were.
func Forget(ctx context.Context, tx *db.Tx, now time.Time) (int64, error) {
	return tx.Exec(ctx, `delete from attempts where at < $1`, now.Add(-kept))
}
