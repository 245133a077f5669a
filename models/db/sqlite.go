package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens the file, and makes it where there is none.
func (d *DB) openSQLite(ctx context.Context) error {
	d.Dialect = SQLite
	d.writer = make(chan struct{}, 1)
	conns := d.opts.MaxConns
	if conns == 0 {
		conns = defaultConns()
	}
	pool, err := openSQLitePool(d.file(), conns, d.opts.Count)
	if err != nil {
		return err
	}
	d.sql = pool
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return fmt.Errorf("db: can't open %s: %w", d.file(), err)
	}
	return d.openGorm(dialector{sqlite.Dialector{Conn: pool}})
}

func openSQLitePool(file string, conns int, count bool) (*sql.DB, error) {
	if file == "" || strings.Contains(file, ":memory:") {
		return nil, errors.New("db: SQLite needs a file, since every connection would see a memory of its own: sqlite:mingbai.db")
	}
	c, err := modernc.NewConnector(sqliteDSN(file))
	if err != nil {
		return nil, fmt.Errorf("db: %w", err)
	}
	pool := sql.OpenDB(sqliteConnector{Connector: c, count: count})
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

// file is the part of the address after sqlite:.
func (d *DB) file() string { return strings.TrimPrefix(d.url, string(SQLite)+":") }

// sqliteDSN spells out everything that a connection must be.
func sqliteDSN(file string) string {
	path := (&url.URL{Path: file}).EscapedPath()
	return "file:" + path + "?" + strings.Join([]string{
		"_pragma=busy_timeout(10000)", // another process, or the job worker, may be writing
		"_pragma=journal_mode(WAL)",   // readers don't wait for the writer
		"_pragma=synchronous(FULL)",   // an acknowledged write outlives a power cut
		"_pragma=foreign_keys(1)",
		"_pragma=cache_size(-16000)",    // KiB a connection
		"_pragma=recursive_triggers(1)", // else REPLACE would delete an audit entry unseen
		"_txlock=immediate",             // a transaction that will write waits at its start, not in its middle
		"_timezone=UTC",
		"_time_format=sqlite",
		"_dqs=0", // a misspelt "column" is an error, not a text
	}, "&")
}

// dialector is GORM's for SQLite, with the errors of the driver that is really
// in use: the one GORM's package names needs cgo and is never called.
type dialector struct{ sqlite.Dialector }

// Translate turns the driver's error into GORM's where GORM has one.
func (dialector) Translate(err error) error {
	e, ok := errors.AsType[*modernc.Error](err)
	if !ok {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return gorm.ErrDuplicatedKey
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}
