package db

import (
	"context"
	"fmt"
)

// Stage makes an empty temporary table that lives until the transaction ends.
// Columns are written as in CREATE TABLE, with types that both databases know
// (text, bigint) or the dialect's own.
func (tx *Tx) Stage(ctx context.Context, name, columns string) error {
	if tx.Dialect == Postgres {
		_, err := tx.Exec(ctx, fmt.Sprintf("create temporary table %s (%s) on commit drop", name, columns))
		return err
	}
	// a temporary table of SQLite belongs to the connection, which goes back to
	// the pool; a rollback takes it away, a commit would not
	if _, err := tx.Exec(ctx, fmt.Sprintf("create temporary table %s (%s)", name, columns)); err != nil {
		return err
	}
	tx.staged = append(tx.staged, name)
	return nil
}

func (tx *Tx) dropStaged() error {
	for _, name := range tx.staged {
		if _, err := tx.Exec(tx.ctx, "drop table temp."+name); err != nil {
			return err
		}
	}
	return nil
}
