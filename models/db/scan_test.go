package db_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/money"
)

// state is a type of its own on string, as the domain has them.
type state string

// scanned is one pointer of each type that pages read into.
type scanned struct {
	text    string
	raw     sql.RawBytes
	state   state
	word    db.Word
	maybe   db.Text
	big     int64
	small   int
	narrow  int32
	amount  money.Fen
	number  sql.NullInt64
	noBig   *int64
	noSmall *int
	noFen   *money.Fen
	day     date.Date
	at      time.Time
	maybeAt db.Time
	truth   bool
}

func (s *scanned) pointers() []any {
	return []any{
		&s.text, &s.raw, &s.state, &s.word, &s.maybe, &s.big, &s.small, &s.narrow, &s.amount, &s.number,
		&s.noBig, &s.noSmall, &s.noFen, &s.day, &s.at, &s.maybeAt, &s.truth,
	}
}

// makeScanned has a row with a value in every column, one with the least of
// each, and one with NULL wherever it may be.
var makeScanned = map[db.Dialect]string{
	db.Postgres: `create table scanned (n integer not null, text text not null, raw text, state text not null, word text, maybe text,
		big bigint not null, small integer not null, narrow integer not null, amount bigint not null, number bigint,
		no_big bigint, no_small integer, no_fen bigint, day date, at timestamptz not null, maybe_at timestamptz, truth boolean not null)`,
	db.SQLite: `create table scanned (n integer not null, text text not null, raw text, state text not null, word text, maybe text,
		big integer not null, small integer not null, narrow integer not null, amount integer not null, number integer,
		no_big integer, no_small integer, no_fen integer, day text, at timestamp not null, maybe_at timestamp, truth boolean not null)`,
}

const (
	scannedValues  = `insert into scanned values (1, 'text', 'raw', 'posted', 'word', 'maybe', 9007199254740993, 32, 33, 4800, 5, 6, 7, 8, '2026-01-31', $1, $1, true)`
	scannedLeast   = `insert into scanned values (2, '', '', '', '', '', -9007199254740993, -1, -1, -1, -1, -1, -1, -1, '0001-01-01', $1, $1, false)`
	scannedNothing = `insert into scanned values (3, '', null, 'x', null, null, 0, 0, 0, 0, null, null, null, null, null, $1, null, false)`
)

func TestEachTypeThatPagesReadComesBackAsItIs(t *testing.T) {
	at := time.Date(2026, 1, 31, 8, 0, 0, 123456000, time.UTC)
	early := time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeScanned[d.Dialect])
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for statement, when := range map[string]time.Time{scannedValues: at, scannedLeast: early, scannedNothing: at} {
				if _, err := tx.Exec(t.Context(), statement, when); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var s scanned // one for all rows, so that what a row leaves over shows
		into := s.pointers()
		err = d.Query(t.Context(), func(rows db.Rows) error {
			return db.Each(rows, func() error {
				err := rows.Scan(into...)
				got = append(got, fmt.Sprintf("%q %q %t %q %q %q %d %d %d %d %v %s %s %s %v %s %s %t", s.text, s.raw, s.raw == nil, s.state, s.word, s.maybe,
					s.big, s.small, s.narrow, s.amount, s.number, say(s.noBig), say(s.noSmall), say(s.noFen), s.day, s.at.Format(time.RFC3339Nano), s.maybeAt.Format(time.RFC3339Nano), s.truth))
				return err
			})
		}, "select text, raw, state, word, maybe, big, small, narrow, amount, number, no_big, no_small, no_fen, day, at, maybe_at, truth from scanned order by n")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`"text" "raw" false "posted" "word" "maybe" 9007199254740993 32 33 4800 {5 true} 6 7 8 2026-01-31 2026-01-31T08:00:00.123456Z 2026-01-31T08:00:00.123456Z true`,
			`"" "" false "" "" "" -9007199254740993 -1 -1 -1 {-1 true} -1 -1 -1 0001-01-01 1969-12-31T23:59:59.999999Z 1969-12-31T23:59:59.999999Z false`,
			`"" "" true "x" "" "" 0 0 0 0 {0 false} none none none  2026-01-31T08:00:00.123456Z 0001-01-01T00:00:00Z false`,
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func say[T any](p *T) string {
	if p == nil {
		return "none"
	}
	return fmt.Sprint(*p)
}

func TestWhatAPointerCantHoldIsAnErrorThatNamesTheColumn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for query, into := range map[string]any{
			"select cast(null as bigint) as price":             new(int64),
			"select cast(null as text) as price":               new(string),
			"select cast(null as text) as price, 1 as another": new(state),
			"select 'dear' as price":                           new(int64),
			"select cast(5000000000 as bigint) as price":       new(int32),
		} {
			err := d.Query(t.Context(), func(rows db.Rows) error {
				dest := []any{into}
				if strings.Contains(query, "another") {
					dest = append(dest, new(int))
				}
				return db.First(rows, dest...)
			}, query)
			if err == nil || !strings.Contains(err.Error(), "price") {
				t.Errorf("%s into a %T: got %v, want an error that names the column", query, into, err)
			}
		}
		err := d.Query(t.Context(), func(rows db.Rows) error { return db.First(rows, new(int)) }, "select 1, 2")
		if err == nil {
			t.Error("a column too many: got no error")
		}
	})
}

func TestInfinityIsNoInstant(t *testing.T) {
	d := postgresOnly(t)
	for _, at := range []any{new(time.Time), &db.Time{}} {
		err := d.Query(t.Context(), func(rows db.Rows) error { return db.First(rows, at) }, "select timestamptz 'infinity'")
		if err == nil {
			t.Errorf("got %v, want an error", at)
		}
	}
}
