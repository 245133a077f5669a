package db

import (
	"context"
	"database/sql/driver"
)

// maxCached is how many prepared queries a connection keeps. Every page and job
// together ask fewer; a program that writes new SQL all the time starts anew
// when it has filled the cache.
const maxCached = 256

// cachedQuery is a query that stays prepared: parsing and planning one again
// costs SQLite about as much as running it.
type cachedQuery struct {
	fullStmt
	busy bool // its rows are being read
}

// query runs a query on its prepared form. The driver's connections are used by
// one goroutine at a time, and so is this.
func (c *sqliteConn) query(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	q, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if q.busy { // asked again while its rows are being read
		return c.fullConn.QueryContext(ctx, query, args)
	}
	rows, err := q.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	q.busy = true
	return &cachedRows{fullRows: rows.(fullRows), of: q}, nil
}

func (c *sqliteConn) prepared(ctx context.Context, query string) (*cachedQuery, error) {
	if q := c.cache[query]; q != nil {
		return q, nil
	}
	s, err := c.fullConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(c.cache) >= maxCached {
		c.forget()
	}
	if c.cache == nil {
		c.cache = make(map[string]*cachedQuery)
	}
	q := &cachedQuery{fullStmt: s.(fullStmt)}
	c.cache[query] = q
	return q, nil
}

// forget ends all prepared queries but those whose rows are being read.
func (c *sqliteConn) forget() {
	for text, q := range c.cache {
		if !q.busy {
			delete(c.cache, text)
			_ = q.Close() // it would say again what the query's last run said
		}
	}
}

// Close ends the prepared queries and the connection.
func (c *sqliteConn) Close() error {
	c.forget()
	return c.fullConn.Close()
}

// fullRows is all that database/sql asks of rows and the driver's can do.
type fullRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// cachedRows gives the query free when they are closed.
type cachedRows struct {
	fullRows
	of *cachedQuery
}

func (r *cachedRows) Close() error {
	err := r.fullRows.Close()
	r.of.busy = false
	return err
}
