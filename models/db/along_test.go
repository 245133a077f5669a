package db_test

import (
	"testing"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
)

func TestWhatGoesAlongIsReadInTheSameRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var own, other int
		first, more := db.NewBatch(), db.NewBatch()
		first.Add("select 1", nil, func(rows db.Rows) error { return db.First(rows, &own) })
		more.Add("select cast($1 as bigint)", []any{2}, func(rows db.Rows) error { return db.First(rows, &other) })
		ctx, counter := db.Count(t.Context())
		if err := db.Along(d, more).Read(ctx, first); err != nil {
			t.Fatal(err)
		}
		if own != 1 || other != 2 {
			t.Errorf("got %d and %d, want 1 and 2", own, other)
		}
		if got := counter.RoundTrips(); d.Dialect == db.Postgres && got != 1 {
			t.Errorf("got %d round trips, want 1", got)
		}
		if first.Len() != 1 {
			t.Errorf("the first batch has %d SELECTs now, want the 1 that it had", first.Len())
		}
	})
}
