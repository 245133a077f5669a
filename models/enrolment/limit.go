package enrolment

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// LimitIn sets how much the merchant lets be taken in a calendar month by each of
// the enrolments, 0 for nothing, from at on, under the name of the user who did
// it. It notes their terminals as touched from that day on, as AcceptIn does. One
// that has this limit already is left out. It returns how many were set. Whoever
// sets limits of the same merchant comes one after the other: the caller holds a
// lock.
func LimitIn(ctx context.Context, tx *db.Tx, which Which, limit money.Fen, at time.Time, userID, name string) (int64, error) {
	which.Query = fmt.Sprintf(`select id from enrolments where id in (%s) and own_limit_fen is distinct from $%d`, which.Query, len(which.Args)+1)
	which.Args, _ = which.with(int64(limit))
	if err := touch(ctx, tx, which, date.Of(at)); err != nil {
		return 0, err
	}
	args, n := which.with(at, userID, name)
	set, err := tx.Exec(ctx, fmt.Sprintf(`
		insert into own_limits (enrolment_id, merchant_id, limit_fen, set_at, set_by, name)
		select e.id, e.merchant_id, $%d, cast($%d as %s), $%d, $%d
		from enrolments e
		where e.id in (%s)`, n-1, n, timeType[tx.Dialect], n+1, n+2, which.Query), args...)
	if err == nil {
		_, err = tx.Exec(ctx, fmt.Sprintf(`update enrolments set own_limit_fen = $%d where id in (%s)`, n-1, which.Query), which.Args...)
	}
	if err != nil {
		return 0, fmt.Errorf("enrolment: setting limits: %w", err)
	}
	return set, nil
}

// timeType is what each database calls an instant.
var timeType = map[db.Dialect]string{db.Postgres: "timestamptz", db.SQLite: "text"}
