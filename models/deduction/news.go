package deduction

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// newsFor is for how long it is news that money was taken: an older deduction is
// history that is taken in.
const newsFor = 3 * 24 * time.Hour

// markedAgain ends a statement that marks terminals. A mark that is there already
// is written again: whoever is about to take it waits for this transaction, and
// then sees what it did. Left alone, the mark could be taken and forgotten before
// this is committed, and nobody would look again.
const markedAgain = ` on conflict (terminal_id) do update set terminal_id = excluded.terminal_id`

// noteForecasts notes that something else is to come of terminals than was
// foreseen.
func noteForecasts(ctx context.Context, tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into forecast_changes (terminal_id) select id from terminals where id in `+idList(ids)+` order by id`+markedAgain)
	return err
}

// ForecastAnew has what is to come of all of a merchant's terminals looked at
// again, as if it had changed.
func ForecastAnew(ctx context.Context, tx *db.Tx, merchantID int64) error {
	_, err := tx.Exec(ctx, `
		insert into forecast_changes (terminal_id) select distinct terminal_id from forecasts where merchant_id = $1 order by terminal_id`+markedAgain, merchantID)
	if err != nil {
		return fmt.Errorf("deduction: forecasts of merchant %d: %w", merchantID, err)
	}
	return nil
}

// TakeForecastChanges returns terminals of which something else is to come than
// was foreseen, at most so many, and forgets that in the transaction. Others of
// its kind take other terminals.
func TakeForecastChanges(ctx context.Context, tx *db.Tx, most int) ([]int64, error) {
	return takeIDs(ctx, tx, `
		delete from forecast_changes where terminal_id in (
			select terminal_id from forecast_changes order by terminal_id limit $1`+skipLocked(tx)+`)
		returning terminal_id`, most)
}

func skipLocked(tx *db.Tx) string {
	if tx.Dialect == db.Postgres {
		return ` for update skip locked`
	}
	return ""
}

func takeIDs(ctx context.Context, tx *db.Tx, query string, args ...any) (ids []int64, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, query, args...)
	return ids, err
}

// noteDeductions notes the staged deductions that merchants are to be told of:
// what was taken, tried or given back in the last days, but not what sales cost,
// which the settlements say.
func noteDeductions(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into deduction_news (deduction_id, state, merchant_id, terminal_id, at)
		select s.id, s.state, t.merchant_id, t.id, s.at
		from staged_deductions s
		join terminals t on t.sn = s.sn
		where s.at > $1 and s.item not in ($2, $3) and s.state in ($4, $5, $6)
		on conflict (merchant_id, deduction_id, state) do nothing`,
		now.Add(-newsFor), string(fee.Transaction), string(fee.Withdrawal), string(fee.Posted), string(fee.Reversed), string(fee.Refunded))
	return err
}

// noteRecorded notes those of the recorded deductions that merchants are told of:
// the gate writes most of them down before money moves.
func noteRecorded(ctx context.Context, tx *db.Tx, rows []Recorded) error {
	var taken [][]any
	for i := range rows {
		if r := &rows[i]; isTold(r.State) && !isOfSales(r.Item) {
			taken = append(taken, []any{r.ID, string(r.State), r.MerchantID, r.TerminalID, r.At})
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return tx.Insert(ctx, "deduction_news", []string{"deduction_id", "state", "merchant_id", "terminal_id", "at"}, taken)
}

// noteOutcome notes what became of a recorded deduction, if its merchant is to be
// told: that it was taken, came back, or was given back, in part too.
func noteOutcome(ctx context.Context, tx *db.Tx, c *Outcome) error {
	state := c.State
	switch {
	case c.Refunded > 0:
		state = fee.Refunded
	case !isTold(state):
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into deduction_news (deduction_id, state, merchant_id, terminal_id, at)
		select id, $4, merchant_id, terminal_id, at from deductions
		where merchant_id = $1 and id = $2 and at = $3 and item not in ($5, $6)
		on conflict (merchant_id, deduction_id, state) do update set state = excluded.state -- as markedAgain does`,
		c.MerchantID, c.ID, c.At, string(state), string(fee.Transaction), string(fee.Withdrawal))
	return err
}

// isTold reports whether a merchant is told that a deduction is in a state: that
// it was taken, came back, or was given back.
func isTold(state fee.State) bool {
	return state == fee.Posted || state == fee.Reversed || state == fee.Refunded
}

// isOfSales reports whether an item is what sales and payouts cost, which the
// settlements say.
func isOfSales(item fee.Item) bool { return item == fee.Transaction || item == fee.Withdrawal }

// News is a deduction that its merchant is to be told of.
type News struct {
	MerchantID  int64
	DeductionID string
	State       fee.State // posted, reversed, or refunded, in part too
}

// TakeNews returns deductions that their merchants are to be told of, at most so
// many, and forgets them in the transaction. It leaves those whose terminals are
// still to be judged, for as long as it is news. Others of its kind take others.
func TakeNews(ctx context.Context, tx *db.Tx, now time.Time, most int) (all []News, err error) {
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var n News
			err := rows.Scan(&n.MerchantID, &n.DeductionID, &n.State)
			all = append(all, n)
			return err
		})
	}, `
		delete from deduction_news where (merchant_id, deduction_id, state) in (
			select n.merchant_id, n.deduction_id, n.state from deduction_news n
			where n.at < $1 or not exists (select 1 from judge_pending p where p.terminal_id = n.terminal_id)
			order by n.merchant_id, n.deduction_id limit $2`+skipLocked(tx)+`)
		returning merchant_id, deduction_id, state`, now.Add(-2*newsFor), most)
	return all, err
}
