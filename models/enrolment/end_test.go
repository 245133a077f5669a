package enrolment

import (
	"testing"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/merchant/intake/intaketest"
)

// yearlies are all enrolments in the yearly plan.
var yearlies = Which{Query: `select id from enrolments where plan_id = $1`, Args: []any{1}}

// in runs a step of somebody's transaction and returns what it counted.
func in(t *testing.T, d *db.DB, step func(tx *db.Tx) (int64, error)) (n int64) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
		if err := intake.Begin(t.Context(), tx); err != nil {
			return err
		}
		if n, err = step(tx); err != nil {
			return err
		}
		return pend(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func cancel(t *testing.T, d *db.DB, on string) int64 {
	t.Helper()
	return in(t, d, func(tx *db.Tx) (int64, error) { return CancelIn(t.Context(), tx, yearlies, date.MustParse(on)) })
}

func TestWhatIsCancelledHereOutlastsACoreSystemThatHasNotHeardOfIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		intaketest.Exec(t, d, `delete from judge_pending`)
		if n := cancel(t, d, "2026-12-01"); n != 1 {
			t.Errorf("cancelled %d; want 1", n)
		}
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01")
		if n := cancel(t, d, "2026-12-05"); n != 0 {
			t.Errorf("a later end altered %d; want none", n)
		}
		later := yearly
		later.CancelledOn = date.MustParse("2026-12-31")
		for _, row := range []Row{yearly, later} {
			taken, problems := takeRows(t, d, evening, row)
			intaketest.Want(t, taken, problems, 0, 0, 1)
			intaketest.WantTexts(t, d, enrolled, "820000018093 sim-annual-36 2025-01-10 2026-12-01")
		}
		earlier := yearly
		earlier.CancelledOn = date.MustParse("2026-11-20")
		taken, problems := takeRows(t, d, evening, earlier)
		intaketest.Want(t, taken, problems, 0, 1, 0)
		intaketest.WantTexts(t, d, enrolled, "820000018093 sim-annual-36 2025-01-10 2026-11-20")
	})
}

func TestAnEndIsTakenBackOnlyWhereItIsOurs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		cancel(t, d, "2026-12-01")
		reopen := func(on string) int64 {
			return in(t, d, func(tx *db.Tx) (int64, error) { return ReopenIn(t.Context(), tx, yearlies, date.MustParse(on)) })
		}
		if n := reopen("2026-12-02"); n != 0 {
			t.Errorf("reopened %d that end on another day; want none", n)
		}
		if n := reopen("2026-12-01"); n != 1 {
			t.Errorf("reopened %d; want 1", n)
		}
		intaketest.WantTexts(t, d, enrolled, "820000018093 sim-annual-36 2025-01-10 -")
	})
}

func TestAnAcceptanceIsGivenOnceForEachEnrolment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		takeRows(t, d, morning, yearly)
		intaketest.Exec(t, d, `delete from judge_pending`)
		accept := func() int64 {
			return in(t, d, func(tx *db.Tx) (int64, error) { return AcceptIn(t.Context(), tx, yearlies, 2, "周", evening) })
		}
		if n := accept(); n != 1 {
			t.Errorf("gave %d; want 1", n)
		}
		if n := accept(); n != 0 {
			t.Errorf("gave %d more; want none", n)
		}
		intaketest.WantTexts(t, d, accepted, "820000018093 sim-annual-36 1 2025-01-10 app", "820000018093 sim-annual-36 2 2026-11-22 portal")
		intaketest.WantTexts(t, d, pending, "820000018093 0001-01-01")
	})
}
