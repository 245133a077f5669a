package intake

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// advise tells PostgreSQL's planner, for the transaction, what its statements
// are like: few, each about many rows, and each run once.
func advise(ctx context.Context, tx *db.Tx) error {
	if tx.Dialect == db.SQLite {
		return nil
	}
	for _, setting := range []string{
		"set local jit = off",
		"set local work_mem = '64MB'",
		"set local default_statistics_target = 10", // for the stages: their sizes matter, not their values
	} {
		if _, err := tx.Exec(ctx, setting); err != nil {
			return err
		}
	}
	return nil
}

// manyRows is how many staged rows are too many to be looked up one by one.
const manyRows = 5_000

// Plan prepares for the statements that take the stage. PostgreSQL's planner
// believes what it last learnt of a table. Where that was that it is empty, it
// looks for each staged row through all that has been put there since, which
// for many rows takes hours; so it is not to do that with many.
func (s *Stage) Plan(ctx context.Context, tx *db.Tx) error {
	if tx.Dialect == db.SQLite {
		return nil
	}
	loops := "on"
	if s.Rows > manyRows {
		loops = "off"
	}
	_, err := tx.Exec(ctx, "set local enable_nestloop = "+loops)
	return err
}

// Learn tells PostgreSQL's planner of rows that were added to tables, where they
// are many: those that come next refer to them.
func Learn(ctx context.Context, tx *db.Tx, added int64, tables string) error {
	if tx.Dialect == db.SQLite || added < manyRows {
		return nil
	}
	_, err := tx.Exec(ctx, "analyze "+tables)
	return err
}
