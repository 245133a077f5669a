package setting

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mingbai/mingbai/models/clock"
)

var errAway = errors.New("the database is away")

// hangs is a database that answers nothing until who asks gives up.
func hangs(asked *atomic.Int64) func(ctx context.Context) (Operator, error) {
	return func(ctx context.Context) (Operator, error) {
		asked.Add(1)
		<-ctx.Done()
		return Operator{}, ctx.Err()
	}
}

func TestADatabaseThatHangsHoldsUpOnePageAndNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.At(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC))
		var asked atomic.Int64
		cache := newOperatorCache(c, func(context.Context) (Operator, error) { return Operator{Hotline: "95516"}, nil })
		if _, err := cache.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		cache.read = hangs(&asked)
		c.Advance(time.Minute)
		began := time.Now()
		var all sync.WaitGroup
		var waited atomic.Int64
		for range 100 {
			all.Go(func() {
				if o, err := cache.Get(t.Context()); err != nil || o.Hotline != "95516" {
					t.Errorf("got %+v, %v; want what is held", o, err)
				}
				if time.Since(began) > 0 {
					waited.Add(1)
				}
			})
		}
		all.Wait()
		if waited.Load() != 1 || asked.Load() != 1 || time.Since(began) > readWithin {
			t.Errorf("%d pages waited, %d asked, for %s", waited.Load(), asked.Load(), time.Since(began))
		}
		if _, err := cache.Get(t.Context()); err != nil || asked.Load() != 1 {
			t.Errorf("the next page asked again: %d times, %v", asked.Load(), err)
		}
		c.Advance(triesAfter)
		if _, err := cache.Get(t.Context()); err != nil || asked.Load() != 2 {
			t.Errorf("nobody tried again: %d times, %v", asked.Load(), err)
		}
	})
}

func TestWhereNothingIsHeldAllWaitForOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.At(time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC))
		var asked atomic.Int64
		cache := newOperatorCache(c, hangs(&asked))
		gone, leave := context.WithCancel(t.Context())
		began := time.Now()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := cache.Get(t.Context()); err == nil {
					t.Error("got a profile out of nothing")
				}
			})
		}
		synctest.Wait()
		all.Go(func() {
			if _, err := cache.Get(gone); !errors.Is(err, context.Canceled) || time.Since(began) > time.Second {
				t.Errorf("got %v after %s; want to be let go", err, time.Since(began))
			}
		})
		synctest.Wait()
		leave()
		all.Wait()
		if asked.Load() != 1 || time.Since(began) > readWithin {
			t.Errorf("%d asked, for %s", asked.Load(), time.Since(began))
		}
		cache.read = func(context.Context) (Operator, error) { return Operator{}, errAway }
		if _, err := cache.Get(t.Context()); errors.Is(err, errAway) || err == nil {
			t.Errorf("got %v, want what was said a moment ago", err)
		}
		c.Advance(triesAfter)
		if _, err := cache.Get(t.Context()); !errors.Is(err, errAway) {
			t.Errorf("got %v, want a new try", err)
		}
		c.Advance(triesAfter)
		cache.read = func(context.Context) (Operator, error) { return Operator{Hotline: "95516"}, nil }
		if o, err := cache.Get(t.Context()); err != nil || o.Hotline != "95516" {
			t.Errorf("got %+v, %v once it is back", o, err)
		}
	})
}
