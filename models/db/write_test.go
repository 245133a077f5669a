package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

const makeCounters = "create table counters (name text primary key not null, n bigint not null)"

// numberOf reads a counter, or -1 where it is not there.
func numberOf(t testing.TB, r db.Reader, name string) int64 {
	t.Helper()
	n := int64(-1)
	err := r.QueryRow(t.Context(), "select n from counters where name = $1", name).Scan(&n)
	if err != nil && !db.NotFound(err) {
		t.Fatal(err)
	}
	return n
}

func put(t testing.TB, tx *db.Tx, name string, n int64) error {
	t.Helper()
	_, err := tx.Exec(t.Context(), "insert into counters (name, n) values ($1, $2)", name, n)
	return err
}

func TestAWriteIsKeptWholeOrNotAtAll(t *testing.T) {
	failure := errors.New("no")
	for name, c := range map[string]struct {
		end  func() error
		kept int64
	}{
		"returns nil":      {func() error { return nil }, 1},
		"returns an error": {func() error { return failure }, -1},
		"panics":           {func() error { panic(failure) }, -1},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				write(t, d, makeCounters)
				func() {
					defer func() {
						if r := recover(); r != nil && r != failure {
							t.Errorf("got panic %v, want the one of the function", r)
						}
					}()
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						if err := put(t, tx, "a", 1); err != nil {
							return err
						}
						return c.end()
					})
					if (err == nil) != (c.kept == 1) || err != nil && !errors.Is(err, failure) {
						t.Errorf("got error %v", err)
					}
				}()
				if got := numberOf(t, d, "a"); got != c.kept {
					t.Errorf("got %d afterwards, want %d", got, c.kept)
				}
				write(t, d, "insert into counters values ('after', 1)") // the connection is usable again
			})
		})
	}
}

func TestAWriteWhoseContextEndsIsRolledBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		for name, check := range map[string]func(context.Context, *db.Tx) error{
			"in a statement": func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "insert into counters values ('b', 1)")
				return err
			},
			"between statements": func(context.Context, *db.Tx) error { return nil },
		} {
			ctx, cancel := context.WithCancel(t.Context())
			err := d.Write(ctx, func(tx *db.Tx) error {
				if err := put(t, tx, "a", 1); err != nil {
					return err
				}
				cancel()
				return check(ctx, tx)
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want that the context was cancelled", name, err)
			}
			if got := numberOf(t, d, "a"); got != -1 {
				t.Errorf("%s: got %d, want nothing kept", name, got)
			}
		}
	})
}

func TestGORMRawSQLAndBulkShareOneTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		type counter struct {
			Name string
			N    int64
		}
		failure := errors.New("undo")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.Gorm().Create(&counter{"gorm", 1}).Error; err != nil {
				return err
			}
			if err := put(t, tx, "raw", numberOf(t, tx, "gorm")+1); err != nil {
				return err
			}
			rows := [][]any{{"bulk", numberOf(t, tx, "raw") + 1}}
			if _, err := tx.Bulk(t.Context(), "counters", []string{"name", "n"}, from(rows)); err != nil {
				return err
			}
			var seen []counter
			if err := tx.Gorm().Order("n").Find(&seen).Error; err != nil {
				return err
			}
			if len(seen) != 3 || seen[2] != (counter{"bulk", 3}) {
				t.Errorf("got %v, want what all three wrote", seen)
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
		var left int
		if err := d.QueryRow(t.Context(), "select count(*) from counters").Scan(&left); err != nil || left != 0 {
			t.Errorf("got %d rows left, %v; want none", left, err)
		}
	})
}

// from returns a source for Bulk.
func from(rows [][]any) func() ([]any, bool, error) {
	return func() ([]any, bool, error) {
		if len(rows) == 0 {
			return nil, false, nil
		}
		row := rows[0]
		rows = rows[1:]
		return row, true, nil
	}
}

