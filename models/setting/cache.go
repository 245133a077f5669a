package setting

import (
	"context"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

const (
	// cacheFor is how long a change of the profile may go unseen by a page.
	cacheFor = 30 * time.Second
	// triesAfter is how long nobody asks again after a profile could not be read.
	triesAfter = 3 * time.Second
	// readWithin bounds how long a profile is waited for.
	readWithin = 3 * time.Second
)

// OperatorCache remembers the acquirer's profile for half a minute, so that a
// page needs no question for it. It may be used concurrently: one asks the
// database, and whoever comes meanwhile takes what is held.
type OperatorCache struct {
	read  func(ctx context.Context) (Operator, error)
	clock clock.Clock

	mu      sync.Mutex
	held    Operator
	known   bool          // held is what was read
	next    time.Time     // when to ask again
	from    time.Time     // when was last asked; before it the clock was put back
	err     error         // of the last time, where nothing is held
	reading chan struct{} // closed once who asks now has an answer; nil: nobody asks
}

// NewOperatorCache returns an empty cache.
func NewOperatorCache(d *db.DB, c clock.Clock) *OperatorCache {
	return newOperatorCache(c, func(ctx context.Context) (Operator, error) { return GetOperator(ctx, d) })
}

func newOperatorCache(c clock.Clock, read func(ctx context.Context) (Operator, error)) *OperatorCache {
	return &OperatorCache{read: read, clock: c}
}

// Get returns the profile. Where it can't be read again the one held before is
// returned without an error, if there is one. It waits for no longer than
// readWithin, however long the database does.
func (c *OperatorCache) Get(ctx context.Context) (Operator, error) {
	for {
		c.mu.Lock()
		now := c.clock.Now()
		fresh := !c.from.IsZero() && !now.Before(c.from) && now.Before(c.next)
		reading := c.reading
		if fresh || c.known && reading != nil {
			o, err := c.held, c.err
			c.mu.Unlock()
			return o, err
		}
		if reading == nil {
			c.reading = make(chan struct{})
			c.mu.Unlock()
			return c.ask(ctx)
		}
		c.mu.Unlock()
		select {
		case <-reading:
		case <-ctx.Done():
			return Operator{}, ctx.Err()
		}
	}
}

// ask reads the profile for all who wait. That the one who asks goes away tells
// nothing about the database, so it is not stopped by that.
func (c *OperatorCache) ask(ctx context.Context) (Operator, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
	defer cancel()
	o, err := c.read(ctx)
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.reading)
	c.reading, c.from = nil, now
	switch {
	case err == nil:
		c.held, c.known, c.err, c.next = o, true, nil, now.Add(cacheFor)
	case c.known:
		c.next = now.Add(triesAfter)
	default:
		c.err, c.next = err, now.Add(triesAfter)
	}
	return c.held, c.err
}
