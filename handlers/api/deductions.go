package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

// CycleAnswer is the period that a fee pays for.
type CycleAnswer struct {
	Index int      `json:"index" doc:"From 1."`
	From  string   `json:"from" format:"date" doc:"Its first day."`
	To    *string  `json:"to" format:"date" doc:"Its last day; null: it has no end."`
	_     struct{} `nullable:"true"`
}

func cycleAnswer(c fee.Cycle) *CycleAnswer {
	if c.Index == 0 {
		return nil
	}
	a := &CycleAnswer{Index: c.Index, From: c.From.String()}
	if !c.To.IsZero() {
		a.To = new(c.To.String())
	}
	return a
}

// dayText writes a date, and nothing for none.
func dayText(d date.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// Reason is a rule that fired.
type Reason struct {
	Code  string            `json:"code" doc:"Names the rule. It does not change." example:"amount_over"`
	Level string            `json:"level" enum:"deny,hold,info" doc:"Its weight."`
	Text  map[string]string `json:"text" doc:"What it means here, with the figures, by language: zh-CN and en. It may get better."`
	Facts map[string]any    `json:"facts" doc:"The figures that it rests on, by name."`
}

// reasonsOf puts the rules that fired into words.
func reasonsOf(e fee.Explanation, ctx explain.Context) []Reason {
	reasons := []Reason{}
	for code := range e.Verdict.Reasons.All() {
		r := Reason{Code: code.String(), Level: string(code.Level()), Text: map[string]string{}, Facts: factsOf(code, &e)}
		for _, l := range i18n.Locales {
			r.Text[string(l)] = explain.Reason(i18n.For(l), code, e, ctx)
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// VerdictAnswer is what the rules say of a deduction.
type VerdictAnswer struct {
	Decision    string       `json:"decision" enum:"allow,hold,deny"`
	Reasons     []Reason     `json:"reasons"`
	ExpectedFen int64        `json:"expected_fen" doc:"What was agreed."`
	Version     int          `json:"version,omitempty" doc:"Of the plan, by which that is so."`
	Cycle       *CycleAnswer `json:"cycle,omitempty"`
	Rules       string       `json:"rules" doc:"The version of the rules." example:"2026.1"`
	JudgedAt    time.Time    `json:"judged_at"`
}

// DeductionAnswer is a deduction with its verdict.
type DeductionAnswer struct {
	ID         string         `json:"id"`
	Ref        string         `json:"deduction_ref" doc:"The core system's number."`
	SN         string         `json:"sn"`
	Item       string         `json:"item"`
	Plan       string         `json:"plan,omitempty"`
	AmountFen  int64          `json:"amount_fen"`
	Refunded   int64          `json:"refunded_fen" doc:"Given back so far."`
	At         time.Time      `json:"at"`
	PeriodFrom string         `json:"period_from,omitempty" format:"date"`
	State      string         `json:"state" enum:"authorized,posted,reversed,refunded,waived,held,denied,voided"`
	Origin     string         `json:"origin"`
	Settlement string         `json:"settlement_ref,omitempty"`
	Order      string         `json:"order_ref,omitempty"`
	Verdict    *VerdictAnswer `json:"verdict,omitempty" doc:"Missing for the minute before it is judged."`
	Ungated    bool           `json:"ungated,omitempty" doc:"It was taken without a permission."`
	Token      string         `json:"token,omitempty" doc:"The permission to take what was asked for, while it lasts. Shown to keys that may ask."`
	ExpiresAt  *time.Time     `json:"expires_at,omitempty" doc:"When the permission ends."`
}

type getDeduction struct {
	ID string `path:"id" doc:"Of the deduction: ours, or the core system's number." example:"D-20260304-0001"`
}

func (a *API) registerDeductions() {
	a.registerSimulate()
	Read(a, Operation{
		ID: "getDeduction", Method: methodGet, Path: "/deductions/{id}", Scope: apikey.DeductionsRead, Group: GroupDeductions,
		Summary: "Read a deduction",
		Description: "Returns a deduction that was taken in or asked for, by our number or the core system's, with what the rules say of it and why, in the words that its merchant reads. " +
			"Of one that was asked for at the gate it tells how it stands, and once it is allowed or released, its token.",
		Example: Example{Path: "/deductions/D-20260304-0001"},
	}, func(ctx context.Context, in *getDeduction) (*DeductionAnswer, error) {
		if answer, err := a.findGated(ctx, in.ID); !fault.Is(err, fault.NotFound) {
			return answer, err
		}
		merchantID, lineID, judged, err := deduction.FindByRef(ctx, a.DB, in.ID)
		if err != nil {
			return nil, err
		}
		if !judged {
			return nil, fault.New(fault.Unavailable, "api.not_judged", "wait", time.Minute)
		}
		plans := a.Plans.Plans()
		page, err := deduction.ReadDetailPage(ctx, a.DB, plans, a.Policy(), merchantID, lineID, clock.Today(a.Clock))
		if err != nil {
			return nil, err
		}
		return deductionAnswer(page), nil
	})
}

func deductionAnswer(page *deduction.DetailPage) *DeductionAnswer {
	l := &page.Line
	answer := &DeductionAnswer{
		ID: l.ID, Ref: page.Ref, SN: page.Terminal.SN, Item: string(l.Item), AmountFen: int64(l.Amount), Refunded: int64(l.Refunded), At: l.At,
		PeriodFrom: dayText(l.PeriodFrom), State: string(l.State), Origin: l.Origin, Settlement: l.SettlementRef, Order: l.OrderRef,
	}
	if page.Fee != nil && page.Fee.Plan != nil {
		answer.Plan = page.Fee.Plan.Fee.Code
	}
	v := &l.Verdict
	answer.Verdict = &VerdictAnswer{
		Decision: string(v.Decision), ExpectedFen: int64(v.Expected), Version: v.Version, Cycle: cycleAnswer(v.Cycle),
		Rules: fee.RulesVersion, JudgedAt: page.JudgedAt,
		Reasons: reasonsOf(page.Explanation, explain.Context{
			Case: page.Case, Kind: explain.Kind(l.Kind), Item: l.Item, State: l.State, Refunded: l.Refunded, Ref: page.Ref,
			Terminal: explain.Terminal{Alias: page.Terminal.Alias, SN: page.Terminal.SN, Carrier: page.Terminal.Carrier, InactiveReason: page.Terminal.InactiveReason},
		}),
	}
	return answer
}

// SimulateAnswer is what the rules say of a case.
type SimulateAnswer struct {
	Decision string       `json:"decision" enum:"allow,hold,deny"`
	Reasons  []string     `json:"reasons" doc:"The codes of the rules that fired, in order."`
	Expected int64        `json:"expected_fen" doc:"What was agreed."`
	Version  *int         `json:"version" doc:"Of the plan, by which that is so; null: none is."`
	Cycle    *CycleAnswer `json:"cycle" doc:"null: it is for none."`
}

type simulate struct{ RawBody []byte }

func (a *API) registerSimulate() {
	Try(a, Operation{
		ID: "simulateDeduction", Method: methodPost, Path: "/deductions/simulate", Scope: apikey.DeductionsRead, Group: GroupDeductions,
		Summary: "Try a case out",
		Description: "Judges a case that is made up as a whole: plan, enrolment, terminal, history, notices and request. Nothing is read and nothing is kept, and Idempotency-Key has no meaning. " +
			"The case is as mingbai simulate takes it, and the answer as it gives it. A case that can't be is refused with the code invalid_case.",
		Example: Example{Path: "/deductions/simulate", Body: exampleCase},
	}, func(_ context.Context, in *simulate) (json.RawMessage, error) {
		if !json.Valid(in.RawBody) {
			return nil, errNotJSON
		}
		c, err := fee.ParseCase(in.RawBody)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "api.invalid_case")
		}
		v, err := fee.Judge(c)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "api.invalid_case")
		}
		return json.Marshal(v.Answer())
	})
	spec, registry := a.operations[len(a.operations)-1].spec, a.huma.OpenAPI().Components.Schemas
	spec.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mediaJSON: {
		Schema: huma.SchemaFromType(registry, typeOf[CaseBody]()), Example: json.RawMessage(exampleCase),
	}}}
	spec.Responses["200"].Content[mediaJSON].Schema = huma.SchemaFromType(registry, typeOf[SimulateAnswer]())
}

