package db

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
)

// Rows is what a statement found. Scan copies the present row's columns into
// pointers; a column that may be NULL needs a pointer to a pointer, date.Date,
// [Time] or [Text]. For many rows make the list of pointers once and hand the
// same one to each Scan.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
}

// Row is a result of which one row is wanted.
type Row interface {
	// Scan copies the first row's columns. NotFound is true of its error where
	// there was no row.
	Scan(dest ...any) error
}

// Reader runs hand-written SQL that reads, in a transaction (Tx) or outside
// one (DB).
type Reader interface {
	// Query calls read with the rows of one SELECT, which end with it.
	Query(ctx context.Context, read func(Rows) error, query string, args ...any) error
	// QueryRow runs one SELECT; its error waits in the Row.
	QueryRow(ctx context.Context, query string, args ...any) Row
	// Read runs the SELECTs of a batch, on PostgreSQL in one round trip.
	Read(ctx context.Context, b *Batch) error
}

// First copies the first row's columns; NotFound is true of its error where
// there is none.
func First(rows Rows, dest ...any) error {
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return rows.Scan(dest...)
}

// Each calls row for each row until it returns an error.
func Each(rows Rows, row func() error) error {
	for rows.Next() {
		if err := row(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Query calls read with the rows of one SELECT, which end with it.
func (d *DB) Query(ctx context.Context, read func(Rows) error, query string, args ...any) error {
	defer d.logSlow(ctx, d.opts.Clock.Now(), query, 1)
	if d.pool != nil {
		rows, err := d.pool.Query(ctx, query, args...)
		return readPostgres(rows, err, read)
	}
	rows, err := d.sql.QueryContext(ctx, query, args...)
	return readSQLite(rows, err, read)
}

// QueryRow runs one SELECT; its error waits in the Row.
func (d *DB) QueryRow(ctx context.Context, query string, args ...any) Row {
	if d.pool != nil {
		return d.pool.QueryRow(ctx, query, args...)
	}
	return sqliteRow{d.sql.QueryRowContext(ctx, query, args...)}
}

func readPostgres(rows pgx.Rows, err error, read func(Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := read(newPostgresRows(rows)); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func readSQLite(rows *sql.Rows, err error, read func(Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := read(sqliteRows{rows}); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return rows.Err()
}

type sqliteRows struct{ *sql.Rows }

func (r sqliteRows) Scan(dest ...any) error { return r.Rows.Scan(instants(dest)...) }

type sqliteRow struct{ row *sql.Row }

func (r sqliteRow) Scan(dest ...any) error { return r.row.Scan(instants(dest)...) }

// instants lets a time.Time be read from an expression such as max(at), which
// SQLite delivers as text.
func instants(dest []any) []any {
	for i, d := range dest {
		switch t := d.(type) {
		case *time.Time:
			dest[i] = scanTime{t}
		case **time.Time:
			dest[i] = scanTimePointer{t}
		}
	}
	return dest
}

type scanTime struct{ to *time.Time }

func (s scanTime) Scan(src any) (err error) {
	if src == nil {
		return errNullInstant
	}
	*s.to, err = scanInstant(src)
	return err
}

type scanTimePointer struct{ to **time.Time }

func (s scanTimePointer) Scan(src any) error {
	if src == nil {
		*s.to = nil
		return nil
	}
	t, err := scanInstant(src)
	*s.to = &t
	return err
}
