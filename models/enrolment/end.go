package enrolment

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/merchant/intake"
)

// Which chooses enrolments: a SELECT of their ids, and its arguments.
type Which struct {
	Query string
	Args  []any
}

// with adds arguments, and returns all of them with the placeholder of the
// first of the new ones.
func (w Which) with(more ...any) (args []any, first int) {
	return append(append([]any{}, w.Args...), more...), len(w.Args) + 1
}

// AcceptIn gives the merchant's own acceptance of a version for the enrolments,
// on the day of at, on the portal, under a person's name, and notes their
// terminals as touched: intake.Begin comes before, and judging again after. An
// enrolment with such an acceptance is left out. It returns how many were given.
func AcceptIn(ctx context.Context, tx *db.Tx, which Which, version int, name string, at time.Time) (int64, error) {
	if err := touch(ctx, tx, which, intake.Always); err != nil {
		return 0, err
	}
	args, n := which.with(version, date.Of(at), name, at)
	given, err := tx.Exec(ctx, fmt.Sprintf(`
		insert into acceptances (enrolment_id, merchant_id, version, accepted_on, accepted_by, via, recorded_at)
		select e.id, e.merchant_id, $%d, $%d, $%d, 'portal', $%d
		from enrolments e
		where e.id in (%s) and not exists (
			select 1 from acceptances a where a.enrolment_id = e.id and a.version = $%d and a.via <> 'agent')`,
		n, n+1, n+2, n+3, which.Query, n), args...)
	if err != nil {
		return 0, fmt.Errorf("enrolment: accepting: %w", err)
	}
	return given, nil
}

// CancelIn ends the enrolments on a day, the first without the fee, and notes
// their terminals as touched, as AcceptIn does. One that ends by then stays as
// it is. What is cancelled so stays so until the core system names an earlier
// day. It returns how many it cancelled.
func CancelIn(ctx context.Context, tx *db.Tx, which Which, on date.Date) (int64, error) {
	if err := touch(ctx, tx, which, intake.Always); err != nil {
		return 0, err
	}
	args, n := which.with(on)
	cancelled, err := tx.Exec(ctx, fmt.Sprintf(`
		update enrolments set cancelled_on = $%d, cancelled_here = true
		where id in (%s) and (cancelled_on is null or cancelled_on > $%d)`, n, which.Query, n), args...)
	if err != nil {
		return 0, fmt.Errorf("enrolment: cancelling: %w", err)
	}
	return cancelled, nil
}

// ReopenIn takes back what CancelIn did where the day of the end is the one
// given, and notes the terminals as touched. It returns how many it reopened.
func ReopenIn(ctx context.Context, tx *db.Tx, which Which, endsOn date.Date) (int64, error) {
	if err := touch(ctx, tx, which, intake.Always); err != nil {
		return 0, err
	}
	args, n := which.with(endsOn)
	reopened, err := tx.Exec(ctx, fmt.Sprintf(`
		update enrolments set cancelled_on = null, cancelled_here = false
		where id in (%s) and cancelled_here and cancelled_on = $%d`, which.Query, n), args...)
	if err != nil {
		return 0, fmt.Errorf("enrolment: reopening: %w", err)
	}
	return reopened, nil
}

func touch(ctx context.Context, tx *db.Tx, which Which, since date.Date) error {
	args, n := which.with(since)
	return intake.Touch(ctx, tx, fmt.Sprintf(`
		select terminal_id, $%d from (select distinct terminal_id from enrolments where id in (%s)) touched`, n, which.Query), args...)
}
