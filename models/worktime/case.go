package worktime

import (
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// Case is what the clocks of a case are worked out from. Calendar and policy
// are those it was filed under, whatever has changed since.
type Case struct {
	Calendar  *Calendar
	Policy    Policy
	Complaint bool    // only complaints have the reply deadline
	Log       []Event // in the order of their instants, Filed first
}

// Standing is how a case stands at a moment.
type Standing struct {
	State    State     // empty before the case was filed
	Clocks   []Clock   // by round, and within one: first contact, resolution, reply
	ReviewBy date.Date // last day in Shanghai to ask for a review; zero where none can be asked for
	ReopenBy date.Date // last day in Shanghai to reopen; zero where the case is not closed
}

// Round is which run of the clocks the case is in: 1, or 2 from the review on, and
// 0 before it was filed.
func (s Standing) Round() int {
	if len(s.Clocks) == 0 {
		return 0
	}
	return s.Clocks[len(s.Clocks)-1].Round
}

// NextDue returns when the first of the running clocks is due, a breached one
// included, and zero where none is.
func (s Standing) NextDue() (next time.Time) {
	for _, c := range s.Clocks {
		if c.StoppedAt.IsZero() && !c.DueAt.IsZero() && (next.IsZero() || c.DueAt.Before(next)) {
			next = c.DueAt
		}
	}
	return next
}

// At works out how the case stands at a moment from what had happened by then;
// an event at that very moment has. It returns an error wrapping ErrLog where
// the log is none that a case can have, ErrPolicy where the policy can't be,
// and ErrTimer where a clock can't be counted.
func (c *Case) At(moment time.Time) (Standing, error) {
	if c.Calendar == nil {
		return Standing{}, invalid(ErrLog, "a case without its calendar")
	}
	if err := c.Policy.Validate(); err != nil {
		return Standing{}, err
	}
	h, err := c.follow(moment)
	if err != nil {
		return Standing{}, err
	}
	s := Standing{State: h.state, ReviewBy: h.reviewBy(), ReopenBy: h.reopenBy()}
	for n, r := range h.rounds {
		clocks, err := r.clocks(c, moment)
		if err != nil {
			return Standing{}, err
		}
		for i := range clocks {
			clocks[i].Round = n + 1
		}
		s.Clocks = append(s.Clocks, clocks...)
	}
	return s, nil
}

// Split returns what a case split off at a moment begins with: all that had
// happened by then, so that both have the same clocks.
func (c *Case) Split(moment time.Time) Case {
	off := *c
	n := slices.IndexFunc(c.Log, func(e Event) bool { return e.At.After(moment) })
	if n < 0 {
		n = len(c.Log)
	}
	off.Log = slices.Clone(c.Log[:n])
	return off
}

// history is what a log says.
type history struct {
	*Case
	state    State
	rounds   []*round
	accepted bool // the latest decision, by the merchant
	closedAt time.Time
	repaid   bool // it closed because its money had been given back, and not for the merchant's silence or word
}

// follow reads the log up to a moment; what comes later only has to be in
// order.
func (c *Case) follow(moment time.Time) (*history, error) {
	if len(c.Log) == 0 || c.Log[0].Kind != Filed {
		return nil, invalid(ErrLog, "a log that begins without a filing")
	}
	h := &history{Case: c}
	for n, e := range c.Log {
		if !countable(e.At) {
			return nil, invalid(ErrLog, "%s at %s can't be counted", e.Kind, e.At)
		}
		if n > 0 && e.At.Before(c.Log[n-1].At) {
			return nil, invalid(ErrLog, "%s at %s stands after %s at %s", e.Kind, e.At, c.Log[n-1].Kind, c.Log[n-1].At)
		}
		if e.At.After(moment) {
			continue
		}
		if n == 0 {
			h.state = Received
			h.start(e.At)
			continue
		}
		if err := h.add(e); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *history) start(at time.Time) {
	h.rounds = append(h.rounds, &round{startedAt: at, days: h.Policy.ReplyDays})
}

func (h *history) add(e Event) error {
	next, err := h.state.after(e.Kind)
	if err != nil {
		return err
	}
	r := h.rounds[len(h.rounds)-1]
	switch e.Kind {
	case PersonReplied:
		r.contact(e.At)
	case MerchantAsked:
		r.pause(e.At)
	case MerchantAnswered:
		r.resume(e.At)
	case DeadlineExtended:
		err = h.extend(r, e)
	case DecisionMade, CaseWithdrawn:
		r.stop(e.At)
		h.accepted = false
	case DecisionAccepted:
		h.accepted = true
	case ReviewAsked:
		err = h.allow(e, h.reviewBy())
		h.start(e.At)
	case CaseClosed:
		h.closedAt, h.repaid = e.At, h.state == RefundPending
	case CaseReopened:
		err = h.allow(e, h.reopenBy())
		r.reopen(e.At)
	}
	h.state = next
	return err
}

func (h *history) extend(r *round, e Event) error {
	if !h.Complaint {
		return invalid(ErrLog, "only a complaint has a reply deadline to extend")
	}
	if r.extended {
		return invalid(ErrLog, "the reply deadline is extended twice")
	}
	if e.Days <= r.days || e.Days > h.Policy.ReplyMaxDays {
		return invalid(ErrLog, "a reply within %d days is extended to %d, with %d at most", r.days, e.Days, h.Policy.ReplyMaxDays)
	}
	r.late = r.late || r.past(e.At)
	r.days, r.extended = e.Days, true
	return nil
}

func (h *history) allow(e Event, by date.Date) error {
	if by.IsZero() {
		return invalid(ErrLog, "%s can't come any more: it came before, or the decision was accepted", e.Kind)
	}
	if date.Of(e.At) > by {
		return invalid(ErrLog, "%s at %s comes after %s, the last day for it", e.Kind, e.At, by)
	}
	return nil
}

// reviewBy is the last day to ask for the one review of a case, zero where the
// decision is accepted. That money is being given back, or was, changes nothing
// about it: the merchant may find that it is too little.
func (h *history) reviewBy() date.Date {
	decided := h.state == Decided || h.state == RefundPending || h.state == Closed && h.repaid
	if !decided || h.accepted || len(h.rounds) > 1 {
		return 0
	}
	return DaysAfter(h.rounds[0].stoppedAt, h.Policy.ReviewDays)
}

func (h *history) reopenBy() date.Date {
	if h.state != Closed {
		return 0
	}
	return DaysAfter(h.closedAt, h.Policy.ReopenDays)
}
