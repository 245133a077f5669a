package db_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/money"
)

var lineColumns = []string{"merchant_id", "id", "terminal_id", "kind", "item", "at", "on_date", "seq", "amount_fen",
	"state", "origin", "decision", "reasons", "expected_fen", "cycle_from", "settles", "judged_at", "rules"}

// lines returns a source of bill lines for Bulk: 200 for each of n/200 terminals.
func lines(n int) func() ([]any, bool, error) {
	i, row := 0, make([]any, len(lineColumns))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() ([]any, bool, error) {
		if i == n {
			return nil, false, nil
		}
		at := start.Add(time.Duration(i%200) * 13 * time.Hour)
		terminal := int64(i / 200)
		copy(row, []any{terminal / 4, fmt.Sprintf("d_%012d", i), terminal, "deduction", "sim_data", at, date.Of(at), int64(i), money.Fen(3600),
			"posted", "core", "allow", "", money.Fen(3600), date.Of(at), true, at, "1"})
		i++
		return row, true, nil
	}
}

func fill(b *testing.B, d *db.DB, n int) {
	b.Helper()
	err := d.Write(b.Context(), func(tx *db.Tx) error {
		got, err := tx.Bulk(b.Context(), "bill_lines", lineColumns, lines(n))
		if err == nil && got != int64(n) {
			return fmt.Errorf("%d rows instead of %d", got, n)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Analyze(b.Context(), "bill_lines"); err != nil {
		b.Fatal(err)
	}
}

func each(b *testing.B, bench func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, dbtest.SQLite(b)) })
	if !dbtest.SQLiteOnly() {
		b.Run("postgres", func(b *testing.B) { bench(b, dbtest.Postgres(b)) })
	}
}

func BenchmarkBulk(b *testing.B) {
	each(b, func(b *testing.B, d *db.DB) {
		const n = 20_000
		for b.Loop() {
			write(b, d, "delete from bill_lines")
			fill(b, d, n)
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/row")
	})
}

// BenchmarkReadPage reads what a page of fees reads: the session, the terminal's
// latest 50 lines and a sum.
func BenchmarkReadPage(b *testing.B) {
	each(b, func(b *testing.B, d *db.DB) {
		fill(b, d, 20_000)
		b.ReportAllocs()
		for b.Loop() {
			var user string
			var sum int64
			found := 0
			batch := db.NewBatch()
			batch.Add("select user_id from sessions where token_hash = $1", []any{[]byte("nobody")}, func(rows db.Rows) error {
				return db.Each(rows, func() error { return rows.Scan(&user) })
			})
			batch.Add(`
select id, terminal_id, kind, item, at, amount_fen, refunded_fen, state, decision, reasons, cycle_from
from bill_lines where terminal_id = $1 order by at desc, id desc limit 50`, []any{int64(7)}, func(rows db.Rows) error {
				var l struct {
					id, reasons                string
					kind, item, state, verdict db.Word
					terminal                   int64
					at                         time.Time
					amount, refunded           money.Fen
					from                       date.Date
				}
				into := []any{&l.id, &l.terminal, &l.kind, &l.item, &l.at, (*int64)(&l.amount), (*int64)(&l.refunded), &l.state, &l.verdict, &l.reasons, &l.from}
				return db.Each(rows, func() error {
					found++
					return rows.Scan(into...)
				})
			})
			batch.Add("select cast(coalesce(sum(amount_fen), 0) as bigint) from bill_lines where terminal_id = $1 and at >= $2",
				[]any{int64(7), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)},
				func(rows db.Rows) error { return db.First(rows, &sum) })
			if err := d.Read(b.Context(), batch); err != nil || found != 50 || sum == 0 {
				b.Fatalf("got %d lines, sum %d, %v", found, sum, err)
			}
		}
	})
}
