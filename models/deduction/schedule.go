package deduction

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Intent is a charge that the core system means to take.
type Intent struct {
	SN         string
	Item       fee.Item
	Plan       string // the plan's code; empty: the only one of the item that the terminal is enrolled in
	Amount     money.Fen
	On         date.Date
	PeriodFrom date.Date // first day of the cycle meant; zero: the next one that is foreseen
}

// Difference is a way in which an intent is not what is foreseen.
type Difference string

// The differences. A day after the first on which a charge may be taken is none.
const (
	NotForeseen  Difference = "not_foreseen" // nothing is to be taken
	OtherAmount  Difference = "amount"
	BeforeItsDay Difference = "too_early" // before its cycle begins
)

// Planned is what came of an intent.
type Planned struct {
	PlanID  int64
	Charge  *fee.Charge // as foreseen, on the day that the merchant is told; nil: nothing is
	Differs []Difference
}

// farthest is how far ahead, in months, a charge may be scheduled.
const farthest = 24

// Schedule takes in when the core system means to take a charge. The merchant is
// told that day, and the amount that was agreed; where that is another, or
// nothing is to be taken, an alarm says so. Said again with another day or amount
// it takes the place of what was said before. It returns fault.Invalid.
func Schedule(ctx context.Context, tx *db.Tx, by audit.Actor, requestID string, now time.Time, plans *disclosure.Plans, policy fee.Policy, in Intent) (*Planned, error) {
	today := date.Of(now)
	var f fault.Fields
	if in.On < today || in.On > today.AddMonths(farthest) {
		f.Add("on", "gate.schedule_day", "months", farthest)
	}
	switch {
	case in.Amount <= 0:
		f.Add("amount_fen", "gate.schedule_amount")
	case in.Amount > money.Most:
		f.Add("amount_fen", "import.value.too_large")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	t, planID, plan, err := scheduledFee(ctx, tx, plans, policy, &in)
	if err != nil {
		return nil, err
	}
	p := &Planned{PlanID: planID}
	cycle := 0
	if p.Charge, err = t.foreseen(plans, planID, policy, &in, today); err != nil {
		return nil, err
	}
	if c := p.Charge; c != nil {
		cycle = c.Cycle.Index
		p.Differs = in.differs(c)
		c.On = max(c.On, in.On)
	} else {
		p.Differs = []Difference{NotForeseen}
	}
	n, err := tx.Exec(ctx, `
		insert into scheduled_charges (merchant_id, terminal_id, plan_id, cycle_index, on_date, amount_fen, at, by_kind, by_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (merchant_id, terminal_id, plan_id, cycle_index) do update
		set on_date = excluded.on_date, amount_fen = excluded.amount_fen, at = excluded.at, by_kind = excluded.by_kind, by_id = excluded.by_id
		where scheduled_charges.on_date <> excluded.on_date or scheduled_charges.amount_fen <> excluded.amount_fen`,
		t.MerchantID, t.ID, planID, cycle, in.On, int64(in.Amount), now, string(by.Kind), by.ID)
	if err != nil || n == 0 {
		return p, err
	}
	if err := p.follow(ctx, tx, now, t, plan, &in, cycle); err != nil {
		return nil, fmt.Errorf("deduction: scheduling for terminal %s: %w", t.SN, err)
	}
	return p, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: by, MerchantID: t.MerchantID, Action: "deduction.schedule", Subject: t.SN, RequestID: requestID,
		Details: map[string]any{"plan": plan.Code, "cycle": cycle, "on": in.On.String(), "amount_fen": int64(in.Amount)},
	})
}

// follow has what is to come foreseen anew, and raises an alarm where it is not
// what is meant.
func (p *Planned) follow(ctx context.Context, tx *db.Tx, now time.Time, t *Terminal, plan *fee.Plan, in *Intent, cycle int) error {
	_, err := tx.Exec(ctx, `update terminal_sheets set sheet = null, changes = changes + 1 where merchant_id = $1 and terminal_id = $2`, t.MerchantID, t.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into judge_pending (terminal_id, since) values ($1, $2)`+markedAgain, t.ID, date.Last)
	if err != nil || len(p.Differs) == 0 {
		return err
	}
	expected := money.Fen(0)
	if p.Charge != nil {
		expected = p.Charge.Amount
	}
	return alarm.Raise(ctx, tx, alarm.Alarm{
		Kind: alarm.ScheduleDiffers, Subject: fmt.Sprintf("%s %s %d %s %d", t.SN, plan.Code, cycle, in.On, in.Amount), Ref: t.SN, At: now,
		Facts: alarm.Facts{SN: t.SN, Item: string(in.Item), Plan: plan.Code, On: in.On, Amount: in.Amount, Expected: expected},
	})
}

// scheduledFee finds the terminal and the plan that an intent means.
func scheduledFee(ctx context.Context, r db.Reader, plans *disclosure.Plans, policy fee.Policy, in *Intent) (*Terminal, int64, *fee.Plan, error) {
	wrong := func(field, key string, args ...any) error {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: field, Key: key, Args: args}}}
	}
	t, err := factsOfSN(ctx, r, plans.Fee, policy, in.SN)
	if fault.Is(err, fault.NotFound) {
		return nil, 0, nil, wrong("sn", "import.reference.terminal")
	}
	if err != nil {
		return nil, 0, nil, err
	}
	planID, plan, several := t.PlanOf(plans.Fee, in.Item)
	if in.Plan != "" {
		named := plans.ByCode(in.Plan)
		switch {
		case named == nil:
			return nil, 0, nil, wrong("plan", "import.reference.plan")
		case named.Fee.Item != in.Item:
			return nil, 0, nil, wrong("plan", "import.reference.other_item", "item", string(named.Fee.Item))
		}
		planID, plan, several = named.ID, &named.Fee, ""
	}
	switch {
	case several != "":
		return nil, 0, nil, wrong("plan", "import.reference.which_plan", "plans", several)
	case plan == nil:
		return nil, 0, nil, wrong("plan", "gate.schedule_no_plan")
	case !plan.HasCycles():
		return nil, 0, nil, wrong("item", "gate.schedule_no_cycle")
	}
	return t, planID, plan, nil
}

// foreseen returns the charge that an intent means, or nil where none is to come.
func (t *Terminal) foreseen(plans *disclosure.Plans, planID int64, policy fee.Policy, in *Intent, today date.Date) (*fee.Charge, error) {
	lines, err := t.Judge(plans.Fee, policy)
	if err != nil {
		return nil, err
	}
	plan := plans.Fee(planID)
	c := t.Case(plan, planID, plan.Item, policy)
	c.History = entries(linesOfPlan(lines, planID))
	if c.Enrolment == nil {
		return nil, nil
	}
	charges, err := fee.Forecast(c, today, foreseeUntil(c, max(today, in.On)))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(charges, func(c fee.Charge) bool { return in.PeriodFrom.IsZero() || c.Cycle.From == in.PeriodFrom })
	if i < 0 {
		return nil, nil
	}
	return &charges[i], nil
}

// differs lists in which ways an intent is not what is foreseen.
func (in *Intent) differs(c *fee.Charge) (all []Difference) {
	if in.Amount != c.Amount {
		all = append(all, OtherAmount)
	}
	if in.On < c.Cycle.From {
		all = append(all, BeforeItsDay)
	}
	return all
}
