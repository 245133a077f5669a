// Package db opens the database and is the one way to it: PostgreSQL or
// SQLite behind the same few verbs.
//
// # Verbs
//
// [DB.Write] runs a function in one transaction. [DB.Read] sends several
// SELECTs together, on PostgreSQL in one round trip. [DB.Query] reads one
// statement, and [DB.Gorm] hands out GORM for pages that need no speed. SQL is
// written once for both databases wherever it can be, with $1, $2, … for its
// arguments; where it can't, a store keeps a pair of statements and asks the
// Dialect.
//
// # Values
//
// What is stored means the same in both databases:
//
//   - An instant is a time.Time. It is stored in UTC to the microsecond,
//     whatever location and precision it came with, and read back in UTC.
//     PostgreSQL keeps it as timestamptz. SQLite keeps it as text of the form
//     2026-01-31 08:00:00.5+00:00 in a column declared TIMESTAMP: always UTC,
//     trailing zeros of the second dropped. The sign sorts before the point
//     and before every digit, so that the text sorts as the instants do, and
//     one instant has one text.
//   - A civil date is a date.Date: a date in PostgreSQL, the text 2026-01-31 in
//     a column declared TEXT in SQLite. No date is NULL.
//   - Money, rates and counts are bigint and INTEGER; booleans are boolean in
//     both; documents are jsonb and TEXT (see [JSON]); bytes are bytea and BLOB.
//   - [Time] and [Text] read and write a column that may be NULL as a zero value.
//
// A sum of bigint is numeric in PostgreSQL: write cast(sum(x) as bigint), which
// both read as an int64.
package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"

	"github.com/mingbai/mingbai/models/clock"
)

// Dialect names the database in use.
type Dialect string

// The databases there are.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

// Options are what may be chosen when opening; the zero value is right for a
// server.
type Options struct {
	// MaxConns is how many connections are kept open; 0 takes the address's
	// pool_max_conns, or four for two processors.
	MaxConns int
	// Logger receives slow statements and failures, without bound values; nil
	// is slog.Default().
	Logger *slog.Logger
	// SlowQuery is how long a statement may take before it is logged; 0 is 200 ms.
	SlowQuery time.Duration
	// Clock tells GORM the time for created_at columns; nil is clock.System.
	Clock clock.Clock
	// DirectURL is a second PostgreSQL address that does not pass through a
	// pooler; migrations and the job worker use it. Empty means the same address.
	DirectURL string
	// Count makes statements countable with Count. Tests and the bench set it;
	// without it counting costs nothing.
	Count bool
}

// DB is an open database. It may be used concurrently.
type DB struct {
	// Dialect says which database it is.
	Dialect Dialect

	url    string
	opts   Options
	gorm   *gorm.DB
	sql    *sql.DB
	pool   *pgxpool.Pool // PostgreSQL alone
	writer chan struct{} // SQLite alone: holds a token while someone writes
}

// Open connects to postgres://… or sqlite:FILE and checks that the database
// answers. It neither creates nor checks the schema: see Migrate and Ready.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.SlowQuery == 0 {
		o.SlowQuery = 200 * time.Millisecond
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	d := &DB{url: url, opts: o}
	var err error
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "postgres", "postgresql":
		err = d.openPostgres(ctx)
	case "sqlite":
		err = d.openSQLite(ctx)
	default:
		err = fmt.Errorf("db: the address must begin with postgres:// or sqlite:, not %q", scheme)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Name says which database it is, for people: without who signs in to it, and with
// what.
func (d *DB) Name() string {
	if d.pool == nil {
		return d.url
	}
	c := d.pool.Config().ConnConfig
	return fmt.Sprintf("postgres://%s/%s", net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))), c.Database)
}

// Gorm returns GORM for plain reads. Writes belong in Write.
func (d *DB) Gorm(ctx context.Context) *gorm.DB { return d.gorm.WithContext(ctx) }

// SQL returns the database/sql pool below. The tools that need it are the
// migrations and the job queue; everything else has a verb of DB.
func (d *DB) SQL() *sql.DB { return d.sql }

// Pool returns the PostgreSQL pool, or nil on SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.sql.PingContext(ctx) }

// Close ends all connections, after waiting for those in use.
func (d *DB) Close() error {
	if d.Dialect == SQLite {
		// lets the planner keep what it learnt; a failure costs nothing but that
		_, _ = d.sql.Exec("pragma optimize")
	}
	err := d.sql.Close()
	if d.pool != nil {
		d.pool.Close()
	}
	return err
}

// Analyze tells the planner what the tables hold now, which it learns late by
// itself after many rows came at once.
func (d *DB) Analyze(ctx context.Context, tables ...string) error {
	for _, table := range tables {
		if _, err := d.sql.ExecContext(ctx, "analyze "+table); err != nil {
			return fmt.Errorf("db: analysing %s: %w", table, err)
		}
	}
	return nil
}
