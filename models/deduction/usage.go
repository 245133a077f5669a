package deduction

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Usage is what a SIM used in a calendar month, in Shanghai.
type Usage struct {
	UsedMB      int64
	Days        int        // that were reported
	AllowanceMB *int64     // the latest that was reported; nil: not known, or without a limit
	Balance     *money.Fen // the latest that was reported; nil: not known
	BalanceOn   date.Date  // on this day
	AsOf        date.Date  // the last day reported
}

// estimateDays is how many days of a month must have been reported before it is
// foreseen how the rest of it goes.
const estimateDays = 5

// Outlook is what is foreseen of a SIM's month.
type Outlook struct {
	Known  bool      // enough days were reported
	Lasts  bool      // the allowance lasts to the end of the month
	EndsOn date.Date // the day on which it is used up; zero where it lasts
}

// Outlook foresees when the allowance is used up: the days to come are taken to
// use as much each as those reported of the month did on average. Nothing is
// foreseen of fewer than five reported days, and without an allowance. Where it
// is used up already, that was on the last day reported.
func (u *Usage) Outlook() Outlook {
	if u.AllowanceMB == nil || *u.AllowanceMB <= 0 {
		return Outlook{}
	}
	left := *u.AllowanceMB - u.UsedMB
	if left <= 0 {
		return Outlook{Known: true, EndsOn: u.AsOf}
	}
	if u.Days < estimateDays {
		return Outlook{}
	}
	toCome := int64(u.AsOf.MonthStart().AddMonths(1).DaysSince(u.AsOf) - 1)
	if u.UsedMB*toCome < left*int64(u.Days) {
		return Outlook{Known: true, Lasts: true}
	}
	return Outlook{Known: true, EndsOn: u.AsOf.AddDays(int(ceilDiv(left*int64(u.Days), u.UsedMB)))}
}

// ceilDiv divides two positive numbers, rounded up.
func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
