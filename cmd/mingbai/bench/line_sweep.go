package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
)

// Reaches of planning notices.
const (
	sweepReach = "≥ 0.85"
	rerunReach = "≤ 0.15"
)

// A world of charges to come has so many terminals for each that is asked for,
// and so many days of charges in the smaller one: as many are due a day there as
// in the larger one, which has ten times the days.
const (
	sweepScale = 10
	sweepDays  = 3
	sweepLead  = 7 // days ahead at which what is due is told
)

// foreseen is a database full of charges to come.
type foreseen struct {
	d         *db.DB
	terminals int
	due       int // a day
}

// sweep measures how notices are planned: against one plain statement that
// inserts the same rows, again when there is nothing left to do, and among ten
// times the charges.
func (r *runner) sweep(ctx context.Context) ([]Result, error) {
	var all []Result
	for _, dialect := range []db.Dialect{db.Postgres, db.SQLite} {
		small, err := r.foreseen(ctx, dialect, 1)
		if err != nil {
			return nil, err
		}
		large, err := r.foreseen(ctx, dialect, growth)
		if err != nil {
			return nil, err
		}
		results, err := r.sweepOn(ctx, dialect, small, large)
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	return all, nil
}

func (r *runner) sweepOn(ctx context.Context, dialect db.Dialect, small, large *foreseen) ([]Result, error) {
	name := "sweep-" + string(dialect)
	plain, err := compare(ctx, r.Rounds, large.insert, large.plan)
	if err != nil {
		return nil, err
	}
	var again []float64
	for i := range r.Rounds + 1 {
		first, err := large.plan(ctx)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if n, err := notice.Sweep(ctx, large.d, clock.At(now), fee.DefaultPolicy); err != nil || n != 0 {
			return nil, fmt.Errorf("another run planned %d: %w", n, err)
		}
		if i > 0 {
			again = append(again, float64(time.Since(began))/float64(first.took))
		}
	}
	grown, err := compare(ctx, r.Rounds, small.plan, large.plan)
	if err != nil {
		return nil, err
	}
	size := fmt.Sprintf("%d terminals, %d due", large.terminals, large.due)
	return []Result{
		{Name: name, What: "planning notices against one plain INSERT … SELECT", Unit: "×", Spread: ratio(plain), Reach: sweepReach, Detail: size + ", " + wholes(plain)},
		{Name: name + "-again", What: "another run against the first", Unit: "×", Spread: spreadOf(again), Reach: rerunReach, Detail: size},
		{
			Name: name + "-rows", What: "as many due among ten times the charges", Unit: "×", Spread: slowdown(grown), Reach: growthReach,
			Detail: fmt.Sprintf("%d and %d terminals, %s", small.terminals, large.terminals, wholes(grown)),
		},
	}, nil
}

// wholes says how long each side took for everything, in the median round.
func wholes(rounds []round) string {
	var base, candidate []float64
	for _, r := range rounds {
		base = append(base, float64(r.base.took)/2) // a round has each side twice
		candidate = append(candidate, float64(r.candidate.took)/2)
	}
	return fmt.Sprintf("%s against %s", time.Duration(spreadOf(candidate).Median).Round(time.Millisecond), time.Duration(spreadOf(base).Median).Round(time.Millisecond))
}

// foreseen makes a world of charges to come.
func (r *runner) foreseen(ctx context.Context, dialect db.Dialect, times int) (*foreseen, error) {
	f := &foreseen{terminals: r.Terminals * sweepScale * times}
	days := sweepDays * times
	f.due = (f.terminals + days - 1) / days // on the first of them
	connect, name := r.databases.postgres, fmt.Sprintf("sweep%d", times)
	if dialect == db.SQLite {
		connect = r.databases.sqlite
	}
	r.Progress(fmt.Sprintf("foreseeing the charges of %d terminals (%s)", f.terminals, dialect))
	var err error
	if f.d, err = connect(ctx, name); err != nil {
		return nil, err
	}
	if err := f.fill(ctx, days); err != nil {
		return nil, err
	}
	return f, settle(ctx, f.d)
}

// fill writes the charges as they would have been foreseen: as many on each day,
// the first ones a week ahead. One merchant in ten has chosen when to be told.
func (f *foreseen) fill(ctx context.Context, days int) error {
	return f.d.Write(ctx, func(tx *db.Tx) error {
		for _, s := range []string{
			`insert into disclosures (id, slug, title) values (1, 'fees', '{}')`,
			`insert into plans (id, code, item, disclosure_id) values (1, 'sim-half-48', 'sim_data', 1)`,
		} {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		merchants := (f.terminals + perMerchant - 1) / perMerchant
		opened := today.AddMonths(-24)
		of := func(i int) int { return i/perMerchant + 1 }
		for _, t := range []struct {
			name    string
			columns []string
			rows    int
			row     func(i int) []any
		}{
			{"merchants", []string{"id", "ref", "name", "contact", "phone", "email", "opened_on", "updated_at"}, merchants, func(i int) []any {
				return []any{int64(i + 1), fmt.Sprintf("M%d", i), "Shop", "", "", "", opened, now.UTC()}
			}},
			{"shops", []string{"id", "merchant_id", "name"}, merchants, func(i int) []any { return []any{int64(i + 1), int64(i + 1), "Main street"} }},
			{"terminals", []string{"id", "merchant_id", "shop_id", "sn", "alias", "model", "type", "iccid", "carrier", "agent_ref", "updated_at"}, f.terminals, func(i int) []any {
				return []any{int64(i + 1), int64(of(i)), int64(of(i)), serial(i), "Counter", "K9", "", "", "", "", now.UTC()}
			}},
			{"forecasts", []string{"merchant_id", "terminal_id", "plan_id", "cycle_index", "due_on", "amount_fen", "version", "holds"}, f.terminals, func(i int) []any {
				return []any{int64(of(i)), int64(i + 1), int64(1), int64(3), today.AddDays(sweepLead + i%days), int64(simPrice), int64(1), ""}
			}},
			{"notice_preferences", []string{
				"merchant_id", "locale", "leads", "quiet_from", "quiet_to", "send_minute", "matrix", "inbox_only", "usage_percent", "balance_fen", "updated_at", "updated_by",
			}, merchants / 10, func(i int) []any {
				p := notice.Default(int64(i*10 + 1))
				return []any{
					p.MerchantID, p.Locale, int64(p.Leads), int64(p.QuietFrom), int64(p.QuietTo), int64(p.SendMinute + i%60), db.JSON("{}"), false,
					int64(p.UsagePercent), int64(p.LowBalance), now.UTC(), "u_1",
				}
			}},
		} {
			i := 0
			_, err := tx.Bulk(ctx, t.name, t.columns, func() ([]any, bool, error) {
				if i == t.rows {
					return nil, false, nil
				}
				i++
				return t.row(i - 1), true, nil
			})
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return nil
	})
}

// yesterday puts everything back to where the day before left it.
func (f *foreseen) yesterday(ctx context.Context) error {
	empty := `delete from notices`
	if f.d.Dialect == db.Postgres {
		empty = `truncate notices`
	}
	return f.d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, empty); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from notice_sweeps`); err != nil {
			return err
		}
		for _, lead := range []int{1, 2, sweepLead, 8} {
			_, err := tx.Exec(ctx, `insert into notice_sweeps (kind, lead_days, swept_to) values ($1, $2, $3)`, string(notice.Upcoming), lead, today.AddDays(lead-1))
			if err != nil {
				return err
			}
		}
		for _, lead := range []int{30, 7, 0} {
			_, err := tx.Exec(ctx, `insert into notice_sweeps (kind, lead_days, swept_to) values ($1, $2, $3)`, string(notice.FeeChange), lead, today.AddDays(lead))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// plan plans what is due today.
func (f *foreseen) plan(ctx context.Context) (pace, error) {
	if err := f.yesterday(ctx); err != nil {
		return pace{}, err
	}
	began := time.Now()
	n, err := notice.Sweep(ctx, f.d, clock.At(now), fee.DefaultPolicy)
	took := time.Since(began)
	if err == nil && n != f.due {
		err = fmt.Errorf("%d notices were planned, and %d are due", n, f.due)
	}
	return pace{done: n, took: took}, err
}

// insert writes the same rows by one plain statement.
func (f *foreseen) insert(ctx context.Context) (pace, error) {
	if err := f.yesterday(ctx); err != nil {
		return pace{}, err
	}
	began := time.Now()
	n := int64(0)
	err := f.d.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, `
			insert into notices (merchant_id, kind, terminal_id, plan_id, cycle, lead_days, round, period_from, amount_fen, version, planned_at, due_on, not_before, again_on)
			select f.merchant_id, 'upcoming', f.terminal_id, f.plan_id, f.cycle_index, 7, 1, f.due_on, f.amount_fen, f.version, $1, f.due_on, $1, $2
			from forecasts f left join notice_preferences p on p.merchant_id = f.merchant_id
			where f.due_on = $3 and coalesce(p.leads, 130) & 128 <> 0`, now.UTC(), date.Of(now).AddDays(50), today.AddDays(sweepLead))
		return err
	})
	return pace{done: int(n), took: time.Since(began)}, err
}
