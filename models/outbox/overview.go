package outbox

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// DayOf is what became of the messages that were made on one day for one channel.
type DayOf struct {
	On        date.Date // in Shanghai
	Channel   string
	Made      int
	Waiting   int // or on their way
	Accepted  int // and no word since
	Delivered int // and not read, as far as anybody knows
	Read      int // acknowledged or not
	Failed    int
	Dead      int
	Twice     int // may have gone out twice
}

// longestOverview bounds the days of an overview.
const longestOverview = 31

// ReadOverview puts a question into a batch: what became of the messages of the days
// from the first to the last, both included, at most 31 of them up to the last. There
// is a row for each day and channel that has any, the newest day first.
func ReadOverview(b *db.Batch, dialect db.Dialect, first, last date.Date, all *[]DayOf) {
	first = max(first, last.AddDays(1-longestOverview))
	b.Add(`
		select on_day, channel, count(*),
			count(case when state in ('queued', 'sending') then 1 end), count(case when state = 'accepted' then 1 end),
			count(case when state = 'delivered' then 1 end), count(case when state in ('read', 'acknowledged') then 1 end),
			count(case when state = 'failed' then 1 end), count(case when state = 'dead' then 1 end), count(case when maybe_twice then 1 end)
		from (select `+dayOf[dialect]+` as on_day, channel, state, maybe_twice from messages where created_at >= $1 and created_at < $2) m
		group by on_day, channel order by on_day desc, channel`, []any{first.Start().UTC(), last.AddDays(1).Start().UTC()}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d DayOf
			err := rows.Scan(&d.On, &d.Channel, &d.Made, &d.Waiting, &d.Accepted, &d.Delivered, &d.Read, &d.Failed, &d.Dead, &d.Twice)
			*all = append(*all, d)
			return err
		})
	})
}

// dayOf is the day in Shanghai on which a message was made.
var dayOf = map[db.Dialect]string{
	db.Postgres: `cast(created_at at time zone 'Asia/Shanghai' as date)`,
	db.SQLite:   `date(created_at, '+8 hours')`, // which Shanghai has kept to since 1991
}

// Cause is how many messages of a channel did not arrive for one reason.
type Cause struct {
	Channel string
	State   State  // Failed or Dead
	Reason  string // kind of failure, as a provider's client tells it; empty: it does not say
	N       int
	Latest  time.Time
}

// ReadCauses puts a question into a batch: why messages that were made on the days
// from the first to the last did not arrive, both included, at most 31 days up to the
// last; the most frequent first.
func ReadCauses(b *db.Batch, first, last date.Date, all *[]Cause) {
	first = max(first, last.AddDays(1-longestOverview))
	b.Add(`
		select channel, state, coalesce(reason, ''), count(*), max(failed_at)
		from messages where created_at >= $1 and created_at < $2 and state in ('failed', 'dead')
		group by channel, state, coalesce(reason, '') order by 4 desc, 1, 2, 3`, []any{first.Start().UTC(), last.AddDays(1).Start().UTC()}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Cause
			var state string
			var latest db.Time
			err := rows.Scan(&c.Channel, &state, &c.Reason, &c.N, &latest)
			c.State, c.Latest = State(state), latest.Time
			*all = append(*all, c)
			return err
		})
	})
}
