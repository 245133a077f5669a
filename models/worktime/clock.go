package worktime

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
)

// Name says which clock of a case it is.
type Name string

// Clocks of a case.
const (
	FirstContact Name = "first_contact" // working time to the first public reply by a person
	Resolution   Name = "resolution"    // working time to the decision, less what the merchant is waited for
	Reply        Name = "reply"         // calendar days to the decision (答复期限)
)

// Clock is one clock of a case at a moment. FirstContact and Resolution count
// working time; Reply counts calendar time to the end of its last day, in
// Shanghai.
type Clock struct {
	Name      Name
	Round     int // 1 from the filing, 2 from the review
	StartedAt time.Time
	StoppedAt time.Time // zero while it runs

	Target  time.Duration
	Elapsed time.Duration
	WarnAt  time.Time // when three quarters of the target are counted; zero while no time is known
	DueAt   time.Time // when all of it is; zero while no time is known
	LastDay date.Date // of Reply alone: the day that DueAt ends

	Paused   bool // the merchant is asked for something
	Warned   bool // three quarters were counted, under the length that the clock has now
	Breached bool // more than the length it then had was counted
}

// round is what the log says about the clocks that start together.
type round struct {
	startedAt   time.Time
	contactedAt time.Time // when the first contact stopped, zero before
	stoppedAt   time.Time // when the others did, zero while they run
	asked       []Pause   // while the merchant is asked for something
	halts       []Pause   // from a decision to the reopening after it
	days        int       // that the reply has
	extended    bool
	late        bool // the reply was already late when it was extended
}

func (r *round) contact(at time.Time) {
	if r.contactedAt.IsZero() {
		r.contactedAt = at
	}
}

// pause begins to wait for the merchant, where nothing is waited for yet.
func (r *round) pause(at time.Time) {
	if n := len(r.asked) - 1; n < 0 || !r.asked[n].To.IsZero() {
		r.asked = append(r.asked, Pause{From: at})
	}
}

func (r *round) resume(at time.Time) {
	if n := len(r.asked) - 1; n >= 0 && r.asked[n].To.IsZero() {
		r.asked[n].To = at
	}
}

func (r *round) stop(at time.Time) {
	r.contact(at)
	r.resume(at)
	r.stoppedAt = at
}

func (r *round) reopen(at time.Time) {
	r.halts = append(r.halts, Pause{From: r.stoppedAt, To: at})
	r.stoppedAt = time.Time{}
}

// lastDay is the last of the reply's days; those from a decision to its
// reopening don't count.
func (r *round) lastDay() date.Date {
	d := DaysAfter(r.startedAt, r.days)
	for _, h := range r.halts {
		d = d.AddDays(date.Of(h.To).DaysSince(date.Of(h.From)))
	}
	return d
}

// past reports whether a moment comes after the reply's last day.
func (r *round) past(moment time.Time) bool { return date.Of(moment) > r.lastDay() }

func (r *round) clocks(c *Case, moment time.Time) ([]Clock, error) {
	contact := Timer{Calendar: c.Calendar, StartedAt: r.startedAt, Target: c.Policy.firstContact()}
	resolution := Timer{Calendar: c.Calendar, StartedAt: r.startedAt, Target: c.Policy.resolution()}
	resolution.Pauses = append(append(resolution.Pauses, r.asked...), r.halts...)
	clocks := make([]Clock, 0, 3)
	for _, w := range []struct {
		name      Name
		timer     *Timer
		stoppedAt time.Time
	}{{FirstContact, &contact, r.contactedAt}, {Resolution, &resolution, r.stoppedAt}} {
		clock, err := w.timer.clock(w.name, w.stoppedAt, moment)
		if err != nil {
			return nil, err
		}
		clocks = append(clocks, clock)
	}
	if !c.Complaint {
		return clocks, nil
	}
	reply, err := r.reply(moment)
	return append(clocks, reply), err
}

// reply is the clock of calendar days. Its length runs from the round's start
// to the end of its last day, as it was before any reopening.
func (r *round) reply(moment time.Time) (Clock, error) {
	length := EndOf(DaysAfter(r.startedAt, r.days)).Sub(r.startedAt)
	timer := Timer{Calendar: everyHour, StartedAt: r.startedAt, Target: length, Pauses: r.halts}
	clock, err := timer.clock(Reply, r.stoppedAt, moment)
	if err != nil {
		return Clock{}, err
	}
	asked := moment
	if !r.stoppedAt.IsZero() {
		asked = r.stoppedAt
	}
	clock.LastDay = r.lastDay()
	clock.DueAt = EndOf(clock.LastDay)
	clock.Breached = r.late || r.past(asked)
	clock.Warned = clock.Warned || clock.Breached
	if clock.WarnAt.After(clock.DueAt) { // a case halted for part of a day loses whole days
		clock.WarnAt = clock.DueAt
	}
	return clock, nil
}

// clock reads the timer as a clock of a case, at a moment or where it stopped
// before.
func (t *Timer) clock(name Name, stoppedAt, moment time.Time) (Clock, error) {
	if !stoppedAt.IsZero() {
		moment = stoppedAt
	}
	reading, err := t.At(moment)
	if err != nil {
		return Clock{}, err
	}
	warnAt, err := t.Reaches(warning(t.Target))
	if err != nil {
		return Clock{}, err
	}
	return Clock{
		Name: name, StartedAt: t.StartedAt, StoppedAt: stoppedAt,
		Target: t.Target, Elapsed: reading.Elapsed, WarnAt: warnAt, DueAt: reading.DueAt,
		Paused: reading.Paused, Warned: reading.Elapsed >= warning(t.Target), Breached: reading.Breached,
	}, nil
}
