package report

import (
	"context"
	"strconv"
	"time"

	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// Span is the days from From to before Next.
type Span struct{ From, Next date.Date }

// Counts are how many complaints there were, by what they are called.
type Counts map[string]int64

// All adds them up.
func (c Counts) All() (n int64) {
	for _, one := range c {
		n += one
	}
	return n
}

// Complaints are complaints of some days in figures, each under the day on which
// it was filed. One that was merged into another is none; one that the rules
// opened by themselves is one.
type Complaints struct {
	Reasons  Counts // by complaint.Reason
	Channels Counts // by complaint.Channel
	Regions  Counts // empty: not known
	Speeds   Counts // by Speed
	Findings Counts // of those that are decided, by complaint.Finding
	Stars    Counts // of those that were rated, from 1 to 5
}

func newComplaints() Complaints {
	return Complaints{Counts{}, Counts{}, Counts{}, Counts{}, Counts{}, Counts{}}
}

// of returns the counts of a measure, or nil.
func (c *Complaints) of(measure string) Counts {
	switch measure {
	case measureReason:
		return c.Reasons
	case measureChannel:
		return c.Channels
	case measureRegion:
		return c.Regions
	case measureSpeed:
		return c.Speeds
	case measureFinding:
		return c.Findings
	case measureStars:
		return c.Stars
	}
	return nil
}

// Filed returns how many there were.
func (c *Complaints) Filed() int64 { return c.Speeds.All() }

// Closed returns how many of them are decided or withdrawn.
func (c *Complaints) Closed() int64 { return c.Filed() - c.Speeds[string(Open)] }

// Decided returns how many of them are decided.
func (c *Complaints) Decided() int64 {
	return c.Closed() - c.Speeds[string(Withdrawn)]
}

// Upheld returns how many of them are upheld, in whole or in part.
func (c *Complaints) Upheld() int64 {
	return c.Findings[string(complaint.Upheld)] + c.Findings[string(complaint.PartlyUpheld)]
}

// Rated returns how many were rated, and the stars that they got in all.
func (c *Complaints) Rated() (n, stars int64) {
	for name, ratings := range c.Stars {
		each, _ := strconv.ParseInt(name, 10, 64)
		n, stars = n+ratings, stars+ratings*each
	}
	return n, stars
}

// Cause is how often something was the root cause of complaints.
type Cause struct {
	Words string
	N     int64
}

// causesShown is how many root causes are told, the most frequent first.
const causesShown = 12

// Day is how many complaints were filed on a day, or in a month, by how soon they
// were decided.
type Day struct {
	On     date.Date // the first day of a month
	Speeds Counts
}

// Load is how much there is to do now.
type Load struct {
	Open, DueToday, Breached   int64 // cases of every kind that are under way; due by the end of the day, or before
	FiledToday, DecidedToday   int64 // cases of every kind
	BreachedToday, WarnedToday int64 // clocks
}

// CaseFigures are how the work on cases goes, for those who lead it.
type CaseFigures struct {
	Complaints
	Days     []Day // those with any, in order
	Kinds    Counts
	Causes   []Cause // of decided complaints
	Breaches Counts  // clocks that were breached in the time, by worktime.Name
	Gate     Counts  // what the gate answered in the time, by step
	Notices  Counts  // what became of the messages that left the portal in the time, by NoticeArrived and so on
	Load     Load
	AsOf     time.Time // when cases were counted last; zero: never
	// NoticesTo is the last day whose messages were counted; zero: none.
	NoticesTo date.Date
}

// Delivered returns how many messages arrived, and of how many: those that the
// portal has handed over, or given up.
func (f *CaseFigures) Delivered() (arrived, of int64) {
	return f.Notices[NoticeArrived], f.Notices.All() - f.Notices[NoticeWaiting]
}

// Asked returns how often the gate was asked: what was taken without asking it is
// no request.
func (f *CaseFigures) Asked() int64 { return f.Gate.All() - f.Gate[gateUngated] }

// gateUngated is the step of a deduction that the gate was not asked about.
const gateUngated = "ungated"

// ReadCaseFigures reads the figures of some days in one round trip, by the day or
// by the month. It returns fault.Forbidden.
func ReadCaseFigures(ctx context.Context, r db.Reader, by staff.Actor, s Span, byMonth bool, now time.Time) (*CaseFigures, error) {
	if err := by.Must(staff.SeeReports); err != nil {
		return nil, err
	}
	f := &CaseFigures{Complaints: newComplaints(), Kinds: Counts{}, Breaches: Counts{}, Gate: Counts{}, Notices: Counts{}}
	b := db.NewBatch()
	span := []any{s.From, s.Next}
	f.Complaints.addTo(b, s, func(measure string) Counts {
		switch measure {
		case measureKind:
			return f.Kinds
		case measureGate:
			return f.Gate
		case measureNotices:
			return f.Notices
		}
		return nil
	})
	b.Add(`select on_date, name, n from figure_days where on_date >= $1 and on_date < $2 and measure = '`+measureSpeed+`' order by on_date`, span, func(rows db.Rows) error {
		return db.Each(rows, func() error { return f.addDay(rows, byMonth) })
	})
	b.Add(`select name, cast(sum(n) as bigint) from figure_days where on_date >= $1 and on_date < $2 and measure = '`+measureCause+`'
		group by name order by 2 desc, 1 limit $3`, []any{s.From, s.Next, causesShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Cause
			err := rows.Scan(&c.Words, &c.N)
			f.Causes = append(f.Causes, c)
			return err
		})
	})
	b.Add(`select clock, count(*) from case_alarms where kind = 'breach' and at >= $1 and at < $2 group by clock`, []any{s.From.Start().UTC(), s.Next.Start().UTC()}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var clock string
			var n int64
			err := rows.Scan(&clock, &n)
			f.Breaches[clock] = n
			return err
		})
	})
	f.Load.addTo(b, now)
	addCountedAt(b, &f.AsOf, &f.NoticesTo)
	return f, r.Read(ctx, b)
}

