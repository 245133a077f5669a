// Package dbtest gives tests a database of their own, migrated and empty: a
// SQLite file, and a database in a PostgreSQL cluster that the tests start and
// remove themselves.
//
// PostgreSQL is the cluster of TEST_DATABASE_URL if that is set, and otherwise
// one that is made in a temporary folder for this test binary; its programs are
// looked for in PATH and in /usr/lib/postgresql. Where there are none, tests
// fail and say what to install, unless MINGBAI_TEST_SQLITE_ONLY is 1.
package dbtest

import (
	"log/slog"
	"os"
	"testing"

	"github.com/mingbai/mingbai/models/db"
)

// Each runs the test on a new SQLite database and on a new PostgreSQL one.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	each(t, test, SQLite, Postgres)
}

func each(t *testing.T, test func(t *testing.T, d *db.DB), sqlite, postgres func(testing.TB) *db.DB) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	if SQLiteOnly() {
		t.Log("PostgreSQL is left out, as MINGBAI_TEST_SQLITE_ONLY asks")
		return
	}
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
}

// SQLite returns a new database in a file that goes with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, SQLiteURL(t))
}

// Postgres returns a new database in the tests' cluster; it goes with the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, PostgresURL(t))
}

// Open opens the address, with statements counted and the log thrown away, and
// closes it when the test ends.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url, db.Options{MaxConns: 4, Count: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("opening the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("closing the test's database: %v", err)
		}
	})
	return d
}

// SQLiteOnly reports whether PostgreSQL is to be left out.
func SQLiteOnly() bool { return os.Getenv("MINGBAI_TEST_SQLITE_ONLY") == "1" }
