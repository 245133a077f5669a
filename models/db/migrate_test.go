package db_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/mingbai/mingbai/migrations"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

func TestMigratingAgainChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		applied, err := d.Migrate(t.Context())
		if err != nil || len(applied) != 0 {
			t.Errorf("got %v, %v; want nothing to apply", applied, err)
		}
		if err := d.Ready(t.Context()); err != nil {
			t.Errorf("got %v, want a database that is ready", err)
		}
	})
}

func TestAnEmptyDatabaseIsNotReadyAndSaysWhatToRun(t *testing.T) {
	d := dbtest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "new file?#%.db"))
	err := d.Ready(t.Context())
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "run mingbai migrate") {
		t.Errorf("got %v, want unavailable, with the command to run", err)
	}
	if old, ok := errors.AsType[*db.OldSchema](err); !ok || !strings.HasSuffix(old.Database, "/new file?#%.db") || !strings.Contains(old.Error(), old.Database) {
		t.Errorf("got %v, want the database named", err)
	}
	applied, err := d.Migrate(t.Context())
	if err != nil || len(applied) < 10 || !strings.HasSuffix(applied[0], "0001_merchants.sql") {
		t.Fatalf("got %v, %v; want all files applied", applied, err)
	}
	if err := d.Ready(t.Context()); err != nil {
		t.Errorf("got %v, want a database that is ready", err)
	}
}

func TestAnOlderSchemaIsNotReady(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for what, s := range map[string]string{
			"ours":            "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)",
			"the job queue's": "delete from river_migration where version = (select max(version) from river_migration)",
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), s)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = d.Ready(t.Context())
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "run mingbai migrate") {
				t.Errorf("%s: got %v, want unavailable, with the command to run", what, err)
			}
			write(t, d, "insert into goose_db_version (version_id, is_applied) select coalesce(max(version_id), 0) + 1, true from goose_db_version")
		}
	})
}

func TestAMigrationGivesWayToWhoWorksOnItsTablesAndSaysWhatItDid(t *testing.T) {
	if dbtest.SQLiteOnly() {
		return
	}
	const before = 53 // 0054 makes a table, 0055 changes judge_pending
	d, ctx := dbtest.Open(t, dbtest.EmptyPostgresURL(t)), t.Context()
	p, err := goose.NewProvider(goose.DialectPostgres, d.SQL(), os.DirFS("../../migrations/postgres"), goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = p.UpTo(ctx, before)
	}
	if err != nil {
		t.Fatal(err)
	}
	working, err := d.Pool().Begin(ctx)
	if err == nil {
		_, err = working.Exec(ctx, "lock table judge_pending in row exclusive mode")
	}
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, migrations.LockWait+time.Second)
	defer cancel()
	applied, err := d.Migrate(short)
	if err == nil || len(applied) != 1 || !strings.Contains(applied[0], "0054_") {
		t.Errorf("while somebody works on the table: applied %v, %v", applied, err)
	}
	go func() {
		time.Sleep(migrations.LockWait + time.Second)
		_ = working.Rollback(context.WithoutCancel(ctx))
	}()
	began := time.Now()
	applied, err = d.Migrate(ctx)
	if err != nil || len(applied) == 0 || !strings.Contains(applied[0], "0055_") {
		t.Errorf("once it is free: applied %v, %v", applied, err)
	}
	if took := time.Since(began); took < migrations.LockWait {
		t.Errorf("it took %v, and was in nobody's way", took)
	}
}

func TestADatabaseIsNamedWithoutWhoSignsIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if name := d.Name(); !strings.HasPrefix(name, string(d.Dialect)+":") || strings.Contains(name, "@") || strings.Contains(name, "?") {
			t.Errorf("got %q", name)
		}
	})
}

