package db

import (
	"context"
	"strconv"
	"strings"
)

// Insert adds the rows to the table: a few as a statement does it, and more as
// Bulk does.
func (tx *Tx) Insert(ctx context.Context, table string, columns []string, rows [][]any) error {
	const few = 4
	if len(rows) > few {
		i := 0
		_, err := tx.Bulk(ctx, table, columns, func() ([]any, bool, error) {
			if i == len(rows) {
				return nil, false, nil
			}
			i++
			return rows[i-1], true, nil
		})
		return err
	}
	for _, row := range rows {
		if err := fits(row, columns, table); err != nil {
			return err
		}
		var b strings.Builder
		b.WriteString("insert into " + table + " (" + strings.Join(columns, ", ") + ") values (")
		for i := range row {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("$" + strconv.Itoa(i+1))
		}
		b.WriteByte(')')
		if _, err := tx.Exec(ctx, b.String(), row...); err != nil {
			return err
		}
	}
	return nil
}
