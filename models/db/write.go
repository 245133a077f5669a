package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// attempts is how often a transaction is run before another one's being in its
// way is given up on.
const attempts = 4

// writerWait is how long a write on SQLite waits for the writes of this process
// before it, after which there is more likely a Write inside a Write than a
// queue.
const writerWait = 30 * time.Second

// errNullInstant says that a NULL was read into a time.Time.
var errNullInstant = errors.New("db: NULL can't be read into a time.Time; read it into a db.Time")

// Tx is one transaction. It is used by one goroutine at a time, and not after
// the function that it was given to has returned.
type Tx struct {
	// Dialect says which database it is.
	Dialect Dialect

	ctx    context.Context
	gorm   *gorm.DB // outside of it
	sql    *sql.Tx
	conn   *pgx.Conn // PostgreSQL alone: the connection below sql
	staged []string  // SQLite alone: temporary tables to drop at the end
}

// Write runs fn in one transaction, which is committed if fn returns nil and
// rolled back if it returns an error or panics. Where another transaction was
// in the way (a deadlock, a serialisation failure, a busy file), fn is run
// again from the start, four times at most: it must not leave anything behind
// outside the transaction. Nothing slow belongs in it.
func (d *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return unlessInTheWay(ctx, func() error { return d.writeOnce(ctx, fn) })
}

// unlessInTheWay writes, and again from the start where another transaction was in
// the way.
func unlessInTheWay(ctx context.Context, write func() error) error {
	for attempt := 1; ; attempt++ {
		err := write()
		if err == nil || attempt == attempts || ctx.Err() != nil || !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(attempt*attempt) * 5 * time.Millisecond):
		}
	}
}

// WriteRow runs one statement that writes and returns a row, as the transaction
// that it is by itself, and copies the row's columns: NotFound is true of the error
// where there was none. It is for what every look at a page waits for: on
// PostgreSQL it takes one round trip, where Write takes three.
func (d *DB) WriteRow(ctx context.Context, query string, args []any, dest ...any) error {
	return unlessInTheWay(ctx, func() error {
		if err := d.enterWriter(ctx); err != nil {
			return err
		}
		defer d.leaveWriter()
		return d.QueryRow(ctx, query, args...).Scan(dest...)
	})
}

func (d *DB) writeOnce(ctx context.Context, fn func(tx *Tx) error) (err error) {
	if err := d.enterWriter(ctx); err != nil {
		return err
	}
	defer d.leaveWriter()

	conn, err := d.sql.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := d.begin(ctx, conn)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			_ = tx.sql.Rollback() // what went wrong before says more
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.dropStaged(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	return tx.sql.Commit()
}

// begin starts the transaction. Its context is one that can't be cancelled:
// database/sql would roll back from another goroutine, on a connection that
// hand-written SQL may be using at that moment. Each statement still heeds the
// caller's.
func (d *DB) begin(ctx context.Context, conn *sql.Conn) (*Tx, error) {
	inner, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return nil, err
	}
	tx := &Tx{Dialect: d.Dialect, ctx: ctx, gorm: d.gorm, sql: inner}
	if d.Dialect == SQLite {
		return tx, nil
	}
	err = conn.Raw(func(c any) error {
		tx.conn = c.(*stdlib.Conn).Conn()
		return nil
	})
	if err != nil {
		_ = inner.Rollback()
		return nil, err
	}
	return tx, nil
}

// enterWriter lines up the writers of this process, since SQLite has one at a
// time and lets those in its own queue starve.
func (d *DB) enterWriter(ctx context.Context) error {
	if d.writer == nil {
		return nil
	}
	patience := time.NewTimer(writerWait)
	defer patience.Stop()
	select {
	case d.writer <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return fmt.Errorf("db: waited %s to write; is there a Write inside a Write?", writerWait)
	}
}

func (d *DB) leaveWriter() {
	if d.writer != nil {
		<-d.writer
	}
}

// Gorm returns GORM inside the transaction.
func (tx *Tx) Gorm() *gorm.DB {
	inside := tx.gorm.Session(&gorm.Session{NewDB: true, Context: tx.ctx})
	inside.Statement.ConnPool = tx.sql
	return inside
}

// SQL returns the transaction as database/sql has it. On SQLite the job queue
// joins it through this; Commit and Rollback are Write's.
func (tx *Tx) SQL() *sql.Tx { return tx.sql }

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if tx.conn != nil {
		tag, err := tx.conn.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	r, err := tx.sql.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query calls read with the rows of one statement, which end with it. On
// PostgreSQL no other statement may be run until then.
func (tx *Tx) Query(ctx context.Context, read func(Rows) error, query string, args ...any) error {
	if tx.conn != nil {
		rows, err := tx.conn.Query(ctx, query, args...)
		return readPostgres(rows, err, read)
	}
	rows, err := tx.sql.QueryContext(ctx, query, args...)
	return readSQLite(rows, err, read)
}

// QueryRow runs one statement; its error waits in the Row.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) Row {
	if tx.conn != nil {
		return tx.conn.QueryRow(ctx, query, args...)
	}
	return sqliteRow{tx.sql.QueryRowContext(ctx, query, args...)}
}

// Read runs the statements of a batch, on PostgreSQL in one round trip.
func (tx *Tx) Read(ctx context.Context, b *Batch) error {
	if tx.conn != nil {
		return readBatch(ctx, tx.conn, b, false)
	}
	return readInTurn(ctx, tx.sql, b)
}

// Lock holds the name until the transaction ends: whoever else asks for it
// waits. On SQLite every Write already waits for every other.
func (tx *Tx) Lock(ctx context.Context, name string) error {
	if tx.Dialect == SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", name)
	return err
}
