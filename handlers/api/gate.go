package api

import (
	"context"
	"errors"
	"time"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/watch"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/web/i18n"
)

// AskedBody is a deduction that is asked for, or that was taken without asking.
type AskedBody struct {
	Ref        string    `json:"ref" minLength:"1" maxLength:"64" doc:"The core system's number of the deduction. It is this deduction's alone." example:"A-20261122-0001"`
	SN         string    `json:"sn" minLength:"1" maxLength:"64" doc:"The terminal's serial number." example:"SN20010001"`
	Item       string    `json:"item" enum:"sim_data,device_deposit,activation,service,transaction,withdrawal,insurance,overage" doc:"What it is for."`
	Plan       *string   `json:"plan,omitempty" nullable:"true" maxLength:"64" doc:"The plan's code; may be left out where the terminal is enrolled in one plan of the item."`
	AmountFen  int64     `json:"amount_fen" example:"3600"`
	At         time.Time `json:"at" doc:"When it is to be taken, or was." example:"2026-11-22T10:00:00+08:00"`
	PeriodFrom *string   `json:"period_from,omitempty" nullable:"true" format:"date" doc:"The first day of the period that it pays for; left out: the oldest that is open."`
	SaleFen    *int64    `json:"sale_fen,omitempty" nullable:"true" minimum:"0" doc:"Of a share of sales: the sale."`
	SaleCount  *int64    `json:"sale_count,omitempty" nullable:"true" minimum:"0" doc:"How many sales or payouts the amount is for; left out: one."`
	Method     *string   `json:"method,omitempty" nullable:"true" enum:"credit,debit,card,qr" doc:"How the sale was paid."`
	SaleNetFen *int64    `json:"sale_net_fen,omitempty" nullable:"true" doc:"What is left of the sale that it is netted from."`
	Origin     string    `json:"origin" enum:"core,agent,import" doc:"Who ordered it. Only what the core system itself orders needs no second person."`
	OrderRef   *string   `json:"order_ref,omitempty" nullable:"true" maxLength:"64" doc:"The number of an order: none is taken twice."`
}

// request reads the body. Huma has seen that its values are of their kinds.
func (b *AskedBody) request() (gate.Request, error) {
	r := gate.Request{
		Ref: b.Ref, SN: b.SN, Item: fee.Item(b.Item), Plan: given(b.Plan), Amount: money.Fen(b.AmountFen), At: b.At,
		Sale: (*money.Fen)(b.SaleFen), SaleCount: b.SaleCount, Method: fee.Method(given(b.Method)), SaleNet: (*money.Fen)(b.SaleNetFen),
		Origin: b.Origin, OrderRef: given(b.OrderRef),
	}
	if from := given(b.PeriodFrom); from != "" {
		var err error
		if r.PeriodFrom, err = date.Parse(from); err != nil {
			return r, &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "period_from", Key: "import.value.not_date"}}}
		}
	}
	return r, nil
}

func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// GateAnswer is what the gate says of a deduction.
type GateAnswer struct {
	ID          string       `json:"id,omitempty" doc:"Ours. Wherever an id is asked for, yours will do too."`
	Ref         string       `json:"ref" doc:"Yours."`
	State       string       `json:"state,omitempty" enum:"authorized,held,denied,posted,voided,reversed,refunded" doc:"How it stands."`
	Decision    string       `json:"decision,omitempty" enum:"allow,hold,deny"`
	Reasons     []Reason     `json:"reasons" doc:"All that fired, the weightiest first."`
	ExpectedFen int64        `json:"expected_fen" doc:"What was agreed."`
	Plan        *string      `json:"plan" doc:"null: the terminal is enrolled in none."`
	Version     *int         `json:"version" doc:"Of the plan, by which that is so; null: none is in force."`
	Cycle       *CycleAnswer `json:"cycle" doc:"The period that it is for; null: it is for none."`
	Rules       string       `json:"rules,omitempty" doc:"The version of the rules." example:"2026.1"`
	DecidedAt   *time.Time   `json:"decided_at,omitempty"`
	Ungated     bool         `json:"ungated,omitempty" doc:"It was taken without a permission."`
	RefundedFen int64        `json:"refunded_fen,omitempty" doc:"Given back so far."`
	Token       string       `json:"token,omitempty" doc:"The permission to take it. It serves once."`
	ExpiresAt   *time.Time   `json:"expires_at,omitempty" doc:"When the permission ends."`
	Problem     *AskedFault  `json:"problem,omitempty" doc:"Of one request in a batch: why nothing could be decided, and nothing is kept of it."`
}

