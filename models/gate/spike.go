package gate

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

// How an agent's day is compared with the days before it.
const (
	daysCompared   = 91 // at most, the latest
	daysNeeded     = 14 // at least, from the first day with a deduction on; with fewer nothing is expected
	daysRecent     = 28
	weeksCompared  = 8
	monthsCompared = 3
	spreads        = 6 // by how many spreads a day may exceed what is usual
)

// agentDay is an agent and a day.
type agentDay struct {
	agent string
	on    date.Date
}

// planDay is what is counted together: a plan of an agent's, on a day.
type planDay struct {
	agentDay
	plan int64
}

// usual is what a day is expected to be like, by those before it.
type usual struct {
	days   int   // that it was compared with; 0: with too few to expect anything
	level  int64 // what is usual
	spread int64 // how far days lie from that
}

// usualOf says what is usual on a day: the highest of the median of the last four
// weeks, the median of the same weekday, the most around the same day of the last
// three months, and the most around the same day a year ago. Fees recur by weeks,
// months and years; what any of these explains is no spike. The spread is the
// median distance from the median of the last four weeks.
func usualOf(on date.Date, counts map[date.Date]int64) usual {
	first := date.Last
	for d, n := range counts {
		if n > 0 && d < on && on.DaysSince(d) <= daysCompared {
			first = min(first, d)
		}
	}
	if first == date.Last || on.DaysSince(first) < daysNeeded {
		return usual{}
	}
	u := usual{days: on.DaysSince(first)}
	var recent, weekdays []int64
	for back := 1; back <= u.days; back++ {
		n := counts[on.AddDays(-back)]
		if back <= daysRecent {
			recent = append(recent, n)
		}
		if back%7 == 0 && len(weekdays) < weeksCompared {
			weekdays = append(weekdays, n)
		}
	}
	middle := median(recent)
	u.level = max(middle, median(weekdays))
	for months := 1; months <= monthsCompared; months++ {
		u.level = max(u.level, around(on.AddMonths(-months), counts))
	}
	u.level = max(u.level, around(on.AddMonths(-12), counts))
	for i := range recent {
		recent[i] = max(recent[i]-middle, middle-recent[i])
	}
	u.spread = median(recent)
	return u
}

// around is the most of a day and those beside it.
func around(on date.Date, counts map[date.Date]int64) int64 {
	return max(counts[on.AddDays(-1)], counts[on], counts[on.AddDays(1)])
}

// median is the middle value, the higher of two.
func median(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// most is how many deductions a day may have before it is out of line.
func (u usual) most(s setting.Gate) int64 {
	return max(s.SpikeLeast, u.level*s.SpikePercent/100, u.level+spreads*u.spread)
}

// usualLasts is for how long what is usual is remembered. Files may bring more of
// the days before.
const usualLasts = 10 * time.Minute

// mostUsual is for how many agents and days it is remembered.
const mostUsual = 20_000

// usuals remembers what is usual of agents' days, by plan. It may be used
// concurrently.
type usuals struct {
	mu    sync.Mutex
	since time.Time
	days  map[agentDay]map[int64]usual
}

func (u *usuals) get(now time.Time, d agentDay) (plans map[int64]usual, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.Sub(u.since) > usualLasts || now.Before(u.since) || len(u.days) > mostUsual {
		u.since, u.days = now, map[agentDay]map[int64]usual{}
	}
	plans, ok = u.days[d]
	return plans, ok
}

func (u *usuals) put(d agentDay, plans map[int64]usual) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.days[d] = plans
}

// crowd is what is known of the agents of what is being decided on.
type crowd struct {
	agents map[string]string // of terminals that have one, by serial number
	counts map[planDay]int64 // so far
	usual  map[agentDay]map[int64]usual
	raised map[planDay]bool
}

// addTo adds to a batch what the agents of terminals came to on days.
func (c *crowd) addTo(b *db.Batch, dialect db.Dialect, snList string, days []date.Date) {
	c.agents, c.counts, c.raised = map[string]string{}, map[planDay]int64{}, map[planDay]bool{}
	list, on := `(select value from json_each($1))`, `(select value from json_each($2))`
	if dialect == db.Postgres {
		list, on = `(select json_array_elements_text(cast($1 as json)))`, `(select cast(json_array_elements_text(cast($2 as json)) as date))`
	}
	b.Add(`select sn, agent_ref from terminals where agent_ref <> '' and sn in `+list, []any{snList}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var sn, agent string
			err := rows.Scan(&sn, &agent)
			c.agents[sn] = agent
			return err
		})
	})
	var texts []string
	for _, d := range days {
		texts = append(texts, d.String())
	}
	b.Add(`select agent_ref, on_date, plan_id, cast(sum(deductions) as bigint) from agent_days
		where agent_ref in (select agent_ref from terminals where agent_ref <> '' and sn in `+list+`) and on_date in `+on+` group by agent_ref, on_date, plan_id`,
		[]any{snList, listText(texts)}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var of planDay
				var n int64
				err := rows.Scan(&of.agent, &of.on, &of.plan, &n)
				c.counts[of] = n
				return err
			})
		})
}

