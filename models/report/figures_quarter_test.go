package report

import (
	"testing"

	"github.com/mingbai/mingbai/models/date"
)

func TestAQuarterIsThreeMonths(t *testing.T) {
	for day, want := range map[string][3]string{
		"2026-01-01": {"2026-Q1", "2026-01-01", "2026-03-31"},
		"2026-06-30": {"2026-Q2", "2026-04-01", "2026-06-30"},
		"2026-07-01": {"2026-Q3", "2026-07-01", "2026-09-30"},
		"2026-12-31": {"2026-Q4", "2026-10-01", "2026-12-31"},
	} {
		q := QuarterOf(date.MustParse(day))
		if q.String() != want[0] || q.From().String() != want[1] || q.To().String() != want[2] {
			t.Errorf("%s: got %s from %s to %s, want %v", day, q, q.From(), q.To(), want)
		}
		if q.Over(q.To()) || !q.Over(q.To().AddDays(1)) || q.Next().Previous() != q {
			t.Errorf("%s: it is over on its last day, or not the day after", q)
		}
	}
}

func FuzzParseQuarter(f *testing.F) {
	for _, s := range []string{"2026-Q3", "2026-Q0", "2026-Q5", "0000-Q1", "2026-q3", "+026-Q1", "2026-Q31", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if q, ok := ParseQuarter(s); ok && q.String() != s {
			t.Errorf("%q was read as %s", s, q)
		}
	})
}

func TestOnlyQuartersAreRead(t *testing.T) {
	for s, want := range map[string]bool{"2026-Q3": true, "2026-Q0": false, "2026-Q5": false, "0000-Q1": false, "2026-q3": false, "+026-Q1": false, "2026-Q31": false, "2026-3": false} {
		if _, ok := ParseQuarter(s); ok != want {
			t.Errorf("%q: got %t, want %t", s, ok, want)
		}
	}
}
