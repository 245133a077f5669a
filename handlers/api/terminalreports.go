package api

import (
	"context"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
)

// ForecastAnswer is what is to come of a terminal's fees.
type ForecastAnswer struct {
	SN      string         `json:"sn"`
	From    string         `json:"from" format:"date"`
	To      string         `json:"to" format:"date"`
	Charges []ChargeAnswer `json:"charges" doc:"The earliest first. Fees that a sale or a payout costs have no dates to foresee."`
	Total   int64          `json:"total_fen"`
}

// ChargeAnswer is a deduction to come.
type ChargeAnswer struct {
	Plan      string       `json:"plan"`
	Item      string       `json:"item"`
	On        string       `json:"on" format:"date" doc:"The first day on which it may be taken."`
	AmountFen int64        `json:"amount_fen"`
	Version   int          `json:"version" doc:"Of the plan, by which it costs that."`
	Cycle     *CycleAnswer `json:"cycle"`
	Holds     []string     `json:"holds,omitempty" doc:"Codes of the rules that would hold it if it were asked for then."`
}

type getForecast struct {
	SN     string `path:"sn" doc:"The terminal's serial number." example:"SN20010001"`
	Months int    `query:"months" default:"12" minimum:"1" maximum:"36" doc:"How far ahead."`
}

// ReconciliationAnswer is what was expected of a terminal's fees against what was
// taken.
type ReconciliationAnswer struct {
	SN         string                `json:"sn"`
	From       string                `json:"from" format:"date"`
	To         string                `json:"to" format:"date"`
	Expected   int64                 `json:"expected_fen"`
	Actual     int64                 `json:"actual_fen" doc:"Taken and not given back."`
	Difference int64                 `json:"difference_fen" doc:"Actual less expected."`
	Fees       []ReconciliationOfFee `json:"fees"`
}

// ReconciliationOfFee is one fee of a reconciliation.
type ReconciliationOfFee struct {
	Plan       string               `json:"plan,omitempty" doc:"Missing: the terminal never took up this fee."`
	Item       string               `json:"item"`
	Expected   int64                `json:"expected_fen"`
	Actual     int64                `json:"actual_fen"`
	Difference int64                `json:"difference_fen"`
	Lines      []ReconciliationLine `json:"lines" doc:"Each cycle; of a fee without cycles what differs from what was agreed."`
}

// ReconciliationLine is one cycle, or one deduction that matches none.
type ReconciliationLine struct {
	Cycle      *CycleAnswer `json:"cycle,omitempty"`
	Standing   string       `json:"standing" enum:"paid,open,over,under,duplicate,refunded,waived,lapsed,unexpected"`
	Expected   int64        `json:"expected_fen"`
	Actual     int64        `json:"actual_fen"`
	Difference int64        `json:"difference_fen"`
	Refs       []string     `json:"refs,omitempty" doc:"The core system's numbers of the deductions, or of the settlement, that it comes from."`
}

type getReconciliation struct {
	SN   string `path:"sn" doc:"The terminal's serial number." example:"SN20010001"`
	From string `query:"from" format:"date" doc:"The first day; 12 months before the last one where it is left out." example:"2026-02-01"`
	To   string `query:"to" format:"date" doc:"The last day; today where it is left out." example:"2026-11-20"`
}

// mostMonths is how long a span may be.
const mostMonths = 36

// span reads the days of a reconciliation.
func (g *getReconciliation) span(today date.Date) (from, to date.Date, err error) {
	to = today
	if g.To != "" {
		to, _ = date.Parse(g.To) // it was looked at before
	}
	from = to.AddMonths(-12).AddDays(1)
	if g.From != "" {
		from, _ = date.Parse(g.From)
	}
	var faults fault.Fields
	switch {
	case from > to:
		faults.Add("to", "api.span_backwards")
	case from.AddMonths(mostMonths) <= to:
		faults.Add("from", "api.span_long", "n", mostMonths)
	}
	return from, to, faults.Err()
}

