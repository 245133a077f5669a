package worktime

import "time"

// Policy is the acquirer's own setting of how long the clocks of a case run.
type Policy struct {
	FirstContactMinutes int // working minutes to the first reply by a person
	ResolutionMinutes   int // working minutes to the decision
	ReplyDays           int // calendar days to the decision …
	ReplyMaxDays        int // … and what they may be extended to at most, once
	ReviewDays          int // calendar days after a decision in which a review may be asked for
	ReopenDays          int // calendar days after closing in which a case may be reopened
}

// DefaultPolicy is what the product ships with: contact within one working day
// of the calendar shipped, a decision within five such days and 15 calendar
// days, extendable to 60, and two weeks each for a review and for reopening.
var DefaultPolicy = Policy{
	FirstContactMinutes: 450, ResolutionMinutes: 2250,
	ReplyDays: 15, ReplyMaxDays: 60, ReviewDays: 14, ReopenDays: 14,
}

// No clock of a case runs longer than a year.
const (
	maxDays    = 366
	maxMinutes = maxDays * 24 * 60
)

// Validate returns an error wrapping ErrPolicy where the policy can't be.
func (p Policy) Validate() error {
	for _, minutes := range []int{p.FirstContactMinutes, p.ResolutionMinutes} {
		if minutes < 1 || minutes > maxMinutes {
			return invalid(ErrPolicy, "a clock of %d working minutes", minutes)
		}
	}
	for _, days := range []int{p.ReplyDays, p.ReplyMaxDays, p.ReviewDays, p.ReopenDays} {
		if days < 1 || days > maxDays {
			return invalid(ErrPolicy, "a deadline of %d days", days)
		}
	}
	if p.ReplyMaxDays < p.ReplyDays {
		return invalid(ErrPolicy, "a reply within %d days, extended to %d", p.ReplyDays, p.ReplyMaxDays)
	}
	return nil
}

func (p Policy) firstContact() time.Duration {
	return time.Duration(p.FirstContactMinutes) * time.Minute
}
func (p Policy) resolution() time.Duration { return time.Duration(p.ResolutionMinutes) * time.Minute }

// warning is the part of a clock's length at which it warns: three quarters.
func warning(target time.Duration) time.Duration { return target / 4 * 3 }
