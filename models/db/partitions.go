package db

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
)

// MonthsAhead is how many months of partitions are kept ready beyond the
// present one.
const MonthsAhead = 6

// partitioned lists the tables that PostgreSQL splits by calendar month in
// Shanghai.
var partitioned = []string{"deductions", "settlements", "sim_usage", "audit_entries"}

// EnsureMonthsAhead makes the partitions of this month and the coming ones. A
// job calls it every day; months that were missed fill from the default
// partition.
func (d *DB) EnsureMonthsAhead(ctx context.Context) error {
	today := clock.Today(d.opts.Clock)
	return d.EnsureMonths(ctx, today, today.MonthStart().AddMonths(MonthsAhead))
}

// EnsureMonths makes the partitions for every month from the first date's to
// the last one's. Rows of such a month that had gone to the default partition
// move to the new one. On SQLite there is nothing to do. It blocks writers of
// these tables for as long as the move takes, so that it belongs in a job and
// before an import, not in one.
func (d *DB) EnsureMonths(ctx context.Context, first, last date.Date) error {
	if d.Dialect == SQLite {
		return nil
	}
	for month := first.MonthStart(); month <= last; month = month.AddMonths(1) {
		for _, table := range partitioned {
			if err := d.Write(ctx, func(tx *Tx) error { return tx.ensureMonth(ctx, table, month) }); err != nil {
				return fmt.Errorf("db: partition of %s for %s: %w", table, month, err)
			}
		}
	}
	return nil
}

// ensureMonth makes one partition. It is a function of the tables' owner that
// does so: whoever runs this program may own nothing.
func (tx *Tx) ensureMonth(ctx context.Context, table string, month date.Date) error {
	if err := tx.Lock(ctx, "partitions of "+table); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "select make_month($1::regclass, $2)", table, month)
	return err
}
