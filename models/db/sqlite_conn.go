package db

import (
	"context"
	"database/sql/driver"
	"time"
)

// sqliteConnector opens connections that store every instant the same way and
// can be counted.
type sqliteConnector struct {
	driver.Connector
	count bool
}

func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{fullConn: conn.(fullConn), count: c.count}, nil
}

// fullConn is all that database/sql asks of a connection and the driver's
// connections can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// fullStmt is the same for a prepared statement.
type fullStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type sqliteConn struct {
	fullConn
	count bool
	cache map[string]*cachedQuery
}

// CheckNamedValue brings an instant to UTC and the microsecond, as PostgreSQL
// would on its own, and leaves all else to database/sql.
func (c *sqliteConn) CheckNamedValue(v *driver.NamedValue) (err error) {
	v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value)
	if t, ok := v.Value.(time.Time); ok {
		v.Value = instant(t)
	}
	return err
}

func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.counted(ctx)
	return c.fullConn.ExecContext(ctx, query, args)
}

func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.counted(ctx)
	return c.query(ctx, query, args)
}

func (c *sqliteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.fullConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &sqliteStmt{fullStmt: s.(fullStmt), conn: c}, nil
}

func (c *sqliteConn) counted(ctx context.Context) {
	if c.count {
		counterOf(ctx).add(1, 1)
	}
}

type sqliteStmt struct {
	fullStmt
	conn *sqliteConn
}

func (s *sqliteStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.conn.counted(ctx)
	return s.fullStmt.ExecContext(ctx, args)
}

func (s *sqliteStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.conn.counted(ctx)
	return s.fullStmt.QueryContext(ctx, args)
}

// instant is the form in which every instant is stored.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
