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

// Learn tells PostgreSQL's planner of rows that were added to tables, so that the
// statements after this one, which join them, are planned for as many. Left to
// what it learnt before, perhaps that a table is empty, it would look through
// all rows of one side for each of the other. It is a function of the tables'
// owner that does so: whoever runs this program may own nothing.
func Learn(ctx context.Context, tx *db.Tx, added int64, tables ...string) error {
	if tx.Dialect == db.SQLite || added < worthLearning {
		return nil
	}
	_, err := tx.Exec(ctx, "select learn($1::text[]::regclass[])", tables)
	return err
}

const worthLearning = 100

// learnStaged is Learn for a stage, which belongs to whoever made it. How many
// rows there are is all that matters, so it looks at one column.
func learnStaged(ctx context.Context, tx *db.Tx, rows int64, stage string, columns []Column) error {
	if tx.Dialect == db.SQLite || rows < worthLearning {
		return nil
	}
	_, err := tx.Exec(ctx, "analyze "+stage+" ("+columns[0].Name+")")
	return err
}

// AddFresh runs an INSERT INTO table of the staged rows that are not there, and
// returns how many it added. That goes faster by a third if no row is staged
// twice, and nobody else adds one meanwhile, so this is tried first.
func AddFresh(ctx context.Context, tx *db.Tx, s *Stage, table, insert string) (int64, error) {
	if _, err := tx.Exec(ctx, "savepoint fresh"); err != nil {
		return 0, err
	}
	added, err := Match(ctx, tx, s, table, insert)
	if !db.Duplicate(err) {
		return added, err
	}
	if _, err := tx.Exec(ctx, "rollback to savepoint fresh"); err != nil {
		return 0, err
	}
	return Match(ctx, tx, s, table, insert+" on conflict do nothing")
}

// Match runs a statement that looks for every staged row in a table, and returns
// how many rows it touched. PostgreSQL would do that one row after the other
// where it takes either for small, and so for ever where it is wrong: a table is
// small when the statement is planned and grows while it runs. It is to do so
// only where the table is much larger than the stage.
func Match(ctx context.Context, tx *db.Tx, s *Stage, table, statement string, args ...any) (int64, error) {
	if tx.Dialect == db.SQLite {
		return tx.Exec(ctx, statement, args...)
	}
	const rowBytes, muchLarger = 100, 20
	var size int64
	err := tx.QueryRow(ctx, "select cast(coalesce(sum(pg_relation_size(relid)), pg_relation_size($1::regclass)) as bigint) from pg_partition_tree($1::regclass)", table).Scan(&size)
	if err != nil {
		return 0, err
	}
	if size > s.Rows*rowBytes*muchLarger {
		return tx.Exec(ctx, statement, args...)
	}
	if _, err := tx.Exec(ctx, "set local enable_nestloop = off"); err != nil {
		return 0, err
	}
	n, err := tx.Exec(ctx, statement, args...)
	if err != nil {
		return 0, err // and a rollback undoes the setting
	}
	_, err = tx.Exec(ctx, "set local enable_nestloop = on")
	return n, err
}
