package worktime

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Interval is working time of one day, in minutes since its midnight in
// Shanghai: From included, To excluded, 1440 the day's end.
type Interval struct{ From, To int }

var written = regexp.MustCompile(`^(\d\d):([0-5]\d)-(\d\d):([0-5]\d)$`)

// ParseInterval reads an interval written as 09:00-12:00; 24:00 ends a day. It
// returns an error wrapping ErrCalendar for any other text, and for an interval
// that is empty or runs past midnight.
func ParseInterval(s string) (Interval, error) {
	m := written.FindStringSubmatch(s)
	if m == nil {
		return Interval{}, invalid(ErrCalendar, "%q is no interval like 09:00-12:00", s)
	}
	i := Interval{minutes(m[1], m[2]), minutes(m[3], m[4])}
	return i, i.validate()
}

// minutes takes digits alone, so it can't fail.
func minutes(hour, minute string) int {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	return h*60 + m
}

func (i Interval) validate() error {
	if i.From < 0 || i.To > 24*60 || i.From >= i.To {
		return invalid(ErrCalendar, "%s does not begin and then end within one day", i)
	}
	return nil
}

// String writes the interval as 09:00-12:00.
func (i Interval) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", i.From/60, i.From%60, i.To/60, i.To%60)
}

// MarshalText writes the interval as String does.
func (i Interval) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads an interval as ParseInterval does.
func (i *Interval) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInterval(string(text))
	return err
}

func (i Interval) from() time.Duration   { return time.Duration(i.From) * time.Minute }
func (i Interval) length() time.Duration { return time.Duration(i.To-i.From) * time.Minute }
