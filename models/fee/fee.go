// Package fee holds the fee rules. Given the facts about one terminal and one
// fee, it says what should be charged, whether a deduction may go ahead, and
// why. The preview of coming charges, the explanation of a past one, the gate
// that stops a wrong one, the reconciliation of a year and the replay of a
// history all ask the same function, Judge, so that they can't disagree.
//
// The package is pure: it reads no clock, no database and no environment, and
// knows nothing of how its answers are worded.
package fee

import (
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// RulesVersion names this state of the rules. It is stored beside every
// verdict; it changes whenever the same facts could give another answer.
const RulesVersion = "2026.1"

// ErrInvalidCase is what a case is refused with that can't be: two free
// periods, no version, a cycle of no months. The wrapped text says what is
// impossible; it is for developers and logs.
var ErrInvalidCase = errors.New("fee: impossible case")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalidCase, fmt.Sprintf(format, args...))
}

// Case is everything known about one terminal, one fee and one request.
type Case struct {
	Policy    Policy
	Plan      Plan
	Enrolment *Enrolment // nil: the terminal never took up this fee
	Terminal  Terminal
	Merchant  Merchant
	History   []Entry // what came before the request, for this plan, in any order
	Notices   []Notice
	Disputes  []Dispute
	Request   Request
}

// Policy is the acquirer's own setting of the rules that leave room.
type Policy struct {
	NoticeHours    int // a notice counts from this many hours before the deduction …
	NoticeMaxDays  int // … back to this many days before it
	DisclosureDays int // a version is published at least this many days before it takes effect
	// Before is what held of notices before; nil: these always did. A history is
	// judged by what was in force at each of its deductions.
	Before *Former
}

// Former is rules of notices in whose place others came.
type Former struct {
	Until         time.Time // from then on the others were in force
	NoticeHours   int
	NoticeMaxDays int
	Before        *Former
}

// At returns the policy with the rules of notices that were in force at an instant.
func (p Policy) At(t time.Time) Policy {
	for f := p.Before; f != nil && t.Before(f.Until); f = f.Before {
		p.NoticeHours, p.NoticeMaxDays, p.Before = f.NoticeHours, f.NoticeMaxDays, f.Before
	}
	return p
}

// DefaultPolicy is what the product ships with: a day's notice at least, no
// older than 60 days, and thirty whole days of publication, the day of
// publishing not counted.
var DefaultPolicy = Policy{NoticeHours: 24, NoticeMaxDays: 60, DisclosureDays: 31}

// Validate returns an error wrapping ErrInvalidCase where the policy can't be.
func (p Policy) Validate() error {
	if p.NoticeHours < 0 || p.NoticeMaxDays < 0 || p.DisclosureDays < 0 ||
		p.NoticeHours > 24*maxDays || p.NoticeMaxDays > maxDays {
		return invalid("a policy of %d hours, %d and %d days", p.NoticeHours, p.NoticeMaxDays, p.DisclosureDays)
	}
	return nil
}

// Enrolment is a terminal's taking up of a plan.
type Enrolment struct {
	AnchorOn    date.Date // day 1 of the counting
	Accepted    []Acceptance
	CancelledOn date.Date
	OwnLimit    *money.Fen // the merchant's own ceiling for a calendar month; 0 stops the fee
	// OwnLimits is what that was set to in turn, the earliest first, for a history
	// to be judged by what held then. Empty: OwnLimit has held all along.
	OwnLimits []MonthLimit
}

// MonthLimit is a merchant's own ceiling for a calendar month.
type MonthLimit struct {
	From  time.Time // from then on it holds
	Limit money.Fen // 0 stops the fee
}

// limitAt returns the ceiling that held at an instant, or nil.
func (e *Enrolment) limitAt(at time.Time) (limit *money.Fen) {
	for i := range e.OwnLimits {
		if l := &e.OwnLimits[i]; !l.From.After(at) {
			limit = &l.Limit
		}
	}
	return limit
}

// Acceptance is the merchant's yes to one version of a plan.
type Acceptance struct {
	Version int
	On      date.Date
	Via     string // "agent": ticked by a sales agent, which is nobody's yes
}

// ViaAgent marks an acceptance that a sales agent entered and the merchant has
// not confirmed. It counts for nothing.
const ViaAgent = "agent"

// Terminal is what the rules ask of a terminal.
type Terminal struct {
	ActivatedOn    date.Date
	InactiveFrom   date.Date // returned, lost or unbound
	ReportedGoneOn date.Date // the merchant said so, and staff have not answered yet
	Replaces       *Replaced
}

