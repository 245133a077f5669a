package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/mingbai/mingbai/migrations"
	"github.com/mingbai/mingbai/models/fault"
)

// Migrate brings the schema, the job queue's tables included, to what this
// program needs, and on PostgreSQL makes the coming months' partitions. It
// returns the names of what it applied. Of several that run at the same time
// on PostgreSQL, one works and the others wait.
func (d *DB) Migrate(ctx context.Context) ([]string, error) {
	direct, done, err := d.direct(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	unlock, err := direct.lockSchema(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	schema, close := direct.impatient()
	defer close()
	applied, err := migrations.Up(ctx, string(d.Dialect), schema)
	if err != nil {
		return applied, err
	}
	jobs, err := direct.migrateJobs(ctx)
	if err != nil {
		return applied, err
	}
	return append(applied, jobs...), d.EnsureMonthsAhead(ctx)
}

// impatient returns the database with connections that wait for no lock longer
// than a migration may keep others waiting, and what closes them.
func (d *DB) impatient() (*sql.DB, func()) {
	if d.Dialect == SQLite {
		return d.sql, func() {}
	}
	own := stdlib.OpenDB(*d.pool.Config().ConnConfig.Copy(), stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf("set lock_timeout = %d", migrations.LockWait.Milliseconds()))
		return err
	}))
	return own, func() { own.Close() }
}

// lockSchema waits until nobody else migrates, and returns what lets the next
// one in.
func (d *DB) lockSchema(ctx context.Context) (func(), error) {
	if d.Dialect == SQLite {
		return func() {}, nil
	}
	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return nil, err
	}
	const name = "hashtextextended('mingbai migrate', 0)"
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock("+name+")"); err != nil {
		conn.Close()
		return nil, err
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock("+name+")")
		conn.Close()
	}, nil
}

// Ready reports whether the schema is at least what this program needs. Where
// it is older the fault's cause, which the log shows, names the command that
// mends it.
func (d *DB) Ready(ctx context.Context) error {
	have, need, err := migrations.Versions(ctx, string(d.Dialect), d.sql)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "errors.unavailable")
	}
	if have < need {
		return d.older(fmt.Sprintf("the schema is at version %d and this program needs %d", have, need))
	}
	missing, err := d.missingJobTables(ctx)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "errors.unavailable")
	}
	if missing != "" {
		return d.older("the job queue's tables are too old: " + missing)
	}
	return nil
}

// OldSchema says that the schema is older than what this program needs, of which
// database, and which command mends it.
type OldSchema struct {
	Database string // what to call it: never its password
	What     string
}

// Error says all of it.
func (e *OldSchema) Error() string {
	return "of " + e.Database + " " + e.What + ": run mingbai migrate, or name another in MINGBAI_DATABASE"
}

func (d *DB) older(what string) error {
	return fault.Wrap(&OldSchema{Database: d.Name(), What: what}, fault.Unavailable, "errors.unavailable")
}

// direct returns the database without a pooler in between, and what to call
// when done with it.
func (d *DB) direct(ctx context.Context) (*DB, func(), error) {
	if d.pool == nil || d.opts.DirectURL == "" {
		return d, func() {}, nil
	}
	return d.ForJobs(ctx)
}
