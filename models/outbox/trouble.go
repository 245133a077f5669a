package outbox

import (
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Trouble is what stands in the way of a channel.
type Trouble struct {
	Waiting  int       // messages that wait for another try
	Since    time.Time // when the first of them was made; zero: none waits
	Reason   string    // kind of failure of the one that failed last, for good or for now
	Detail   string    // what happened then, for staff
	FailedAt time.Time // when the latest was refused for good; zero: never
}

// ReadTroubles puts into a batch the questions of what stands in the way of each
// channel that leaves the portal.
func ReadTroubles(b *db.Batch, troubles map[string]*Trouble) {
	for channel, t := range troubles {
		b.Add(`
			select reason, last_error, failed_at from messages where channel = $1 and failed_at is not null
			order by failed_at desc, id desc limit 1`, []any{channel}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var reason, detail db.Text
				err := rows.Scan(&reason, &detail, &t.FailedAt)
				t.Reason, t.Detail = string(reason), string(detail)
				return err
			})
		})
		b.Add(`
			select count(*) over (), min(created_at) over (), reason, last_error from messages
			where channel = $1 and state in ('queued', 'sending') and reason is not null
			order by id desc limit 1`, []any{channel}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var since db.Time
				var reason, detail db.Text
				err := rows.Scan(&t.Waiting, &since, &reason, &detail)
				t.Since, t.Reason, t.Detail = since.Time, string(reason), string(detail)
				return err
			})
		})
	}
}

// CountStuck puts into a batch the question how many messages wait for another
// try, after one that failed.
func CountStuck(b *db.Batch, n *int) {
	b.Add(`select count(*) from messages where state in ('queued', 'sending') and channel in ('sms', 'email', 'wechat') and reason is not null`, nil,
		func(rows db.Rows) error { return db.First(rows, n) })
}