// AskedFault says why one request of a batch could not be decided.
type AskedFault struct {
	Code   string            `json:"code" doc:"Names the problem. It does not change." example:"gate.ref_taken"`
	Text   map[string]string `json:"text,omitempty" doc:"What it means, by language: zh-CN and en."`
	Errors []AskedFault      `json:"errors,omitempty" doc:"What is wrong with each property."`
	Name   string            `json:"name,omitempty" doc:"The property." example:"sn"`
}

func askedFault(err error) *AskedFault {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return &AskedFault{Code: string(fault.Internal)}
	}
	out := newAskedFault(string(f.Kind), f.Key, f.Args)
	for _, field := range f.Fields {
		one := newAskedFault("", field.Key, field.Args)
		one.Name = field.Name
		out.Errors = append(out.Errors, one)
	}
	return &out
}

func newAskedFault(code, key string, args []any) AskedFault {
	if key == "" {
		return AskedFault{Code: code}
	}
	out := AskedFault{Code: key, Text: map[string]string{}}
	for _, l := range i18n.Locales {
		out.Text[string(l)] = i18n.For(l).T(key, args...)
	}
	return out
}

func gateAnswer(g *gate.Answer) GateAnswer {
	out := GateAnswer{
		ID: g.ID, Ref: g.Ref, State: string(g.State), Decision: string(g.Decision), Reasons: gateReasons(g), ExpectedFen: int64(g.Verdict.Expected),
		Rules: g.Rules, DecidedAt: &g.DecidedAt, Ungated: g.Ungated, RefundedFen: int64(g.Refunded), Token: g.Token,
	}
	verdict := g.Verdict.Answer()
	out.Version = verdict.Version
	if g.Case.Plan.Code != "" && g.Case.Enrolment != nil {
		out.Plan = &g.Case.Plan.Code
	}
	out.Cycle = cycleAnswer(g.Verdict.Cycle)
	if g.Token != "" {
		out.ExpiresAt = &g.ExpiresAt
	}
	return out
}

