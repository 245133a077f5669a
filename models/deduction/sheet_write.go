package deduction

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/money"
)

// sheetUnion reads what the sheet of a terminal, $1, holds: with the lines that
// were wrong since $2.
var sheetUnion = newSheetUnion()

func newSheetUnion() *feesUnion {
	u := newFeesUnion("select * from terminals where id = $1", false)
	u.add((*feesQuery).readRecent, recentLinesOfThis)
	u.add((*feesQuery).readMonth, unionColumns{
		numbers: []string{"cast(sum(amount_fen) as bigint)"},
		days:    []string{"month"},
		from:    "bill_months where " + ofThis + " group by month",
	})
	u.add((*feesQuery).readWrongDay, unionColumns{
		numbers: []string{"count(*)"},
		days:    []string{"l.on_date"},
		from:    "bill_lines l where l.merchant_id = (select merchant_id from this) and l." + ofThis + " and l.at >= $2 and " + needsLook + " group by l.on_date",
	})
	return u
}

func (q *feesQuery) readMonth(r *unionRow) error {
	year, _, _ := r.days[0].Civil()
	years := q.days.years
	at := slices.IndexFunc(years, func(y yearSum) bool { return y.year == year })
	if at < 0 {
		at = len(years)
		years = append(years, yearSum{year: year})
	}
	years[at].amount = years[at].amount.Plus(money.Fen(r.numbers[0].Int64))
	q.days.years = years
	return nil
}

func (q *feesQuery) readWrongDay(r *unionRow) error {
	q.days.wrong = append(q.days.wrong, wrongDay{on: r.days[0], n: int(r.numbers[0].Int64)})
	return nil
}

// readChanges returns how often what the sheets of terminals come from has
// changed. It has to be read before anything that goes into a sheet: who changes
// something after that will be found to have been in between.
func readChanges(ctx context.Context, tx *db.Tx, in string) (map[int64]int64, error) {
	changes := map[int64]int64{}
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID, n int64
			err := rows.Scan(&terminalID, &n)
			changes[terminalID] = n
			return err
		})
	}, `select s.terminal_id, s.changes from terminals t
		join terminal_sheets s on s.merchant_id = t.merchant_id and s.terminal_id = t.id where t.id in `+in)
	return changes, err
}

// writeSheets writes the sheets of terminals whose bill has been written, but
// those that something else has changed meanwhile, and takes away the sheets of
// other terminals that took the place of one of them.
func writeSheets(ctx context.Context, tx *db.Tx, terminals []*Terminal, changes map[int64]int64, plans *disclosure.Plans, today date.Date) error {
	ids := make([]int64, len(terminals))
	for i, t := range terminals {
		ids[i] = t.ID
	}
	_, err := tx.Exec(ctx, `update terminal_sheets set sheet = null, changes = changes + 1
		where (merchant_id, terminal_id) in (
			select new.merchant_id, new.id from terminals old join terminals new on new.merchant_id = old.merchant_id and new.replaces_sn = old.sn
			where old.id in `+idList(ids)+` and new.id not in `+idList(ids)+`)`)
	if err != nil {
		return err
	}
	since := today.AddDays(-WrongDays)
	queries := make([]feesQuery, len(ids))
	b := db.NewBatch()
	for i, id := range ids {
		queries[i] = feesQuery{union: sheetUnion, plans: plans, days: &sheetDays{wrongFrom: since}}
		b.Add(sheetUnion.sql, []any{id, since.Start()}, queries[i].read)
	}
	if err := planOnce(ctx, tx); err != nil {
		return err
	}
	if err := tx.Read(ctx, b); err != nil {
		return err
	}
	sheets := make([][]byte, len(ids))
	for i := range queries {
		q := &queries[i]
		q.assemble()
		sortRecent(q.recent)
		slices.SortFunc(q.days.wrong, func(a, b wrongDay) int { return cmp.Compare(a.on, b.on) })
		q.days.shop, q.days.closedOn = q.card.Shop, q.card.ClosedOn
		sheets[i] = encodeSheet(q, q.days)
	}
	return putSheets(ctx, tx, terminals, changes, sheets)
}

// planOnce has PostgreSQL plan each statement of the transaction once, whatever
// its values. Left to itself it may plan a sheet's for each terminal, which takes
// three times as long as running it.
func planOnce(ctx context.Context, tx *db.Tx) error {
	if tx.Dialect == db.SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, "set local plan_cache_mode = force_generic_plan")
	return err
}

// putSheets writes all sheets in one statement.
func putSheets(ctx context.Context, tx *db.Tx, terminals []*Terminal, changes map[int64]int64, sheets [][]byte) error {
	if len(terminals) == 0 {
		return nil
	}
	var statement strings.Builder
	statement.WriteString("insert into terminal_sheets (merchant_id, terminal_id, changes, sheet) values ")
	args := make([]any, 0, 4*len(terminals))
	for i, t := range terminals {
		if i > 0 {
			statement.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&statement, "($%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4)
		args = append(args, t.MerchantID, t.ID, changes[t.ID], sheets[i])
	}
	statement.WriteString(" on conflict (merchant_id, terminal_id) do update set sheet = excluded.sheet where terminal_sheets.changes = excluded.changes")
	_, err := tx.Exec(ctx, statement.String(), args...)
	return err
}
