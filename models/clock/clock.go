// Package clock tells the time. Everything that asks what time it is takes a
// Clock, so that a test or the demo can be at any moment it wants.
package clock

import (
	"sync/atomic"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// Clock tells the present moment, in UTC.
type Clock interface{ Now() time.Time }

// Today returns the date in Shanghai.
func Today(c Clock) date.Date { return date.Of(c.Now()) }

// System is the machine's clock.
type System struct{}

// Now returns the present in UTC, to the microsecond that both databases keep.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Set is a clock that stands where it was put. It may be used concurrently.
type Set struct{ at atomic.Int64 }

// At returns a clock that stands at t.
func At(t time.Time) *Set {
	c := &Set{}
	c.MoveTo(t)
	return c
}

// Now returns where the clock stands.
func (c *Set) Now() time.Time { return time.UnixMicro(c.at.Load()).UTC() }

// MoveTo puts the clock at t, earlier or later.
func (c *Set) MoveTo(t time.Time) { c.at.Store(t.UnixMicro()) }

// Advance moves the clock by d.
func (c *Set) Advance(d time.Duration) { c.at.Add(d.Microseconds()) }