// compare finds out what is usual of the agents' days: from memory, or in one
// statement for all that are not there.
func (c *crowd) compare(ctx context.Context, r db.Reader, dialect db.Dialect, now time.Time, known *usuals, days []date.Date) error {
	c.usual = map[agentDay]map[int64]usual{}
	var missing []string
	for _, agent := range c.agents {
		for _, on := range days {
			of := agentDay{agent, on}
			if plans, ok := known.get(now, of); ok {
				c.usual[of] = plans
			} else if !slices.Contains(missing, agent) {
				missing = append(missing, agent)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	first, last := slices.Min(days), slices.Max(days)
	type plan struct {
		agent string
		plan  int64
	}
	counts := map[plan]map[date.Date]int64{}
	list := `(select value from json_each($1))`
	if dialect == db.Postgres {
		list = `(select json_array_elements_text(cast($1 as json)))`
	}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var of plan
			var on date.Date
			var n int64
			if err := rows.Scan(&of.agent, &of.plan, &on, &n); err != nil {
				return err
			}
			if counts[of] == nil {
				counts[of] = map[date.Date]int64{}
			}
			counts[of][on] = n
			return nil
		})
	}, `select agent_ref, plan_id, on_date, cast(sum(deductions) as bigint) from agent_days
		where agent_ref in `+list+` and (on_date >= $2 and on_date < $3 or on_date >= $4 and on_date <= $5) group by agent_ref, plan_id, on_date`,
		listText(missing), first.AddMonths(-monthsCompared).AddDays(-2), last, first.AddMonths(-12).AddDays(-1), last.AddMonths(-12).AddDays(1))
	if err != nil {
		return err
	}
	for _, agent := range missing {
		for _, on := range days {
			plans := map[int64]usual{}
			for of, days := range counts {
				if of.agent == agent {
					plans[of.plan] = usualOf(on, days)
				}
			}
			c.usual[agentDay{agent, on}] = plans
			known.put(agentDay{agent, on}, plans)
		}
	}
	return nil
}

// count counts a deduction that was not denied, and says how its agent's day
// stands with it; nil where nothing is expected of that.
func (c *crowd) count(a *asking, s setting.Gate) *deduction.AgentDay {
	agent := c.agents[a.request.SN]
	if agent == "" || a.row.PlanID == 0 {
		return nil
	}
	of := planDay{agentDay{agent, date.Of(a.request.At)}, a.row.PlanID}
	c.counts[of]++
	u := c.usual[of.agentDay][of.plan]
	if u.days == 0 {
		return nil
	}
	return &deduction.AgentDay{Agent: agent, On: of.on, Deductions: c.counts[of], Most: u.most(s), Usual: u.level, Spread: u.spread, Days: u.days}
}

// weighDay holds a deduction with which its agent's day is out of line, and has
// the figures kept with the decision either way.
func (d *deciding) weighDay(a *asking) {
	if a.verdict.decision() == fee.Deny {
		return
	}
	a.verdict.Day = d.crowd.count(a, d.settings)
	if day := a.verdict.Day; day != nil && !day.Holds() && !d.ungated {
		a.verdict.Own = append(a.verdict.Own, deduction.OwnHold{Code: deduction.OwnSpike, Day: day})
	}
}

// alarms are the days that are out of line, each once.
func (d *deciding) alarms() (all []alarm.Alarm) {
	for i := range d.all {
		a := &d.all[i]
		if a.err != nil || a.before || a.verdict.Day == nil || a.verdict.Day.Holds() {
			continue
		}
		day := a.verdict.Day
		of := planDay{agentDay{day.Agent, day.On}, a.row.PlanID}
		if d.crowd.raised[of] {
			continue
		}
		d.crowd.raised[of] = true
		subject, err := json.Marshal([]any{day.Agent, a.plan.Code, day.On})
		if err != nil {
			panic(err) // texts and a date
		}
		all = append(all, alarm.Alarm{Kind: alarm.Spike, Subject: string(subject), Ref: a.row.ID, At: d.now, Facts: alarm.Facts{
			Name: day.Agent, Item: string(a.row.Item), Plan: a.plan.Code, On: day.On, Count: day.Deductions, Most: day.Most,
		}})
	}
	return all
}
