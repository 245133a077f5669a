package gate

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/webhook"
)

// Answer is what the gate says to one request.
type Answer struct {
	ID        string // d_…
	Ref       string
	SN        string
	Item      fee.Item
	Amount    money.Fen
	Refunded  money.Fen // the part given back so far
	At        time.Time
	Ungated   bool         // it was taken without a permission
	State     fee.State    // how it stands
	Decision  fee.Decision // the worst of all reasons
	Verdict   fee.Verdict  // of the rules
	Own       []deduction.OwnHold
	Case      *fee.Case // the facts it was decided on
	Rules     string    // the version of the rules
	DecidedAt time.Time
	Token     string    // permission to take it; empty: there is none
	ExpiresAt time.Time // when that ends
	Err       error     // of one request in a batch: it could not be decided, and nothing is kept of it
}

// Authorize decides on a deduction that is to be taken, in a transaction of its
// own. It returns fault.Invalid for what is wrong with the request,
// fault.Conflict where the reference belongs to another, and fault.Unavailable
// where the facts can't be read: then nothing was decided.
func (g *Gate) Authorize(ctx context.Context, by By, r Request) (a Answer, err error) {
	err = g.db.Write(ctx, func(tx *db.Tx) error {
		a, err = g.AuthorizeIn(ctx, tx, by, r)
		return err
	})
	return a, unavailable(err)
}

// AuthorizeIn is Authorize inside a transaction.
func (g *Gate) AuthorizeIn(ctx context.Context, tx *db.Tx, by By, r Request) (Answer, error) {
	d := deciding{g: g, now: g.clock.Now(), by: by, requests: []Request{r}}
	if err := d.judge(ctx, tx); err != nil {
		return Answer{}, unavailable(err)
	}
	if err := d.all[0].err; err != nil {
		return Answer{}, unavailable(err)
	}
	return d.all[0].answer(g, d.now), unavailable(d.keep(ctx, tx))
}

// deciding is requests on which is being decided together.
type deciding struct {
	g        *Gate
	now      time.Time
	by       By
	batchID  string
	requests []Request
	known    *known
	settings setting.Gate
	crowd    crowd
	ungated  bool // they were taken already: nothing can be held
	all      []asking
}

// asking is one of them.
type asking struct {
	request *Request
	row     *row
	verdict *verdict
	before  bool // it was decided on before
	plan    *fee.Plan
	err     error
}

// judge decides on the requests one after another, each knowing what came of
// those before it. It writes nothing.
func (d *deciding) judge(ctx context.Context, tx *db.Tx) error {
	d.all = make([]asking, len(d.requests))
	var sns, refs []string
	var asked []deduction.Asked
	seen := map[deduction.Asked]bool{}
	earliest := date.Last
	var days []date.Date
	for i := range d.requests {
		r := &d.requests[i]
		r.At = r.At.UTC().Truncate(time.Microsecond)
		d.all[i] = asking{request: r, err: r.check()}
		if d.all[i].err != nil {
			continue
		}
		sns, refs = append(sns, r.SN), append(refs, r.Ref)
		on := date.Of(r.At)
		earliest = min(earliest, on)
		if !slices.Contains(days, on) {
			days = append(days, on)
		}
		if !seen[r.asked()] {
			seen[r.asked()] = true
			asked = append(asked, r.asked())
		}
	}
	if len(asked) == 0 {
		return nil
	}
	taken, ended, err := lock(ctx, tx, d.now, sns, refs, func(b *db.Batch, snList string) { d.crowd.addTo(b, tx.Dialect, snList, days) })
	if err != nil {
		return err
	}
	for _, id := range ended {
		r, err := readRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := r.expire(ctx, tx, d.now); err != nil {
			return err
		}
		if taken[r.Ref] != nil {
			taken[r.Ref] = r
		}
	}
	if d.settings, err = setting.GetGate(ctx, tx); err != nil {
		return err
	}
	if d.known, err = d.g.read(ctx, tx, d.now, earliest, asked); err != nil {
		return err
	}
	if err := d.crowd.compare(ctx, tx, tx.Dialect, d.now, &d.g.usuals, days); err != nil {
		return err
	}
	here := map[string]*asking{}
	for i := range d.all {
		a := &d.all[i]
		if a.err != nil {
			continue
		}
		if first := here[a.request.Ref]; first != nil {
			a.repeat(first)
			continue
		}
		here[a.request.Ref] = a
		if kept, ok := taken[a.request.Ref]; ok {
			a.err = a.again(kept)
			continue
		}
		if err := d.decide(a); err != nil {
			return err
		}
	}
	return nil
}

// repeat answers a request that stands in the batch twice.
func (a *asking) repeat(first *asking) {
	if !bytes.Equal(a.request.digest(), first.request.digest()) {
		a.err = fault.New(fault.Conflict, "gate.ref_taken")
		return
	}
	a.row, a.verdict, a.err, a.before = first.row, first.verdict, first.err, true
}

