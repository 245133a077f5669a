package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Buffers returns how many of PostgreSQL's shared buffers the SELECTs of a batch
// touch, in memory or not, by its own count. It runs them, but their rows are
// given to nobody. It is for measurements and tests: the count grows with the
// rows exactly where a page would become slower.
func (d *DB) Buffers(ctx context.Context, b *Batch) (int64, error) {
	if d.pool == nil {
		return 0, errors.New("db: SQLite does not count buffers")
	}
	total := int64(0)
	for i := range b.queries {
		var text []byte
		err := d.pool.QueryRow(ctx, "explain (analyze, buffers, timing off, format json) "+b.queries[i].sql, b.queries[i].args...).Scan(&text)
		if err != nil {
			return 0, fmt.Errorf("db: statement %d of a batch: %w", i+1, err)
		}
		var plans []struct {
			Plan struct {
				Hit  int64 `json:"Shared Hit Blocks"`
				Read int64 `json:"Shared Read Blocks"`
			}
		}
		if err := json.Unmarshal(text, &plans); err != nil {
			return 0, err
		}
		for _, p := range plans {
			total += p.Plan.Hit + p.Plan.Read // of the plan's top, which includes all below it
		}
	}
	return total, nil
}
