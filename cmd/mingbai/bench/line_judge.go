package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// verdicts is how many cases are judged in a round, and cases how many different
// ones there are.
const (
	verdicts = 100_000
	cases    = 10_000
)

// verdict measures the rules alone, on fees that recur.
func (r *runner) verdict(ctx context.Context) ([]Result, error) {
	all := recurringCases(cases)
	denied := 0
	var allocations []float64
	paces, err := repeat(ctx, r.Rounds, func(context.Context) (pace, error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		for i := range verdicts {
			v, err := fee.Judge(all[i%len(all)])
			if err != nil {
				return pace{}, err
			}
			if v.Decision == fee.Deny {
				denied++
			}
		}
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		allocations = append(allocations, float64(after.Mallocs-before.Mallocs)/verdicts)
		return pace{done: verdicts, took: took}, nil
	})
	if err != nil {
		return nil, err
	}
	var each []float64
	for _, p := range paces {
		each = append(each, float64(p.took.Nanoseconds())/float64(p.done))
	}
	share := float64(denied) / float64(verdicts*(r.Rounds+1))
	return []Result{
		{Name: "verdict", What: "a verdict on a fee that recurs", Unit: "ns", Spread: spreadOf(each), Reach: "< 2000", Detail: fmt.Sprintf("%d cases, %.0f %% denied", cases, 100*share)},
		{Name: "verdict-allocations", What: "allocations of a verdict", Unit: "", Spread: spreadOf(allocations[1:]), Reach: "≤ 5"},
	}, nil
}

// recurringCases returns cases of terminals of all ages: most as agreed and
// announced, some for a cycle that was taken already, some a yuan too dear.
func recurringCases(n int) []*fee.Case {
	all := make([]*fee.Case, n)
	for i := range all {
		anchor := today.AddDays(-(200 + i*13%1800))
		schedule := simSchedule(anchor)
		due := max(1, schedule.Started(today))
		c := &fee.Case{
			Policy: fee.DefaultPolicy,
			Plan: fee.Plan{Code: "sim-half-48", Item: fee.SimData, Versions: []fee.Version{{
				Number: 1, PublishedOn: date.New(2018, time.January, 1), EffectiveOn: date.New(2018, time.March, 1),
				Price: fee.Price{Kind: fee.Recurring, Amount: simPrice, CycleMonths: 6, FreeMonths: 6, Idle: fee.Accrue},
			}}},
			Enrolment: &fee.Enrolment{AnchorOn: anchor, Accepted: []fee.Acceptance{{Version: 1, On: anchor, Via: "app"}}},
			Terminal:  fee.Terminal{ActivatedOn: anchor},
		}
		for k := 1; k < due; k++ {
			c.History = append(c.History, fee.Entry{Cycle: k, Amount: simPrice, On: schedule.Cycle(k).From, State: fee.Posted})
		}
		cycle := schedule.Cycle(due)
		at := cycle.From.At(11, 0)
		for _, lead := range []int{7, 1} {
			c.Notices = append(c.Notices, fee.Notice{Cycle: due, Amount: simPrice, DeliveredAt: cycle.From.AddDays(-lead).At(10, 0), Channel: "sms"})
		}
		c.Request = fee.Request{Amount: simPrice, At: at, PeriodFrom: cycle.From, Origin: fee.OriginCore}
		switch {
		case i%20 == 0:
			c.Request.Amount += 100
		case i%20 == 1 && due > 1:
			c.Request.PeriodFrom = schedule.Cycle(due - 1).From
		}
		all[i] = c
	}
	return all
}

// judging says how fast the bills were made after the import of a world.
func (r *runner) judging(ctx context.Context) ([]Result, error) {
	p, err := r.place(ctx, "small")
	if err != nil {
		return nil, err
	}
	j := p.judged
	speed := float64(j.lines) / j.took.Seconds()
	return []Result{{
		Name: "judging", What: "making the bills after an import", Unit: "lines a second", Spread: Spread{speed, speed, speed},
		Detail: fmt.Sprintf("%d lines of %d terminals in %s, once", j.lines, j.terminals, j.took.Round(time.Millisecond)),
	}}, nil
}
