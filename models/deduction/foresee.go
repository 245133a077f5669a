package deduction

import (
	"cmp"
	"context"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// CompleteDays is for how many days ahead the forecasts that are kept are
// complete.
const CompleteDays = 60

// foreseeMonths is how far ahead a next charge is looked for beyond the next
// cycle: a ceiling for twelve months may have to pass first.
const foreseeMonths = 14

// coming is a charge to come of one of a terminal's fees.
type coming struct {
	merchantID int64
	terminalID int64
	planID     int64
	cycle      int
	on         date.Date // its cycle's first day, or the later one for which it is scheduled
	from       date.Date // its cycle's first day, where it is scheduled; zero: it is not
	amount     money.Fen
	version    int
	holds      fee.Codes
}

// foresight is what is to come of a terminal's fees. Of each fee it holds the
// next charge, however far ahead, and all that come within CompleteDays of it, so
// that on any day until then all of the next CompleteDays are there.
//
// It stays true until a fact changes, which has the terminal judged again, or
// until the first charge is due and not taken: from then on what may be taken
// depends on the day.
type foresight struct {
	charges []coming
	again   date.Date // the day on which it has to be made again; zero: never
}

// foresee returns what is to come of all fees of the terminal that have cycles,
// given its judged lines.
func (t *Terminal) foresee(lines []Line, plans PlanByID, policy fee.Policy, today date.Date) (*foresight, error) {
	f := &foresight{}
	for i := range t.Enrolments {
		e := &t.Enrolments[i]
		plan := plans(e.PlanID)
		if plan == nil {
			return nil, errUnknownPlan(t.SN, e.PlanID)
		}
		if !plan.HasCycles() {
			continue
		}
		c := t.Case(plan, e.PlanID, plan.Item, policy)
		c.History = entries(linesOfPlan(lines, e.PlanID))
		charges, err := fee.Forecast(c, today, foreseeUntil(c, today))
		if err != nil {
			return nil, err
		}
		t.onSchedule(e.PlanID, charges)
		if len(charges) > 0 {
			f.makeAgain(charges[0].On.AddDays(1))
		}
		if opensByItself(c, today) {
			f.makeAgain(max(firstOpen(c, today), today).AddDays(1))
		}
		for _, charge := range charges {
			if charge.Cycle.From > charges[0].On.AddDays(CompleteDays) {
				break
			}
			next := coming{
				merchantID: t.MerchantID, terminalID: t.ID, planID: e.PlanID, cycle: charge.Cycle.Index, on: charge.Cycle.From,
				amount: charge.Amount, version: charge.Version, holds: charge.Holds,
			}
			if on := t.scheduledOn(e.PlanID, next.cycle); !on.IsZero() {
				next.on, next.from = max(next.on, on), charge.Cycle.From
			}
			f.charges = append(f.charges, next)
		}
	}
	slices.SortFunc(f.charges, func(a, b coming) int {
		return cmp.Or(cmp.Compare(a.on, b.on), cmp.Compare(a.planID, b.planID), cmp.Compare(a.cycle, b.cycle))
	})
	return f, nil
}

func (f *foresight) makeAgain(on date.Date) {
	if f.again.IsZero() || on < f.again {
		f.again = on
	}
}

func (f *foresight) isEqual(g *foresight) bool {
	return f.again == g.again && slices.Equal(f.charges, g.charges)
}

func linesOfPlan(lines []Line, planID int64) []Line {
	var of []Line
	for i := range lines {
		if lines[i].PlanID == planID {
			of = append(of, lines[i])
		}
	}
	return of
}

// foreseeUntil is the last day that is looked ahead to: far enough to find the
// first cycle that starts after today and after all that was taken, which a core
// system whose clock is ahead may date tomorrow.
func foreseeUntil(c *fee.Case, today date.Date) date.Date {
	known := today
	for i := range c.History {
		known = max(known, c.History[i].On)
	}
	schedule := scheduleOf(c)
	return max(today.AddMonths(foreseeMonths), schedule.Cycle(schedule.Started(known)+1).From).AddDays(CompleteDays)
}

// opensByItself reports whether a cycle that can't be charged on one day may be so
// on a later one without any fact changing: a ceiling looks back over months that
// pass, and a terminal may be known to be activated later.
func opensByItself(c *fee.Case, today date.Date) bool {
	limit := c.Enrolment.OwnLimit
	return c.Plan.Cap12m > 0 || limit != nil && *limit > 0 || c.Terminal.ActivatedOn > today
}

// firstOpen returns the first day of the first cycle that is not settled and has
// not lapsed; date.Last where there is none.
func firstOpen(c *fee.Case, today date.Date) date.Date {
	settled := map[int]bool{}
	for i := range c.History {
		if c.History[i].State.Settles() {
			settled[c.History[i].Cycle] = true
		}
	}
	schedule, price, index := scheduleOf(c), &c.Plan.Versions[0].Price, 1
	if price.Kind == fee.OneOff && settled[index] {
		return date.Last
	}
	if price.Idle == fee.Skip {
		index = max(1, schedule.Started(today))
	}
	for settled[index] {
		index++
	}
	return schedule.Cycle(index).From
}

func scheduleOf(c *fee.Case) fee.Schedule {
	return fee.ScheduleOf(&c.Plan.Versions[0].Price, c.Enrolment.AnchorOn)
}

// pendOutdated has the terminals judged again of which what is to come has to be
// foreseen again today. None of their lines is written anew.
func pendOutdated(ctx context.Context, tx *db.Tx, today date.Date) error {
	_, err := tx.Exec(ctx, `
		insert into judge_pending (terminal_id, since)
		select terminal_id, $2 from forecast_days
		where again_on <= $1
		order by terminal_id -- so that two never wait for each other
		on conflict (terminal_id) do nothing`, today, date.Last)
	return err
}

// replaceForecasts writes what was foreseen of the terminals. A terminal of which
// the same was foreseen before costs no write.
func replaceForecasts(ctx context.Context, tx *db.Tx, ids []int64, foreseen map[int64]*foresight) error {
	kept, err := readForecasts(ctx, tx, ids)
	if err != nil {
		return err
	}
	changed := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return kept[id].isEqual(foreseen[id]) })
	if len(changed) == 0 {
		return nil
	}
	var charges []coming
	var again []int64
	for _, id := range changed {
		charges = append(charges, foreseen[id].charges...)
		if !foreseen[id].again.IsZero() {
			again = append(again, id)
		}
	}
	in := idList(changed)
	others := slices.DeleteFunc(slices.Clone(changed), func(id int64) bool { return slices.Equal(kept[id].charges, foreseen[id].charges) })
	if err := noteForecasts(ctx, tx, others); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from forecasts where terminal_id in `+in); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from forecast_days where terminal_id in `+in); err != nil {
		return err
	}
	_, err = tx.Bulk(ctx, "forecasts", forecastColumns, each(charges, func(f coming) []any {
		return []any{f.merchantID, f.terminalID, f.planID, f.cycle, f.on, f.from, int64(f.amount), f.version, f.holds.String()}
	}))
	if err != nil {
		return err
	}
	_, err = tx.Bulk(ctx, "forecast_days", []string{"terminal_id", "again_on"}, each(again, func(id int64) []any {
		return []any{id, foreseen[id].again}
	}))
	return err
}

