package intaketest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/models/db"
)

// tables lists the tables that hold rows of their own, those of the migrations
// and the job queue left out.
var tables = map[db.Dialect]string{
	db.Postgres: `select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
	db.SQLite: `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1`,
}

// Dump returns every row of the product's tables but those named, as text,
// sorted: two dumps are the same where nothing has changed.
func Dump(t testing.TB, d *db.DB, except ...string) []string {
	t.Helper()
	var all []string
	for _, table := range read(t, d, tables[d.Dialect]) {
		name := table[0]
		if strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "goose_") || slices.Contains(except, name) {
			continue
		}
		var rows []string
		for _, row := range read(t, d, "select * from "+name) {
			rows = append(rows, name+": "+strings.Join(row, "|"))
		}
		slices.Sort(rows)
		all = append(all, rows...)
	}
	return all
}

// read returns the rows of a SELECT as text.
func read(t testing.TB, d *db.DB, query string) (all [][]string) {
	t.Helper()
	rows, err := d.SQL().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = fmt.Sprint(v)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// WantSame fails the test where two dumps differ, and shows the first rows in
// which they do.
func WantSame(t testing.TB, got, want []string, when string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Fatalf("%s: got %d rows, want %d; missing\n%s", when, len(got), len(want), want[i])
		case i >= len(want):
			t.Fatalf("%s: got %d rows, want %d; too many\n%s", when, len(got), len(want), got[i])
		case got[i] != want[i]:
			t.Fatalf("%s: got %d rows, want %d; the first that differs\n%s\nwant\n%s", when, len(got), len(want), got[i], want[i])
		}
	}
}
