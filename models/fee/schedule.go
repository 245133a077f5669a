package fee

import (
	"cmp"
	"slices"

	"github.com/mingbai/mingbai/models/date"
)

// Cycle is one period that a fee pays for.
type Cycle struct {
	Index int       // from 1; 0: no cycle
	From  date.Date // its first day
	To    date.Date // its last day; zero: without an end
}

// Schedule is the sequence of a plan's cycles for one enrolment. Every cycle is
// counted in one step from the same first day, so that the schedule of a 31st
// does not drift to the 28th.
type Schedule struct {
	base   date.Date // the first day that months are counted from
	offset int       // months from base to cycle 1
	months int       // a cycle's length; 0: the one cycle without an end
}

// ScheduleOf returns the cycles of a price that has them, counted from the
// anchor, which is day 1: with 30 free days after 10 January, cycle 1 starts on
// day 31, 9 February.
func ScheduleOf(p *Price, anchor date.Date) Schedule {
	s := Schedule{base: anchor, offset: p.FreeMonths, months: p.CycleMonths}
	if p.FreeDays > 0 {
		s.base = anchor.AddDays(p.FreeDays)
	}
	if p.Kind == OneOff {
		s.months = 0
	}
	return s
}

// Cycle returns the cycle with the index, which must be 1 or more, and 1 for
// what is charged once.
func (s Schedule) Cycle(index int) Cycle {
	c := Cycle{Index: index, From: s.start(index)}
	if s.months > 0 {
		c.To = s.start(index + 1).AddDays(-1)
	}
	return c
}

// Started returns how many cycles have started by the day.
func (s Schedule) Started(day date.Date) int {
	if s.start(1) > day {
		return 0
	}
	if s.months == 0 {
		return 1
	}
	baseYear, baseMonth, _ := s.base.Civil()
	year, month, _ := day.Civil()
	since := (year-baseYear)*12 + int(month-baseMonth) - s.offset
	index := since/s.months + 1
	if s.start(index) > day {
		index--
	}
	return index
}

// StartingOn returns the index of the cycle whose first day is the day, or 0.
func (s Schedule) StartingOn(day date.Date) int {
	index := s.Started(day)
	if index == 0 || s.start(index) != day {
		return 0
	}
	return index
}

func (s Schedule) start(index int) date.Date {
	return s.base.AddMonths(s.offset + (index-1)*s.months)
}

func earlier(a, b *Version) bool {
	return a.EffectiveOn < b.EffectiveOn || a.EffectiveOn == b.EffectiveOn && a.Number < b.Number
}

func sortedVersions(versions []Version) []Version {
	sorted := slices.Clone(versions)
	slices.SortFunc(sorted, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.EffectiveOn, b.EffectiveOn), cmp.Compare(a.Number, b.Number))
	})
	return sorted
}
