package db_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

// countThree returns a batch of three statements and what they read.
func countThree() (*db.Batch, *[3]int64) {
	b, got := db.NewBatch(), &[3]int64{}
	for i := range got {
		b.Add("select cast($1 as bigint) + n from counters where name = $2", []any{int64(i), "a"},
			func(rows db.Rows) error { return db.First(rows, &got[i]) })
	}
	return b, got
}

func TestABatchIsOneRoundTripOnPostgreSQL(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters, "insert into counters values ('a', 10)")
		for name, read := range map[string]func(t *testing.T, b *db.Batch) *db.Counter{
			"outside a transaction": func(t *testing.T, b *db.Batch) *db.Counter {
				ctx, counter := db.Count(t.Context())
				if err := d.Read(ctx, b); err != nil {
					t.Fatal(err)
				}
				return counter
			},
			"in a transaction": func(t *testing.T, b *db.Batch) *db.Counter {
				ctx, counter := db.Count(t.Context())
				err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Read(ctx, b) })
				if err != nil {
					t.Fatal(err)
				}
				return counter
			},
		} {
			b, got := countThree()
			counter := read(t, b)
			if *got != [3]int64{10, 11, 12} {
				t.Errorf("%s: got %v, want 10, 11, 12", name, *got)
			}
			trips := map[db.Dialect]int{db.Postgres: 1, db.SQLite: 3}[d.Dialect]
			if counter.Statements() != 3 || counter.RoundTrips() != trips {
				t.Errorf("%s: got %d statements in %d round trips, want 3 in %d", name, counter.Statements(), counter.RoundTrips(), trips)
			}
		}
	})
}

func TestGORMAndBulkAreCountedToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		ctx, counter := db.Count(t.Context())
		var n int64
		if err := d.Gorm(ctx).Table("counters").Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		if err := d.Query(ctx, func(rows db.Rows) error { return rows.Err() }, "select 1"); err != nil {
			t.Fatal(err)
		}
		if err := d.QueryRow(ctx, "select 1").Scan(&n); err != nil {
			t.Fatal(err)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Bulk(ctx, "counters", []string{"name", "n"}, from([][]any{{"a", int64(1)}}))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if counter.Statements() != 4 || counter.RoundTrips() != 4 {
			t.Errorf("got %d statements in %d round trips, want 4 in 4", counter.Statements(), counter.RoundTrips())
		}
	})
}

func TestWhatIsAskedWithAnotherContextIsNotCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, counter := db.Count(t.Context())
		if err := d.QueryRow(t.Context(), "select 1").Scan(new(int)); err != nil {
			t.Fatal(err)
		}
		if got := counter.Statements(); got != 0 {
			t.Errorf("got %d statements, want 0", got)
		}
	})
}

func TestAFailingStatementEndsItsBatchAndNothingElse(t *testing.T) {
	own := errors.New("no")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters, "insert into counters values ('a', 10)")
		for name, c := range map[string]struct {
			sql  string
			read func(db.Rows) error
			is   func(error) bool
		}{
			"bad SQL":       {"select nothing from nowhere", func(db.Rows) error { return nil }, func(err error) bool { return err != nil }},
			"no row":        {"select n from counters where name = 'b'", func(r db.Rows) error { return db.First(r, new(int64)) }, db.NotFound},
			"reader's own":  {"select n from counters", func(db.Rows) error { return own }, func(err error) bool { return errors.Is(err, own) }},
			"fails midway":  {"select 1 / (n - 10) from counters where n / (n - 10) > 0", func(r db.Rows) error { return db.First(r, new(int64)) }, func(err error) bool { return err != nil }},
			"wrong columns": {"select n, n from counters", func(r db.Rows) error { return db.First(r, new(int64)) }, func(err error) bool { return err != nil }},
		} {
			for range 6 { // more often than there are connections
				b := db.NewBatch()
				first, last := int64(0), false
				b.Add("select n from counters", nil, func(rows db.Rows) error { return db.First(rows, &first) })
				b.Add(c.sql, nil, c.read)
				b.Add("select 1", nil, func(db.Rows) error { last = true; return nil })
				if err := d.Read(t.Context(), b); !c.is(err) {
					t.Fatalf("%s: got %v", name, err)
				}
				if last {
					t.Errorf("%s: the statement after the failing one was read, want it left out", name)
				}
			}
			b, got := countThree()
			if err := d.Read(t.Context(), b); err != nil || got[0] != 10 {
				t.Errorf("after %s: got %v, %v; want the database usable", name, *got, err)
			}
		}
	})
}

func TestABatchSeesOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters, "insert into counters values ('a', 1)")
		var before, after int64
		b := db.NewBatch()
		b.Add("select n from counters", nil, func(rows db.Rows) error { return db.First(rows, &before) })
		if d.Dialect == db.Postgres {
			b.Add("select pg_sleep(0.3)", nil, func(db.Rows) error { return nil })
		} else {
			b.Add("select 1", nil, func(db.Rows) error { write(t, d, "update counters set n = n + 1"); return nil })
		}
		b.Add("select n from counters", nil, func(rows db.Rows) error { return db.First(rows, &after) })
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range 30 { // some of these come while the batch is under way
				if d.Dialect == db.SQLite {
					return
				}
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), "update counters set n = n + 1")
					return err
				})
				if err != nil {
					t.Error(err)
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		time.Sleep(50 * time.Millisecond)
		if err := d.Read(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if before != after {
			t.Errorf("got %d, then %d in one batch, want the same", before, after)
		}
		<-done
		if now := numberOf(t, d, "a"); now == before {
			t.Errorf("got %d afterwards, want what was written meanwhile", now)
		}
	})
}