// Replaced is the terminal that this one took the place of, with what settled
// its cycles of the same item.
type Replaced struct {
	SN   string
	Paid []Paid
}

// Paid is a settled cycle of a replaced terminal. It counts for what is asked
// after it.
type Paid struct {
	At      time.Time // zero: before anything asked here
	Seq     int64     // orders what happened at one instant
	Through date.Date // the cycle's last day; date.Last for what is paid once
}

// paidThrough returns the last day that had been paid for when a request came,
// or zero.
func (r *Replaced) paidThrough(by *Request) (through date.Date) {
	if r == nil {
		return 0
	}
	for _, p := range r.Paid {
		if p.At.Before(by.At) || p.At.Equal(by.At) && (by.seq == 0 || p.Seq < by.seq) {
			through = max(through, p.Through)
		}
	}
	return through
}

// Merchant is what the rules ask of a merchant.
type Merchant struct {
	ClosedOn date.Date
}

// Entry is an earlier deduction for the plan.
type Entry struct {
	Cycle    int       // the cycle it was for; 0: none
	Amount   money.Fen // what is left of it after refunds in part
	On       date.Date
	State    State
	OrderRef string
}

// State is what became of a deduction. A state not named here leaves its cycle
// open.
type State string

// The states of a deduction.
const (
	Authorized State = "authorized"
	Posted     State = "posted"
	Refunded   State = "refunded" // all of it given back
	Waived     State = "waived"
	Reversed   State = "reversed"
	Voided     State = "voided" // authorised, never posted, expired
	Held       State = "held"
	Denied     State = "denied"
)

// Settles reports whether a deduction in this state settles its cycle.
func (s State) Settles() bool {
	return s == Authorized || s == Posted || s == Refunded || s == Waived
}

// Notice is an announcement that reached the merchant.
type Notice struct {
	Cycle       int
	Amount      money.Fen
	DeliveredAt time.Time
	Channel     string // for the explanation; the rules don't ask
}

// Dispute is the merchant's complaint about a cycle, or about the item.
type Dispute struct {
	Cycle     int
	WholeItem bool
	Open      bool
	OpenedAt  time.Time // zero: before any request
}

// openAt reports whether it was open when a deduction was asked for: one that was
// opened afterwards says nothing of what had been taken by then.
func (d *Dispute) openAt(at time.Time) bool { return d.Open && !d.OpenedAt.After(at) }

// Request is a deduction that is asked for, or that was taken and is looked
// at again.
type Request struct {
	Amount     money.Fen
	At         time.Time
	PeriodFrom date.Date  // first day of the cycle meant; zero: not said
	Sale       *money.Fen // the sale a rate is taken of
	SaleCount  *int64     // how many sales or payouts the amount is for; nil: 1
	Method     Method     // how the sale was paid; empty: not said
	SaleNet    *money.Fen // what is left of the sale that the fee is netted from
	OrderRef   string
	Origin     string // "core": the core billing system itself
	Approved   bool   // a second person approved it
	Waived     Codes  // holds that people have looked at and lifted; anything else in it counts for nothing
	Replay     bool   // history from before notices were kept
	seq        int64  // its place among deductions of one instant; 0: after all of them
}

// OriginCore is the only origin that needs no second person.
const OriginCore = "core"

// On returns the date of the request in Shanghai.
func (r *Request) On() date.Date { return date.Of(r.At) }

func (r *Request) count() int64 {
	if r.SaleCount == nil {
		return 1
	}
	return *r.SaleCount
}

// validate refuses what can't be.
func (c *Case) validate() error {
	switch {
	case c.Request.At.IsZero():
		return invalid("a request without its moment")
	case c.Request.SaleCount != nil && *c.Request.SaleCount < 0:
		return invalid("a count of sales below zero")
	case c.Request.Sale != nil && *c.Request.Sale < 0:
		return invalid("a sale below zero")
	}
	if err := c.Policy.Validate(); err != nil {
		return err
	}
	if c.Enrolment == nil && c.Plan.isAbsent() {
		return nil
	}
	if err := c.Plan.Validate(); err != nil {
		return err
	}
	if c.Enrolment != nil && c.Plan.HasCycles() && c.Enrolment.AnchorOn.IsZero() {
		return invalid("an enrolment without its first day")
	}
	return nil
}
