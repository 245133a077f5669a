package intake

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// storeSQLite inserts the batches row by row.
func storeSQLite(ctx context.Context, tx *db.Tx, table string, columns []Column, read *ahead) (int64, error) {
	var values []any
	return tx.Bulk(ctx, table, namesOf(columns), func() ([]any, bool, error) {
		for len(values) == 0 {
			b, more := <-read.batches
			if !more {
				return nil, false, nil
			}
			values = b.values
		}
		row := values[:len(columns)]
		values = values[len(columns):]
		return row, true, nil
	})
}
