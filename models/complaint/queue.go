package complaint

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// Mark is a place in a list: after the case of a moment and id. Its zero value is
// the beginning.
type Mark struct {
	At time.Time
	ID string
}

// String writes the mark for an address, and the zero mark as the empty text.
func (m Mark) String() string {
	if m.ID == "" {
		return ""
	}
	return strconv.FormatInt(m.At.UnixMicro(), 10) + "-" + m.ID
}

// ParseMark reads what String wrote; false: it is no mark.
func ParseMark(text string) (Mark, bool) {
	if text == "" {
		return Mark{}, true
	}
	micros, id, ok := strings.Cut(text, "-")
	n, err := strconv.ParseInt(micros, 10, 64)
	if !ok || err != nil || id == "" || len(id) > 64 {
		return Mark{}, false
	}
	return Mark{time.UnixMicro(n).UTC(), id}, true
}

// View says which cases of the queue are shown. All of them are under way, or
// decided and still wait for their owner.
type View string

// The views.
const (
	Mine       View = "mine"
	Unassigned View = "unassigned"
	DueToday   View = "due" // by the end of the day, or before
	Breached   View = "breached"
	Waiting    View = "waiting" // for the merchant
	Reopened   View = "reopened"
	Authority  View = "authority" // which one wants an answer to
	Left       View = "left"      // decided, and something is left to do
	Everything View = "all"
)

// Views are the views in the order in which they are shown.
var Views = []View{Mine, Unassigned, DueToday, Breached, Waiting, Reopened, Authority, Left, Everything}

// Known reports whether the view is one.
func (v View) Known() bool { _, ok := viewed[v]; return ok }

// viewed holds the condition of each view; $1 is who looks, and $tonight the end
// of the day.
var viewed = map[View]string{
	Mine:       `c.owner_id = $1`,
	Unassigned: `c.owner_id = ''`,
	DueToday:   `c.under_way and c.queue_at < $tonight`,
	Breached:   `c.under_way and c.breached`,
	Waiting:    `c.under_way and c.state = 'awaiting_merchant'`,
	Reopened:   `c.under_way and c.reopened`,
	Authority:  `c.under_way and c.authority <> ''`,
	Left:       `c.waits_for <> ''`,
	Everything: `true`,
}

// Queued is a case in the queue.
type Queued struct {
	ID          string
	Number      string
	MerchantRef string
	Merchant    string
	Kind        Kind
	Item        fee.Item
	Reason      Reason
	Channel     Channel
	AnswerBy    date.Date // the day by which an authority wants an answer; zero: none does
	FiledAt     time.Time
	State       worktime.State
	NextDueAt   time.Time     // zero: no clock is due
	Left        time.Duration // to that moment, as the clock that is due counts: below zero where it is over
	WaitsFor    WaitsFor
	Since       time.Time // when it began to wait for that
	OwnerID     string
	Owner       string
	Breached    bool
	Reopened    bool
	OpenBy      []string // names of the others who have it open

	calendar int // version that it was filed under
}

// MostCounted is up to how many cases of a view are counted: where there are as
// many, there may be more.
const MostCounted = 100

const queueShown = 50

// Queue is a part of the cases under way, those first whose clock is due first.
// Those that are decided and wait for something stand at the moment from which they
// do: before those that have time.
type Queue struct {
	Rows   []Queued
	People []Worker     // to whom cases may be handed
	More   Mark         // where the next part begins; zero: this is the last
	Counts map[View]int // up to MostCounted each

	calendars map[int]*worktime.Calendar // by version
}

// ReadQueue reads a part of a view of the queue as it is for a member of staff, in
// two statements and one round trip. What it costs does not grow with the number
// of cases. It returns fault.Forbidden.
func ReadQueue(ctx context.Context, r db.Reader, by staff.Actor, v View, after Mark, now time.Time) (*Queue, error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	if !v.Known() {
		v = Everything
	}
	q := &Queue{Counts: map[View]int{}}
	b := db.NewBatch()
	q.addTo(b, by.ID, "", v, after, now)
	return q, q.readFrom(ctx, r, b, now)
}

// ReadQueueOf reads a part of what somebody else has, for leads, as ReadQueue does.
func ReadQueueOf(ctx context.Context, r db.Reader, by staff.Actor, ownerID string, after Mark, now time.Time) (*Queue, error) {
	if err := by.Must(staff.SeeBoard); err != nil {
		return nil, err
	}
	q := &Queue{Counts: map[View]int{}}
	b := db.NewBatch()
	q.addTo(b, by.ID, ownerID, Everything, after, now)
	return q, q.readFrom(ctx, r, b, now)
}

func (q *Queue) readFrom(ctx context.Context, r db.Reader, b *db.Batch, now time.Time) error {
	if err := r.Read(ctx, b); err != nil {
		return err
	}
	if len(q.Rows) > queueShown {
		q.Rows = q.Rows[:queueShown]
		last := &q.Rows[queueShown-1]
		q.More = Mark{last.Since, last.ID}
	}
	return q.finish(now)
}

