package worktime

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
)

// drawLog draws a log that a case can have, by taking up any event that can
// happen next.
func drawLog(t *rapid.T) Case {
	c := Case{Calendar: Shipped(), Policy: DefaultPolicy, Complaint: true, Log: []Event{{Kind: Filed, At: drawMoment(t, "filed")}}}
	kinds := make([]Kind, 0, len(steps))
	for k := range steps {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for range rapid.IntRange(0, 12).Draw(t, "events") {
		e := Event{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		e.At = c.Log[len(c.Log)-1].At.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "later")) * time.Minute)
		if e.Kind == DeadlineExtended {
			e.Days = rapid.IntRange(16, 60).Draw(t, "days")
		}
		longer := c
		longer.Log = append(slices.Clone(c.Log), e)
		if _, err := longer.At(e.At); err == nil {
			c = longer
		}
	}
	return c
}

func TestClocksOnlyGoForwardAndABreachIsNeverTakenBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawLog(t)
		var before []Clock
		at := c.Log[0].At
		for range 12 {
			s, err := c.At(at)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Clocks) < len(before) || len(s.Clocks)%3 != 0 {
				t.Fatalf("got %d clocks after %d", len(s.Clocks), len(before))
			}
			for n, was := range before {
				now := s.Clocks[n]
				if now.Elapsed < was.Elapsed || was.Breached && !now.Breached || !now.StartedAt.Equal(was.StartedAt) {
					t.Fatalf("at %s: got %+v after %+v", at, now, was)
				}
			}
			before = s.Clocks
			at = at.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "step")) * time.Minute)
		}
	})
}

func TestAMomentIsAnsweredFromWhatHadHappenedByThen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, at := drawLog(t), drawMoment(t, "at")
		if at.Before(c.Log[0].At) {
			at = c.Log[0].At
		}
		known := c.Split(at)
		got, err := known.At(at)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.At(at)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func TestAnyMomentWarnsNoLaterThanItIsDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawLog(t)
		s, err := c.At(c.Log[len(c.Log)-1].At)
		if err != nil {
			t.Fatal(err)
		}
		for _, clock := range s.Clocks {
			if clock.Breached && !clock.Warned {
				t.Fatalf("breached without a warning: %+v", clock)
			}
			if !clock.DueAt.IsZero() && (clock.WarnAt.IsZero() || clock.WarnAt.After(clock.DueAt)) {
				t.Fatalf("warns after it is due: %+v", clock)
			}
			if clock.Name == Reply && EndOf(clock.LastDay) != clock.DueAt {
				t.Fatalf("due within %s: %+v", clock.LastDay, clock)
			}
		}
	})
}

func BenchmarkStanding(b *testing.B) {
	day := date.MustParse("2026-11-23")
	c := Case{Calendar: Shipped(), Policy: DefaultPolicy, Complaint: true, Log: []Event{
		{Kind: Filed, At: day.At(9, 0)}, {Kind: TakenUp, At: day.At(9, 10)}, {Kind: PersonReplied, At: day.At(9, 10)},
		{Kind: InvestigationBegun, At: day.At(9, 20)}, {Kind: MerchantAsked, At: day.At(10, 0)}, {Kind: MerchantAnswered, At: day.AddDays(1).At(10, 0)},
	}}
	at := day.AddDays(2).At(10, 0)
	b.ReportAllocs()
	for b.Loop() {
		if s, err := c.At(at); err != nil || len(s.Clocks) != 3 {
			b.Fatal(s, err)
		}
	}
}

func BenchmarkAddWorkingTime(b *testing.B) {
	from := date.MustParse("2026-09-30").At(17, 30)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Shipped().Add(from, 15*time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
