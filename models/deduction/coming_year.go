package deduction

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
)

// ComingYear is what is to be charged to a merchant within twelve months, the
// earliest first.
type ComingYear struct {
	Charges []Coming
	// Whole is set where all twelve months were foreseen. Of a merchant with many
	// terminals the charges are those that are kept: of each fee the next one, and
	// all of the next CompleteDays.
	Whole bool
}

const (
	yearTerminals = 200  // so many terminals are asked about by the rules anew
	yearCharges   = 2000 // so many charges are listed at most
)

// ReadComingYear foresees what is to be charged to a merchant within twelve
// months, in two round trips.
func ReadComingYear(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, merchantID int64, today date.Date) (*ComingYear, error) {
	q := &comingYearQuery{plans: plans, terminals: map[int64]*yearTerminal{}}
	me := []any{merchantID}
	err := r.Query(ctx, q.readTerminals, `
		select t.id, t.sn, coalesce(t.own_alias, t.alias), s.name, t.activated_on, t.inactive_from, t.inactive_reason, t.reported_gone_on, m.closed_on
		from terminals t join shops s on s.id = t.shop_id join merchants m on m.id = t.merchant_id
		where t.merchant_id = $1 and exists (select 1 from forecasts f where f.terminal_id = t.id)
		order by t.id limit $2`, merchantID, yearTerminals+1)
	if err != nil || len(q.terminals) == 0 {
		return &ComingYear{Whole: true}, err
	}
	b := db.NewBatch()
	if len(q.terminals) > yearTerminals {
		b.Add(`select f.plan_id, f.cycle_index, f.due_on, f.amount_fen, f.version, f.holds, t.sn, coalesce(t.own_alias, t.alias), s.name
			from forecasts f join terminals t on t.id = f.terminal_id join shops s on s.id = t.shop_id
			where f.merchant_id = $1 and f.due_on < $2 order by f.due_on, f.terminal_id, f.plan_id limit $3`,
			[]any{merchantID, today.AddMonths(12), yearCharges}, q.readKept)
		return &q.year, r.Read(ctx, b)
	}
	b.Add(`select terminal_id, plan_id, id, anchor_on, cancelled_on, own_limit_fen from enrolments where merchant_id = $1 order by terminal_id, id`, me, q.readEnrolments)
	b.Add(`select e.terminal_id, e.plan_id, a.version, a.accepted_on, a.via from acceptances a join enrolments e on e.id = a.enrolment_id
		where e.merchant_id = $1 order by a.accepted_on, a.id`, me, q.readAcceptances)
	b.Add(selectLines+` where l.merchant_id = $1 and (l.cycle_index is not null or l.period_from is not null) order by l.at, l.seq, l.id`, me, q.readLines)
	b.Add(`select d.terminal_id, d.item, d.cycle from disputes d join terminals t on t.id = d.terminal_id
		where t.merchant_id = $1 and d.closed_at is null order by d.terminal_id, d.id`, me, q.readDisputes)
	b.Add(`select new.id, old.sn, l.item, l.at, l.seq, l.cycle_to
		from terminals new
		join terminals old on old.sn = new.replaces_sn and old.merchant_id = new.merchant_id and old.id <> new.id
		join bill_lines l on l.terminal_id = old.id and l.cycle_index is not null
		where new.merchant_id = $1 and l.settles and l.state in ('authorized', 'posted', 'refunded', 'waived')
		order by l.at, l.seq, l.id`, me, q.readReplaced)
	b.Add(selectScheduled+`merchant_id = $1`, me, func(rows db.Rows) error {
		return scanScheduled(rows, func(id int64, s Scheduled) {
			if t := q.terminals[id]; t != nil {
				t.Scheduled = append(t.Scheduled, s)
			}
		})
	})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	return &q.year, q.foresee(policy, today)
}

// yearTerminal is a terminal as the rules take it, with its name and the lines of
// its cycles by plan.
type yearTerminal struct {
	Terminal
	choice TerminalChoice
	lines  map[int64][]Line
}

type comingYearQuery struct {
	plans     *disclosure.Plans
	terminals map[int64]*yearTerminal
	year      ComingYear
}

func (q *comingYearQuery) readTerminals(rows db.Rows) error {
	return db.Each(rows, func() error {
		t := &yearTerminal{lines: map[int64][]Line{}}
		var reason db.Text
		err := rows.Scan(&t.ID, &t.SN, &t.choice.Alias, &t.choice.Shop, &t.ActivatedOn, &t.InactiveFrom, &reason, &t.ReportedGoneOn, &t.MerchantClosedOn)
		t.choice.SN, t.InactiveFrom = t.SN, goneFrom(t.InactiveFrom, string(reason))
		q.terminals[t.ID] = t
		return err
	})
}

