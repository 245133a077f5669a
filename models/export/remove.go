package export

import (
	"context"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// RemoveOld removes the exports whose time is over, and what is left in the store
// of those that were given up. It returns how many there were.
func (x *Exports) RemoveOld(ctx context.Context) (n int, err error) {
	now := x.clock.Now()
	type old struct {
		id         string
		merchantID int64
		attempt    int
		parts      int
	}
	var all []old
	err = x.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o old
			err := rows.Scan(&o.id, &o.merchantID, &o.attempt, &o.parts)
			all = append(all, o)
			return err
		})
	}, `select id, merchant_id, attempt, parts from data_exports 
		where state = 'ready' and until_at <= $1 or state = 'failed' and parts > 0 order by asked_at, id limit 100`, now)
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		if err := x.removeParts(ctx, o.id, o.attempt, o.parts); err != nil {
			return n, err
		}
		err := x.d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `update data_exports set parts = 0 where id = $1`, o.id); err != nil {
				return err
			}
			changed, err := tx.Exec(ctx, `update data_exports set state = 'removed' where id = $1 and state = 'ready'`, o.id)
			if err != nil || changed == 0 {
				return err
			}
			return audit.Write(ctx, tx, itself(now, o.merchantID, "data_export.remove", o.id, nil))
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