// gateReasons puts the rules that fired into words, and the gate's own holds
// after them.
func gateReasons(g *gate.Answer) []Reason {
	reasons := []Reason{}
	e, err := fee.Explain(g.Case)
	if err == nil {
		ctx := explain.Context{Case: g.Case, Kind: explain.KindDeduction, Item: g.Item, State: g.State, Ref: g.Ref, Terminal: explain.Terminal{SN: g.SN}}
		reasons = reasonsOf(e, ctx)
	}
	for _, own := range g.Own {
		if own.Waived {
			continue
		}
		r := Reason{Code: own.Code, Level: string(fee.LevelHold), Text: map[string]string{}, Facts: map[string]any{}}
		if own.Batch != nil {
			r.Facts["band"] = own.Batch
		}
		if own.Day != nil {
			r.Facts["day"] = own.Day
		}
		for _, l := range i18n.Locales {
			r.Text[string(l)] = explain.OwnHold(i18n.For(l), &own)
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// by names the caller in the record.
func by(ctx context.Context) gate.By {
	call := CallOf(ctx)
	return gate.By{Actor: call.Actor(), RequestID: call.RequestID}
}

type (
	askOne  struct{ Body AskedBody }
	askMany struct{ Body AskedMany }
	postOne struct {
		ID   string `path:"id" doc:"Of the deduction: ours, or the core system's number." example:"A-20261122-0001"`
		Body PostedBody
	}
	voidOne struct {
		ID   string `path:"id" doc:"Of the deduction: ours, or the core system's number." example:"A-20261122-0002"`
		Body VoidedBody
	}
	reverseOne struct {
		ID   string `path:"id" doc:"Of the deduction: ours, or the core system's number." example:"U-20261122-0001"`
		Body ReversedBody
	}
	refundOne struct {
		ID   string `path:"id" doc:"Of the deduction: ours, or the core system's number." example:"A-20261122-0001"`
		Body RefundedBody
	}
)

// AskedMany is requests that come together.
type AskedMany struct {
	Requests []AskedBody `json:"requests" minItems:"1" maxItems:"10000"`
}

// BatchAnswer is what the gate says to requests that came together.
type BatchAnswer struct {
	Batch   string               `json:"batch" doc:"Names the batch."`
	Held    bool                 `json:"held" doc:"As a whole: it is unlike those before it, and staff look at it."`
	Band    *deduction.BatchBand `json:"band,omitempty" doc:"What it came to, and what batches like it came to before."`
	Answers []GateAnswer         `json:"answers" doc:"In the order of the requests."`
}

// PostedBody says that money has moved.
type PostedBody struct {
	Token *string    `json:"token,omitempty" nullable:"true" maxLength:"300" doc:"The permission."`
	At    *time.Time `json:"at,omitempty" nullable:"true" doc:"When it moved; counts where there was no permission. Left out: now."`
}

// VoidedBody says that no money will move.
type VoidedBody struct {
	Reason *string `json:"reason,omitempty" nullable:"true" maxLength:"500" doc:"For your own record."`
}

// ReversedBody says that money has come back as if it had never been taken.
type ReversedBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Kept with the deduction."`
}

// RefundedBody says that money was given back.
type RefundedBody struct {
	Reason    string `json:"reason" minLength:"1" maxLength:"500" doc:"Kept with the deduction."`
	AmountFen *int64 `json:"amount_fen,omitempty" nullable:"true" minimum:"1" doc:"So much of it; left out: all that is left."`
	Refund    string `json:"refund,omitempty" maxLength:"64" doc:"The refund that was approved, as the event refund.approved names it; left out: whichever it fits." example:"rp_01kax8f0qdv5y7k3m9n2p4r6t8"`
}

const batchBody = 10 << 20

func (a *API) registerGate() {
	Write(a, Operation{
		ID: "authorizeDeduction", Watched: watch.CallOne, Method: methodPost, Path: "/deductions/authorize", Scope: apikey.DeductionsAuthorize, Group: GroupDeductions,
		Summary: "Ask before taking money",
		Description: "Judges a deduction before it is taken, by what was published, agreed and announced and by what was taken before. " +
			"allow comes with a token that serves once, for this deduction, until it ends. What is held waits for staff: ask for it by its id until it has a token or is denied. What is denied must not be taken. " +
			"The same ref with the same content is answered as before. Where nothing can be decided the answer is 503: wait, and ask again.",
		Example: Example{Path: "/deductions/authorize", Body: `{"ref": "A-20261122-0001", "sn": "SN20010001", "item": "sim_data", "amount_fen": 3600, "at": "2026-11-22T10:00:00+08:00", "origin": "core"}`},
	}, func(ctx context.Context, tx *db.Tx, in *askOne) (GateAnswer, error) {
		r, err := in.Body.request()
		if err != nil {
			return GateAnswer{}, err
		}
		answer, err := a.Gate.AuthorizeIn(ctx, tx, by(ctx), r)
		if err != nil {
			return GateAnswer{}, err
		}
		return gateAnswer(&answer), nil
	})
	Write(a, Operation{
		ID: "authorizeDeductions", Watched: watch.CallBatch, Method: methodPost, Path: "/deductions/authorize-batch", Scope: apikey.DeductionsAuthorize, Group: GroupDeductions, Body: batchBody,
		Summary: "Ask for many at once",
		Description: "Decides on up to 10,000 deductions as if they were asked for one after another. One that can't be decided has its problem in its answer, and the others stand. " +
			"A batch whose count, total or share of denials lies outside of what batches like it came to before is held as a whole, with batch_band among the reasons.",
		Example: Example{Path: "/deductions/authorize-batch", Body: `{"requests": [{"ref": "A-20261122-0002", "sn": "SN20010001", "item": "sim_data", "amount_fen": 3600, "at": "2026-11-22T10:00:00+08:00", "origin": "core"}]}`},
	}, a.authorizeBatch)
	Write(a, Operation{
		ID: "postDeduction", Method: methodPost, Path: "/deductions/{id}/posted", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary: "Say that it was taken",
		Description: "Takes in that the money has moved, with the token that was given for it. Where the token has ended, or none was given, the money has moved all the same: " +
			"it is kept as ungated, judged as of then, and raises an alarm. A token of another deduction, one that was used, and none while there is one, are refused; who asks for the deduction by its number is told it again.",
		Example: Example{Path: "/deductions/A-20261122-0001/posted", Body: `{"at": "2026-11-22T10:00:00+08:00"}`},
	}, func(ctx context.Context, tx *db.Tx, in *postOne) (GateAnswer, error) {
		p := gate.Posted{Token: given(in.Body.Token)}
		if in.Body.At != nil {
			p.At = *in.Body.At
		}
		answer, err := a.Gate.PostIn(ctx, tx, by(ctx), in.ID, p)
		return gated(&answer, err)
	})
	Write(a, Operation{
		ID: "voidDeduction", Method: methodPost, Path: "/deductions/{id}/voided", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary:     "Say that it will not be taken",
		Description: "Gives back what was allowed, or takes back what waits: its period is open again. A permission that ends does so by itself. What was taken is reversed or refunded instead.",
		Example:     Example{Path: "/deductions/A-20261122-0002/voided", Body: `{"reason": "the terminal was offline"}`},
	}, func(ctx context.Context, tx *db.Tx, in *voidOne) (GateAnswer, error) {
		answer, err := a.Gate.VoidIn(ctx, tx, by(ctx), in.ID)
		return gated(&answer, err)
	})
	Write(a, Operation{
		ID: "recordDeduction", Method: methodPost, Path: "/deductions", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary:     "Report what was taken without asking",
		Description: "Takes in a deduction that never was asked for. It is never refused for what it is: it is kept as ungated, judged as a request of its moment, shown to the merchant with its faults, and raises an alarm.",
		Example:     Example{Path: "/deductions", Body: `{"ref": "U-20261122-0001", "sn": "SN20010001", "item": "sim_data", "amount_fen": 9900, "at": "2026-11-22T09:00:00+08:00", "origin": "agent"}`},
	}, func(ctx context.Context, tx *db.Tx, in *askOne) (GateAnswer, error) {
		r, err := in.Body.request()
		if err != nil {
			return GateAnswer{}, err
		}
		answer, err := a.Gate.RecordIn(ctx, tx, by(ctx), r)
		return gated(&answer, err)
	})
	Write(a, Operation{
		ID: "reverseDeduction", Method: methodPost, Path: "/deductions/{id}/reversed", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary:     "Say that it came back",
		Description: "Takes in that what was taken has come back whole, as if it had never been: its period is open again. Asked for once more, it is held until staff have looked.",
		Example:     Example{Path: "/deductions/U-20261122-0001/reversed", Body: `{"reason": "taken by mistake"}`},
	}, func(ctx context.Context, tx *db.Tx, in *reverseOne) (GateAnswer, error) {
		answer, err := a.Gate.ReverseIn(ctx, tx, by(ctx), in.ID, in.Body.Reason)
		if err == nil {
			err = a.giveBack(ctx, tx, complaint.GivenBack{LineID: answer.ID})
		}
		return gated(&answer, err)
	})
	Write(a, Operation{
		ID: "refundDeduction", Method: methodPost, Path: "/deductions/{id}/refunded", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary: "Say that money was given back",
		Description: "Takes in that so much of what was taken was given back, or all that is left. Its period stays settled. " +
			"It counts towards a refund that was approved over a complaint, if there is one: the merchant is told, and the complaint closes once all is paid.",
		Example: Example{Path: "/deductions/A-20261122-0001/refunded", Body: `{"reason": "a complaint was upheld", "amount_fen": 600}`},
	}, func(ctx context.Context, tx *db.Tx, in *refundOne) (GateAnswer, error) {
		answer, err := a.Gate.RefundIn(ctx, tx, by(ctx), in.ID, in.Body.Reason, (*money.Fen)(in.Body.AmountFen))
		if err == nil {
			back := complaint.GivenBack{LineID: answer.ID, RefundID: in.Body.Refund}
			if in.Body.AmountFen != nil {
				back.Amount = money.Fen(*in.Body.AmountFen)
			}
			err = a.giveBack(ctx, tx, back)
		}
		return gated(&answer, err)
	})
}

// PaidBody says that money of a refund was given back.
type PaidBody struct {
	Reason    string `json:"reason" minLength:"1" maxLength:"500" doc:"Kept with the deduction, where there is one."`
	AmountFen *int64 `json:"amount_fen,omitempty" nullable:"true" minimum:"1" doc:"So much of it; left out: all that is left."`
}

type payOne struct {
	ID   string `path:"id" doc:"Of the refund, as the event refund.approved names it." example:"rp_01kax8f0qdv5y7k3m9n2p4r6t8"`
	Body PaidBody
}

// RefundAnswer is a refund as it stands.
type RefundAnswer struct {
	ID        string `json:"id"`
	Case      string `json:"case" doc:"The number of the complaint."`
	Deduction string `json:"deduction,omitempty" doc:"Our id of what it gives back: a deduction, or a line of a settlement. Left out: neither."`
	State     string `json:"state" enum:"sent,paid" doc:"paid: all of it."`
	AmountFen int64  `json:"amount_fen"`
	PaidFen   int64  `json:"paid_fen" doc:"Given back so far."`
}

func (a *API) registerRefunds() {
	Write(a, Operation{
		ID: "payRefund", Method: methodPost, Path: "/refunds/{id}/paid", Scope: apikey.DeductionsWrite, Group: GroupDeductions,
		Summary: "Say that a refund was paid",
		Description: "Takes in that so much of a refund that was approved over a complaint was given back, or all that is left of it, whatever it is for: a deduction, the fees of a settlement, which have no number of their own, or nothing that is on the bill. " +
			"Of a deduction it is kept with it, as if it were said there. The merchant is told, and the complaint closes once all is paid.",
		Example: Example{Path: "/refunds/rp_01kax8f0qdv5y7k3m9n2p4r6t8/paid", Body: `{"reason": "a complaint was upheld"}`},
	}, func(ctx context.Context, tx *db.Tx, in *payOne) (RefundAnswer, error) {
		refund, err := complaint.ReadPayable(ctx, tx, in.ID)
		if err != nil {
			return RefundAnswer{}, err
		}
		part, err := refund.Part((*money.Fen)(in.Body.AmountFen))
		if err != nil {
			return RefundAnswer{}, err
		}
		if refund.Deduction {
			if _, err := a.Gate.RefundIn(ctx, tx, by(ctx), refund.LineID, in.Body.Reason, &part); err != nil {
				return RefundAnswer{}, err
			}
		}
		call := CallOf(ctx)
		refund, err = a.Cases.PayRefundIn(ctx, tx, complaint.GivenBack{RefundID: refund.ID, Amount: part, Actor: call.Actor(), RequestID: call.RequestID})
		return RefundAnswer{
			ID: refund.ID, Case: refund.Number, Deduction: refund.LineID, State: string(refund.State), AmountFen: int64(refund.Amount), PaidFen: int64(refund.Paid),
		}, err
	})
}

func (g GateAnswer) decisions() []string {
	if g.Decision == "" {
		return nil
	}
	return []string{g.Decision}
}

func (b BatchAnswer) decisions() (all []string) {
	for i := range b.Answers {
		all = append(all, b.Answers[i].decisions()...)
	}
	return all
}

// giveBack counts money that was given back towards refunds that were approved.
func (a *API) giveBack(ctx context.Context, tx *db.Tx, g complaint.GivenBack) error {
	call := CallOf(ctx)
	g.Actor, g.RequestID = call.Actor(), call.RequestID
	return a.Cases.GiveBackIn(ctx, tx, g)
}

func gated(answer *gate.Answer, err error) (GateAnswer, error) {
	if err != nil {
		return GateAnswer{}, err
	}
	return gateAnswer(answer), nil
}

func (a *API) authorizeBatch(ctx context.Context, tx *db.Tx, in *askMany) (BatchAnswer, error) {
	requests := make([]gate.Request, len(in.Body.Requests))
	for i := range in.Body.Requests {
		var err error
		if requests[i], err = in.Body.Requests[i].request(); err != nil {
			return BatchAnswer{}, err
		}
	}
	batch, err := a.Gate.AuthorizeBatchIn(ctx, tx, by(ctx), requests)
	if err != nil {
		return BatchAnswer{}, err
	}
	answer := BatchAnswer{Batch: batch.ID, Held: batch.Held, Band: batch.Band, Answers: make([]GateAnswer, len(batch.Answers))}
	for i := range batch.Answers {
		one := &batch.Answers[i]
		if one.Err != nil {
			answer.Answers[i] = GateAnswer{Ref: one.Ref, Reasons: []Reason{}, Problem: askedFault(one.Err)}
			continue
		}
		answer.Answers[i] = gateAnswer(one)
	}
	return answer, nil
}

// findGated returns a deduction that was asked for at the gate or reported to it,
// with its permission where the caller may ask for one.
func (a *API) findGated(ctx context.Context, id string) (*DeductionAnswer, error) {
	found, err := a.Gate.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	g := gateAnswer(&found)
	answer := &DeductionAnswer{
		ID: g.ID, Ref: g.Ref, SN: found.SN, Item: string(found.Item), AmountFen: int64(found.Amount), Refunded: g.RefundedFen, At: found.At,
		PeriodFrom: dayText(found.Case.Request.PeriodFrom), State: g.State, Origin: found.Case.Request.Origin, Order: found.Case.Request.OrderRef, Ungated: g.Ungated,
		Verdict: &VerdictAnswer{
			Decision: g.Decision, Reasons: g.Reasons, ExpectedFen: g.ExpectedFen, Version: found.Verdict.Version, Cycle: cycleAnswer(found.Verdict.Cycle),
			Rules: g.Rules, JudgedAt: found.DecidedAt,
		},
	}
	if g.Plan != nil {
		answer.Plan = *g.Plan
	}
	if g.Token != "" && CallOf(ctx).Caller.May(apikey.DeductionsAuthorize) {
		answer.Token, answer.ExpiresAt = g.Token, g.ExpiresAt
	}
	return answer, nil
}
