package worktime

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
)

// drawCalendar draws a calendar, most often with some working time, around
// October 2026.
func drawCalendar(t *rapid.T) *Calendar {
	var week Week
	for day := range week {
		from := 0
		for range rapid.IntRange(0, 3).Draw(t, "intervals") {
			i := Interval{From: from + rapid.IntRange(0, 400).Draw(t, "gap")}
			i.To = i.From + rapid.IntRange(1, 400).Draw(t, "length")
			if i.To > 1440 {
				break
			}
			week[day], from = append(week[day], i), i.To
		}
	}
	days := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 25), date.MustParse("2026-09-25").AddDays), 0, 8)
	c, err := NewCalendar(week, days.Draw(t, "closed"), days.Draw(t, "open"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drawMoment draws a whole minute within three weeks.
func drawMoment(t *rapid.T, label string) time.Time {
	return date.MustParse("2026-09-28").Start().Add(time.Duration(rapid.IntRange(0, 21*1440).Draw(t, label)) * time.Minute)
}

func drawTimer(t *rapid.T) Timer {
	timer := Timer{
		Calendar: drawCalendar(t), StartedAt: drawMoment(t, "start"),
		Target: time.Duration(rapid.IntRange(0, 3000).Draw(t, "target")) * time.Minute,
	}
	for range rapid.IntRange(0, 4).Draw(t, "pauses") {
		timer.Pauses = append(timer.Pauses, drawPause(t))
	}
	return timer
}

func drawPause(t *rapid.T) Pause {
	p := Pause{From: drawMoment(t, "from")}
	if rapid.IntRange(0, 4).Draw(t, "ends") > 0 {
		p.To = p.From.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "pause")) * time.Minute)
	}
	return p
}

func read(t *rapid.T, timer Timer, at time.Time) Reading {
	r, err := timer.At(at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func between(t *rapid.T, c *Calendar, from, to time.Time) time.Duration {
	d, err := c.Between(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// looker answers for a single minute whether anybody works, from the week and
// the days alone.
func looker(c *Calendar) func(minute time.Time) bool {
	week, closed, open := c.Week(), c.Closed(), c.Open()
	return func(minute time.Time) bool {
		local, day := minute.In(date.Shanghai), date.Of(minute)
		hours := week[local.Weekday()]
		if slices.Contains(closed, day) {
			hours = nil
		}
		if slices.Contains(open, day) {
			hours = week[time.Monday]
		}
		clock := local.Hour()*60 + local.Minute()
		return slices.ContainsFunc(hours, func(i Interval) bool { return i.From <= clock && clock < i.To })
	}
}

// TestATimerCountsAsOneWhoLooksAtEveryMinute compares the sums with a walk
// through each minute of three weeks. What is due later must be so by the
// pauses too.
func TestATimerCountsAsOneWhoLooksAtEveryMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timer, at := drawTimer(t), drawMoment(t, "at")
		works, horizon := looker(timer.Calendar), timer.StartedAt.AddDate(0, 0, 22)
		var want Reading
		var counted time.Duration
		due := horizon
		if timer.Target == 0 {
			due = timer.StartedAt
		}
		for m := timer.StartedAt; m.Before(horizon); m = m.Add(time.Minute) {
			if m.Equal(at) {
				want.Elapsed = counted
			}
			if works(m) && !timer.paused(m) {
				counted += time.Minute
				if counted == timer.Target {
					due = m.Add(time.Minute)
				}
			}
		}
		want.Breached, want.Paused = want.Elapsed > timer.Target, timer.paused(at)
		got := read(t, timer, at)
		if due.Equal(horizon) && got.DueAt.After(horizon) {
			due = got.DueAt
		}
		endless := slices.ContainsFunc(timer.Pauses, func(p Pause) bool { return p.To.IsZero() && p.From.Before(due) })
		if !endless && (timer.Target == 0 || timer.Calendar.wholeWeek > 0) {
			want.DueAt = due
		}
		if !got.DueAt.Equal(want.DueAt) || got.Elapsed != want.Elapsed || got.Breached != want.Breached || got.Paused != want.Paused {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestTimeCountedNeverFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timer, a, b := drawTimer(t), drawMoment(t, "a"), drawMoment(t, "b")
		if b.Before(a) {
			a, b = b, a
		}
		early, late := read(t, timer, a), read(t, timer, b)
		if early.Elapsed > late.Elapsed || early.Breached && !late.Breached {
			t.Fatalf("got %+v at %s, and then %+v at %s", early, a, late, b)
		}
		if late.Elapsed-early.Elapsed > b.Sub(a) {
			t.Fatalf("%s were counted within %s", late.Elapsed-early.Elapsed, b.Sub(a))
		}
	})
}

func TestAddingWorkingTimeAndMeasuringGivesItBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from := drawCalendar(t), drawMoment(t, "from")
		working := time.Duration(rapid.Int64Range(1, int64(100*time.Hour)).Draw(t, "working"))
		to, err := c.Add(from, working)
		if c.wholeWeek == 0 {
			if err == nil {
				t.Fatalf("got %s where nobody works, want an error", to)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := between(t, c, from, to); got != working {
			t.Fatalf("got %s from %s to %s, want %s", got, from, to, working)
		}
		before := to.Add(-time.Nanosecond)
		if got := between(t, c, from, before); got >= working {
			t.Fatalf("%s is counted by %s already", got, before)
		}
		if !looker(c)(before.Truncate(time.Minute)) {
			t.Fatalf("%s lands where nobody works", to)
		}
	})
}

func TestASpanSplitInTwoAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a, b, m := drawCalendar(t), drawMoment(t, "a"), drawMoment(t, "b"), drawMoment(t, "middle")
		if b.Before(a) {
			a, b = b, a
		}
		if m.Before(a) || m.After(b) {
			m = a.Add(b.Sub(a) / 3)
		}
		if got, want := between(t, c, a, m)+between(t, c, m, b), between(t, c, a, b); got != want {
			t.Fatalf("got %s in two, want %s", got, want)
		}
	})
}

