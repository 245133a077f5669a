package worktime

import (
	"slices"
	"sort"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// Week holds the working hours of each weekday, indexed by time.Weekday. A day
// without intervals is free.
type Week [7][]Interval

// Calendar says when people work, in Shanghai. It covers every day from
// FirstDay to LastDay: a day that it doesn't name follows the week. It never
// changes once made, and may be shared.
type Calendar struct {
	week         Week
	closed, open []date.Date

	beforeDay [7]time.Duration // working time of a plain week before each of its days, Monday first
	wholeWeek time.Duration
	own       []ownHours // days whose hours are not their weekday's, in order
}

// ownHours are the hours of a day that is not like its weekday.
type ownHours struct {
	day   int // days since FirstDay
	hours []Interval
	shift time.Duration // what such days, up to and with this one, add to plain weeks
}

// NewCalendar makes a calendar of a week, of days closed against it and of days
// open against it (调休). An open day has Monday's hours, whatever its weekday;
// a day both closed and open is open. It returns an error wrapping ErrCalendar
// where intervals of a day are empty, cross midnight, overlap or are out of
// order, or where a named day is none that can be counted.
func NewCalendar(week Week, closed, open []date.Date) (*Calendar, error) {
	for day, hours := range week {
		for n, i := range hours {
			if err := i.validate(); err != nil {
				return nil, err
			}
			if n > 0 && i.From < hours[n-1].To {
				return nil, invalid(ErrCalendar, "%s: %s begins before %s ends", time.Weekday(day), i, hours[n-1])
			}
		}
	}
	for _, d := range slices.Concat(closed, open) {
		if d < FirstDay || d > LastDay {
			return nil, invalid(ErrCalendar, "the day %q can't be counted", d)
		}
	}
	c := &Calendar{closed: inOrder(closed), open: inOrder(open)}
	for day, hours := range week {
		c.week[day] = slices.Clone(hours)
	}
	c.sum()
	return c, nil
}

func inOrder(days []date.Date) []date.Date { return slices.Compact(slices.Sorted(slices.Values(days))) }

// sum adds up what plain weeks and the days unlike them hold, so that counting
// over years costs no more than over an hour.
func (c *Calendar) sum() {
	for n := range 7 {
		c.beforeDay[n] = c.wholeWeek
		c.wholeWeek += total(c.plain(n))
	}
	var shift time.Duration
	for _, d := range inOrder(slices.Concat(c.closed, c.open)) {
		o := ownHours{day: d.DaysSince(FirstDay)}
		if _, isOpen := slices.BinarySearch(c.open, d); isOpen {
			o.hours = c.week[time.Monday]
		}
		shift += total(o.hours) - total(c.plain(o.day))
		o.shift = shift
		c.own = append(c.own, o)
	}
}

func total(hours []Interval) (sum time.Duration) {
	for _, i := range hours {
		sum += i.length()
	}
	return sum
}

// Week returns the hours of each weekday, as a copy.
func (c *Calendar) Week() (w Week) {
	for day, hours := range c.week {
		w[day] = slices.Clone(hours)
	}
	return w
}

// Closed returns the days closed against the week, in order.
func (c *Calendar) Closed() []date.Date { return slices.Clone(c.closed) }

// Open returns the days open against the week, in order.
func (c *Calendar) Open() []date.Date { return slices.Clone(c.open) }

// Hours returns the working time of a day, in order; none outside FirstDay to
// LastDay.
func (c *Calendar) Hours(d date.Date) []Interval {
	if d < FirstDay || d > LastDay {
		return nil
	}
	return slices.Clone(c.hours(d.DaysSince(FirstDay)))
}

// FullDay returns the working time of a full day: of the longest in the week.
func (c *Calendar) FullDay() (longest time.Duration) {
	for _, hours := range c.week {
		longest = max(longest, total(hours))
	}
	return longest
}

// Between returns the working time from one moment to another, and none where
// the second isn't later. It returns an error wrapping ErrTimer for a moment
// that can't be counted.
func (c *Calendar) Between(from, to time.Time) (time.Duration, error) {
	if !countable(from) || !countable(to) {
		return 0, invalid(ErrTimer, "working time from %s to %s can't be counted", from, to)
	}
	return max(0, c.worked(to)-c.worked(from)), nil
}

// Add returns the first instant, in UTC, by which so much working time has been
// counted: closing time where it ends there, the moment itself for none. It
// returns an error wrapping ErrTimer for working time below zero, and where it
// is not counted by the end of LastDay.
func (c *Calendar) Add(from time.Time, working time.Duration) (time.Time, error) {
	t := Timer{Calendar: c, StartedAt: from, Target: working}
	reading, err := t.At(from)
	if err == nil && reading.DueAt.IsZero() {
		err = invalid(ErrTimer, "a calendar without working time never counts %s", working)
	}
	return reading.DueAt, err
}

// AddDays returns the working day that is so many after a day; a working day is
// one with any working time. The day itself isn't counted, and is returned for
// none. It returns an error wrapping ErrTimer for fewer than none, and where
// LastDay comes first.
func (c *Calendar) AddDays(d date.Date, days int) (date.Date, error) {
	if days < 0 || d < FirstDay || d > LastDay {
		return 0, invalid(ErrTimer, "%d working days after %q can't be counted", days, d)
	}
	after := d
	for days > 0 {
		if after++; after > LastDay {
			return 0, invalid(ErrTimer, "%s has too few working days after it", d)
		}
		if len(c.hours(after.DaysSince(FirstDay))) > 0 {
			days--
		}
	}
	return after, nil
}

// plain returns the hours that a day has by its weekday alone. FirstDay is a
// Monday.
func (c *Calendar) plain(day int) []Interval { return c.week[(day+1)%7] }

func (c *Calendar) hours(day int) []Interval {
	if n, found := c.findOwn(day); found {
		return c.own[n].hours
	}
	return c.plain(day)
}

// findOwn returns how many days with hours of their own come before a day, and
// whether it is one itself.
func (c *Calendar) findOwn(day int) (int, bool) {
	return slices.BinarySearchFunc(c.own, day, func(o ownHours, day int) int { return o.day - day })
}

// before returns the working time from FirstDay to the start of a day.
func (c *Calendar) before(day int) time.Duration {
	sum := time.Duration(day/7)*c.wholeWeek + c.beforeDay[day%7]
	if n, _ := c.findOwn(day); n > 0 {
		sum += c.own[n-1].shift
	}
	return sum
}

// worked returns the working time from FirstDay to a moment that can be
// counted. Working time between two moments is the difference of theirs.
func (c *Calendar) worked(t time.Time) time.Duration {
	since := t.Sub(firstMoment)
	day, clock := int(since/wholeDay), since%wholeDay
	sum := c.before(day)
	for _, i := range c.hours(day) {
		sum += min(max(0, clock-i.from()), i.length())
	}
	return sum
}

// first returns the first instant by which working time, counted from FirstDay,
// has reached a sum above zero; false where LastDay ends before that.
func (c *Calendar) first(sum time.Duration) (time.Time, bool) {
	day := sort.Search(allDays, func(day int) bool { return c.before(day+1) >= sum })
	if day == allDays {
		return time.Time{}, false
	}
	left := sum - c.before(day)
	hours := c.hours(day)
	n := 0
	for left > hours[n].length() {
		left -= hours[n].length()
		n++
	}
	return firstMoment.Add(time.Duration(day)*wholeDay + hours[n].from() + left).UTC(), true
}