// again answers a request that was decided on before.
func (a *asking) again(kept *row) (err error) {
	if kept == nil || !bytes.Equal(a.request.digest(), kept.Digest) {
		return fault.New(fault.Conflict, "gate.ref_taken")
	}
	a.row, a.before = kept, true
	a.verdict, err = kept.latest.read()
	return err
}

// decide decides on one request, and makes what comes of it known to those after
// it. What is wrong with the request is kept beside it.
func (d *deciding) decide(a *asking) error {
	c, err := d.ask(a)
	if err == nil {
		a.verdict, err = judge(c, nil)
	}
	if errors.Is(err, fee.ErrInvalidCase) {
		err = fault.Wrap(err, fault.Invalid, "gate.impossible")
	}
	if err != nil {
		a.err = err
		if fault.Is(err, fault.Internal) {
			return err
		}
		return nil
	}
	d.weighDay(a)
	a.row.State = a.verdict.state()
	a.row.Cycle = a.verdict.Settles()
	if a.row.State != fee.Authorized {
		return nil
	}
	a.row.ExpiresAt = wholeSecond(d.now.Add(d.settings.TokenLasts))
	return d.known.Add(d.known.plans.Fee, a.request.asked(), a.deduction())
}

// ask finds out what the request is about, and returns its case.
func (d *deciding) ask(a *asking) (*fee.Case, error) {
	r := a.request
	t := d.known.Terminal(r.asked())
	if t == nil {
		return nil, wrongField("sn", "import.reference.terminal")
	}
	planID, plan, several := t.PlanOf(d.known.plans.Fee, r.Item)
	if r.Plan != "" {
		named := d.known.plans.ByCode(r.Plan)
		switch {
		case named == nil:
			return nil, wrongField("plan", "import.reference.plan")
		case named.Fee.Item != r.Item:
			return nil, wrongField("plan", "import.reference.other_item", "item", string(named.Fee.Item))
		}
		planID, plan, several = named.ID, &named.Fee, ""
	}
	if several != "" {
		return nil, wrongField("plan", "import.reference.which_plan", "plans", several)
	}
	a.plan = plan
	a.row = &row{
		ID: id.New("d", d.now), MerchantID: t.MerchantID, TerminalID: t.ID, PlanID: planID, Item: r.Item, Ref: r.Ref, Digest: r.digest(),
		Amount: r.Amount, Origin: r.Origin, At: r.At, BatchID: d.batchID, By: d.by.Actor, AskedAt: d.now, SN: r.SN,
	}
	return t.Ask(d.known.plans.Fee, plan, planID, r.Item, d.known.Policy, r.rules())
}

// deduction is what was asked for, as it is written down.
func (a *asking) deduction() deduction.Deduction {
	r := a.request
	asked := a.verdict.Verdict
	d := deduction.Deduction{
		ID: a.row.ID, Ref: r.Ref, Item: r.Item, PlanID: a.row.PlanID, Amount: r.Amount, At: r.At, PeriodFrom: r.PeriodFrom, State: a.row.State,
		Origin: r.Origin, Sale: r.Sale, OrderRef: r.OrderRef, Method: r.Method, SaleCount: r.SaleCount, SaleNet: r.SaleNet,
		Gate: deduction.GateAsked, Verdict: &asked,
	}
	if !a.row.UngatedAt.IsZero() {
		d.Gate, d.Verdict = deduction.GateUngated, nil
	}
	return d
}

// answer is what is said to the request.
func (a *asking) answer(g *Gate, now time.Time) Answer {
	if a.err != nil {
		return Answer{Ref: a.request.Ref, SN: a.request.SN, Err: a.err}
	}
	return a.row.answer(g, a.verdict, now)
}

// answer is what is said of a deduction as it stands.
func (r *row) answer(g *Gate, v *verdict, now time.Time) Answer {
	a := Answer{
		ID: r.ID, Ref: r.Ref, SN: r.SN, Item: r.Item, Amount: r.Amount, Refunded: r.Refunded, At: r.At, Ungated: !r.UngatedAt.IsZero(), State: r.State, Decision: v.decision(), Verdict: v.Verdict, Own: v.Own, Case: v.Case,
		Rules: fee.RulesVersion, DecidedAt: now,
	}
	if !r.latest.at.IsZero() {
		a.Rules, a.DecidedAt = r.latest.rules, r.latest.at
	}
	if r.State == fee.Authorized && !now.After(r.ExpiresAt) {
		a.Token, a.ExpiresAt = g.key.sign(r), r.ExpiresAt
	}
	return a
}

