package attempt

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/db/dbtest"
	"github.com/mingbai/mingbai/models/fault"
)

func TestOfManyAtOnceNoMoreThanAllowedGetThrough(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		const most = 2
		var through, refused atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					if err := Within(t.Context(), tx, "somebody", most, time.Hour, now, "busy"); err != nil {
						return err
					}
					time.Sleep(20 * time.Millisecond) // the others have counted too, if the database lets them
					return Note(t.Context(), tx, "somebody", now)
				})
				switch {
				case err == nil:
					through.Add(1)
				case fault.Is(err, fault.TooMany):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if through.Load() != most || refused.Load() != 2 {
			t.Errorf("%d got through and %d were refused, want %d and 2", through.Load(), refused.Load(), most)
		}
	})
}
