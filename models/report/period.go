package report

import (
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// YearsKept is for how many years back statements are shown.
const YearsKept = 3

// Oldest returns the first month of which a statement is shown.
func Oldest(today date.Date) date.Date { return today.MonthStart().AddMonths(-12 * YearsKept) }

// Period is a calendar month or year, in Shanghai.
type Period struct {
	From   date.Date // its first day
	months int
}

// MonthOf returns the month in which a date lies.
func MonthOf(d date.Date) Period { return Period{d.MonthStart(), 1} }

// YearOf returns the year in which a date lies.
func YearOf(d date.Date) Period {
	year, _, _ := d.Civil()
	return Period{date.New(year, time.January, 1), 12}
}

// ParsePeriod reads a period as String writes it, or reports false.
func ParsePeriod(s string) (Period, bool) {
	switch len(s) {
	case len("2006-01"):
		d, err := date.Parse(s + "-01")
		return MonthOf(d), err == nil
	case len("2006"):
		d, err := date.Parse(s + "-01-01")
		return YearOf(d), err == nil
	default:
		return Period{}, false
	}
}

// IsYear reports whether it is a year.
func (p Period) IsYear() bool { return p.months == 12 }

// Next returns the first day after it.
func (p Period) Next() date.Date { return p.From.AddMonths(p.months) }

// Before returns the last day before it.
func (p Period) Before() date.Date { return p.From.AddDays(-1) }

// Holds reports whether a date lies in it.
func (p Period) Holds(d date.Date) bool { return p.From <= d && d < p.Next() }

// Begun reports whether it has begun by a date.
func (p Period) Begun(today date.Date) bool { return p.From <= today }

// Shown reports whether it, or the end of it, is young enough to be shown.
func (p Period) Shown(today date.Date) bool { return p.Next() > Oldest(today) }

// String writes 2026-10 or 2026.
func (p Period) String() string {
	year, _, _ := p.From.Civil()
	if p.IsYear() {
		return strconv.Itoa(year + 10_000)[1:]
	}
	return p.From.String()[:len("2006-01")]
}
