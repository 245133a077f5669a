package gate

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/db"
)

// healthSpan is the time over which what was taken counts.
const healthSpan = 24 * time.Hour

// Health is how the gate does, for those who watch it.
type Health struct {
	Taken      int64     // deductions of the last 24 hours that were taken, asked for or not
	Wrong      int64     // of these, that must not have been
	Ungated    int64     // that were said to be taken without a permission in the last 24 hours
	Held       int64     // deductions that wait for staff, those of held batches included
	OldestHeld time.Time // zero: none waits
	Alarms     map[alarm.Kind]int64
}

// ReadHealth reads it in one round trip.
func ReadHealth(ctx context.Context, r db.Reader, now time.Time) (*Health, error) {
	h := &Health{Alarms: map[alarm.Kind]int64{}}
	since := now.Add(-healthSpan)
	b := db.NewBatch()
	b.Apart()
	b.Add(`select count(*), count(case when decision = 'deny' then 1 end) from bill_lines where kind = 'deduction' and state in ('posted', 'refunded') and at > $1 and at <= $2`,
		[]any{since, now}, func(rows db.Rows) error { return db.First(rows, &h.Taken, &h.Wrong) })
	b.Add(`select count(*) from gate_requests where ungated_at is not null and ungated_at > $1`, []any{since}, func(rows db.Rows) error { return db.First(rows, &h.Ungated) })
	b.Add(`select count(*) from gate_requests where state = 'held'`, nil, func(rows db.Rows) error { return db.First(rows, &h.Held) })
	b.Add(`select asked_at from gate_requests where state = 'held' order by asked_at limit 1`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var at db.Time
			err := rows.Scan(&at)
			h.OldestHeld = at.Time
			return err
		})
	})
	b.Add(`select kind, count(*) from alarms where answered_at is null group by kind`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var kind alarm.Kind
			var n int64
			err := rows.Scan(&kind, &n)
			h.Alarms[kind] = n
			return err
		})
	})
	return h, r.Read(ctx, b)
}
