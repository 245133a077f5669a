package worktime

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// The shapes below are the interchange form of a calendar and of a question to
// a timer, one JSON object each. A fact that is null or left out is absent.

type calendarJSON struct {
	Week   map[string][]Interval `json:"week"`
	Closed []date.Date           `json:"closed"`
	Open   []date.Date           `json:"open"`
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// MarshalJSON writes the calendar as UnmarshalJSON reads it; days of the week
// without hours are left out.
func (c *Calendar) MarshalJSON() ([]byte, error) {
	out := calendarJSON{Week: map[string][]Interval{}, Closed: c.closed, Open: c.open}
	if out.Closed == nil {
		out.Closed = []date.Date{}
	}
	if out.Open == nil {
		out.Open = []date.Date{}
	}
	for day, hours := range c.week {
		if len(hours) > 0 {
			out.Week[weekdays[day]] = hours
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads a calendar: "week" with the intervals of "mon" to "sun",
// "closed" and "open" days. It returns an error wrapping ErrCalendar where the
// text is none.
func (c *Calendar) UnmarshalJSON(text []byte) error {
	var in calendarJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return as(ErrCalendar, err)
	}
	if in.Week == nil {
		return invalid(ErrCalendar, "no week")
	}
	var week Week
	for _, name := range slices.Sorted(maps.Keys(in.Week)) {
		day := slices.Index(weekdays, name)
		if day < 0 {
			return invalid(ErrCalendar, "%q is no day of %s", name, strings.Join(weekdays, ", "))
		}
		week[day] = in.Week[name]
	}
	read, err := NewCalendar(week, in.Closed, in.Open)
	if err != nil {
		return err
	}
	*c = *read
	return nil
}

type questionJSON struct {
	Calendar *Calendar `json:"calendar"`
	FiledAt  time.Time `json:"filed_at"`
	Target   *int64    `json:"target_minutes"`
	At       time.Time `json:"at"`
	Pauses   []struct {
		From time.Time  `json:"from"`
		To   *time.Time `json:"to"`
	} `json:"pauses"`
}

// ParseQuestion reads a timer and the moment it is asked about. It returns an
// error wrapping ErrCalendar or ErrTimer where the text is no such question;
// whether it can be answered, Timer.At says.
func ParseQuestion(text []byte) (*Timer, time.Time, error) {
	var in questionJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, time.Time{}, as(ErrTimer, err)
	}
	if in.Calendar == nil || in.FiledAt.IsZero() || in.Target == nil || in.At.IsZero() {
		return nil, time.Time{}, invalid(ErrTimer, "calendar, filed_at, target_minutes and at are all needed")
	}
	if *in.Target < 0 || *in.Target > int64(lastMoment.Sub(firstMoment)/time.Minute) {
		return nil, time.Time{}, invalid(ErrTimer, "a target of %d minutes", *in.Target)
	}
	t := &Timer{Calendar: in.Calendar, StartedAt: in.FiledAt, Target: time.Duration(*in.Target) * time.Minute}
	for _, p := range in.Pauses {
		pause := Pause{From: p.From}
		if p.To != nil {
			if p.To.IsZero() {
				return nil, time.Time{}, invalid(ErrTimer, "a pause to %s can't be counted", p.To)
			}
			pause.To = *p.To
		}
		t.Pauses = append(t.Pauses, pause)
	}
	return t, in.At, nil
}

// MarshalJSON writes the reading: the due time in Shanghai, or null, and whole
// seconds counted.
func (r Reading) MarshalJSON() ([]byte, error) {
	var due *time.Time
	if !r.DueAt.IsZero() {
		due = new(r.DueAt.In(date.Shanghai))
	}
	return json.Marshal(struct {
		DueAt    *time.Time `json:"due_at"`
		Elapsed  int64      `json:"elapsed_seconds"`
		Paused   bool       `json:"paused"`
		Breached bool       `json:"breached"`
	}{due, int64(r.Elapsed / time.Second), r.Paused, r.Breached})
}

// as says what kind of mistake reading ran into, where it is not said already.
func as(kind, err error) error {
	if errors.Is(err, ErrCalendar) || errors.Is(err, kind) {
		return err
	}
	return invalid(kind, "%v", err)
}
