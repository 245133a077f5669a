package db

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// ForJobs opens the few connections that the job queue has to itself, without
// a pooler in between: one on SQLite, three on PostgreSQL, of which waiting for
// news holds one for good. What it returns has only SQL and Pool, and ends with
// the function.
func (d *DB) ForJobs(ctx context.Context) (*DB, func(), error) {
	if d.Dialect == SQLite {
		pool, err := openSQLitePool(d.file(), 1, false)
		if err != nil {
			return nil, nil, err
		}
		return &DB{Dialect: SQLite, opts: d.opts, sql: pool}, func() { pool.Close() }, nil
	}
	o := d.opts
	o.MaxConns, o.Count = 3, false
	url := o.DirectURL
	if url == "" {
		url = d.url
	}
	pool, err := newPool(ctx, url, o)
	if err != nil {
		return nil, nil, err
	}
	own := &DB{Dialect: Postgres, opts: o, pool: pool, sql: stdlib.OpenDBFromPool(pool)}
	return own, func() {
		own.sql.Close()
		pool.Close()
	}, nil
}

// OwnsJobs reports whether the job queue's tables belong to the role that this
// program runs as: only their owner can build their indexes anew.
func (d *DB) OwnsJobs(ctx context.Context) (owns bool, err error) {
	if d.Dialect == SQLite {
		return true, nil
	}
	err = d.QueryRow(ctx, "select pg_has_role(relowner, 'usage') from pg_class where oid = 'river_job'::regclass").Scan(&owns)
	return owns, err
}

// migrateJobs brings the job queue's own tables up to date.
func (d *DB) migrateJobs(ctx context.Context) ([]string, error) {
	if d.Dialect == Postgres {
		return jobsUp(ctx, riverpgxv5.New(d.pool), d.opts.Logger)
	}
	return jobsUp(ctx, riversqlite.New(d.sql), d.opts.Logger)
}

// missingJobTables says what the job queue's tables lack, or nothing.
func (d *DB) missingJobTables(ctx context.Context) (string, error) {
	if d.Dialect == Postgres {
		return jobsMissing(ctx, riverpgxv5.New(d.pool), d.opts.Logger)
	}
	return jobsMissing(ctx, riversqlite.New(d.sql), d.opts.Logger)
}

func jobsUp[T any](ctx context.Context, driver riverdriver.Driver[T], logger *slog.Logger) ([]string, error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: Warnings(logger)})
	if err != nil {
		return nil, fmt.Errorf("db: job queue: %w", err)
	}
	r, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, fmt.Errorf("db: job queue: %w", err)
	}
	var names []string
	for _, v := range r.Versions {
		names = append(names, fmt.Sprintf("job queue %03d %s", v.Version, v.Name))
	}
	return names, nil
}

func jobsMissing[T any](ctx context.Context, driver riverdriver.Driver[T], logger *slog.Logger) (string, error) {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: Warnings(logger)})
	if err != nil {
		return "", fmt.Errorf("db: job queue: %w", err)
	}
	r, err := m.Validate(ctx, nil)
	if err != nil || r.OK {
		return "", err
	}
	return strings.Join(r.Messages, "; "), nil
}

// Warnings returns a logger that passes on warnings and errors, and drops the
// news that all is well.
func Warnings(l *slog.Logger) *slog.Logger { return slog.New(warnings{l.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}
