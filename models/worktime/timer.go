package worktime

import (
	"slices"
	"time"
)

// Timer counts working time from a moment on, less its pauses.
type Timer struct {
	Calendar  *Calendar
	StartedAt time.Time
	Target    time.Duration // working time, zero or more
	Pauses    []Pause       // in any order; those known to come count too
}

// Pause is a span in which a timer doesn't count. Spans that overlap count
// once.
type Pause struct {
	From time.Time // included
	To   time.Time // excluded; zero while no end is known
}

// Reading is what a timer shows.
type Reading struct {
	DueAt    time.Time     // first instant, in UTC, by which the target has been counted; zero where none is known to come
	Elapsed  time.Duration // working time counted by the moment asked about
	Paused   bool          // whether that moment lies in a pause, working hours or not
	Breached bool          // whether more than the target had been counted by then
}

// At reads the timer at a moment; before its start it has counted nothing. It
// returns an error wrapping ErrTimer for a moment outside FirstDay to LastDay,
// a target below zero, a pause that ends before it begins, and a target that is
// reached too late to be counted.
func (t *Timer) At(at time.Time) (Reading, error) {
	if err := t.validate(); err != nil {
		return Reading{}, err
	}
	if !countable(at) {
		return Reading{}, invalid(ErrTimer, "the moment %s can't be counted", at)
	}
	spans := t.spans()
	due, err := t.reaches(t.Target, spans)
	if err != nil {
		return Reading{}, err
	}
	elapsed := t.elapsed(at, spans)
	return Reading{DueAt: due, Elapsed: elapsed, Paused: t.paused(at), Breached: elapsed > t.Target}, nil
}

// Reaches returns the first instant, in UTC, by which a part of the target has
// been counted; zero and errors as in At.
func (t *Timer) Reaches(part time.Duration) (time.Time, error) {
	if err := t.validate(); err != nil {
		return time.Time{}, err
	}
	if part < 0 || part > t.Target {
		return time.Time{}, invalid(ErrTimer, "%s is no part of %s", part, t.Target)
	}
	return t.reaches(part, t.spans())
}

func (t *Timer) validate() error {
	if t.Calendar == nil {
		return invalid(ErrTimer, "no calendar")
	}
	if !countable(t.StartedAt) {
		return invalid(ErrTimer, "the start %s can't be counted", t.StartedAt)
	}
	if t.Target < 0 || t.Target > lastMoment.Sub(firstMoment) {
		return invalid(ErrTimer, "a target of %s", t.Target)
	}
	for _, p := range t.Pauses {
		if !countable(p.From) || !p.To.IsZero() && !countable(p.To) {
			return invalid(ErrTimer, "a pause from %s to %s can't be counted", p.From, p.To)
		}
		if !p.To.IsZero() && p.To.Before(p.From) {
			return invalid(ErrTimer, "a pause ends at %s, before it begins at %s", p.To, p.From)
		}
	}
	return nil
}

// span is a pause measured in working time since FirstDay.
type span struct{ from, to time.Duration }

// spans returns the pauses since the start that cost working time, in order,
// apart from each other; one without an end lasts to the end of LastDay.
func (t *Timer) spans() []span {
	if len(t.Pauses) == 0 {
		return nil
	}
	began := t.Calendar.worked(t.StartedAt)
	all := make([]span, 0, len(t.Pauses))
	for _, p := range t.Pauses {
		to := p.To
		if to.IsZero() {
			to = lastMoment
		}
		s := span{max(began, t.Calendar.worked(p.From)), t.Calendar.worked(to)}
		if s.from < s.to {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return int(min(1, max(-1, a.from-b.from))) })
	apart := all[:0]
	for _, s := range all {
		if last := len(apart) - 1; last >= 0 && s.from <= apart[last].to {
			apart[last].to = max(apart[last].to, s.to)
			continue
		}
		apart = append(apart, s)
	}
	return apart
}

func (t *Timer) elapsed(at time.Time, spans []span) time.Duration {
	if !at.After(t.StartedAt) {
		return 0
	}
	now := t.Calendar.worked(at)
	counted := now - t.Calendar.worked(t.StartedAt)
	for _, s := range spans {
		counted -= max(0, min(now, s.to)-s.from)
	}
	return counted
}

func (t *Timer) reaches(target time.Duration, spans []span) (time.Time, error) {
	endless := t.endless()
	if target == 0 {
		if !endless.IsZero() && endless.Before(t.StartedAt) {
			return time.Time{}, nil
		}
		return t.StartedAt.UTC(), nil
	}
	sum := t.Calendar.worked(t.StartedAt) + target
	for _, s := range spans {
		if s.from >= sum {
			break
		}
		sum += s.to - s.from
	}
	due, found := t.Calendar.first(sum)
	if found && (endless.IsZero() || !endless.Before(due)) {
		return due, nil
	}
	if endless.IsZero() && t.Calendar.wholeWeek > 0 {
		return time.Time{}, invalid(ErrTimer, "%s of working time from %s on is not counted by the end of %s", target, t.StartedAt, LastDay)
	}
	return time.Time{}, nil
}

// endless returns when the first pause without an end begins, zero for none.
func (t *Timer) endless() (from time.Time) {
	for _, p := range t.Pauses {
		if p.To.IsZero() && (from.IsZero() || p.From.Before(from)) {
			from = p.From
		}
	}
	return from
}

func (t *Timer) paused(at time.Time) bool {
	return slices.ContainsFunc(t.Pauses, func(p Pause) bool {
		return !at.Before(p.From) && (p.To.IsZero() || at.Before(p.To))
	})
}