// finish leaves no moment where nothing is due, and works out how long there is
// elsewhere: in working time, unless it is a day that has to end first.
func (q *Queue) finish(now time.Time) (err error) {
	for i := range q.Rows {
		row := &q.Rows[i]
		if !row.NextDueAt.Before(never) {
			row.NextDueAt = time.Time{}
			continue
		}
		calendar := q.calendars[row.calendar]
		if day := date.Of(row.NextDueAt); calendar == nil || row.NextDueAt.Equal(day.Start()) {
			row.Left = row.NextDueAt.Sub(now)
			continue
		}
		if row.NextDueAt.Before(now) {
			row.Left, err = calendar.Between(row.NextDueAt, now)
			row.Left = -row.Left
		} else {
			row.Left, err = calendar.Between(now, row.NextDueAt)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// queuedColumns are what a list of cases shows; $1 is who looks, and $2 the
// moment.
const queuedColumns = `
		select c.id, c.number, m.ref, m.name, c.kind, c.item, c.reason, c.channel, c.authority_due_on, c.filed_at, c.state, c.next_due_at, c.calendar, c.waits_for, c.queue_at,
			c.owner_id, c.owner_name, c.breached, c.reopened,
			(select string_agg(l.staff_name, '` + "\n" + `' order by l.staff_name) from case_locks l where l.case_id = c.id and l.staff_id <> $1 and l.until > $2)`

func (q *Queue) addTo(b *db.Batch, staffID, ownerID string, v View, after Mark, now time.Time) {
	tonight := worktime.EndOf(date.Of(now))
	args := []any{staffID, now}
	value := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where := viewed[v]
	if ownerID != "" {
		where = `c.owner_id = ` + value(ownerID)
	}
	if v == DueToday {
		where = strings.ReplaceAll(where, "$tonight", value(tonight))
	}
	if after.ID != "" {
		at := value(after.At)
		where += ` and c.queue_at >= ` + at + ` and (c.queue_at > ` + at + ` or c.id > ` + value(after.ID) + `)`
	}
	b.Add(queuedColumns+`
		from cases c join merchants m on m.id = c.merchant_id
		where c.queue_at is not null and `+where+`
		order by c.queue_at, c.id limit `+strconv.Itoa(queueShown+1), args, q.read)
	q.addBeside(b, staffID, tonight)
}

// addBeside asks for what stands beside every part of the queue: how many cases
// each view has, to whom they may be handed, and by which calendars they count.
func (q *Queue) addBeside(b *db.Batch, staffID string, tonight time.Time) {
	parts := make([]string, len(Views))
	for i, one := range Views {
		parts[i] = fmt.Sprintf(`select '%s', '', '', (select count(*) from (select 1 from cases c where c.queue_at is not null and %s limit %d) counted)`,
			one, strings.ReplaceAll(viewed[one], "$tonight", "$2"), MostCounted)
	}
	q.calendars = map[int]*worktime.Calendar{}
	b.Add(strings.Join(parts, ` union all `)+` union all select cast(version as text), calendar, '', -2 from calendars
		union all select id, name, role, -1 from (`+workers+`) s order by 2, 1`, []any{staffID, tonight}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var w Worker
			var role staff.Role
			var n int
			err := rows.Scan(&w.ID, &w.Name, &role, &n)
			switch {
			case err != nil:
			case n >= 0:
				q.Counts[View(w.ID)] = n
			case n == -1:
				addWorker(&q.People, w, role)
			default:
				err = q.addCalendar(w.ID, w.Name)
			}
			return err
		})
	})
}

func (q *Queue) addCalendar(version, text string) error {
	n, err := strconv.Atoi(version)
	if err != nil {
		return err
	}
	q.calendars[n] = &worktime.Calendar{}
	return json.Unmarshal([]byte(text), q.calendars[n])
}

func (q *Queue) read(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c Queued
		var filed, due, since db.Time
		var open db.Text
		err := rows.Scan(&c.ID, &c.Number, &c.MerchantRef, &c.Merchant, &c.Kind, &c.Item, &c.Reason, &c.Channel, &c.AnswerBy, &filed, &c.State, &due, &c.calendar, &c.WaitsFor, &since,
			&c.OwnerID, &c.Owner, &c.Breached, &c.Reopened, &open)
		c.FiledAt, c.NextDueAt, c.Since = filed.Time, due.Time, since.Time
		if open != "" {
			c.OpenBy = strings.Split(string(open), "\n")
		}
		q.Rows = append(q.Rows, c)
		return err
	})
}

// CountMine adds to a batch how many cases of the queue somebody has, and
// CountUnassigned how many nobody has, each up to MostCounted.
func CountMine(b *db.Batch, staffID string, n *int) {
	b.Add(`select count(*) from (select 1 from cases where queue_at is not null and owner_id = $1 limit $2) mine`,
		[]any{staffID, MostCounted}, func(rows db.Rows) error { return db.First(rows, n) })
}

// CountUnassigned is described with CountMine.
func CountUnassigned(b *db.Batch, n *int) { CountMine(b, "", n) }
