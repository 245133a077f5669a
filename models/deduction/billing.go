package deduction

import (
	"fmt"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// bill is the deductions of one fee of a terminal.
type bill struct {
	merchantID, terminalID int64
	planID                 int64
	plan                   *fee.Plan
	item                   fee.Item
	deductions             []fee.Deduction
	sources                map[string]source // by Ref of the deduction, which is the line's id
}

// source is what a line needs to know of where it comes from.
type source struct {
	kind          Kind
	settlementRef string
	seq           int64
	gate          Gate
}

// bills sorts the terminal's deductions and settlement columns by the fee they
// are for.
func (t *Terminal) bills(plans PlanByID) []*bill {
	b := &billing{terminal: t, plans: plans, by: map[billKey]*bill{}}
	explained := map[string]*explained{}
	for i := range t.Deductions {
		d := &t.Deductions[i]
		b.addDeduction(d)
		if d.SettlementRef != "" && d.State != fee.Reversed && d.State != fee.Waived {
			explained[d.SettlementRef] = explained[d.SettlementRef].plus(d, b.method(d.PlanID))
		}
	}
	for i := range t.Settlements {
		s := &t.Settlements[i]
		b.addSettlement(s, explained[s.Ref])
	}
	return b.bills
}

// explained is what deductions say of a settlement's columns. They never add to
// it.
type explained struct {
	cardFee, qrFee, payoutFee, other money.Fen
	card, qr                         money.Fen
	cards, qrs, payouts              int64
}

func (e *explained) plus(d *Deduction, method fee.Method) *explained {
	if e == nil {
		e = &explained{}
	}
	var sale money.Fen
	if d.Sale != nil {
		sale = *d.Sale
	}
	switch {
	case d.Item == fee.Transaction && method == fee.QR:
		e.qrFee, e.qr, e.qrs = e.qrFee.Plus(d.Amount), e.qr.Plus(sale), e.qrs+1
	case d.Item == fee.Transaction:
		e.cardFee, e.card, e.cards = e.cardFee.Plus(d.Amount), e.card.Plus(sale), e.cards+1
	case d.Item == fee.Withdrawal:
		e.payoutFee, e.payouts = e.payoutFee.Plus(d.Amount), e.payouts+1
	default:
		e.other = e.other.Plus(d.Amount)
	}
	return e
}

type billKey struct {
	planID int64
	item   fee.Item
	mixed  bool
}

type billing struct {
	terminal *Terminal
	plans    PlanByID
	by       map[billKey]*bill
	bills    []*bill
}

func (b *billing) of(planID int64, item fee.Item) *bill {
	key := billKey{planID: planID, item: item}
	if known := b.by[key]; known != nil {
		return known
	}
	var plan *fee.Plan
	if planID != 0 {
		plan = b.plans(planID)
	}
	return b.add(key, plan)
}

func (b *billing) add(key billKey, plan *fee.Plan) *bill {
	added := &bill{
		merchantID: b.terminal.MerchantID, terminalID: b.terminal.ID,
		planID: key.planID, plan: plan, item: key.item, sources: map[string]source{},
	}
	b.by[key] = added
	b.bills = append(b.bills, added)
	return added
}

func (b *billing) method(planID int64) fee.Method {
	if plan := b.plans(planID); planID != 0 && plan != nil {
		return plan.Method
	}
	return fee.AnyMethod
}

func (b *billing) addDeduction(d *Deduction) {
	into := b.of(d.PlanID, d.Item)
	into.deductions = append(into.deductions, fee.Deduction{
		Ref: d.ID, Amount: d.Amount, Refunded: d.Refunded, At: d.At, Seq: d.Seq, PeriodFrom: d.PeriodFrom, State: d.State, Origin: d.Origin,
		Sale: d.Sale, SaleCount: d.SaleCount, SaleNet: d.SaleNet, Method: d.Method, OrderRef: d.OrderRef,
		Live: d.Gate == GateUngated, Asked: d.Verdict,
	})
	into.sources[d.ID] = source{kind: KindDeduction, settlementRef: d.SettlementRef, seq: d.Seq, gate: d.Gate}
}

// addSettlement makes lines of what the settlement's columns hold beyond what
// deductions explain.
func (b *billing) addSettlement(s *Settlement, e *explained) {
	if e == nil {
		e = &explained{}
	}
	b.addColumn(s, KindCard, fee.Transaction, fee.Card, s.CardFee.Minus(e.cardFee), new(s.Card.Minus(e.card)), s.CardCount-e.cards)
	b.addColumn(s, KindQR, fee.Transaction, fee.QR, s.QRFee.Minus(e.qrFee), new(s.QR.Minus(e.qr)), s.QRCount-e.qrs)
	b.addColumn(s, KindPayout, fee.Withdrawal, fee.AnyMethod, s.PayoutFee.Minus(e.payoutFee), nil, s.PayoutCount-e.payouts)
	b.addColumn(s, KindOther, ItemOther, fee.AnyMethod, s.OtherFee.Minus(e.other), nil, 0)
}

func (b *billing) addColumn(s *Settlement, kind Kind, item fee.Item, method fee.Method, amount money.Fen, sale *money.Fen, count int64) {
	if amount == 0 {
		return
	}
	planID, mixed := b.planFor(item, method)
	into := b.of(planID, item)
	count = max(count, 0)
	if mixed {
		into = b.ofMixed(planID, item)
		count = max(count, 2) // even a single sale can't be told to be one sort or the other
	}
	d := fee.Deduction{
		Ref: s.ID + "-" + string(kind), Amount: amount, At: s.On.At(23, 59), State: fee.Posted, Origin: fee.OriginCore, Method: method,
	}
	if kind != KindOther {
		d.SaleCount = &count
	}
	if sale != nil {
		d.Sale = new(max(*sale, 0))
	}
	into.deductions = append(into.deductions, d)
	into.sources[d.Ref] = source{kind: kind, settlementRef: s.Ref}
}

// planFor returns the plan that prices a settlement's column, 0 where the
// terminal has none. It is mixed where the terminal pays for credit and debit
// apart, and the column holds them together.
func (b *billing) planFor(item fee.Item, column fee.Method) (planID int64, mixed bool) {
	for i := range b.terminal.Enrolments {
		id := b.terminal.Enrolments[i].PlanID
		plan := b.plans(id)
		switch {
		case plan == nil || plan.Item != item:
		case plan.Method == column:
			return id, false
		case plan.Method.Covers(column):
			planID, mixed = id, false
		case planID == 0 && column == fee.Card && column.Covers(plan.Method):
			planID, mixed = id, true
		}
	}
	return planID, mixed
}

// ofMixed returns the bill of a column whose sales were priced apart and are
// reported together. It is judged by the plan with a cap that no sale reaches,
// which is how the rules are told that an amount can't be checked.
func (b *billing) ofMixed(planID int64, item fee.Item) *bill {
	key := billKey{planID, item, true}
	if known := b.by[key]; known != nil {
		return known
	}
	return b.add(key, mixedPlan(b.plans(planID)))
}

// mixed reports whether a settlement's column holds sales that the plan prices
// only a part of.
func mixed(kind Kind, plan *fee.Plan) bool {
	return kind == KindCard && !plan.Method.Covers(fee.Card)
}

// mixedPlan returns the plan with a cap that no sale reaches.
func mixedPlan(of *fee.Plan) *fee.Plan {
	plan := *of
	plan.Method = fee.Card
	plan.Versions = slices.Clone(plan.Versions)
	for i := range plan.Versions {
		plan.Versions[i].Price.Cap = money.Max
	}
	return &plan
}

func errUnknownPlan(sn string, planID int64) error {
	return fmt.Errorf("deduction: terminal %s pays by plan %d, which is not known here", sn, planID)
}

func (b *bill) line(j *fee.Judged) Line {
	d, from := j.Deduction, b.sources[j.Deduction.Ref]
	return Line{
		ID: d.Ref, MerchantID: b.merchantID, TerminalID: b.terminalID, Kind: from.kind, Item: b.item, PlanID: b.planID,
		Method: d.Method, At: d.At.UTC(), On: date.Of(d.At), Seq: from.seq, Amount: d.Amount, Refunded: d.Refunded,
		Sale: d.Sale, SaleCount: d.SaleCount, State: d.State, Origin: d.Origin, OrderRef: d.OrderRef,
		SettlementRef: from.settlementRef, PeriodFrom: d.PeriodFrom, Verdict: j.Verdict, Settles: j.Settles > 0,
		Gate: from.gate,
	}
}
