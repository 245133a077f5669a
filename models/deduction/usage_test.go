package deduction

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mingbai/mingbai/models/date"
)

func TestTheDayOnWhichAnAllowanceEndsIsForeseenFromTheMonthsAverage(t *testing.T) {
	for _, c := range []struct {
		name      string
		used      int64
		days      int
		allowance *int64
		asOf      string
		want      Outlook
	}{
		{"four days tell too little", 80, 4, new(int64(100)), "2026-11-04", Outlook{}},
		{"without an allowance there is nothing to end", 80, 10, nil, "2026-11-10", Outlook{}},
		{"none is not one of zero", 80, 10, new(int64(0)), "2026-11-10", Outlook{}},
		{"ten a day of two hundred and ten, as of the tenth", 100, 10, new(int64(210)), "2026-11-10", Outlook{Known: true, EndsOn: date.MustParse("2026-11-21")}},
		{"a part of a day is a day", 100, 10, new(int64(201)), "2026-11-10", Outlook{Known: true, EndsOn: date.MustParse("2026-11-21")}},
		{"on the very last day", 100, 10, new(int64(300)), "2026-11-10", Outlook{Known: true, EndsOn: date.MustParse("2026-11-30")}},
		{"one more than the month takes", 100, 10, new(int64(301)), "2026-11-10", Outlook{Known: true, Lasts: true}},
		{"days that are missing count for nothing", 50, 5, new(int64(70)), "2026-11-10", Outlook{Known: true, EndsOn: date.MustParse("2026-11-12")}},
		{"nothing used lasts", 0, 10, new(int64(1)), "2026-11-10", Outlook{Known: true, Lasts: true}},
		{"used up is known at once", 100, 1, new(int64(100)), "2026-11-01", Outlook{Known: true, EndsOn: date.MustParse("2026-11-01")}},
		{"on the last day it has lasted", 99, 30, new(int64(100)), "2026-11-30", Outlook{Known: true, Lasts: true}},
	} {
		u := Usage{UsedMB: c.used, Days: c.days, AllowanceMB: c.allowance, AsOf: date.MustParse(c.asOf)}
		if got := u.Outlook(); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestAnAllowanceEndsWithinItsMonthOrLasts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asOf := date.New(2026, 2, 1).AddDays(rapid.IntRange(0, 300).Draw(t, "day"))
		u := Usage{
			UsedMB: rapid.Int64Range(0, 1<<40).Draw(t, "used"), Days: rapid.IntRange(1, 31).Draw(t, "days"),
			AllowanceMB: new(rapid.Int64Range(0, 1<<40).Draw(t, "allowance")), AsOf: asOf,
		}
		got := u.Outlook()
		if got.Lasts == !got.EndsOn.IsZero() && got.Known {
			t.Fatalf("%+v: got %+v, want either an end or none", u, got)
		}
		if !got.EndsOn.IsZero() && (got.EndsOn < asOf || !got.EndsOn.SameMonth(asOf)) {
			t.Fatalf("%+v: got the end on %s, want it from %s to the end of that month", u, got.EndsOn, asOf)
		}
	})
}
