package report

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// settlesWithin is how long a transaction of the gate takes at the very most:
// younger requests are counted later, so that none is missed.
const settlesWithin = 5 * time.Minute

// requestsAtOnce is how many requests are counted in one transaction.
const requestsAtOnce = 20_000

// shanghaiDay is the day in Shanghai on which an instant in a column lies.
func shanghaiDay(dialect db.Dialect, column string) string {
	if dialect == db.Postgres {
		return `cast(` + column + ` at time zone 'Asia/Shanghai' as date)`
	}
	return `date(` + column + `, '+8 hours')` // which Shanghai has kept to since 1991
}

// CountGate counts what the gate answered since it was last called, each request
// once, by the day on which it was asked. It returns how many requests there
// were.
func CountGate(ctx context.Context, d *db.DB, now time.Time) (n int64, err error) {
	for {
		var some int64
		err := d.Write(ctx, func(tx *db.Tx) (err error) {
			some, err = countRequests(ctx, tx, now)
			return err
		})
		n += some
		if err != nil {
			return n, fmt.Errorf("report: counting what the gate answered: %w", err)
		}
		if some < requestsAtOnce {
			return n, nil
		}
	}
}

func countRequests(ctx context.Context, tx *db.Tx, now time.Time) (n int64, err error) {
	if err := tx.Lock(ctx, "figures of the gate"); err != nil {
		return 0, err
	}
	after, err := readMark(ctx, tx, markGate)
	if err != nil {
		return 0, err
	}
	var last db.Text
	err = tx.QueryRow(ctx, `select count(*), max(deduction_id) from (select deduction_id from gate_requests where deduction_id > $1 and deduction_id < $2 order by deduction_id limit $3) next`,
		after, id.First("d", now.Add(-settlesWithin)), requestsAtOnce).Scan(&n, &last)
	if err != nil || n == 0 {
		return 0, err
	}
	day := shanghaiDay(tx.Dialect, "g.asked_at")
	_, err = tx.Exec(ctx, `
		insert into figure_days (on_date, measure, name, n)
		select `+day+`, '`+measureGate+`', s.step, count(*)
		from gate_requests g join gate_steps s on s.merchant_id = g.merchant_id and s.deduction_id = g.deduction_id and s.number = 1
		where g.deduction_id > $1 and g.deduction_id <= $2 group by `+day+`, s.step
		on conflict (on_date, measure, name) do update set n = figure_days.n + excluded.n`, after, string(last))
	if err != nil {
		return 0, err
	}
	return n, markAt(ctx, tx, markGate, string(last), now)
}

// heardWithin is for how many days providers report what became of a message.
const heardWithin = 3

// CountNotices counts what became of the messages that left the portal on days
// that are over, once a day: those of the last days again, as reports come late.
func CountNotices(ctx context.Context, d *db.DB, now time.Time) error {
	today := date.Of(now)
	err := d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "figures of notices"); err != nil {
			return err
		}
		counted, err := readMark(ctx, tx, markNotices)
		if err != nil || counted >= today.String() {
			return err
		}
		since := time.Unix(0, 0).UTC()
		if counted != "" {
			last, err := date.Parse(counted)
			if err != nil {
				return err
			}
			since = last.AddDays(-heardWithin).Start().UTC()
		}
		if _, err := tx.Exec(ctx, `delete from figure_days where measure = '`+measureNotices+`' and on_date >= $1`, date.Of(since)); err != nil {
			return err
		}
		day := shanghaiDay(tx.Dialect, "created_at")
		_, err = tx.Exec(ctx, `
			insert into figure_days (on_date, measure, name, n)
			select `+day+`, '`+measureNotices+`', `+fateOf+`, count(*)
			from messages where created_at >= $1 and created_at < $2 and channel <> 'inbox' and merchant_id is not null group by 1, 3`, since, today.Start().UTC())
		if err != nil {
			return err
		}
		return markAt(ctx, tx, markNotices, today.String(), now)
	})
	if err != nil {
		return fmt.Errorf("report: counting notices: %w", err)
	}
	return nil
}

// What became of a message, as figures count it.
const (
	NoticeArrived = "arrived" // the provider, or its reader, says so
	NoticeTaken   = "taken"   // by the provider, and no word since
	NoticeWaiting = "waiting"
	NoticeFailed  = "failed"
)

const fateOf = `case when state in ('delivered', 'read', 'acknowledged') then '` + NoticeArrived + `' when state = 'accepted' then '` + NoticeTaken +
	`' when state in ('failed', 'dead') then '` + NoticeFailed + `' else '` + NoticeWaiting + `' end`
