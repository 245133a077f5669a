package deduction

import (
	"cmp"
	"database/sql"
	"fmt"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// A terminal's page shows a few rows from each of many tables. They come in one
// statement, a union of all of them, since every further statement costs a page
// more than its rows do. The columns are those of a bill's line, which has the
// most; other tables put theirs into columns of the same type.
const (
	unionTexts   = 10
	unionNumbers = 13
	unionDays    = 4
	unionWidth   = 1 + unionTexts + unionNumbers + unionDays + 1 // with the part, and the instant
)

// unionColumns says what one table puts into the union. What it leaves out is
// NULL.
type unionColumns struct {
	texts, numbers, days []string
	at                   string
	from                 string // what follows FROM
}

// unionRow is a row of the union. Its texts last until the next row is read.
type unionRow struct {
	part    int64 // which table it is from
	texts   [unionTexts]sql.RawBytes
	numbers [unionNumbers]sql.NullInt64
	days    [unionDays]date.Date
	at      db.Time
}

// feesUnion is the union, and who reads the rows of each table.
type feesUnion struct {
	sql     string
	readers []func(*feesQuery, *unionRow) error
}

// add puts a table's rows into the union. Lines of the bill come first: their
// columns decide the types of all.
func (u *feesUnion) add(read func(*feesQuery, *unionRow) error, c unionColumns) {
	columns := make([]string, 0, unionWidth)
	columns = append(columns, itoa(len(u.readers)))
	columns = appendColumns(columns, c.texts, unionTexts, "text")
	columns = appendColumns(columns, c.numbers, unionNumbers, "bigint")
	columns = appendColumns(columns, c.days, unionDays, "date")
	columns = append(columns, cmp.Or(c.at, "cast(null as timestamptz)"))
	if len(u.readers) > 0 {
		u.sql += "\nunion all"
	}
	u.sql += "\nselect " + strings.Join(columns, ", ") + " from " + c.from
	u.readers = append(u.readers, read)
}

// appendColumns fills up with NULL of the type, so that PostgreSQL need not
// convert each row once more.
func appendColumns(to, columns []string, n int, kind string) []string {
	to = append(to, columns...)
	for range n - len(columns) {
		to = append(to, "cast(null as "+kind+")")
	}
	return to
}

// read hands each row to the reader of its table.
func (q *feesQuery) read(rows db.Rows) error {
	var r unionRow
	dest := make([]any, 0, unionWidth)
	dest = append(dest, &r.part)
	for i := range r.texts {
		dest = append(dest, &r.texts[i])
	}
	for i := range r.numbers {
		dest = append(dest, &r.numbers[i])
	}
	for i := range r.days {
		dest = append(dest, &r.days[i])
	}
	dest = append(dest, &r.at)
	return db.Each(rows, func() error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		return q.union.readers[r.part](q, &r)
	})
}

// word returns a text of which there are few different ones.
func word[T ~string](b sql.RawBytes) T {
	var w db.Word
	_ = w.ScanBytes(b) // never fails
	return T(w)
}

// lineColumnsOf puts lines of the bill, named l, into the union, for appendLine.
func lineColumnsOf(from string) unionColumns {
	return unionColumns{
		texts: []string{"l.id", "l.kind", "l.item", "l.method", "l.state", "l.origin", "l.order_ref", "l.settlement_ref", "l.decision", "l.reasons"},
		numbers: []string{
			"l.merchant_id", "l.terminal_id", "l.plan_id", "l.seq", "l.amount_fen", "l.refunded_fen", "l.sale_fen", "l.sale_count",
			"l.expected_fen", "cast(l.version as bigint)", "cast(l.cycle_index as bigint)", "cast(case when l.settles then 1 else 0 end as bigint)", "cast(l.gate as bigint)",
		},
		days: []string{"l.on_date", "l.period_from", "l.cycle_from", "l.cycle_to"},
		at:   "l.at",
		from: from,
	}
}

// appendLine reads a row that lineColumnsOf selected.
func (q *feesQuery) appendLine(to *[]Line, r *unionRow) error {
	reasons := word[string](r.texts[9])
	codes, known := fee.ParseCodes(reasons)
	if !known {
		return fmt.Errorf("deduction: line %s was judged by a rule that is not known here: %s", r.texts[0], reasons)
	}
	if *to == nil {
		*to = make([]Line, 0, 8)
	}
	*to = append(*to, Line{
		ID: q.kept.text(r.texts[0]), MerchantID: r.numbers[0].Int64, TerminalID: r.numbers[1].Int64,
		Kind: word[Kind](r.texts[1]), Item: word[fee.Item](r.texts[2]), PlanID: r.numbers[2].Int64, Method: word[fee.Method](r.texts[3]),
		At: r.at.Time, On: r.days[0], Seq: r.numbers[3].Int64, Amount: money.Fen(r.numbers[4].Int64), Refunded: money.Fen(r.numbers[5].Int64),
		Sale: q.kept.fen(r.numbers[6]), SaleCount: q.kept.number(r.numbers[7]), State: word[fee.State](r.texts[4]), Origin: word[string](r.texts[5]),
		OrderRef: q.kept.text(r.texts[6]), SettlementRef: q.kept.text(r.texts[7]), PeriodFrom: r.days[1],
		Verdict: fee.Verdict{
			Decision: word[fee.Decision](r.texts[8]), Reasons: codes, Expected: money.Fen(r.numbers[8].Int64), Version: int(r.numbers[9].Int64),
			Cycle: fee.Cycle{Index: int(r.numbers[10].Int64), From: r.days[2], To: r.days[3]},
		},
		Settles: r.numbers[11].Int64 != 0, Gate: Gate(r.numbers[12].Int64),
	})
	return nil
}