func (q *comingYearQuery) readKept(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c Coming
		var holds string
		err := rows.Scan(&c.PlanID, &c.Cycle, &c.DueOn, &c.Amount, &c.Version, &holds, &c.Terminal.SN, &c.Terminal.Alias, &c.Terminal.Shop)
		c.Holds, _ = fee.ParseCodes(holds)
		q.year.Charges = append(q.year.Charges, c)
		return err
	})
}

func (q *comingYearQuery) readEnrolments(rows db.Rows) error {
	return db.Each(rows, func() error {
		var terminalID, enrolmentID int64
		var e Enrolment
		err := rows.Scan(&terminalID, &e.PlanID, &enrolmentID, &e.Fee.AnchorOn, &e.Fee.CancelledOn, &e.Fee.OwnLimit)
		if t := q.terminals[terminalID]; t != nil {
			t.Enrolments = append(t.Enrolments, e)
		}
		return err
	})
}

func (q *comingYearQuery) readAcceptances(rows db.Rows) error {
	return db.Each(rows, func() error {
		var terminalID, planID int64
		var a fee.Acceptance
		err := rows.Scan(&terminalID, &planID, &a.Version, &a.On, &a.Via)
		if t := q.terminals[terminalID]; t != nil {
			e := t.enrolment(planID)
			e.Fee.Accepted = append(e.Fee.Accepted, a)
		}
		return err
	})
}

func (q *comingYearQuery) readLines(rows db.Rows) error {
	return db.Each(rows, func() error {
		var l Line
		err := scanLine(rows, &l)
		if t := q.terminals[l.TerminalID]; t != nil {
			t.lines[l.PlanID] = append(t.lines[l.PlanID], l)
		}
		return err
	})
}

func (q *comingYearQuery) readDisputes(rows db.Rows) error {
	return db.Each(rows, func() error {
		var terminalID int64
		var cycle *int
		var d Dispute
		err := rows.Scan(&terminalID, &d.Item, &cycle)
		d.Fee = fee.Dispute{Open: true, WholeItem: cycle == nil, Cycle: orZero(cycle)}
		if t := q.terminals[terminalID]; t != nil {
			t.Disputes = append(t.Disputes, d)
		}
		return err
	})
}

func (q *comingYearQuery) readReplaced(rows db.Rows) error {
	return db.Each(rows, func() error {
		var terminalID, seq int64
		var sn string
		var item fee.Item
		var at time.Time
		var through date.Date
		if err := rows.Scan(&terminalID, &sn, &item, &at, &seq, &through); err != nil {
			return err
		}
		t := q.terminals[terminalID]
		if t == nil {
			return nil
		}
		if t.Replaced == nil {
			t.Replaced = &Replaced{SN: sn, Paid: map[fee.Item][]fee.Paid{}}
		}
		t.Replaced.add(item, at, seq, through)
		return nil
	})
}

// foresee asks the rules about each terminal's fees.
func (q *comingYearQuery) foresee(policy fee.Policy, today date.Date) error {
	q.year.Whole = true
	for _, t := range q.terminals {
		for i := range t.Enrolments {
			planID := t.Enrolments[i].PlanID
			plan := q.plans.Fee(planID)
			if plan == nil {
				return errUnknownPlan(t.SN, planID)
			}
			if !plan.HasCycles() {
				continue
			}
			c := t.Case(plan, planID, plan.Item, policy)
			c.History = entries(t.lines[planID])
			charges, err := fee.Forecast(c, today, today.AddMonths(12).AddDays(-1))
			if err != nil {
				return err
			}
			for _, charge := range charges {
				q.year.Charges = append(q.year.Charges, Coming{
					PlanID: planID, Cycle: charge.Cycle.Index, DueOn: max(charge.Cycle.From, t.scheduledOn(planID, charge.Cycle.Index)), Amount: charge.Amount, Version: charge.Version,
					Holds: charge.Holds, Terminal: t.choice,
				})
			}
		}
	}
	slices.SortFunc(q.year.Charges, func(a, b Coming) int {
		return cmp.Or(cmp.Compare(a.DueOn, b.DueOn), cmp.Compare(a.Terminal.SN, b.Terminal.SN), cmp.Compare(a.PlanID, b.PlanID), cmp.Compare(a.Cycle, b.Cycle))
	})
	if len(q.year.Charges) > yearCharges {
		q.year.Charges, q.year.Whole = q.year.Charges[:yearCharges], false
	}
	return nil
}
