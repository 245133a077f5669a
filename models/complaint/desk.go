package complaint

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
)

// Alarm is a clock that has warned or was breached.
type Alarm struct {
	Number string
	Owner  string // name of the case's; empty: nobody
	Round  int
	Clock  worktime.Name
	Breach bool // else a warning
	At     time.Time
	DueAt  time.Time // of the clock; zero: it paused
}

// Desk is a case as staff work on it.
type Desk struct {
	Page
	MerchantRef string
	Merchant    string
	Contact     string // whom to speak to, as the core system has it
	OwnerID     string
	Due         Due
	WaitsFor    WaitsFor
	SecondAbove money.Fen // a refund of more takes two people
	Inquiries   []Inquiry
	Alarms      []Alarm
	Openers     []Opener    // the others who have it open
	People      []Worker    // to whom the case may be handed
	Reachables  []Reachable // to be masked where they are shown
	Known       Known       // of the subject, as it was when the case was filed
	Sampled     *Marks      // zero: nobody has looked at it again; nil: it is none of the sample
	Canned      []Canned
	Terminals   int      // of the merchant's
	Earlier     []Listed // cases of the same merchant, the latest first
	Similar     []Listed // of others about the same fee for the same reason, the latest first
}

// Left returns what the latest decision grants and no refund that is not refused
// is about, as far as nobody else gives it back.
func (k *Desk) Left() money.Fen {
	left := k.Granted()
	if left == 0 {
		return 0
	}
	for _, r := range k.RefundsOf(len(k.Decisions) - 1) {
		if r.State != RefundRefused {
			left = left.Minus(r.Amount)
		}
	}
	return min(left, k.Due.Unproposed)
}

const mostBeside = 10

// ReadDesk reads a case as it stands at a moment for a member of staff, in one
// round trip. It returns fault.Forbidden and fault.NotFound.
func ReadDesk(ctx context.Context, r db.Reader, by staff.Actor, number string, now time.Time) (*Desk, error) {
	if err := by.Must(staff.SeeCases); err != nil {
		return nil, err
	}
	k := &Desk{}
	b := db.NewBatch()
	k.addTo(b, 0, number, true)
	args := []any{number}
	b.Add(`select m.ref, m.name, m.contact, c.owner_id, c.subject, c.waits_for from cases c join merchants m on m.id = c.merchant_id where c.number = $1`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s Subject
			err := rows.Scan(&k.MerchantRef, &k.Merchant, &k.Contact, &k.OwnerID, &s, &k.WaitsFor)
			if s != OfDeduction {
				k.Due.Most, k.Due.Unproposed = mostRefunded, mostRefunded
			}
			return err
		})
	})
	b.Add(`select `+dueColumns("c.id")+`
		from cases c join bill_lines l on l.merchant_id = c.merchant_id and l.id = c.subject_ref where c.number = $1 and c.subject = 'deduction'`, args, func(rows db.Rows) error {
		return db.Each(rows, func() (err error) {
			k.Due, err = scanDue(rows)
			return err
		})
	})
	b.Add(`select i.id, i.whom, i.name, i.body, i.due_on, i.asked_at, i.asked_name, coalesce(i.answer, ''), i.answered_at
		from case_inquiries i join cases c on c.id = i.case_id where c.number = $1 order by i.asked_at, i.id`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var q Inquiry
			var asked, answered db.Time
			err := rows.Scan(&q.ID, &q.Whom, &q.Name, &q.Body, &q.DueOn, &asked, &q.By, &q.Answer, &answered)
			q.AskedAt, q.AnsweredAt = asked.Time, answered.Time
			k.Inquiries = append(k.Inquiries, q)
			return err
		})
	})
	addOpeners(b, by.ID, number, now, &k.Openers)
	addWorkers(b, &k.People)
	addCanned(b, &k.Canned)
	b.Add(reachableOf, args, scanReachable(&k.Reachables))
	b.Add(`select e.facts from case_evidence e join cases c on c.id = e.case_id and c.merchant_id = e.merchant_id where c.number = $1 and e.number = 1`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var facts string
			err := rows.Scan(&facts)
			if err == nil {
				k.Known, err = readKnown([]byte(facts))
			}
			return err
		})
	})
	b.Add(`select coalesce(s.facts, 0), coalesce(s.words, 0), coalesce(s.outcome, 0), s.remark from case_samples s join cases c on c.id = s.case_id where c.number = $1`, args, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			k.Sampled = &Marks{}
			return rows.Scan(&k.Sampled.Facts, &k.Sampled.Words, &k.Sampled.Outcome, &k.Sampled.Remark)
		})
	})
	b.Add(`select count(*) from terminals t join cases c on c.merchant_id = t.merchant_id where c.number = $1`, args, func(rows db.Rows) error { return db.First(rows, &k.Terminals) })
	b.Add(alarmsOf+` where c.number = $1 order by a.at, a.clock, a.kind`, args, scanAlarms(&k.Alarms))
	b.Add(`select `+listedColumns+` from cases this join cases c on c.merchant_id = this.merchant_id and c.id <> this.id
		where this.number = $1 order by c.filed_at desc, c.id desc limit $2`, []any{number, mostBeside}, scanListed(&k.Earlier))
	b.Add(`select `+listedColumns+` from cases this join cases c on c.item = this.item and c.reason = this.reason
		where this.number = $1 and c.merchant_id <> this.merchant_id and this.item <> '' order by c.filed_at desc limit $2`, []any{number, mostBeside}, scanListed(&k.Similar))
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	k.SecondAbove = k.head.secondAbove
	return k, k.assemble(now)
}