// addTo asks for complaints of some days. More is given the names of other
// measures; nil: they don't count.
func (c *Complaints) addTo(b *db.Batch, s Span, more func(measure string) Counts) {
	b.Add(`select measure, name, cast(sum(n) as bigint) from figure_days where on_date >= $1 and on_date < $2 and measure <> '`+measureCause+`' group by measure, name`, []any{s.From, s.Next}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var measure, name string
			var n int64
			if err := rows.Scan(&measure, &name, &n); err != nil {
				return err
			}
			counts := c.of(measure)
			if counts == nil && more != nil {
				counts = more(measure)
			}
			if counts != nil {
				counts[name] = n
			}
			return nil
		})
	})
}

func (f *CaseFigures) addDay(rows db.Rows, byMonth bool) error {
	var on date.Date
	var name string
	var n int64
	if err := rows.Scan(&on, &name, &n); err != nil {
		return err
	}
	if byMonth {
		on = on.MonthStart()
	}
	if last := len(f.Days) - 1; last < 0 || f.Days[last].On != on {
		f.Days = append(f.Days, Day{on, Counts{}})
	}
	f.Days[len(f.Days)-1].Speeds[name] += n
	return nil
}

// addTo asks how much there is to do now.
func (l *Load) addTo(b *db.Batch, now time.Time) {
	today := date.Of(now)
	b.Add(`select count(*), count(case when next_due_at < $1 then 1 end), count(case when breached then 1 end) from cases where under_way`,
		[]any{worktime.EndOf(today)}, func(rows db.Rows) error { return db.First(rows, &l.Open, &l.DueToday, &l.Breached) })
	b.Add(`select coalesce((select cases from case_days where on_date = $1), 0), (select count(*) from case_decisions where at >= $2)`,
		[]any{today, today.Start().UTC()}, func(rows db.Rows) error { return db.First(rows, &l.FiledToday, &l.DecidedToday) })
	b.Add(`select count(case when kind = 'breach' then 1 end), count(case when kind = 'warning' then 1 end) from case_alarms where at >= $1`,
		[]any{today.Start().UTC()}, func(rows db.Rows) error { return db.First(rows, &l.BreachedToday, &l.WarnedToday) })
}

// addCountedAt asks when cases were counted last, and up to which day messages
// were.
func addCountedAt(b *db.Batch, at *time.Time, notices *date.Date) {
	b.Add(`select name, up_to, at from figure_marks where name in ('`+markCases+`', '`+markNotices+`')`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var name, upTo string
			var counted db.Time
			if err := rows.Scan(&name, &upTo, &counted); err != nil {
				return err
			}
			if name == markCases {
				*at = counted.Time
				return nil
			}
			today, err := date.Parse(upTo) // on which those of the days before were counted
			*notices = today.AddDays(-1)
			return err
		})
	})
}

// CaseYear is the report of a year: the complaints that were filed in it, and how
// they stand.
type CaseYear struct {
	Year int
	Complaints
	AsOf time.Time // when cases were counted last
}

// firstCaseYear is the first of which there can be a report.
const firstCaseYear = 2020

// ReadCaseYear reads the report of a year in one round trip. It returns
// fault.Forbidden, and fault.NotFound for a year that has not begun.
func ReadCaseYear(ctx context.Context, r db.Reader, by staff.Actor, year Period, now time.Time) (*CaseYear, error) {
	if err := by.Must(staff.SeeReports); err != nil {
		return nil, err
	}
	n, _, _ := year.From.Civil()
	if !year.IsYear() || n < firstCaseYear || !year.Begun(date.Of(now)) {
		return nil, fault.New(fault.NotFound, "reports.no_year")
	}
	y := &CaseYear{Year: n, Complaints: newComplaints()}
	b := db.NewBatch()
	y.Complaints.addTo(b, Span{year.From, year.Next()}, nil)
	addCountedAt(b, &y.AsOf, new(date.Date))
	return y, r.Read(ctx, b)
}
