package api

import (
	"context"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// ScheduledBody is a charge that the core system means to take.
type ScheduledBody struct {
	SN         string  `json:"sn" minLength:"1" maxLength:"64" doc:"The terminal's serial number." example:"SN20010001"`
	Item       string  `json:"item" enum:"sim_data,device_deposit,activation,service,transaction,withdrawal,insurance,overage" doc:"What it is for."`
	Plan       *string `json:"plan,omitempty" nullable:"true" maxLength:"64" doc:"The plan's code; may be left out where the terminal is enrolled in one plan of the item."`
	AmountFen  int64   `json:"amount_fen" minimum:"1" example:"3600"`
	On         string  `json:"on" format:"date" doc:"The day on which it is to be taken."`
	PeriodFrom *string `json:"period_from,omitempty" nullable:"true" format:"date" doc:"The first day of the period that it pays for; left out: the next one that is foreseen."`
}

// ScheduledAnswer is what the merchant is told of it.
type ScheduledAnswer struct {
	SN          string       `json:"sn"`
	Item        string       `json:"item"`
	Plan        string       `json:"plan"`
	On          string       `json:"on,omitempty" format:"date" doc:"The day that the merchant is told. It is no earlier than the first on which the charge may be taken. Missing: nothing is foreseen, and nothing is told."`
	AmountFen   int64        `json:"amount_fen" doc:"As you sent it."`
	ExpectedFen int64        `json:"expected_fen" doc:"What was agreed. The merchant is told this, and no more than this may be taken."`
	Version     *int         `json:"version" doc:"Of the plan, by which that is so; null: nothing is foreseen."`
	Cycle       *CycleAnswer `json:"cycle" doc:"The period that it pays for; null: nothing is foreseen."`
	Differs     []string     `json:"differs" enum:"not_foreseen,amount,too_early" doc:"In which ways it is not what is foreseen. Each raises an alarm with staff."`
}

type scheduleOne struct{ Body ScheduledBody }

func (a *API) registerSchedule() {
	Write(a, Operation{
		ID: "scheduleDeduction", Method: methodPost, Path: "/deductions/schedule", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary: "Say when a charge is to be taken",
		Description: "Takes in what the core system means to take and when, so that the merchant is told that day in time. The amount that the merchant is told is the one that was agreed. " +
			"Where yours differs, your day comes before the period does, or nothing is to be taken at all, staff get an alarm. Sent again with another day or amount it takes the place of what was said before. " +
			"It gives no permission: ask for that when the day has come.",
		Example: Example{Path: "/deductions/schedule", Body: `{"sn": "SN20010001", "item": "sim_data", "amount_fen": 3600, "on": "2027-03-10", "period_from": "2027-03-03"}`},
	}, func(ctx context.Context, tx *db.Tx, in *scheduleOne) (ScheduledAnswer, error) {
		b := &in.Body
		intent := deduction.Intent{SN: b.SN, Item: fee.Item(b.Item), Plan: given(b.Plan), Amount: money.Fen(b.AmountFen)}
		intent.On, _ = date.Parse(b.On) // it was looked at before
		if from := given(b.PeriodFrom); from != "" {
			var err error
			if intent.PeriodFrom, err = date.Parse(from); err != nil {
				return ScheduledAnswer{}, &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "period_from", Key: "import.value.not_date"}}}
			}
		}
		plans, call := a.Plans.Plans(), CallOf(ctx)
		planned, err := deduction.Schedule(ctx, tx, call.Actor(), call.RequestID, a.Clock.Now(), plans, a.Policy(), intent)
		if err != nil {
			return ScheduledAnswer{}, err
		}
		answer := ScheduledAnswer{SN: b.SN, AmountFen: b.AmountFen, Differs: []string{}}
		answer.Plan, answer.Item = planOf(plans, planned.PlanID)
		if c := planned.Charge; c != nil {
			answer.On, answer.ExpectedFen, answer.Version, answer.Cycle = c.On.String(), int64(c.Amount), &c.Version, cycleAnswer(c.Cycle)
		}
		for _, d := range planned.Differs {
			answer.Differs = append(answer.Differs, string(d))
		}
		return answer, nil
	})
}