var forecastColumns = []string{"merchant_id", "terminal_id", "plan_id", "cycle_index", "due_on", "period_from", "amount_fen", "version", "holds"}

// each returns the rows of a list one after another, as db.Tx.Bulk takes them.
func each[T any](list []T, row func(T) []any) func() ([]any, bool, error) {
	return func() ([]any, bool, error) {
		if len(list) == 0 {
			return nil, false, nil
		}
		first := list[0]
		list = list[1:]
		return row(first), true, nil
	}
}

// readForecasts reads what is kept of the terminals.
func readForecasts(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]*foresight, error) {
	kept := make(map[int64]*foresight, len(ids))
	for _, id := range ids {
		kept[id] = &foresight{}
	}
	in := idList(ids)
	b := db.NewBatch()
	b.Add(`select merchant_id, terminal_id, plan_id, cycle_index, due_on, period_from, amount_fen, version, holds from forecasts
		where terminal_id in `+in+` order by terminal_id, due_on, plan_id, cycle_index`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f coming
			var holds string
			err := rows.Scan(&f.merchantID, &f.terminalID, &f.planID, &f.cycle, &f.on, &f.from, &f.amount, &f.version, &holds)
			f.holds, _ = fee.ParseCodes(holds) // one that is not known here differs from every one that is
			kept[f.terminalID].charges = append(kept[f.terminalID].charges, f)
			return err
		})
	})
	b.Add(`select terminal_id, again_on from forecast_days where terminal_id in `+in, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id int64
			var again date.Date
			err := rows.Scan(&id, &again)
			kept[id].again = again
			return err
		})
	})
	return kept, tx.Read(ctx, b)
}
