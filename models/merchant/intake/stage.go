package intake

import (
	"context"
	"fmt"
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Type is what a column of a stage holds.
type Type int

// The types of columns.
const (
	Text    Type = iota // for people
	Code                // compared byte by byte, as references are
	Number              // a whole number or an amount in fen
	Day                 // a civil date
	Instant             // in UTC
	Bytes
	Truth // true or false
)

// Column is a column of a stage.
type Column struct {
	Name string
	Type Type
}

// Table describes the temporary table for the rows of one kind of file.
type Table[R any] struct {
	Name    string
	Columns []Column // the first is the line
	// Values takes down a row, in the order of Columns.
	Values func(r *Record, line int, row *R)
	// Day returns the day that decides in which month's partition the row will
	// lie; nil where the rows go to a table without partitions.
	Day func(*R) date.Date
}

// Stage is a file's rows in a temporary table of the transaction.
type Stage struct {
	Rows int64
	// Months counts the rows of each month, by its first day, where they go to
	// a table with partitions.
	Months map[date.Date]int64
}

// Fill makes the temporary table and fills it with the rows. Memory does not
// grow with their number.
func Fill[R any](ctx context.Context, tx *db.Tx, t Table[R], rows Rows[R]) (*Stage, error) {
	if err := Make(ctx, tx, t.Name, t.Columns); err != nil {
		return nil, err
	}
	stage := &Stage{}
	values := t.Values
	if t.Day != nil {
		stage.Months = map[date.Date]int64{}
		values = func(r *Record, line int, row *R) {
			stage.Months[t.Day(row).MonthStart()]++
			t.Values(r, line, row)
		}
	}
	read := readAhead(tx.Dialect, len(t.Columns), rows, values)
	n, err := store[tx.Dialect](ctx, tx, t.Name, t.Columns, read)
	if err := read.stop(); err != nil {
		return nil, err // the database only says that it was given up
	}
	if err != nil {
		return nil, fmt.Errorf("intake: %s: %w", t.Name, err)
	}
	stage.Rows = n
	return stage, learnStaged(ctx, tx, n, t.Name, t.Columns)
}

// store puts what is read into a table, and returns how many rows there were.
var store = map[db.Dialect]func(ctx context.Context, tx *db.Tx, table string, columns []Column, read *ahead) (int64, error){
	db.Postgres: storePostgres,
	db.SQLite:   storeSQLite,
}

func namesOf(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// Make makes an empty temporary table, or empties the one that an earlier file
// of the transaction left.
func Make(ctx context.Context, tx *db.Tx, name string, columns []Column) error {
	var made bool
	if err := tx.QueryRow(ctx, isMade[tx.Dialect], name).Scan(&made); err != nil {
		return fmt.Errorf("intake: %s: %w", name, err)
	}
	if made {
		_, err := tx.Exec(ctx, empty[tx.Dialect]+name)
		return err
	}
	declared := make([]string, len(columns))
	for i, c := range columns {
		declared[i] = c.Name + " " + declare(tx.Dialect, c.Type)
	}
	if err := tx.Stage(ctx, name, strings.Join(declared, ", ")); err != nil {
		return fmt.Errorf("intake: %s: %w", name, err)
	}
	return nil
}

// empty takes all rows out of a table at once.
var empty = map[db.Dialect]string{db.Postgres: "truncate ", db.SQLite: "delete from "}

// isMade asks whether the transaction has a temporary table of that name.
var isMade = map[db.Dialect]string{
	db.Postgres: "select to_regclass('pg_temp.' || $1) is not null",
	db.SQLite:   "select exists (select 1 from temp.sqlite_master where name = $1)",
}

func declare(d db.Dialect, t Type) string {
	pair := map[Type][2]string{
		Text: {"text", "text"}, Code: {`text collate "C"`, "text"}, Number: {"bigint", "integer"},
		Day: {"date", "text"}, Instant: {"timestamptz", "timestamp"}, Bytes: {"bytea", "blob"}, Truth: {"boolean", "boolean"},
	}[t]
	if d == db.Postgres {
		return pair[0]
	}
	return pair[1]
}

// KeepLast leaves of several staged rows with the same key the last one. The
// key's columns are never empty.
func KeepLast(ctx context.Context, tx *db.Tx, stage string, key ...string) error {
	same := make([]string, len(key))
	for i, column := range key {
		same[i] = fmt.Sprintf("s.%[1]s = d.%[1]s", column)
	}
	_, err := tx.Exec(ctx, fmt.Sprintf(`
		delete from %[1]s where line in (
			select s.line
			from %[1]s s
			join (select %[2]s, max(line) as last from %[1]s group by %[2]s having count(*) > 1) d on %[3]s
			where s.line < d.last)`,
		stage, strings.Join(key, ", "), strings.Join(same, " and ")))
	return err
}