func TestOfTwoThatMigrateAtOnceOneWaits(t *testing.T) {
	if dbtest.SQLiteOnly() {
		return
	}
	url := dbtest.EmptyPostgresURL(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	applied := 0
	for range 3 {
		d := dbtest.Open(t, url)
		all.Go(func() {
			names, err := d.Migrate(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(names) > 0 {
				applied++
			}
		})
	}
	all.Wait()
	if applied != 1 {
		t.Errorf("got %d that applied something, want 1", applied)
	}
}

func TestTheComingMonthsHavePartitionsAfterAMigration(t *testing.T) {
	if dbtest.SQLiteOnly() {
		return
	}
	now := time.Date(2027, 11, 30, 20, 0, 0, 0, time.UTC) // December in Shanghai
	d, err := db.Open(t.Context(), dbtest.PostgresURL(t), db.Options{Clock: clock.At(now), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"deductions", "settlements", "sim_usage", "audit_entries"} {
		got := collect(t, d, "select inhrelid::regclass::text from pg_inherits where inhparent = $1::regclass and inhrelid::regclass::text >= $1 || '_2027_11' and inhrelid::regclass::text not like '%default' order by 1", table)
		if len(got) != 1+db.MonthsAhead || got[0] != table+"_2027_12" || got[len(got)-1] != table+"_2028_06" {
			t.Errorf("%s: got %v, want December 2027 to June 2028", table, got)
		}
	}
}

func TestAMonthTakesItsRowsOutOfTheDefaultPartition(t *testing.T) {
	d := postgresOnly(t)
	const insert = "insert into audit_entries (id, at, actor_kind, actor_id, action, subject, details) values "
	write(t, d,
		// the first and the last instant of February in Shanghai, and their neighbours
		insert+"('a_1', '2021-01-31 15:59:59.999999Z', 'cli', 'root', 'x', 'y', '{}')",
		insert+"('a_2', '2021-01-31 16:00:00Z', 'cli', 'root', 'x', 'y', '{}')",
		insert+"('a_3', '2021-02-28 15:59:59.999999Z', 'cli', 'root', 'x', 'y', '{}')",
		insert+"('a_4', '2021-02-28 16:00:00Z', 'cli', 'root', 'x', 'y', '{}')",
		"insert into sim_usage values (1, 1, '2021-02-28', 5, null, null), (1, 1, '2021-03-01', 5, null, null)",
	)
	for range 2 { // a second time it is there already
		if err := d.EnsureMonths(t.Context(), date.MustParse("2021-02-11"), date.MustParse("2021-02-28")); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]string{
		"select id::text from audit_entries_2021_02 order by id": "a_2 a_3",
		"select id::text from audit_entries_default order by id": "a_1 a_4",
		"select id::text from audit_entries order by id":         "a_1 a_2 a_3 a_4",
		"select used_on::text from sim_usage_2021_02":            "2021-02-28",
		"select used_on::text from sim_usage_default":            "2021-03-01",
		"select tablename::text from pg_tables where tablename in ('deductions_2021_02', 'deductions_2021_03', 'deductions_2021_01')": "deductions_2021_02",
	} {
		if got := strings.Join(collect(t, d, query), " "); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	// the new partition is as well kept as the old one, and indexed
	for _, table := range []string{"audit_entries_2021_02", "audit_entries_default"} {
		err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(t.Context(), "delete from "+table); return err })
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("deleting from %s: got %v, want a refusal", table, err)
		}
	}
	if got := collect(t, d, "select indexname::text from pg_indexes where tablename = 'audit_entries_2021_02'"); len(got) != 6 {
		t.Errorf("got indexes %v, want 6", got)
	}
	write(t, d, insert+"('a_5', '2021-02-14 00:00:00Z', 'cli', 'root', 'x', 'y', '{}')")
	if got := collect(t, d, "select id::text from audit_entries_2021_02 where id = 'a_5'"); len(got) != 1 {
		t.Errorf("a row of February went elsewhere")
	}
}

func TestOpeningSaysWhatIsWrongWithAnAddress(t *testing.T) {
	for url, want := range map[string]string{
		"":                            "postgres:// or sqlite:",
		"mysql://localhost/x":         "postgres:// or sqlite:",
		"sqlite:":                     "needs a file",
		"sqlite::memory:":             "needs a file",
		"sqlite:/nowhere/at/all/x.db": "can't open /nowhere/at/all/x.db",
		"postgres://localhost:bad/x":  "cannot parse",
		"postgres://u:topsecret@127.0.0.1:1/x?connect_timeout=1": "failed to connect",
	} {
		d, err := db.Open(t.Context(), url, db.Options{Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			d.Close()
			t.Errorf("%q: got no error", url)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: got %q, want a text with %q and no password", url, err, want)
		}
	}
}
