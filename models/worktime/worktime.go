// Package worktime counts working time, and says how the clocks of a case
// stand. It is pure: it reads no clock, no database and no environment.
//
// A Calendar says when people work. A Timer counts working time from one
// moment on, less its pauses. A Case is a log of events that is only ever
// appended to; its state and its clocks are worked out from that log each time,
// so that they can't drift from it:
//
//	received → accepted → investigating ⇄ awaiting merchant → decided → (refund pending →) closed
//
// A case still under way may be withdrawn, which ends it. Once, soon after a
// decision, a review may be asked for: the case is investigated again and a
// second round of clocks starts. The money that the decision gives back takes
// none of the days away in which that may be: neither while it is on its way, nor
// where the case has closed because it arrived. Soon after closing, a case may be reopened: it
// is investigated again and the clocks of its last round go on from where they
// stopped.
//
//	clock          counts         stops at                    pauses
//	first contact  working time   first reply by a person     never
//	resolution     working time   decision                    while the merchant is asked for something
//	reply          calendar days  decision                    never; complaints only (答复期限)
//
// Waiting for a carrier, an agent or another department pauses nothing;
// automatic replies and internal notes answer nothing. A decision reaches the
// merchant in writing from a person, so it is the first reply where none came
// before; a withdrawal stops every clock. At three quarters of its length a
// clock warns; past its length it is breached, and stays so.
package worktime

import (
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// What is refused wraps one of these. The wrapped text says what is impossible;
// it is for developers and logs.
var (
	ErrCalendar = errors.New("worktime: impossible calendar")
	ErrTimer    = errors.New("worktime: impossible question to a clock")
	ErrPolicy   = errors.New("worktime: impossible policy")
	ErrLog      = errors.New("worktime: impossible log of a case")
)

func invalid(kind error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", kind, fmt.Sprintf(format, args...))
}

// FirstDay and LastDay bound the days that can be counted. Shanghai keeps one
// offset throughout, and a century of working time fits a time.Duration twice.
var (
	FirstDay = date.MustParse("2001-01-01") // a Monday, so that weeks count from it
	LastDay  = date.MustParse("2100-12-31")
)

const wholeDay = 24 * time.Hour

var (
	firstMoment = FirstDay.Start()
	lastMoment  = EndOf(LastDay)
	allDays     = LastDay.DaysSince(FirstDay) + 1
)

// countable reports whether a moment lies in the days that can be counted; the
// end of the last of them does.
func countable(t time.Time) bool { return !t.Before(firstMoment) && !t.After(lastMoment) }

// EndOf returns the instant at which a day ends in Shanghai, which is the one
// at which the next begins.
func EndOf(d date.Date) time.Time { return d.AddDays(1).Start().UTC() }

// DaysAfter returns the last day of a deadline of so many calendar days. The
// day of the moment itself, in Shanghai, isn't counted: one day from any hour
// of the 1st lasts to the end of the 2nd.
func DaysAfter(t time.Time, days int) date.Date { return date.Of(t).AddDays(days) }
