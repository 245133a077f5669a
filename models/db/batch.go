package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Batch is several SELECTs that are sent together.
type Batch struct {
	queries []batchQuery
	apart   bool
}

// Statement is a SELECT with its arguments and what is done with its rows.
type Statement struct {
	SQL  string
	Args []any
	Read func(Rows) error
}

type batchQuery struct {
	sql  string
	args []any
	read func(Rows) error
}

// NewBatch returns an empty batch.
func NewBatch() *Batch { return &Batch{} }

// Add puts a SELECT into the batch; read is called with its rows, in the order
// of adding.
func (b *Batch) Add(sql string, args []any, read func(Rows) error) {
	b.queries = append(b.queries, batchQuery{sql, args, read})
}

// Apart lets each SELECT see the database as it is when its turn comes, which
// spares PostgreSQL a transaction.
func (b *Batch) Apart() { b.apart = true }

// Len returns how many SELECTs the batch holds.
func (b *Batch) Len() int { return len(b.queries) }

// Read runs the SELECTs of a batch, which all see the database as it is at one
// moment unless it was told Apart: on PostgreSQL in one round trip, on SQLite one after another. The
// first error ends it; what was read before stays read.
func (d *DB) Read(ctx context.Context, b *Batch) error {
	if len(b.queries) == 0 {
		return nil
	}
	defer d.logSlow(ctx, d.opts.Clock.Now(), b.queries[0].sql, len(b.queries))
	if d.pool != nil {
		return readBatch(ctx, d.pool, b, len(b.queries) > 1 && !b.apart)
	}
	if b.apart {
		return readInTurn(ctx, d.sql, b)
	}
	tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() // it only read
	return readInTurn(ctx, tx, b)
}

// The statements that make a batch see one moment. They travel with it.
const (
	snapshotBegin = "begin isolation level repeatable read, read only"
	snapshotEnd   = "commit"
)

type batchSender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

func readBatch(ctx context.Context, on batchSender, b *Batch, snapshot bool) (err error) {
	sent := pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(b.queries)+2)}
	if snapshot {
		sent.Queue(snapshotBegin)
	}
	for i := range b.queries {
		sent.Queue(b.queries[i].sql, b.queries[i].args...)
	}
	if snapshot {
		sent.Queue(snapshotEnd)
	}
	results := on.SendBatch(ctx, &sent)
	defer func() {
		if closing := results.Close(); err == nil {
			err = closing
		}
	}()
	if snapshot {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	for i := range b.queries {
		rows, err := results.Query()
		if err := readPostgres(rows, err, b.queries[i].read); err != nil {
			return fmt.Errorf("db: statement %d of a batch: %w", i+1, err)
		}
	}
	return nil
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readInTurn(ctx context.Context, on queryer, b *Batch) error {
	for i := range b.queries {
		q := &b.queries[i]
		rows, err := on.QueryContext(ctx, q.sql, q.args...)
		if err := readSQLite(rows, err, q.read); err != nil {
			return fmt.Errorf("db: statement %d of a batch: %w", i+1, err)
		}
	}
	return nil
}
