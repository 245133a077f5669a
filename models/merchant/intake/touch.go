package intake

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Always is the day from which a terminal's lines are judged again when a fact
// changed that any of them may rest on.
const Always = date.Date(1)

// Begin prepares a transaction for taking in files.
func Begin(ctx context.Context, tx *db.Tx) error {
	if err := advise(ctx, tx); err != nil {
		return err
	}
	return Make(ctx, tx, "touched", []Column{{"terminal_id", Number}, {"since", Day}})
}

// Touch notes terminals of which a fact changed that the rules ask for, so that
// their lines are judged again. The SELECT returns the terminal's id and the
// first day whose lines may change.
func Touch(ctx context.Context, tx *db.Tx, query string, args ...any) error {
	_, err := tx.Exec(ctx, "insert into touched (terminal_id, since) "+query, args...)
	if err != nil {
		return fmt.Errorf("intake: terminals to be judged again: %w", err)
	}
	return nil
}

// Touched selects the terminals noted by Touch with the earliest of their days,
// and those that took the place of one, whose verdicts rest on what it paid.
const Touched = `
	select terminal_id, min(since) as since
	from (
		select terminal_id, since from touched
		union all
		select later.id, touched.since
		from touched
		join terminals replaced on replaced.id = touched.terminal_id
		join terminals later on later.replaces_sn = replaced.sn
	) every
	group by terminal_id`