func (a *API) registerTerminalReports() {
	Read(a, Operation{
		ID: "getForecast", Method: methodGet, Path: "/terminals/{sn}/forecast", Scope: apikey.TerminalsRead, Group: GroupTerminals,
		Summary:     "Read what is to come of a terminal's fees",
		Description: "Foresees the terminal's charges by the same rules that judge them, at the prices that stand on their days as things are known now. What is due and open comes first.",
		Example:     Example{Path: "/terminals/SN20010001/forecast?months=24"},
	}, func(ctx context.Context, in *getForecast) (ForecastAnswer, error) {
		plans, today := a.Plans.Plans(), clock.Today(a.Clock)
		until := today.AddMonths(in.Months)
		foreseen, err := deduction.ReadForecast(ctx, a.DB, plans.Fee, a.Policy(), in.SN, today, until)
		if err != nil {
			return ForecastAnswer{}, err
		}
		answer := ForecastAnswer{SN: in.SN, From: today.String(), To: until.String(), Charges: []ChargeAnswer{}}
		for i := range foreseen {
			f := &foreseen[i]
			c := ChargeAnswer{On: f.On.String(), AmountFen: int64(f.Amount), Version: f.Version, Cycle: cycleAnswer(f.Cycle)}
			c.Plan, c.Item = planOf(plans, f.PlanID)
			for code := range f.Holds.All() {
				c.Holds = append(c.Holds, code.String())
			}
			answer.Charges = append(answer.Charges, c)
			answer.Total += c.AmountFen
		}
		return answer, nil
	})
	Read(a, Operation{
		ID: "getReconciliation", Method: methodGet, Path: "/terminals/{sn}/reconciliation", Scope: apikey.TerminalsRead, Group: GroupTerminals,
		Summary: "Set what was taken for a terminal against what was agreed",
		Description: "Compares, fee by fee and cycle by cycle, what was agreed with what was taken and not given back, for the cycles that start and the days that lie within a span of at most three years. " +
			"Spans that follow each other neither drop a deduction nor count one twice, and the totals add up to the fen.",
		Example: Example{Path: "/terminals/SN20010001/reconciliation?from=2026-02-01&to=2026-11-20"},
	}, func(ctx context.Context, in *getReconciliation) (ReconciliationAnswer, error) {
		plans, today := a.Plans.Plans(), clock.Today(a.Clock)
		from, to, err := in.span(today)
		if err != nil {
			return ReconciliationAnswer{}, err
		}
		account, err := deduction.ReadAccount(ctx, a.DB, plans.Fee, a.Policy(), in.SN, from, to, today)
		if err != nil {
			return ReconciliationAnswer{}, err
		}
		answer := ReconciliationAnswer{SN: in.SN, From: from.String(), To: to.String(), Fees: []ReconciliationOfFee{}}
		for i := range account.Fees {
			f := reconciliationOf(plans, &account.Fees[i], account.Refs)
			answer.Fees = append(answer.Fees, f)
			answer.Expected, answer.Actual, answer.Difference = answer.Expected+f.Expected, answer.Actual+f.Actual, answer.Difference+f.Difference
		}
		return answer, nil
	})
}

func planOf(plans *disclosure.Plans, planID int64) (code, item string) {
	plan := plans.Fee(planID)
	if plan == nil {
		return "", ""
	}
	return plan.Code, string(plan.Item)
}

func reconciliationOf(plans *disclosure.Plans, account *deduction.FeeAccount, refs map[string]string) ReconciliationOfFee {
	of := ReconciliationOfFee{
		Item: string(account.Item), Expected: int64(account.Expected), Actual: int64(account.Actual), Difference: int64(account.Difference),
		Lines: []ReconciliationLine{},
	}
	of.Plan, _ = planOf(plans, account.PlanID)
	for i := range account.Lines {
		l := &account.Lines[i]
		if l.Cycle.Index == 0 && l.Difference == 0 {
			continue
		}
		line := ReconciliationLine{
			Cycle: cycleAnswer(l.Cycle), Standing: string(l.Standing), Expected: int64(l.Expected), Actual: int64(l.Actual), Difference: int64(l.Difference),
		}
		for _, d := range l.Deductions {
			line.Refs = append(line.Refs, refs[d.Ref])
		}
		of.Lines = append(of.Lines, line)
	}
	return of
}
