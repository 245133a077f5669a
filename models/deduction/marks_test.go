package deduction

import (
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fee"
)

// takenMeanwhile marks something that is marked already, has the mark taken while
// that is not committed yet, or as soon as it is, and returns how much is taken
// in all from the commit on.
func takenMeanwhile(t *testing.T, d *db.DB, mark func(tx *db.Tx) error, take func() (int, error)) int {
	t.Helper()
	early := make(chan int, 1)
	wasEarly := false
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		if err := mark(tx); err != nil {
			return err
		}
		go func() {
			n, err := take()
			if err != nil {
				t.Error(err)
			}
			early <- n
		}()
		select {
		case <-early:
			wasEarly = true
		case <-time.After(200 * time.Millisecond): // it waits for this transaction, as all do in SQLite
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if !wasEarly {
		n = <-early
	}
	rest, err := take()
	if err != nil {
		t.Fatal(err)
	}
	return n + rest
}

func TestAMarkIsNotTakenBeforeWhatMarkedItAgainIsCommitted(t *testing.T) {
	at := date.MustParse("2025-06-01").At(9, 0)
	forecasts := func(t *testing.T, d *db.DB) (n int, err error) {
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			ids, err := TakeForecastChanges(t.Context(), tx, 10)
			n = len(ids)
			return err
		})
		return n, err
	}
	news := func(t *testing.T, d *db.DB) (n int, err error) {
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			all, err := TakeNews(t.Context(), tx, at, 10)
			n = len(all)
			return err
		})
		return n, err
	}
	const (
		forecast  = `insert into forecast_changes (terminal_id) values (7)`
		isTaken   = `insert into deduction_news (deduction_id, state, merchant_id, terminal_id, at) values ('d_1', 'refunded', 3, 7, '2025-02-03 02:00:00+00:00')`
		noChanges = `delete from forecast_changes`
	)
	for _, c := range []struct {
		name, before string
		mark         func(t *testing.T, tx *db.Tx) error
		take         func(t *testing.T, d *db.DB) (int, error)
	}{
		{"something else is foreseen", forecast, func(t *testing.T, tx *db.Tx) error {
			return noteForecasts(t.Context(), tx, []int64{7})
		}, forecasts},
		{"preferences are set", forecast, func(t *testing.T, tx *db.Tx) error {
			return ForecastAnew(t.Context(), tx, 3)
		}, forecasts},
		{"another part is given back", isTaken, func(t *testing.T, tx *db.Tx) error {
			first := date.MustParse("2025-02-03").At(10, 0)
			return noteOutcome(t.Context(), tx, &Outcome{MerchantID: 3, TerminalID: 7, ID: "d_1", At: first, State: fee.Posted, Refunded: 200})
		}, news},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				furnish(t, d)
				judgeAll(t, d, 1)
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					for _, s := range []string{noChanges, c.before} {
						if _, err := tx.Exec(t.Context(), s); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				n := takenMeanwhile(t, d, func(tx *db.Tx) error { return c.mark(t, tx) }, func() (int, error) { return c.take(t, d) })
				if n != 1 {
					t.Errorf("%d are taken once it is committed, want 1", n)
				}
			})
		})
	}
}

func TestADisputeIsForeseenThoughItsTerminalWasBeingJudged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		furnish(t, d)
		at := date.MustParse("2025-06-01").At(9, 0)
		opened := make(chan error, 1)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, _, err := takePending(t.Context(), tx); err != nil { // as who judges does, and then reads the facts
				return err
			}
			go func() {
				opened <- d.Write(t.Context(), func(tx *db.Tx) error {
					return OpenDispute(t.Context(), tx, at, "c_1-1", 3, 7, fee.SimData)
				})
			}()
			select {
			case err := <-opened:
				opened <- err
			case <-time.After(200 * time.Millisecond):
			}
			_, err := tx.Exec(t.Context(), `delete from judge_pending where terminal_id = 7`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-opened; err != nil {
			t.Fatal(err)
		}
		if n, err := CountPending(t.Context(), d); err != nil || n != 1 {
			t.Errorf("%d terminals wait, %v; want the one that is disputed", n, err)
		}
	})
}