func TestAWriteSendsOneBeginAndOneCommit(t *testing.T) {
	d := postgresOnly(t)
	write(t, d, makeCounters)
	ctx, counter := db.Count(t.Context())
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "insert into counters values ('a', 1)"); err != nil {
			return err
		}
		if err := tx.Gorm().Exec("update counters set n = 2").Error; err != nil {
			return err
		}
		inner, err := tx.Pgx().Begin(ctx)
		if err != nil {
			return err
		}
		return inner.Commit(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	// begin, insert, update, savepoint, release, commit
	if got := counter.Statements(); got != 6 {
		t.Errorf("got %d statements, want 6", got)
	}
}

// postgresOnly returns a PostgreSQL database, or ends the test where that is
// left out.
func postgresOnly(t *testing.T) *db.DB {
	t.Helper()
	if dbtest.SQLiteOnly() {
		t.SkipNow()
	}
	return dbtest.Postgres(t)
}

func TestThePgxTransactionCannotEndTheWrite(t *testing.T) {
	d := postgresOnly(t)
	write(t, d, makeCounters)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		p := tx.Pgx()
		if err := p.Commit(t.Context()); err == nil {
			t.Error("Commit: got no error, want a refusal")
		}
		if err := p.Rollback(t.Context()); err == nil {
			t.Error("Rollback: got no error, want a refusal")
		}
		return put(t, tx, "a", 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := numberOf(t, d, "a"); got != 1 {
		t.Errorf("got %d, want the row kept", got)
	}
}

func TestASavepointUndoesWhatCameAfterItAndNoMore(t *testing.T) {
	d := postgresOnly(t)
	write(t, d, makeCounters)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		insert := func(on pgx.Tx, name string) {
			t.Helper()
			if _, err := on.Exec(t.Context(), "insert into counters values ($1, 1)", name); err != nil {
				t.Fatal(err)
			}
		}
		outer := tx.Pgx()
		insert(outer, "outer")
		first, err := outer.Begin(t.Context())
		if err != nil {
			return err
		}
		insert(first, "first")
		second, err := first.Begin(t.Context())
		if err != nil {
			return err
		}
		insert(second, "second")
		if _, err := second.Exec(t.Context(), "insert into counters values ('second', 1)"); !db.Duplicate(err) {
			t.Errorf("got %v, want a duplicate", err)
		}
		if err := second.Rollback(t.Context()); err != nil {
			return err
		}
		if err := second.Rollback(t.Context()); !errors.Is(err, pgx.ErrTxClosed) {
			t.Errorf("a second end: got %v, want ErrTxClosed", err)
		}
		return first.Commit(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{"outer": 1, "first": 1, "second": -1} {
		if got := numberOf(t, d, name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
}

func TestADeadlockIsRunAgain(t *testing.T) {
	d := postgresOnly(t)
	write(t, d, makeCounters, "insert into counters values ('a', 0), ('b', 0)", "alter database "+name(t, d)+" set deadlock_timeout = '50ms'")
	var both, ended sync.WaitGroup
	both.Add(2)
	var runs [2]int
	for i, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		ended.Go(func() {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				runs[i]++
				for step, name := range order {
					if step == 1 && runs[i] == 1 {
						both.Done()
						both.Wait()
					}
					if _, err := tx.Exec(t.Context(), "update counters set n = n + 1 where name = $1", name); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("got %v, want success in the end", err)
			}
		})
	}
	ended.Wait()
	if runs[0]+runs[1] != 3 {
		t.Errorf("got %v runs, want one of the two run twice", runs)
	}
	if got := numberOf(t, d, "a") + numberOf(t, d, "b"); got != 4 {
		t.Errorf("got %d in all, want 4", got)
	}
}

func name(t *testing.T, d *db.DB) (name string) {
	t.Helper()
	if err := d.QueryRow(t.Context(), "select current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAnErrorOfOnesOwnIsNotRunAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		runs := 0
		failure := errors.New("no")
		err := d.Write(t.Context(), func(*db.Tx) error {
			runs++
			return failure
		})
		if !errors.Is(err, failure) || runs != 1 {
			t.Errorf("got %v after %d runs, want the error after 1", err, runs)
		}
	})
}

func TestManyWritersAtOnceAllGetTheirTurn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters, "insert into counters values ('a', 0)")
		var all sync.WaitGroup
		const writers, times = 8, 25
		for range writers {
			all.Go(func() {
				for range times {
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						if err := tx.Lock(t.Context(), "a"); err != nil {
							return err
						}
						// reads, then writes what it read: lost if two were in here
						_, err := tx.Exec(t.Context(), "update counters set n = $1 where name = 'a'", numberOf(t, tx, "a")+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := numberOf(t, d, "a"); got != writers*times {
			t.Errorf("got %d, want %d", got, writers*times)
		}
	})
}

func TestAnotherProcessMayWriteToTheSameFile(t *testing.T) {
	url := dbtest.SQLiteURL(t)
	one, other := dbtest.Open(t, url), dbtest.Open(t, url)
	write(t, one, makeCounters, "insert into counters values ('a', 0)")
	var all sync.WaitGroup
	for _, d := range []*db.DB{one, other} {
		all.Go(func() {
			for range 50 {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), "update counters set n = $1", numberOf(t, tx, "a")+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := numberOf(t, one, "a"); got != 100 {
		t.Errorf("got %d, want 100", got)
	}
}

func TestAReaderDoesNotWaitForAWriter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters, "insert into counters values ('a', 1)")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "update counters set n = 2"); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			b := db.NewBatch()
			n := int64(0)
			b.Add("select n from counters", nil, func(rows db.Rows) error { return db.First(rows, &n) })
			if err := d.Read(ctx, b); err != nil {
				return err
			}
			if n != 1 {
				t.Errorf("got %d from outside, want what was committed before", n)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestErrorsOfBothDatabasesHaveOneName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		if err := d.QueryRow(t.Context(), "select n from counters").Scan(new(int64)); !db.NotFound(err) {
			t.Errorf("no row: got %v, want NotFound", err)
		}
		type counter struct{ Name string }
		if err := d.Gorm(t.Context()).Take(&counter{}).Error; !db.NotFound(err) {
			t.Errorf("no row in GORM: got %v, want NotFound", err)
		}
		write(t, d, "insert into counters values ('a', 1)")
		for how, run := range map[string]func(*db.Tx, string) error{
			"raw":  func(tx *db.Tx, s string) error { _, err := tx.Exec(t.Context(), s); return err },
			"gorm": func(tx *db.Tx, s string) error { return tx.Gorm().Exec(s).Error },
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return run(tx, "insert into counters values ('a', 1)") })
			if !db.Duplicate(err) || db.NotFound(err) {
				t.Errorf("a duplicate by %s: got %v, which is not recognised", how, err)
			}
		}
		if db.Duplicate(nil) || db.NotFound(nil) {
			t.Error("nil is taken for an error")
		}
	})
}

func TestAWriteOfOneRowWaitsForItsTurn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, makeCounters)
		const writers, times = 8, 20
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				for range times {
					var n int64
					err := d.WriteRow(t.Context(), `insert into counters (name, n) values ('rows', 1) on conflict (name) do update set n = counters.n + 1 returning n`, nil, &n)
					if err == nil && i%2 == 0 {
						err = d.Write(t.Context(), func(tx *db.Tx) error {
							_, err := tx.Exec(t.Context(), `update counters set n = n + 1 where name = 'rows'`)
							return err
						})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got, want := numberOf(t, d, "rows"), int64(writers*times*3/2); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
		var n int64
		if err := d.WriteRow(t.Context(), `update counters set n = 0 where name = $1 returning n`, []any{"none"}, &n); !db.NotFound(err) {
			t.Errorf("where there is no row: got %v", err)
		}
	})
}
