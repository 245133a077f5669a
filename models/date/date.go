// Package date holds civil dates in Asia/Shanghai, the calendar in which every
// fee is agreed. Instants are kept in UTC elsewhere; Of turns one into the
// other.
package date

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // a phone shop's server may have no zone files
)

// Shanghai is the time zone in which merchants read dates and the rules count
// days.
var Shanghai = mustLoad("Asia/Shanghai")

// Date is a civil date: the count of days since 31 December of year 0, so that
// the zero value is no date at all and dates compare with < and >.
type Date int32

// First and Last bound the dates that can be written; arithmetic stops there.
var (
	First = New(1, time.January, 1)
	Last  = New(9999, time.December, 31)
)

// ErrSyntax says that a text is no date of the form 2026-01-31.
var ErrSyntax = errors.New("date: not a date like 2026-01-31")

// unixEpoch is 1 January 1970 as a Date.
const unixEpoch = 719163

// New returns the date; a day or month outside its range counts on, as in
// time.Date.
func New(year int, month time.Month, day int) Date {
	return clamp(daysOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)))
}

// Of returns the date on which an instant falls in Shanghai.
func Of(t time.Time) Date {
	if t.IsZero() {
		return 0
	}
	y, m, d := t.In(Shanghai).Date()
	return New(y, m, d)
}

// Parse reads a date written as 2026-01-31, or returns ErrSyntax. Days that
// the calendar does not have are refused.
func Parse(s string) (Date, error) {
	if len(s) != len("2006-01-02") {
		return 0, ErrSyntax
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, ErrSyntax
	}
	return New(t.Year(), t.Month(), t.Day()), nil
}

// MustParse is Parse for dates written in code; it panics on a mistake there.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(fmt.Sprintf("%s: %q", err, s))
	}
	return d
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == 0 }

// Civil returns year, month and day.
func (d Date) Civil() (int, time.Month, int) { return d.utc().Date() }

// AddDays returns the date n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return clamp(int64(d) + int64(n)) }

// AddMonths returns the same day n months later (earlier for a negative n), or
// the last day of that month where it has no such day. Always count in one
// step from the same first day: 31 January + 1 month + 1 month is 28 March,
// 31 January + 2 months is 31 March.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Civil()
	months := int64(y)*12 + int64(m-1) + int64(n)
	if months < 12 {
		return First
	}
	if months >= 10_000*12 {
		return Last
	}
	year, month := int(months/12), time.Month(months%12)+1
	return New(year, month, min(day, daysIn(year, month)))
}

// DaysSince returns how many days d is after e.
func (d Date) DaysSince(e Date) int { return int(d) - int(e) }

// MonthStart returns the first day of the date's month.
func (d Date) MonthStart() Date {
	y, m, _ := d.Civil()
	return New(y, m, 1)
}

// SameMonth reports whether both fall in one calendar month.
func (d Date) SameMonth(e Date) bool { return d.MonthStart() == e.MonthStart() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Start returns the instant at which the date begins in Shanghai.
func (d Date) Start() time.Time { return d.At(0, 0) }

// At returns the instant of a wall-clock time on the date in Shanghai.
func (d Date) At(hour, minute int) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, m, day, hour, minute, 0, 0, Shanghai)
}

// String writes the date as 2026-01-31, and no date as the empty string.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	var room [len(time.DateOnly)]byte
	return string(d.AppendText(room[:0]))
}

// AppendText appends what String returns. Unlike the interface of that name it
// can't fail.
func (d Date) AppendText(b []byte) []byte { return d.utc().AppendFormat(b, time.DateOnly) }

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date; an empty text is no date.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	*d, err = Parse(string(b))
	return err
}

// MarshalJSON writes the date as a string, and no date as null.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// Value stores the date as text that both databases read as a date, and no
// date as null.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a date column of either database.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = 0
	case time.Time:
		y, m, day := v.Date()
		*d = New(y, m, day)
	case string:
		return d.scanText(v)
	case []byte:
		return d.scanText(string(v))
	default:
		return fmt.Errorf("date: can't read a %T", src)
	}
	return nil
}

// scanText takes the leading date of a text, since SQLite may hand a date back
// with a midnight behind it.
func (d *Date) scanText(s string) (err error) {
	if len(s) > len(time.DateOnly) {
		s = s[:len(time.DateOnly)]
	}
	*d, err = Parse(s)
	return err
}

func (d Date) utc() time.Time {
	return time.Unix((int64(d)-unixEpoch)*86_400, 0).UTC()
}

// daysOf takes a midnight in UTC, which divides into days without remainder.
func daysOf(midnight time.Time) int64 { return midnight.Unix()/86_400 + unixEpoch }

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// clamp keeps a day between First and Last (1 and 3652059).
func clamp(days int64) Date { return Date(min(max(days, 1), 3_652_059)) }

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}