func TestAnotherPauseNeverHastens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timer, at := drawTimer(t), drawMoment(t, "at")
		without := read(t, timer, at)
		timer.Pauses = append([]Pause{drawPause(t)}, timer.Pauses...)
		with := read(t, timer, at)
		if with.Elapsed > without.Elapsed || with.Breached && !without.Breached || without.Paused && !with.Paused {
			t.Fatalf("got %+v with another pause, and %+v without", with, without)
		}
		if !with.DueAt.IsZero() && (without.DueAt.IsZero() || with.DueAt.Before(without.DueAt)) {
			t.Fatalf("got due at %s with another pause, and %s without", with.DueAt, without.DueAt)
		}
	})
}

func TestTheOrderOfPausesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timer, at := drawTimer(t), drawMoment(t, "at")
		want := read(t, timer, at)
		timer.Pauses = rapid.Permutation(timer.Pauses).Draw(t, "order")
		if got := read(t, timer, at); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestAtItsDueTimeExactlyTheTargetIsCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timer := drawTimer(t)
		due := read(t, timer, timer.StartedAt).DueAt
		if due.IsZero() {
			return
		}
		r := read(t, timer, due)
		if r.Elapsed != timer.Target || r.Breached {
			t.Fatalf("got %+v when due, want %s and no breach", r, timer.Target)
		}
	})
}

func TestWorkingDaysAddedOneByOneLandOnWorkingDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, from := drawCalendar(t), date.Of(drawMoment(t, "from"))
		if c.wholeWeek == 0 {
			return
		}
		days := rapid.IntRange(1, 12).Draw(t, "days")
		want := from
		for range days {
			next, err := c.AddDays(want, 1)
			if err != nil {
				t.Fatal(err)
			}
			for d := want + 1; d <= next; d++ {
				if (len(c.Hours(d)) > 0) != (d == next) {
					t.Fatalf("the working day after %s is not %s", want, next)
				}
			}
			want = next
		}
		if got, err := c.AddDays(from, days); err != nil || got != want {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
	})
}
