package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/db"
)

// Forget removes what no longer counts: attempts, codes and links after a day.
// Sessions stay for as long as access has to be accounted for, which others see
// to.
func (a *Accounts) Forget(ctx context.Context) (n int64, err error) {
	now := a.clock.Now()
	err = a.d.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = attempt.Forget(ctx, tx, now)
		return err
	})
	if err != nil {
		return n, err
	}
	for _, f := range []struct {
		query  string
		before time.Time
	}{
		{`delete from sign_in_codes where expires_at < $1`, now.Add(-day)},
		{`delete from entry_links where made_at < $1`, now.Add(-day)},
	} {
		err := a.d.Write(ctx, func(tx *db.Tx) error {
			removed, err := tx.Exec(ctx, f.query, f.before)
			n += removed
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
