package deduction

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Meant is a charge that the core system means to take, beside what is foreseen.
type Meant struct {
	Item     fee.Item
	Plan     string // its code
	On       date.Date
	Amount   money.Fen
	SaidAt   time.Time   // when the core system last said so
	Foreseen *fee.Charge // of the same cycle, as things are known now; nil: nothing is to be taken for it
}

// ReadMeant returns what the core system means to take from the terminal with a
// serial number, whosever it is, the earliest first. What was taken or has passed
// is among it until it is scheduled anew. It returns fault.NotFound.
func ReadMeant(ctx context.Context, r db.Reader, now time.Time, sn string) ([]Meant, error) {
	published, err := ReadPublished(ctx, r)
	if err != nil {
		return nil, err
	}
	policy := published.Policy(now)
	t, err := factsOfSN(ctx, r, published.Fee, policy, sn)
	if err != nil {
		return nil, err
	}
	var all []Meant
	var scheduled []Scheduled
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s Scheduled
			var at db.Time
			err := rows.Scan(&s.PlanID, &s.Cycle, &s.On, &s.Amount, &at)
			scheduled, all = append(scheduled, s), append(all, Meant{On: s.On, Amount: s.Amount, SaidAt: at.Time})
			return err
		})
	}, `select plan_id, cycle_index, on_date, amount_fen, at from scheduled_charges where terminal_id = $1 order by on_date, plan_id, cycle_index`, t.ID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	lines, err := t.Judge(published.Fee, policy)
	if err != nil {
		return nil, err
	}
	for i := range all {
		m, s := &all[i], &scheduled[i]
		plan := published.Fee(s.PlanID)
		if plan == nil {
			return nil, errUnknownPlan(t.SN, s.PlanID)
		}
		m.Item, m.Plan = plan.Item, plan.Code
		if m.Foreseen, err = t.foreseenCycle(plan, s, policy, linesOfPlan(lines, s.PlanID), date.Of(now)); err != nil {
			return nil, fmt.Errorf("deduction: what is foreseen for terminal %s: %w", sn, err)
		}
	}
	return all, nil
}

// foreseenCycle returns the charge that is to come for a cycle, or nil.
func (t *Terminal) foreseenCycle(plan *fee.Plan, s *Scheduled, policy fee.Policy, lines []Line, today date.Date) (*fee.Charge, error) {
	c := t.Case(plan, s.PlanID, plan.Item, policy)
	c.History = entries(lines)
	if s.Cycle == 0 || c.Enrolment == nil {
		return nil, nil
	}
	charges, err := fee.Forecast(c, today, foreseeUntil(c, max(today, s.On)))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(charges, func(c fee.Charge) bool { return c.Cycle.Index == s.Cycle })
	if i < 0 {
		return nil, nil
	}
	return &charges[i], nil
}
