package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// ReadHead returns the head of the chain and when it was sealed; a head of no
// seal and no moment where nothing is sealed yet.
func ReadHead(ctx context.Context, r db.Reader) (Head, time.Time, error) {
	var h Head
	var at time.Time
	err := r.QueryRow(ctx, "select seq, hash, sealed_at from audit_seals order by seq desc limit 1").Scan(&h.Seq, &h.Hash, &at)
	if db.NotFound(err) {
		return Head{}, time.Time{}, nil
	}
	if err != nil {
		return Head{}, time.Time{}, fmt.Errorf("audit: the head: %w", err)
	}
	return h, at, nil
}

// headsAtOnce is how many heads are handed on together.
const headsAtOnce = 1000

// Unanchored returns heads that were not written to a place outside the database
// yet, the first ones first, a bounded number of them.
func Unanchored(ctx context.Context, r db.Reader, place string) (heads []Head, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var h Head
			err := rows.Scan(&h.Seq, &h.Hash)
			heads = append(heads, h)
			return err
		})
	}, `select seq, hash from audit_seals where seq > coalesce((select seq from audit_anchors where place = $1), 0) order by seq limit $2`, place, headsAtOnce)
	if err != nil {
		return nil, fmt.Errorf("audit: heads for %s: %w", place, err)
	}
	return heads, nil
}

// Anchored notes up to which head a place outside the database has them. It only
// says where to go on; what counts is what the place has.
func Anchored(ctx context.Context, d *db.DB, now time.Time, place string, up Head) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into audit_anchors (place, seq, at) values ($1, $2, $3)
			on conflict (place) do update set seq = excluded.seq, at = excluded.at where audit_anchors.seq < excluded.seq`, place, up.Seq, now)
		return err
	})
}

// Anchor is a place outside the database that heads are written to.
type Anchor struct {
	Place string
	Seq   int64 // the last head that it has
	At    time.Time
}

const selectAnchors = `select place, seq, at from audit_anchors order by place`

// Anchors returns up to which head each place has them.
func Anchors(ctx context.Context, r db.Reader) (all []Anchor, err error) {
	err = r.Query(ctx, scanAnchors(&all), selectAnchors)
	return all, err
}

func scanAnchors(all *[]Anchor) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Anchor
			err := rows.Scan(&a.Place, &a.Seq, &a.At)
			*all = append(*all, a)
			return err
		})
	}
}
