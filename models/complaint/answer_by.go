package complaint

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/worktime"
)

// Clocks are the calendar and the policy for what is asked from now on.
type Clocks struct {
	Calendar Calendar
	Policy   Policy
}

// AddClocks adds to a batch the calendar and the policy that hold now.
func AddClocks(b *db.Batch, c *Clocks) {
	one := func(scan func(row db.Row) error) func(rows db.Rows) error {
		return func(rows db.Rows) error { return db.Each(rows, func() error { return scan(rows) }) }
	}
	b.Add(calendarQuery, nil, one(func(row db.Row) error { return c.Calendar.scan(row) }))
	b.Add(policyQuery, nil, one(func(row db.Row) error { return c.Policy.scan(row) }))
}

// AnswerBy returns the day in Shanghai by which what a merchant asked at a moment
// is to be looked into and answered: in the working time in which a case is
// decided. It is zero where the calendar doesn't reach so far.
func (c *Clocks) AnswerBy(at time.Time) date.Date {
	if c.Calendar.Calendar == nil {
		return 0
	}
	target := time.Duration(c.Policy.ResolutionMinutes) * time.Minute
	timer := worktime.Timer{Calendar: c.Calendar.Calendar, StartedAt: at, Target: target}
	due, err := timer.Reaches(target)
	if err != nil || due.IsZero() {
		return 0
	}
	return date.Of(due)
}
