package report

import (
	"math/big"
	"slices"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Rate is what sales by one way of paying cost, against what was agreed.
type Rate struct {
	Method    fee.Method // fee.Card or fee.QR; fee.AnyMethod: both together
	Count     int64      // sales
	Sales     money.Fen
	Fee       money.Fen
	Effective money.Rate // the fee's share of the sales, rounded half up to one part per million
	Rated     bool       // Effective is known: there were sales, and no fee went back
	Agreed    Agreed
}

// Agreed is the rate that was in force when sales were charged.
type Agreed struct {
	Unclear Unclear      // why nothing can be said; empty: the rest holds
	Rate    money.Rate   // weighted by the sales where there are several, rounded half up
	Rates   []money.Rate // the different ones, lowest first
	Due     money.Fen    // what the charged sales should have cost
	Slack   money.Fen    // by how much the fee may differ, since each sale is rounded by itself
}

// Unclear says why sales can't be compared with an agreed rate.
type Unclear string

// The reasons.
const (
	NoFee      Unclear = "no_fee"     // no fee was taken
	NotAgreed  Unclear = "not_agreed" // for some sales no rate was agreed
	PricedBy   Unclear = "priced_by"  // credit and debit cards have prices of their own, and are reported together
	HasBounds  Unclear = "has_bounds" // each sale has a minimum or a cap, and they are reported together
	NotStated  Unclear = "not_stated" // a charge does not say what sale it is for
	BothUnlike Unclear = "both"       // one of the ways of paying is unclear
)

// chargedSales adds up the charged sales by the price that was in force.
var chargedSales = `select kind, plan_id, version, ` + sum("expected_fen") + `, ` + sum("sale_fen") + `, ` + sum("sale_count") + `, ` + sum("unstated") + `
	from charged_months where merchant_id = $1 and month >= $2 and month < $3
	group by 1, 2, 3`

// charged is what sales of one price came to.
type charged struct {
	kind     deduction.Kind
	planID   int64
	version  int
	expected money.Fen
	sales    money.Fen
	count    int64
	unstated int64 // lines that do not say their sale
}

// rates collects what was charged by each way of paying.
type rates struct {
	plans *disclosure.Plans
	byWay map[fee.Method]*agreement
}

// agreement adds up what was agreed for one way of paying.
type agreement struct {
	Agreed
	weight *big.Int // rate times sales
	sales  *big.Int
}

func newRates(plans *disclosure.Plans) *rates {
	return &rates{plans: plans, byWay: map[fee.Method]*agreement{fee.Card: newAgreement(), fee.QR: newAgreement()}}
}

func newAgreement() *agreement { return &agreement{weight: new(big.Int), sales: new(big.Int)} }

func (r *rates) add(b *db.Batch, s span) { b.Add(chargedSales, s.days(), r.read) }

func (r *rates) read(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c charged
		if err := rows.Scan(&c.kind, &c.planID, &c.version, &c.expected, &c.sales, &c.count, &c.unstated); err != nil {
			return err
		}
		plan := r.plans.Fee(c.planID)
		way := wayOf(c.kind, plan)
		if a := r.byWay[way]; a != nil {
			a.add(&c, plan, way)
		}
		return nil
	})
}

// wayOf returns fee.Card or fee.QR, or neither where a line does not say.
func wayOf(kind deduction.Kind, plan *fee.Plan) fee.Method {
	switch {
	case kind == deduction.KindCard:
		return fee.Card
	case kind == deduction.KindQR:
		return fee.QR
	case plan == nil || plan.Method == fee.AnyMethod:
		return fee.AnyMethod
	case plan.Method == fee.QR:
		return fee.QR
	default:
		return fee.Card
	}
}

// add takes up sales of one price, or says why nothing can be said any more.
func (a *agreement) add(c *charged, plan *fee.Plan, way fee.Method) {
	var version *fee.Version
	if plan != nil {
		version = plan.Version(c.version)
	}
	switch {
	case version == nil:
		a.unclear(NotAgreed)
	case c.kind != deduction.KindDeduction && !plan.Method.Covers(way):
		a.unclear(PricedBy)
	case c.unstated > 0 || version.Price.Kind != fee.PerSale:
		a.unclear(NotStated)
	case version.Price.Min > 0 || version.Price.Cap > 0:
		a.unclear(HasBounds)
	default:
		a.addSales(version.Price.Rate, c)
	}
}