const alarmsOf = `select c.number, c.owner_name, a.round, a.clock, a.kind = 'breach', a.at, a.due_at from case_alarms a join cases c on c.id = a.case_id`

func scanAlarms(all *[]Alarm) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Alarm
			var at, due db.Time
			err := rows.Scan(&a.Number, &a.Owner, &a.Round, &a.Clock, &a.Breach, &at, &due)
			a.At, a.DueAt = at.Time, due.Time
			*all = append(*all, a)
			return err
		})
	}
}

// Load is what somebody has to do.
type Load struct {
	OwnerID  string // empty: nobody has it
	Owner    string
	Open     int
	DueToday int // by the end of the day, or before
	Breached int
}

// Board is how the work goes, for leads.
type Board struct {
	Loads   []Load
	Alarms  []Alarm // the latest first, at most boardAlarms
	Decided int     // complaints that were decided in the month up to now
	InTime  int     // of them, those no clock of which was breached
	Upheld  int     // of them, in whole or in part
	Rated   int     // cases that merchants rated in that time
	Stars   int     // that they gave in all, up to five each
}

const (
	boardAlarms = 50
	boardDays   = 30
)

// ReadBoard reads how the work goes, in one round trip. It returns
// fault.Forbidden.
func ReadBoard(ctx context.Context, r db.Reader, by staff.Actor, now time.Time) (*Board, error) {
	if err := by.Must(staff.SeeBoard); err != nil {
		return nil, err
	}
	o := &Board{}
	b := db.NewBatch()
	b.Add(`select owner_id, max(owner_name), count(*), sum(case when under_way and next_due_at < $1 then 1 else 0 end), sum(case when under_way and breached then 1 else 0 end)
		from cases where queue_at is not null group by owner_id order by 4 desc, 3 desc, 1`, []any{worktime.EndOf(date.Of(now))}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var l Load
			err := rows.Scan(&l.OwnerID, &l.Owner, &l.Open, &l.DueToday, &l.Breached)
			o.Loads = append(o.Loads, l)
			return err
		})
	})
	b.Add(alarmsOf+` order by a.at desc, a.case_id, a.clock, a.kind limit $1`, []any{boardAlarms}, scanAlarms(&o.Alarms))
	b.Add(`select count(*), coalesce(sum(case when c.breached then 0 else 1 end), 0), coalesce(sum(case when d.finding <> 'not_upheld' then 1 else 0 end), 0)
		from case_decisions d join cases c on c.id = d.case_id
		where d.at > $1 and c.kind = 'complaint' and d.number = (select max(l.number) from case_decisions l where l.case_id = d.case_id)`,
		[]any{now.AddDate(0, 0, -boardDays)}, func(rows db.Rows) error { return db.First(rows, &o.Decided, &o.InTime, &o.Upheld) })
	b.Add(`select count(*), coalesce(sum(stars), 0) from case_ratings where at > $1`, []any{now.AddDate(0, 0, -boardDays)}, func(rows db.Rows) error { return db.First(rows, &o.Rated, &o.Stars) })
	return o, r.Read(ctx, b)
}
