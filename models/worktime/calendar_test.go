package worktime

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// wantWrapped fails unless the error says more than one of the kinds that it
// wraps.
func wantWrapped(t *testing.T, err error, kinds ...error) {
	t.Helper()
	if !slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) && err.Error() != kind.Error() }) {
		t.Fatalf("got error %v, want one wrapping %v", err, kinds)
	}
}

// moment reads a wall-clock time in Shanghai.
func moment(t testing.TB, s string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", s, date.Shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shown writes an instant as a wall-clock time in Shanghai.
func shown(m time.Time) string {
	if m.IsZero() {
		return "never"
	}
	return m.In(date.Shanghai).Format("2006-01-02 15:04")
}

func TestShanghaiKeepsOneOffsetThroughoutTheDaysCounted(t *testing.T) {
	for n := range allDays + 1 {
		d := FirstDay.AddDays(n)
		if got, want := d.Start(), firstMoment.Add(time.Duration(n)*wholeDay); !got.Equal(want) {
			t.Fatalf("%s begins at %s, want %s", d, got, want)
		}
	}
	if got := FirstDay.Weekday(); got != time.Monday {
		t.Errorf("%s is a %s, want Monday", FirstDay, got)
	}
}

func TestTheShippedCalendarHasFullDaysAndTheOfficialDaysOf2026(t *testing.T) {
	c := Shipped()
	if got := len(c.Closed()); got != 33 {
		t.Errorf("got %d closed days, want 33", got)
	}
	for _, d := range c.Open() {
		if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
			t.Errorf("%s is open against the week and a %s, want a weekend day", d, w)
		}
	}
	working := 0
	for d := date.MustParse("2026-01-01"); d <= date.MustParse("2026-12-31"); d++ {
		hours := c.Hours(d)
		if len(hours) == 0 {
			continue
		}
		working++
		if got := total(hours); got != 450*time.Minute {
			t.Errorf("%s has %s of working time, want 7h30m", d, got)
		}
	}
	// 261 weekdays, less the 19 of them that are holidays, and 6 make-up days.
	if working != 248 {
		t.Errorf("got %d working days, want 248", working)
	}
}

func TestADayBothClosedAndOpenIsOpenWithMondaysHours(t *testing.T) {
	var week Week
	week[time.Monday] = []Interval{{540, 720}}
	week[time.Thursday] = []Interval{{600, 1440}}
	thursday, sunday := date.MustParse("2026-10-01"), date.MustParse("2026-10-04")
	c, err := NewCalendar(week, []date.Date{thursday, sunday, thursday}, []date.Date{sunday, thursday})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []date.Date{thursday, sunday} {
		if got := c.Hours(d); !slices.Equal(got, week[time.Monday]) {
			t.Errorf("%s: got %v, want %v", d, got, week[time.Monday])
		}
	}
	if got, want := c.Hours(thursday.AddDays(7)), week[time.Thursday]; !slices.Equal(got, want) {
		t.Errorf("the Thursday after: got %v, want %v", got, want)
	}
}