// unclear keeps the first reason found.
func (a *agreement) unclear(why Unclear) {
	if a.Unclear == "" {
		a.Unclear = why
	}
}

func (a *agreement) addSales(rate money.Rate, c *charged) {
	if !slices.Contains(a.Rates, rate) {
		a.Rates = append(a.Rates, rate)
		slices.Sort(a.Rates)
	}
	weight := big.NewInt(int64(c.sales))
	a.sales.Add(a.sales, weight)
	a.weight.Add(a.weight, weight.Mul(big.NewInt(int64(rate)), weight))
	a.Due = a.Due.Plus(c.expected)
	if c.kind != deduction.KindDeduction { // a deduction of its own is for one sale
		a.Slack = a.Slack.Plus(money.Fen(c.count / 2))
	}
}

// finish weighs the rates.
func (a *agreement) finish() Agreed {
	agreed := a.Agreed
	switch {
	case agreed.Unclear != "":
		return Agreed{Unclear: agreed.Unclear}
	case len(agreed.Rates) == 1:
		agreed.Rate = agreed.Rates[0]
	case a.sales.Sign() > 0:
		agreed.Rate = money.Rate(roundHalfUp(a.weight, a.sales).Int64())
	default:
		return Agreed{Unclear: NoFee}
	}
	return agreed
}

// of compares what a total's sales cost with what was agreed: by card, by QR
// code, and both together.
func (r *rates) of(t *Total) [3]Rate {
	card, qr := r.byWay[fee.Card].finish(), r.byWay[fee.QR].finish()
	cardFee, qrFee := t.Fee(deduction.KindCard, fee.Transaction), t.Fee(deduction.KindQR, fee.Transaction)
	all := [3]Rate{
		{Method: fee.Card, Count: t.CardCount, Sales: t.Card, Fee: cardFee.Sum(), Agreed: card},
		{Method: fee.QR, Count: t.QRCount, Sales: t.QR, Fee: qrFee.Sum(), Agreed: qr},
		{Count: t.CardCount + t.QRCount, Sales: t.Sales(), Fee: cardFee.Sum().Plus(qrFee.Sum()), Agreed: r.together(card, qr)},
	}
	for i := range all {
		all[i].Effective, all[i].Rated = share(all[i].Fee, all[i].Sales)
	}
	return all
}

// together is the rate agreed for card and QR sales as a whole. Where only one
// of them was charged, it is that one's.
func (r *rates) together(card, qr Agreed) Agreed {
	switch {
	case card.Unclear == NoFee:
		return qr
	case qr.Unclear == NoFee:
		return card
	case card.Unclear != "" || qr.Unclear != "":
		return Agreed{Unclear: BothUnlike}
	}
	a := newAgreement()
	for _, part := range r.byWay {
		a.sales.Add(a.sales, part.sales)
		a.weight.Add(a.weight, part.weight)
	}
	a.Rates = append(slices.Clone(card.Rates), qr.Rates...)
	slices.Sort(a.Rates)
	a.Rates = slices.Compact(a.Rates)
	a.Due, a.Slack = card.Due.Plus(qr.Due), card.Slack.Plus(qr.Slack)
	return a.finish()
}

// share returns a fee's share of sales in parts per million, rounded half up.
// It is unknown without sales, and where more was given back than taken.
func share(part, of money.Fen) (money.Rate, bool) {
	if of <= 0 || part < 0 {
		return 0, false
	}
	rate := roundHalfUp(new(big.Int).Mul(big.NewInt(int64(part)), big.NewInt(1_000_000)), big.NewInt(int64(of)))
	if !rate.IsInt64() {
		return 0, false
	}
	return money.Rate(rate.Int64()), true
}

// roundHalfUp divides two numbers of zero or more.
func roundHalfUp(n, by *big.Int) *big.Int {
	twice := new(big.Int).Lsh(n, 1)
	return twice.Add(twice, by).Quo(twice, new(big.Int).Lsh(by, 1))
}
