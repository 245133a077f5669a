package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// errNotYours answers whoever tries to end a transaction that Write ends.
var errNotYours = errors.New("db: the transaction is ended by Write")

// Pgx returns the transaction as a pgx.Tx, so that COPY and the job queue join
// it; nil on SQLite. It sends no BEGIN of its own: its Begin is a savepoint,
// and its Commit and Rollback are refused.
func (tx *Tx) Pgx() pgx.Tx {
	if tx.conn == nil {
		return nil
	}
	return &outerTx{savepoints{conn: tx.conn}}
}

// outerTx is the transaction itself.
type outerTx struct{ savepoints }

func (*outerTx) Commit(context.Context) error   { return errNotYours }
func (*outerTx) Rollback(context.Context) error { return errNotYours }

// innerTx is a savepoint in it.
type innerTx struct {
	savepoints
	name  string
	ended bool
}

// Commit keeps what was done since the savepoint.
func (t *innerTx) Commit(ctx context.Context) error { return t.end(ctx, "release savepoint ") }

// Rollback undoes what was done since the savepoint; after Commit it does
// nothing but return pgx.ErrTxClosed, so that it can be deferred.
func (t *innerTx) Rollback(ctx context.Context) error { return t.end(ctx, "rollback to savepoint ") }

func (t *innerTx) end(ctx context.Context, how string) error {
	if t.ended {
		return pgx.ErrTxClosed
	}
	t.ended = true
	_, err := t.Exec(ctx, how+t.name)
	return err
}

// conn gives the embedded connection a name that leaves Conn free for the
// method.
type conn = pgx.Conn

// savepoints is a connection inside a transaction: all of pgx.Tx but its end.
type savepoints struct {
	*conn
	depth int
}

// Begin sets a savepoint.
func (s *savepoints) Begin(ctx context.Context) (pgx.Tx, error) {
	inner := &innerTx{savepoints: savepoints{conn: s.conn, depth: s.depth + 1}}
	inner.name = fmt.Sprintf("inner_%d", inner.depth)
	if _, err := s.Exec(ctx, "savepoint "+inner.name); err != nil {
		return nil, err
	}
	return inner, nil
}

// Conn returns the connection.
func (s *savepoints) Conn() *pgx.Conn { return s.conn }

// LargeObjects is there for the interface alone.
func (s *savepoints) LargeObjects() pgx.LargeObjects {
	panic("db: large objects are not used here")
}