func TestAnImpossibleCalendarIsRefused(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"overlapping":        {`{"week":{"mon":["09:00-12:00","11:59-13:00"]}}`, "Monday: 11:59-13:00 begins before 09:00-12:00 ends"},
		"out of order":       {`{"week":{"tue":["13:00-18:00","09:00-12:00"]}}`, "Tuesday: 09:00-12:00 begins before 13:00-18:00 ends"},
		"over midnight":      {`{"week":{"mon":["22:00-06:00"]}}`, "22:00-06:00 does not begin and then end within one day"},
		"empty":              {`{"week":{"mon":["09:00-09:00"]}}`, "09:00-09:00 does not begin and then end within one day"},
		"past 24:00":         {`{"week":{"mon":["09:00-24:01"]}}`, "09:00-24:01 does not begin and then end within one day"},
		"an hour of a digit": {`{"week":{"mon":["9:00-12:00"]}}`, `"9:00-12:00" is no interval like 09:00-12:00`},
		"minute 60":          {`{"week":{"mon":["09:60-12:00"]}}`, `"09:60-12:00" is no interval like 09:00-12:00`},
		"null interval":      {`{"week":{"mon":[null]}}`, "00:00-00:00 does not begin and then end within one day"},
		"unknown weekday":    {`{"week":{"monday":[]}}`, `"monday" is no day of sun, mon, tue, wed, thu, fri, sat`},
		"no week":            {`{"closed":[]}`, "no week"},
		"no such date":       {`{"week":{},"closed":["2026-02-30"]}`, "date: not a date like 2026-01-31"},
		"no date":            {`{"week":{},"open":[""]}`, `the day "" can't be counted`},
		"long ago":           {`{"week":{},"closed":["2000-12-31"]}`, `the day "2000-12-31" can't be counted`},
		"far off":            {`{"week":{},"open":["2101-01-01"]}`, `the day "2101-01-01" can't be counted`},
		"no object":          {`[]`, "json: cannot unmarshal array"},
	} {
		t.Run(name, func(t *testing.T) {
			err := new(Calendar).UnmarshalJSON([]byte(tt.text))
			if want := ErrCalendar.Error() + ": " + tt.want; err == nil || !errors.Is(err, ErrCalendar) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

func TestIntervalsThatTouchAreDisjoint(t *testing.T) {
	c := new(Calendar)
	if err := c.UnmarshalJSON([]byte(`{"week":{"mon":["00:00-12:00","12:00-24:00"]}}`)); err != nil {
		t.Fatal(err)
	}
	got, err := c.Between(moment(t, "2026-11-22 00:00"), moment(t, "2026-11-29 00:00"))
	if err != nil || got != 24*time.Hour {
		t.Errorf("got %s, %v; want 24h", got, err)
	}
}

func TestACalendarKeepsNoGripOnWhatItWasMadeOf(t *testing.T) {
	var week Week
	week[time.Monday] = []Interval{{540, 720}}
	closed := []date.Date{date.MustParse("2026-11-30")}
	c, err := NewCalendar(week, closed, nil)
	if err != nil {
		t.Fatal(err)
	}
	week[time.Monday][0].To = 600
	closed[0] = date.MustParse("2026-11-23")
	c.Week()[time.Monday][0].From = 0
	c.Hours(date.MustParse("2026-11-23"))[0].From = 0
	c.Closed()[0] = 0
	if got := c.Hours(date.MustParse("2026-11-23")); !slices.Equal(got, []Interval{{540, 720}}) {
		t.Errorf("got %v, want 09:00-12:00", got)
	}
	if got := c.Hours(date.MustParse("2026-11-30")); len(got) != 0 {
		t.Errorf("got %v on the closed day, want none", got)
	}
}

func TestWorkingDaysLeaveOutHolidaysAndTakeInMakeUpDays(t *testing.T) {
	for _, tt := range []struct {
		from string
		days int
		want string
	}{
		{"2026-11-23", 0, "2026-11-23"},
		{"2026-11-28", 0, "2026-11-28"}, // a Saturday
		{"2026-11-27", 1, "2026-11-30"},
		{"2026-09-30", 1, "2026-10-08"},
		{"2026-09-30", 3, "2026-10-10"}, // a working Saturday
		{"2026-02-13", 1, "2026-02-14"},
		{"2026-02-13", 2, "2026-02-24"},
	} {
		got, err := Shipped().AddDays(date.MustParse(tt.from), tt.days)
		if err != nil || got.String() != tt.want {
			t.Errorf("%s and %d working days: got %s, %v; want %s", tt.from, tt.days, got, err, tt.want)
		}
	}
}

func TestWhatCannotBeCountedIsRefused(t *testing.T) {
	never, err := NewCalendar(Week{}, nil, []date.Date{date.MustParse("2026-10-10")})
	if err != nil {
		t.Fatal(err)
	}
	c, now := Shipped(), moment(t, "2026-11-23 09:00")
	refused := map[string]func() error{
		"between, from long ago":   func() error { _, err := c.Between(time.Time{}, now); return err },
		"between, to the far off":  func() error { _, err := c.Between(now, now.AddDate(100, 0, 0)); return err },
		"add to the far off":       func() error { _, err := c.Add(now.AddDate(100, 0, 0), time.Hour); return err },
		"add less than nothing":    func() error { _, err := c.Add(now, -time.Hour); return err },
		"add a century":            func() error { _, err := c.Add(now, 876_000*time.Hour); return err },
		"add more than can be":     func() error { _, err := c.Add(now, 1<<63-1); return err },
		"add where nobody works":   func() error { _, err := never.Add(now, time.Hour); return err },
		"days, fewer than none":    func() error { _, err := c.AddDays(date.Of(now), -1); return err },
		"days, where nobody works": func() error { _, err := never.AddDays(date.Of(now), 1); return err },
		"days after no day":        func() error { _, err := c.AddDays(0, 1); return err },
	}
	for name, do := range refused {
		t.Run(name, func(t *testing.T) { wantWrapped(t, do(), ErrTimer) })
	}
}

func TestADeadlineOfDaysLastsToTheEndOfItsLastDayInShanghai(t *testing.T) {
	for _, tt := range []struct {
		from string
		days int
		want string
	}{
		{"2026-11-01 00:00", 15, "2026-11-17 00:00"},
		{"2026-11-01 23:59", 15, "2026-11-17 00:00"},
		{"2026-11-02 00:00", 15, "2026-11-18 00:00"},
		{"2026-12-20 10:00", 60, "2027-02-19 00:00"},
		{"2028-02-28 10:00", 1, "2028-03-01 00:00"},
	} {
		from := moment(t, tt.from).UTC()
		if got := shown(EndOf(DaysAfter(from, tt.days))); got != tt.want {
			t.Errorf("%s and %d days: got %s, want %s", tt.from, tt.days, got, tt.want)
		}
	}
}

func TestAFullDayIsTheLongestOfTheWeek(t *testing.T) {
	if got := Shipped().FullDay(); got != 450*time.Minute {
		t.Errorf("got %s of the calendar shipped, want 7h30m", got)
	}
	var week Week
	week[time.Monday], week[time.Friday] = []Interval{{540, 720}}, []Interval{{540, 720}, {780, 1080}}
	c, err := NewCalendar(week, nil, nil)
	if err != nil || c.FullDay() != 8*time.Hour {
		t.Errorf("got %s, %v; want 8h", c.FullDay(), err)
	}
}