// keep writes down what was decided, and tells the merchants of what was not
// allowed.
func (d *deciding) keep(ctx context.Context, tx *db.Tx) error {
	var recorded []deduction.Recorded
	var requests, decisions, steps, claims [][]any
	var news []notice.News
	var events []webhook.Event
	for i := range d.all {
		a := &d.all[i]
		if a.err != nil || a.before {
			continue
		}
		r := a.row
		recorded = append(recorded, deduction.Recorded{MerchantID: r.MerchantID, TerminalID: r.TerminalID, SN: r.SN, Plan: a.request.Plan, Agent: d.crowd.agents[r.SN], Deduction: a.deduction()})
		requests = append(requests, []any{
			r.ID, r.MerchantID, r.TerminalID, orNull(r.PlanID), string(r.Item), r.Ref, r.Digest, int64(r.Amount), r.Origin, r.At, orNull(r.Cycle), string(r.State),
			db.At(r.ExpiresAt), db.At(r.UngatedAt), db.Text(r.BatchID), string(r.By.Kind), r.By.ID, r.AskedAt, d.now,
		})
		decided, err := r.decisionRow(d.now, a.verdict)
		if err != nil {
			return err
		}
		decisions = append(decisions, decided)
		first := step{name: firstStep(r)}
		steps, events = append(steps, r.stepRow(d.now, d.by, first)), append(events, r.event(d.now, first))
		if r.State.Settles() && r.Cycle > 0 && r.PlanID != 0 && r.UngatedAt.IsZero() {
			claims = append(claims, []any{r.TerminalID, r.PlanID, r.Cycle, r.ID})
		}
		if n, ok := r.news(d.now, a.verdict); ok {
			news = append(news, n)
		}
	}
	if len(recorded) == 0 {
		return nil
	}
	if err := deduction.Record(ctx, tx, d.now, recorded); err != nil {
		return err
	}
	for _, table := range []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"gate_requests", requestColumns, requests},
		{"gate_decisions", decisionColumns, decisions},
		{"gate_steps", stepColumns, steps},
		{"gate_claims", []string{"terminal_id", "plan_id", "cycle", "deduction_id"}, claims},
	} {
		if len(table.rows) == 0 {
			continue
		}
		if err := tx.Insert(ctx, table.name, table.columns, table.rows); err != nil {
			return err
		}
	}
	if err := notice.Tell(ctx, tx, d.now, news...); err != nil {
		return err
	}
	if err := webhook.Publish(ctx, tx, events...); err != nil {
		return err
	}
	if err := alarm.RaiseAll(ctx, tx, d.alarms()); err != nil {
		return err
	}
	return audit.Write(ctx, tx, d.entry(recorded))
}

var requestColumns = []string{
	"deduction_id", "merchant_id", "terminal_id", "plan_id", "item", "ref", "digest", "amount_fen", "origin", "at", "cycle", "state",
	"expires_at", "ungated_at", "batch_id", "asked_kind", "asked_by", "asked_at", "changed_at",
}

// entry is the record of what was decided: of one deduction, or of a batch.
func (d *deciding) entry(recorded []deduction.Recorded) audit.Entry {
	if d.batchID != "" {
		counts := map[string]any{"requests": len(d.all)}
		for i := range d.all {
			if a := &d.all[i]; a.err == nil && !a.before {
				n, _ := counts[string(a.row.State)].(int)
				counts[string(a.row.State)] = n + 1
			}
		}
		return d.by.entry(d.now, 0, "gate.batch", d.batchID, counts)
	}
	r := &recorded[0]
	i := slices.IndexFunc(d.all, func(a asking) bool { return a.row != nil && a.row.ID == r.ID })
	action := "gate." + firstStep(d.all[i].row)
	return d.by.entry(d.now, r.MerchantID, action, r.ID, map[string]any{
		"ref": r.Ref, "amount_fen": int64(r.Amount), "reasons": d.all[i].verdict.reasons(), "rules": fee.RulesVersion,
	})
}

// firstStep is what became of a request at first.
func firstStep(r *row) string {
	if !r.UngatedAt.IsZero() {
		return "ungated"
	}
	return string(r.State)
}

// news is what the merchant is told at once: that a deduction was stopped, or
// waits.
func (r *row) news(now time.Time, v *verdict) (notice.News, bool) {
	n := notice.News{
		MerchantID: r.MerchantID, Kind: notice.Stopped, TerminalID: r.TerminalID, PlanID: r.PlanID, Cycle: v.Cycle.Index, Ref: r.ID,
		PeriodFrom: v.Cycle.From, DueOn: r.on(), Amount: r.Amount, Version: v.Version,
		Facts: notice.Facts{At: now, Reasons: strings.Fields(v.reasons())},
	}
	if r.State == fee.Held {
		n.Kind = notice.OnHold
	}
	return n, r.State == fee.Held || r.State == fee.Denied
}
