package merchant

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// usageNewsDays is for how many days it is news what a SIM used. Older days are
// history that is taken in, unless they are of this month, whose sum they raise.
const usageNewsDays = 3

// noteUsage notes the terminals of the staged days, unless all of it is history.
func noteUsage(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into usage_news (terminal_id)
		select distinct t.id
		from staged_usage s
		join terminals t on t.sn = s.sn
		where s.used_on > $1
		order by t.id -- so that two never wait for each other
		-- A mark that is there is written again, so that nobody takes and forgets it
		-- before what is taken in here can be seen.
		on conflict (terminal_id) do update set terminal_id = excluded.terminal_id`, min(date.Of(now).AddDays(-usageNewsDays), date.Of(now).MonthStart().AddDays(-1)))
	return err
}

// TakeUsageNews returns terminals whose SIM used or was left with something new,
// at most so many, and forgets that in the transaction. Others of its kind take
// other terminals.
func TakeUsageNews(ctx context.Context, tx *db.Tx, most int) (ids []int64, err error) {
	skipLocked := ""
	if tx.Dialect == db.Postgres {
		skipLocked = ` for update skip locked`
	}
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `
		delete from usage_news where terminal_id in (select terminal_id from usage_news order by terminal_id limit $1`+skipLocked+`)
		returning terminal_id`, most)
	return ids, err
}
