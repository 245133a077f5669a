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

// readCharges reads the deductions on which later verdicts may rest, of each
// terminal in a list.
func readCharges(ctx context.Context, tx *db.Tx, in string) (map[int64][]Deduction, error) {
	charges := map[int64][]Deduction{}
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var d Deduction
			var at db.Time
			var order, verdict db.Text
			err := rows.Scan(&terminalID, &d.ID, &d.Item, &d.PlanID, &d.Amount, &d.Refunded, &at, &d.PeriodFrom, &d.State, &d.Origin, &d.Sale, &order, &d.Seq, &d.Gate, &verdict)
			if err != nil {
				return err
			}
			d.At, d.OrderRef = at.Time, string(order)
			d.Verdict, err = readVerdict(string(verdict))
			charges[terminalID] = append(charges[terminalID], d)
			return err
		})
	}, `select c.terminal_id, c.deduction_id, c.item, c.plan_id, c.amount_fen, c.refunded_fen, c.at, c.period_from, c.state, c.origin, c.sale_fen, c.order_ref, c.seq, c.gate, c.verdict
		from terminals t join plan_charges c on c.merchant_id = t.merchant_id and c.terminal_id = t.id where t.id in `+in+` order by c.terminal_id, c.at, c.seq`)
	return charges, err
}

// writeAsks keeps what the gate reads of terminals, as it was after their changes
// were counted.
func writeAsks(ctx context.Context, tx *db.Tx, terminals []*Terminal, changes map[int64]int64) error {
	if len(terminals) == 0 {
		return nil
	}
	ids := make([]int64, len(terminals))
	for i, t := range terminals {
		ids[i] = t.ID
	}
	charges, err := readCharges(ctx, tx, idList(ids))
	if err != nil {
		return err
	}
	var statement strings.Builder
	statement.WriteString("insert into terminal_asks (terminal_id, merchant_id, changes, facts) values ")
	args := make([]any, 0, 4*len(terminals))
	for i, t := range terminals {
		facts, err := encodeAsk(t, charges[t.ID])
		if err != nil {
			return err
		}
		if i > 0 {
			statement.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&statement, "($%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4)
		args = append(args, t.ID, t.MerchantID, changes[t.ID], facts)
	}
	statement.WriteString(` on conflict (terminal_id) do update set merchant_id = excluded.merchant_id, changes = excluded.changes, facts = excluded.facts`)
	_, err = tx.Exec(ctx, statement.String(), args...)
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
