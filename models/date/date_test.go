package date

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMonthsAreCountedInOneStepFromTheSameFirstDay(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2024-08-31", 6, "2025-02-28"}, {"2024-08-31", 12, "2025-08-31"}, {"2024-02-29", -12, "2023-02-28"},
		{"2024-01-31", 1, "2024-02-29"}, {"2024-01-31", 2, "2024-03-31"}, {"2025-12-03", 12, "2026-12-03"},
	} {
		if got := MustParse(c.from).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s + %d months = %s; want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestAnInstantFallsOnItsDateInShanghai(t *testing.T) {
	for at, want := range map[string]string{
		"2025-02-08T16:00:00Z": "2025-02-09", "2025-02-08T15:59:59Z": "2025-02-08", "2025-02-09T00:00:00+08:00": "2025-02-09",
	} {
		instant, _ := time.Parse(time.RFC3339, at)
		if got := Of(instant).String(); got != want {
			t.Errorf("%s is on %s; want %s", at, got, want)
		}
	}
}

func TestDatesBehaveLikeTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(int32(First), int32(Last)).Draw(t, "d"))
		if back := MustParse(d.String()); back != d {
			t.Fatalf("%s reads back as %s", d, back)
		}
		y, m, day := d.Civil()
		if New(y, m, day) != d {
			t.Fatalf("%s does not survive its own year, month and day", d)
		}
		if Of(d.Start()) != d || Of(d.Start().Add(-time.Second)) != max(d-1, First) && d != First {
			t.Fatalf("%s does not begin at its midnight", d)
		}
		raw, _ := json.Marshal(d)
		var read Date
		if err := json.Unmarshal(raw, &read); err != nil || read != d {
			t.Fatalf("%s is %s in JSON and reads back as %s, %v", d, raw, read, err)
		}
	})
}

func TestWhatIsNoDateIsRefused(t *testing.T) {
	for _, s := range []string{"", "2026-1-31", "2026-02-30", "2026/01/31", "20260131", "0000-01-01", "2026-01-31T00:00:00Z"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %s; want an error", s, d)
		}
	}
}

func TestArithmeticStopsAtTheEndOfTheCalendar(t *testing.T) {
	if got := Last.AddMonths(1 << 40); got != Last {
		t.Errorf("past the end comes %s", got)
	}
	if got := First.AddDays(-5); got != First {
		t.Errorf("before the beginning comes %s", got)
	}
}

func TestADatabaseHandsDatesBackInSeveralShapes(t *testing.T) {
	want := MustParse("2026-01-31")
	for _, src := range []any{"2026-01-31", []byte("2026-01-31"), "2026-01-31 00:00:00+00:00", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)} {
		var d Date
		if err := d.Scan(src); err != nil || d != want {
			t.Errorf("scanning %v gives %s, %v", src, d, err)
		}
	}
}
