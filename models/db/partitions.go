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
// Shanghai, with the column that decides and whether it is an instant.
var partitioned = []struct {
	table, column string
	instant       bool
}{
	{"deductions", "at", true},
	{"settlements", "settled_on", false},
	{"sim_usage", "used_on", false},
	{"audit_entries", "at", true},
}

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
		for _, p := range partitioned {
			err := d.Write(ctx, func(tx *Tx) error { return tx.ensureMonth(ctx, p.table, p.column, p.instant, month) })
			if err != nil {
				return fmt.Errorf("db: partition of %s for %s: %w", p.table, month, err)
			}
		}
	}
	return nil
}

// ensureMonth makes one partition. The bounds stand in the statement as text,
// since DDL takes no arguments; they are written by this program alone.
func (tx *Tx) ensureMonth(ctx context.Context, table, column string, instant bool, month date.Date) error {
	year, m, _ := month.Civil()
	name := fmt.Sprintf("%s_%04d_%02d", table, year, m)
	if err := tx.Lock(ctx, "partitions of "+table); err != nil {
		return err
	}
	var exists bool
	if err := tx.QueryRow(ctx, "select to_regclass($1) is not null", name).Scan(&exists); err != nil || exists {
		return err
	}
	from, to := bound(month, instant), bound(month.AddMonths(1), instant)
	for _, statement := range []string{
		fmt.Sprintf("create table %s (like %s including defaults including constraints)", name, table),
		fmt.Sprintf("lock table %s_default in access exclusive mode", table),
		// the trigger that keeps rows from being deleted stands aside for this move
		fmt.Sprintf("alter table %s_default disable trigger user", table),
		fmt.Sprintf("with moved as (delete from %[1]s_default where %[2]s >= %[3]s and %[2]s < %[4]s returning *) insert into %[5]s select * from moved",
			table, column, from, to, name),
		fmt.Sprintf("alter table %s_default enable trigger user", table),
		fmt.Sprintf("alter table %s attach partition %s for values from (%s) to (%s)", table, name, from, to),
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// bound writes where a month begins in Shanghai.
func bound(month date.Date, instant bool) string {
	if instant {
		return "'" + month.Start().UTC().Format("2006-01-02 15:04:05Z07:00") + "'"
	}
	return "'" + month.String() + "'"
}