func TestABatchCannotWrite(t *testing.T) {
	d := postgresOnly(t)
	write(t, d, makeCounters)
	for range 6 {
		b := db.NewBatch()
		b.Add("select 1", nil, func(db.Rows) error { return nil })
		b.Add("insert into counters values ('a', 1) returning n", nil, func(db.Rows) error { return nil })
		if err := d.Read(t.Context(), b); err == nil {
			t.Error("got no error, want a refusal")
		}
	}
	if got := numberOf(t, d, "a"); got != -1 {
		t.Errorf("got %d, want nothing written", got)
	}
}

func TestAQueryMayBeAskedAgainWhileItsRowsAreRead(t *testing.T) {
	d := dbtest.SQLite(t)
	write(t, d, makeCounters, "insert into counters values ('a', 1), ('b', 2), ('c', 3)")
	for range 3 {
		err := d.Write(t.Context(), func(tx *db.Tx) error { // one connection
			pairs := 0
			const all = "select name from counters order by name"
			err := tx.Query(t.Context(), func(rows db.Rows) error {
				return db.Each(rows, func() error {
					return tx.Query(t.Context(), func(rows db.Rows) error {
						return db.Each(rows, func() error { pairs++; return nil })
					}, all)
				})
			}, all)
			if pairs != 9 {
				t.Errorf("got %d pairs, want 9", pairs)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPreparedQuerySeesAChangedTable(t *testing.T) {
	d := dbtest.SQLite(t)
	write(t, d, makeCounters, "insert into counters values ('a', 1)")
	err := d.Write(t.Context(), func(tx *db.Tx) error { // one connection
		const q = "select * from counters"
		read := func(into ...any) error {
			return tx.Query(t.Context(), func(rows db.Rows) error { return db.First(rows, into...) }, q)
		}
		var name, more string
		var n int64
		if err := read(&name, &n); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), "alter table counters add column more text not null default 'x'"); err != nil {
			return err
		}
		if err := read(&name, &n, &more); err != nil || more != "x" {
			t.Errorf("got %q, %v; want the new column", more, err)
		}
		if _, err := tx.Exec(t.Context(), "drop table counters"); err != nil {
			return err
		}
		if err := read(&name, &n, &more); err == nil {
			t.Error("got rows of a table that is gone")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMoreQueriesThanStayPreparedAllAnswer(t *testing.T) {
	d := dbtest.SQLite(t)
	err := d.Write(t.Context(), func(tx *db.Tx) error { // one connection
		return tx.Query(t.Context(), func(rows db.Rows) error { // stays open meanwhile
			for i := range 1000 {
				var got int
				if err := tx.QueryRow(t.Context(), fmt.Sprintf("select %d + $1", i%700), 1).Scan(&got); err != nil || got != i%700+1 {
					return fmt.Errorf("got %d, %w; want %d", got, err, i%700+1)
				}
			}
			var last string
			err := db.Each(rows, func() error { return rows.Scan(&last) })
			if last != "b" {
				t.Errorf("got %q at the end of the open query, want b", last)
			}
			return err
		}, "select 'a' union all select 'b'")
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadingALineOfAKnownKindTakesOneAllocationOnPostgreSQL(t *testing.T) {
	d := postgresOnly(t)
	write(t, d, "create table lines as select 'd_' || n as id, n, 'posted'::text as state, 'sim_data'::text as item, date '2026-01-31' as day, now() as at from generate_series(1, 1000) n")
	allocations := func(lines int) float64 {
		return testing.AllocsPerRun(50, func() {
			var id string
			var n int64
			var state, item db.Word
			var day date.Date
			var at time.Time
			into := []any{&id, &n, &state, &item, &day, &at}
			b := db.NewBatch()
			b.Add("select id, n, state, item, day, at from lines limit $1", []any{lines}, func(rows db.Rows) error {
				return db.Each(rows, func() error { return rows.Scan(into...) })
			})
			if err := d.Read(t.Context(), b); err != nil || id == "" || item != "sim_data" || day != date.MustParse("2026-01-31") {
				t.Fatalf("got %q %q %s, %v", id, item, day, err)
			}
		})
	}
	few, many := allocations(10), allocations(1000)
	if a := (many - few) / 990; a > 1.05 {
		t.Errorf("got %.2f allocations a line, want 1, for its id", a)
	}
	if few > 80 {
		t.Errorf("got %.0f allocations for a batch of 10 lines, want 80 at most", few)
	}
}

func TestRowsOfAQueryEndWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters, "insert into counters values ('a', 1), ('b', 2), ('c', 3)")
		for range 10 { // more often than there are connections: none is left behind
			var names []string
			err := d.Query(t.Context(), func(rows db.Rows) error {
				return db.Each(rows, func() error {
					var name string
					err := rows.Scan(&name)
					names = append(names, name)
					return err
				})
			}, "select name from counters where n >= $1 order by name", 2)
			if err != nil || len(names) != 2 || names[0] != "b" || names[1] != "c" {
				t.Fatalf("got %v, %v; want b and c", names, err)
			}
			stop := errors.New("enough")
			err = d.Query(t.Context(), func(rows db.Rows) error { rows.Next(); return stop }, "select name from counters")
			if !errors.Is(err, stop) {
				t.Fatalf("got %v, want the reader's error", err)
			}
		}
	})
}
