package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/mingbai/mingbai/models/date"
)

// Bulk inserts the rows that next returns until it returns false, and returns
// how many there were. It streams: memory does not grow with the rows. next
// may return the same slice each time. On PostgreSQL it is a COPY, and no other
// statement may be run by next.
func (tx *Tx) Bulk(ctx context.Context, table string, columns []string, next func() ([]any, bool, error)) (int64, error) {
	if tx.conn != nil {
		return tx.bulkPostgres(ctx, table, columns, next)
	}
	return tx.bulkSQLite(ctx, table, columns, next)
}

func (tx *Tx) bulkPostgres(ctx context.Context, table string, columns []string, next func() ([]any, bool, error)) (int64, error) {
	var own error // the server would answer with a text of it
	n, err := tx.conn.CopyFrom(ctx, strings.Split(table, "."), columns, pgx.CopyFromFunc(func() (row []any, err error) {
		row, ok, err := next()
		if err == nil && !ok {
			return nil, nil
		}
		if err == nil {
			err = fits(row, columns, table)
		}
		if err == nil {
			err = plainValues(row)
		}
		own = err
		return row, err
	}))
	if own != nil {
		return 0, own
	}
	return n, err
}

func fits(row []any, columns []string, table string) error {
	if len(row) == len(columns) {
		return nil
	}
	return fmt.Errorf("db: a row of %d values for %d columns of %s", len(row), len(columns), table)
}

// plainValues resolves what COPY would otherwise resolve by reflection, value
// by value.
func plainValues(row []any) (err error) {
	for i, v := range row {
		switch v := v.(type) {
		case date.Date: // has its own codec
		case driver.Valuer:
			if row[i], err = v.Value(); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowsAtOnce is how many rows one INSERT of Bulk holds on SQLite; more gains
// nothing.
const rowsAtOnce = 50

func (tx *Tx) bulkSQLite(ctx context.Context, table string, columns []string, next func() ([]any, bool, error)) (total int64, err error) {
	var many *sql.Stmt
	defer func() {
		if many != nil {
			many.Close()
		}
	}()
	values := make([]any, 0, rowsAtOnce*len(columns))
	for {
		row, ok, err := next()
		if err != nil {
			return total, err
		}
		if !ok {
			break
		}
		if err := fits(row, columns, table); err != nil {
			return total, err
		}
		values = append(values, row...)
		if len(values) < cap(values) {
			continue
		}
		if many == nil {
			if many, err = tx.sql.PrepareContext(ctx, insertRows(table, columns, rowsAtOnce)); err != nil {
				return total, err
			}
		}
		if _, err := many.ExecContext(ctx, values...); err != nil {
			return total, err
		}
		total += rowsAtOnce
		values = values[:0]
	}
	if len(values) == 0 {
		return total, nil
	}
	rest := len(values) / len(columns)
	_, err = tx.sql.ExecContext(ctx, insertRows(table, columns, rest), values...)
	return total + int64(rest), err
}

// insertRows writes INSERT INTO table (a, b) VALUES (?, ?), (?, ?), …
func insertRows(table string, columns []string, rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	return "insert into " + table + " (" + strings.Join(columns, ", ") + ") values " +
		strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}
