package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// Sweep plans whatever has become due to be told, and returns how many notices it
// planned or took back. It may run at any time, as often as wanted and beside
// others of its kind: nothing is planned twice, and what was missed is made up
// for. It costs by what is due, not by what there is.
func Sweep(ctx context.Context, d *db.DB, c clock.Clock, policy fee.Policy) (n int, err error) {
	s := &sweep{d: d, policy: policy, now: c.Now()}
	s.today = date.Of(s.now)
	for _, part := range []func(context.Context) error{s.leads, s.feeChanges, s.news, s.rounds, s.signIns} {
		if err := part(ctx); err != nil {
			return s.n, fmt.Errorf("notice: planning: %w", err)
		}
	}
	return s.n, nil
}

// news follows what others noted for it, if there is any.
func (s *sweep) news(ctx context.Context) error {
	feeds := []struct {
		table  string
		follow func(context.Context) error
		isAny  bool
	}{{"forecast_changes", s.forecastChanges, false}, {"deduction_news", s.deductions, false}, {"usage_news", s.usage, false}}
	b := db.NewBatch()
	for i := range feeds {
		b.Add(`select exists (select 1 from `+feeds[i].table+`)`, nil, func(rows db.Rows) error { return db.First(rows, &feeds[i].isAny) })
	}
	if err := s.d.Read(ctx, b); err != nil {
		return err
	}
	for _, f := range feeds {
		if !f.isAny {
			continue
		}
		if err := f.follow(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sweep is one run of Sweep. What is planned today goes out by today's clock, so
// that the run keeps to the moment at which it began.
type sweep struct {
	d      *db.DB
	policy fee.Policy
	now    time.Time
	today  date.Date
	n      int
}

// write runs a transaction and counts what it planned once it is committed.
func (s *sweep) write(ctx context.Context, fn func(tx *db.Tx) (int, error)) (n int, err error) {
	err = s.d.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = fn(tx)
		return err
	})
	if err == nil {
		s.n += n
	}
	return n, err
}

// lock makes those who plan by days come one after the other.
func (s *sweep) lock(ctx context.Context, tx *db.Tx) error { return tx.Lock(ctx, "notice sweep") }

// marks returns up to which day each lead of a kind has been planned.
func marks(ctx context.Context, r db.Reader, k Kind) (map[int]date.Date, error) {
	to := map[int]date.Date{}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var lead int
			var on date.Date
			err := rows.Scan(&lead, &on)
			to[lead] = on
			return err
		})
	}, `select lead_days, swept_to from notice_sweeps where kind = $1`, string(k))
	return to, err
}

// mark notes that a lead of a kind has been planned up to a day.
func mark(ctx context.Context, tx *db.Tx, k Kind, lead int, to date.Date) error {
	_, err := tx.Exec(ctx, `
		insert into notice_sweeps (kind, lead_days, swept_to) values ($1, $2, $3)
		on conflict (kind, lead_days) do update set swept_to = excluded.swept_to`, string(k), lead, to)
	return err
}
