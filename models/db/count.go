package db

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Counter counts what was asked of the database with one context. On SQLite,
// which has no trips, every statement is one.
type Counter struct{ statements, roundTrips atomic.Int64 }

// Statements returns how many statements were run. BEGIN and COMMIT are
// included where they take a round trip of their own: for a Write on PostgreSQL.
func (c *Counter) Statements() int { return int(c.statements.Load()) }

// RoundTrips returns how often an answer was waited for. Preparing a statement
// is not included: a connection does it once for each statement in its life.
func (c *Counter) RoundTrips() int { return int(c.roundTrips.Load()) }

// Count returns a context whose statements are counted, if the database was
// opened with Options.Count.
func Count(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

type counterKey struct{}

// counterOf returns the context's counter, or nil, on which add does nothing.
func counterOf(ctx context.Context) *Counter {
	c, _ := ctx.Value(counterKey{}).(*Counter)
	return c
}

func (c *Counter) add(statements, roundTrips int64) {
	if c == nil {
		return
	}
	c.statements.Add(statements)
	c.roundTrips.Add(roundTrips)
}

// postgresCounter sees everything that pgx sends, GORM's statements and those
// of the job queue included.
type postgresCounter struct{}

func (postgresCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	counterOf(ctx).add(1, 1)
	return ctx
}

func (postgresCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (postgresCounter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c := counterOf(ctx)
	if c == nil {
		return ctx
	}
	statements := int64(0)
	for _, q := range data.Batch.QueuedQueries {
		if q.SQL != snapshotBegin && q.SQL != snapshotEnd {
			statements++
		}
	}
	c.add(statements, 1)
	return ctx
}

func (postgresCounter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (postgresCounter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

func (postgresCounter) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	counterOf(ctx).add(1, 1)
	return ctx
}

func (postgresCounter) TraceCopyFromEnd(context.Context, *pgx.Conn, pgx.TraceCopyFromEndData) {}
