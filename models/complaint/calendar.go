package complaint

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// Calendar is a version of the working calendar. Cases keep the one that they
// were filed under.
type Calendar struct {
	Version  int // 1: as shipped
	Calendar *worktime.Calendar
	Note     string // what was changed
	SetAt    time.Time
	SetBy    string // id of the member of staff
}

// Policy is a version of how long the clocks of cases run. Cases keep the one
// that they were filed under.
type Policy struct {
	Version int // 1: as shipped
	worktime.Policy
	SecondAbove money.Fen // a refund of more takes two people
	SetAt       time.Time
	SetBy       string
}

// LatestCalendar returns the calendar for cases to come.
func LatestCalendar(ctx context.Context, r db.Reader) (Calendar, error) {
	return latestCalendar(ctx, r)
}

const calendarQuery = `select version, calendar, note, set_at, set_by from calendars order by version desc limit 1`

func (c *Calendar) scan(row db.Row) error {
	var text string
	var at db.Time
	err := row.Scan(&c.Version, &text, &c.Note, &at, &c.SetBy)
	if err == nil {
		c.SetAt, c.Calendar = at.Time, &worktime.Calendar{}
		err = json.Unmarshal([]byte(text), c.Calendar)
	}
	if err != nil {
		return fmt.Errorf("complaint: the calendar: %w", err)
	}
	return nil
}

func latestCalendar(ctx context.Context, r db.Reader) (c Calendar, err error) {
	return c, c.scan(r.QueryRow(ctx, calendarQuery))
}

const policyQuery = `
	select version, first_contact_minutes, resolution_minutes, reply_days, reply_max_days, review_days, reopen_days, second_above_fen, set_at, set_by
	from case_policies order by version desc limit 1`

func (p *Policy) scan(row db.Row, more ...any) error {
	var at db.Time
	err := row.Scan(append([]any{&p.Version, &p.FirstContactMinutes, &p.ResolutionMinutes, &p.ReplyDays, &p.ReplyMaxDays, &p.ReviewDays, &p.ReopenDays, &p.SecondAbove, &at, &p.SetBy}, more...)...)
	if err != nil {
		return fmt.Errorf("complaint: the policy: %w", err)
	}
	p.SetAt = at.Time
	return nil
}

func latestPolicy(ctx context.Context, r db.Reader) (p Policy, err error) {
	return p, p.scan(r.QueryRow(ctx, policyQuery))
}

// Version is a version of the calendar or of the policy, as a list shows it.
type Version struct {
	Number int
	Note   string // of a calendar
	Policy Policy // of a policy
	SetAt  time.Time
	SetBy  string // name; empty: as shipped
}

// VersionsShown is how many versions a list shows.
const VersionsShown = 20

// Settings are by what cases to come count, with the latest versions of each, the
// newest first, and of the policies one more, so that each can be held against the
// one before.
type Settings struct {
	Calendar  Calendar
	Policy    Policy
	Calendars []Version
	Policies  []Version
}

// ReadSettings reads by what cases to come count, in one round trip.
func ReadSettings(ctx context.Context, r db.Reader) (*Settings, error) {
	s := &Settings{}
	b := db.NewBatch()
	b.Add(calendarQuery, nil, func(rows db.Rows) error { return db.Each(rows, func() error { return s.Calendar.scan(rows) }) })
	b.Add(policyQuery, nil, func(rows db.Rows) error { return db.Each(rows, func() error { return s.Policy.scan(rows) }) })
	b.Add(`select c.version, c.note, c.set_at, s.name from calendars c left join staff s on s.id = c.set_by order by c.version desc limit $1`, []any{VersionsShown}, scanVersions(&s.Calendars))
	b.Add(`select p.version, p.first_contact_minutes, p.resolution_minutes, p.reply_days, p.reply_max_days, p.review_days, p.reopen_days, p.second_above_fen, p.set_at, p.set_by, s.name
		from case_policies p left join staff s on s.id = p.set_by order by p.version desc limit $1`, []any{VersionsShown + 1}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var v Version
			var name db.Text
			err := v.Policy.scan(rows, &name)
			v.Number, v.SetAt, v.SetBy = v.Policy.Version, v.Policy.SetAt, string(name)
			s.Policies = append(s.Policies, v)
			return err
		})
	})
	return s, r.Read(ctx, b)
}

func scanVersions(all *[]Version) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var v Version
			var at db.Time
			var by db.Text
			err := rows.Scan(&v.Number, &v.Note, &at, &by)
			v.SetAt, v.SetBy = at.Time, string(by)
			*all = append(*all, v)
			return err
		})
	}
}

// SetCalendar makes a calendar the one for cases to come, in place of the version
// that was shown. It returns fault.Forbidden, fault.Invalid for the field "note",
// and fault.Conflict where somebody else set one since.
func (c *Cases) SetCalendar(ctx context.Context, by staff.Actor, shown int, calendar *worktime.Calendar, note string) error {
	if err := by.Must(staff.LeadCases); err != nil {
		return err
	}
	note = strings.TrimSpace(note)
	if n := utf8.RuneCountInString(note); n == 0 || n > MaxRemark {
		return wrongField("note", "case.note_missing")
	}
	text, err := json.Marshal(calendar)
	if err != nil {
		return err
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `insert into calendars (version, calendar, note, set_at, set_by)
			select $1, $2, $3, $4, $5 where (select max(version) from calendars) = $6`, shown+1, string(text), note, at, by.ID, shown)
		return setVersion(ctx, tx, at, by, "calendar", shown+1, n, err)
	})
}

// SetPolicy makes a policy the one for cases to come, as SetCalendar does. It
// returns fault.Invalid for the fields of figures that may not be.
func (c *Cases) SetPolicy(ctx context.Context, by staff.Actor, shown int, p Policy) error {
	if err := by.Must(staff.SetCasePolicy); err != nil {
		return err
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		calendar, err := latestCalendar(ctx, tx)
		if err == nil {
			err = p.Check(calendar.Calendar)
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `insert into case_policies (version, first_contact_minutes, resolution_minutes, reply_days, reply_max_days, review_days, reopen_days,
				second_above_fen, set_at, set_by)
			select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 where (select max(version) from case_policies) = $11`,
			shown+1, p.FirstContactMinutes, p.ResolutionMinutes, p.ReplyDays, p.ReplyMaxDays, p.ReviewDays, p.ReopenDays, int64(p.SecondAbove), at, by.ID, shown)
		return setVersion(ctx, tx, at, by, "policy", shown+1, n, err)
	})
}

// setVersion records that a version was written, if it was.
func setVersion(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, what string, version int, written int64, err error) error {
	if db.Duplicate(err) || err == nil && written == 0 {
		return fault.New(fault.Conflict, "case.set_since")
	}
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.Audit(), Action: "case.set_" + what, Subject: what, RequestID: by.RequestID, Details: map[string]any{"version": version},
	})
}