// CaseBody is a case: everything known about one terminal, one fee and one
// request. It is for the document; fee.ParseCase reads cases.
type CaseBody struct {
	Policy    map[string]int   `json:"policy,omitempty" nullable:"true" doc:"notice_hours, notice_max_days and disclosure_days, where they differ from the product's own."`
	Plan      map[string]any   `json:"plan" doc:"item, method, cap_12m_fen and versions with version, published_on, effective_on and price."`
	Enrolment map[string]any   `json:"enrolment,omitempty" nullable:"true" doc:"anchor_on, accepted with version, on and via, cancelled_on and own_limit_fen; null: the terminal never took up the fee."`
	Terminal  map[string]any   `json:"terminal,omitempty" nullable:"true" doc:"activated_on, inactive_from, reported_gone_on and replaces."`
	Merchant  map[string]any   `json:"merchant,omitempty" nullable:"true" doc:"closed_on."`
	History   []map[string]any `json:"history,omitempty" nullable:"true" doc:"What came before: cycle, amount_fen, on, state and order_ref."`
	Notices   []map[string]any `json:"notices,omitempty" nullable:"true" doc:"What was announced: cycle, amount_fen, delivered_at and channel."`
	Disputes  []map[string]any `json:"disputes,omitempty" nullable:"true" doc:"cycle, null for the whole fee, and open."`
	Request   map[string]any   `json:"request" doc:"amount_fen, at, period_from, sale_fen, sale_count, method, sale_net_fen, order_ref, origin, approved and replay."`
}

const exampleCase = `{
  "plan": {"item": "sim_data", "versions": [{"version": 1, "published_on": "2024-10-01", "effective_on": "2024-11-01",
    "price": {"kind": "recurring", "amount_fen": 3600, "cycle_months": 12, "free_days": 30, "idle": "accrue"}}]},
  "enrolment": {"anchor_on": "2025-01-10", "accepted": [{"version": 1, "on": "2025-01-10", "via": "app"}]},
  "terminal": {"activated_on": "2025-01-10"},
  "merchant": {},
  "history": [],
  "notices": [{"cycle": 1, "amount_fen": 3600, "delivered_at": "2025-02-02T10:00:00+08:00"}],
  "disputes": [],
  "request": {"amount_fen": 3600, "at": "2025-02-09T10:00:00+08:00", "origin": "core"}
}`
