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

// Scheduled is a day on which the core system means to take what a cycle costs.
type Scheduled struct {
	PlanID int64
	Cycle  int
	On     date.Date
	Amount money.Fen // that it means to take
}

// scheduledOn returns the day for which a cycle is scheduled; zero where it is
// not.
func (t *Terminal) scheduledOn(planID int64, cycle int) date.Date {
	for i := range t.Scheduled {
		if s := &t.Scheduled[i]; s.PlanID == planID && s.Cycle == cycle {
			return s.On
		}
	}
	return 0
}

// onSchedule moves charges of a plan that may be taken earlier to the days for
// which they are scheduled, and puts the earliest first.
func (t *Terminal) onSchedule(planID int64, charges []fee.Charge) {
	if len(t.Scheduled) == 0 {
		return
	}
	for i := range charges {
		c := &charges[i]
		c.On = max(c.On, t.scheduledOn(planID, c.Cycle.Index))
	}
	slices.SortStableFunc(charges, func(a, b fee.Charge) int { return cmp.Compare(a.On, b.On) })
}

const selectScheduled = `select terminal_id, plan_id, cycle_index, on_date, amount_fen from scheduled_charges where cycle_index > 0 and `

// readScheduled reads the days for which cycles of terminals are scheduled.
func readScheduled(ctx context.Context, r db.Reader, terminals map[int64]*Terminal) error {
	ids := make([]int64, 0, len(terminals))
	for id := range terminals {
		ids = append(ids, id)
	}
	return r.Query(ctx, func(rows db.Rows) error {
		return scanScheduled(rows, func(id int64, s Scheduled) {
			terminals[id].Scheduled = append(terminals[id].Scheduled, s)
		})
	}, selectScheduled+`terminal_id in `+idList(ids)+` order by terminal_id, plan_id, cycle_index`)
}

func scanScheduled(rows db.Rows, each func(terminalID int64, s Scheduled)) error {
	return db.Each(rows, func() error {
		var id int64
		var s Scheduled
		err := rows.Scan(&id, &s.PlanID, &s.Cycle, &s.On, &s.Amount)
		each(id, s)
		return err
	})
}

// readScheduledOfThis reads a row of the union.
func (q *feesQuery) readScheduledOfThis(r *unionRow) error {
	q.facts.Scheduled = append(q.facts.Scheduled, Scheduled{
		PlanID: r.numbers[0].Int64, Cycle: int(r.numbers[1].Int64), Amount: money.Fen(r.numbers[2].Int64), On: r.days[0],
	})
	return nil
}

var scheduledOfThis = unionColumns{
	numbers: []string{"plan_id", "cast(cycle_index as bigint)", "amount_fen"},
	days:    []string{"on_date"},
	from:    "scheduled_charges where " + ofThis + " and cycle_index > 0",
}
