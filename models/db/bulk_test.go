package db_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestBulkTakesAnyNumberOfRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		for _, n := range []int64{0, 1, 49, 50, 51, 100, 1234} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if _, err := tx.Exec(t.Context(), "delete from counters"); err != nil {
						return err
					}
					i := int64(0)
					row := make([]any, 2)
					got, err := tx.Bulk(t.Context(), "counters", []string{"name", "n"}, func() ([]any, bool, error) {
						if i == n {
							return nil, false, nil
						}
						i++
						row[0], row[1] = fmt.Sprint(i), i
						return row, true, nil
					})
					if got != n {
						t.Errorf("got %d rows reported, want %d", got, n)
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				var count, sum int64
				if err := d.QueryRow(t.Context(), "select count(*), cast(coalesce(sum(n), 0) as bigint) from counters").Scan(&count, &sum); err != nil {
					t.Fatal(err)
				}
				if count != n || sum != n*(n+1)/2 {
					t.Errorf("got %d rows that sum to %d, want %d and %d", count, sum, n, n*(n+1)/2)
				}
			})
		}
	})
}

func TestBulkLeavesNothingBehindWhenItFails(t *testing.T) {
	own := errors.New("line 60 is bad")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		for name, c := range map[string]struct {
			row []any
			err error
			is  func(error) bool
		}{
			"the source fails":  {nil, own, func(err error) bool { return errors.Is(err, own) }},
			"a value too few":   {[]any{"x"}, nil, func(err error) bool { return err != nil }},
			"a value too many":  {[]any{"x", int64(1), int64(2)}, nil, func(err error) bool { return err != nil }},
			"a duplicate":       {[]any{"0", int64(1)}, nil, db.Duplicate},
			"the wrong type":    {[]any{"x", struct{}{}}, nil, func(err error) bool { return err != nil }},
			"a forbidden empty": {[]any{"x", nil}, nil, func(err error) bool { return err != nil }},
		} {
			i := int64(-1)
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Bulk(t.Context(), "counters", []string{"name", "n"}, func() ([]any, bool, error) {
					i++
					switch {
					case i == 60:
						return c.row, c.err == nil, c.err
					case i > 60:
						return nil, false, nil
					}
					return []any{fmt.Sprint(i), i}, true, nil
				})
				return err
			})
			if !c.is(err) {
				t.Errorf("%s: got %v", name, err)
			}
			var left int
			if err := d.QueryRow(t.Context(), "select count(*) from counters").Scan(&left); err != nil || left != 0 {
				t.Errorf("%s: got %d rows left, %v; want none", name, left, err)
			}
		}
	})
}

func TestBulkNeedsNoMoreMemoryForMoreRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, "create table wide (n bigint not null, filler text not null)")
		filler := fmt.Sprintf("%01000d", 0)
		var peak uint64
		i := int64(0)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Bulk(t.Context(), "wide", []string{"n", "filler"}, func() ([]any, bool, error) {
				i++
				if i%10_000 == 0 {
					var m runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapAlloc)
				}
				return []any{i, filler}, i <= 50_000, nil
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if peak > 25<<20 {
			t.Errorf("got %d bytes of heap while 50 MB went through, want less than half of that", peak)
		}
	})
}

func TestAStagingTableLastsAsLongAsItsTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		undo := errors.New("undo")
		for _, end := range []error{nil, undo, nil, nil, undo, nil} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if err := tx.Stage(t.Context(), "stage", "line bigint not null, name text"); err != nil {
					return err
				}
				rows := [][]any{{int64(2), "b"}, {int64(1), "a"}, {int64(3), "b"}}
				if _, err := tx.Bulk(t.Context(), "stage", []string{"line", "name"}, from(rows)); err != nil {
					return err
				}
				n, err := tx.Exec(t.Context(), "insert into counters select name, max(line) from stage group by name on conflict (name) do update set n = excluded.n")
				if err == nil && n != 2 {
					t.Errorf("got %d rows out of the stage, want 2", n)
				}
				return errors.Join(err, end)
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
		}
		for range 6 { // on whichever connection
			if err := d.QueryRow(t.Context(), "select count(*) from stage").Scan(new(int)); err == nil {
				t.Error("the staging table is still there")
			}
		}
		if got := numberOf(t, d, "b"); got != 3 {
			t.Errorf("got %d, want 3", got)
		}
	})
}
