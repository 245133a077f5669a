package setting

import (
	"context"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
)

// cacheFor is how long a change of the profile may go unseen by a page.
const cacheFor = 30 * time.Second

// OperatorCache remembers the acquirer's profile for half a minute, so that a
// page needs no question for it. It may be used concurrently.
type OperatorCache struct {
	d     *db.DB
	clock clock.Clock

	mu     sync.Mutex
	held   Operator
	readAt time.Time
}

// NewOperatorCache returns an empty cache.
func NewOperatorCache(d *db.DB, c clock.Clock) *OperatorCache {
	return &OperatorCache{d: d, clock: c}
}

// Get returns the profile. Where it can't be read again the one held before is
// returned without an error, if there is one.
func (c *OperatorCache) Get(ctx context.Context) (Operator, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	held := !c.readAt.IsZero()
	if age := now.Sub(c.readAt); held && age >= 0 && age < cacheFor {
		return c.held, nil
	}
	o, err := GetOperator(ctx, c.d)
	switch {
	case err == nil:
		c.held, c.readAt = o, now
	case !held:
		return Operator{}, err
	}
	return c.held, nil
}
