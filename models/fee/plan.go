package fee

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Item is what a fee is for.
type Item string

// The fee items.
const (
	SimData       Item = "sim_data"
	DeviceDeposit Item = "device_deposit"
	Activation    Item = "activation"
	Service       Item = "service"
	Transaction   Item = "transaction"
	Withdrawal    Item = "withdrawal"
	Insurance     Item = "insurance"
	Overage       Item = "overage"
)

// Items lists all fee items in the order in which a bill shows them.
var Items = []Item{Transaction, Withdrawal, SimData, Overage, Service, Activation, Insurance, DeviceDeposit}

// Known reports whether the item is one of Items.
func (i Item) Known() bool {
	switch i {
	case SimData, DeviceDeposit, Activation, Service, Transaction, Withdrawal, Insurance, Overage:
		return true
	}
	return false
}

// Method is a way of paying.
type Method string

// The ways of paying. Card covers credit and debit.
const (
	AnyMethod Method = ""
	Credit    Method = "credit"
	Debit     Method = "debit"
	Card      Method = "card"
	QR        Method = "qr"
)

// Covers reports whether a plan for m prices a sale that was paid by other. A
// sale that does not say how it was paid is covered.
func (m Method) Covers(other Method) bool {
	if m == AnyMethod || other == AnyMethod || m == other {
		return true
	}
	return m == Card && (other == Credit || other == Debit)
}

// Kind is how a fee is charged.
type Kind string

// The kinds of price.
const (
	Recurring Kind = "recurring" // once a cycle
	OneOff    Kind = "one_off"   // once
	PerItem   Kind = "per_item"  // each payout, each extra
	PerSale   Kind = "rate"      // a share of each sale
)

// Idle says what becomes of a cycle in which the terminal had no sale to take
// the fee from. A published price must say it.
type Idle string

// What an idle cycle does.
const (
	Accrue Idle = "accrue" // stays due and is collected later
	Skip   Idle = "skip"   // lapses: neither due nor open any more
)

// Price is what a version charges.
type Price struct {
	Kind        Kind
	Amount      money.Fen  // Recurring, OneOff: a cycle; PerItem: each
	CycleMonths int        // Recurring
	FreeDays    int        // Recurring, OneOff: free days, or …
	FreeMonths  int        // … free months, never both
	Idle        Idle       // Recurring
	Rate        money.Rate // PerSale: of each sale, …
	Min         money.Fen  // … at least this, …
	Cap         money.Fen  // … and at most this; 0: no bound
}

// Version is one published state of a plan's price.
type Version struct {
	Number         int
	PublishedOn    date.Date
	EffectiveOn    date.Date
	DisclosureDays *int // the policy at publication; nil: today's
	Price          Price
}

// Plan prices one fee item, for one way of paying or for all.
type Plan struct {
	Code     string
	Item     Item
	Method   Method
	Cap12m   money.Fen // disclosed ceiling for any twelve months; 0: none
	Versions []Version // at least one, in any order
}

// maxMonths and maxDays bound periods at a century: what is longer is a slip of
// the keyboard.
const (
	maxMonths = 1_200
	maxDays   = 36_600
)

// Validate returns an error wrapping ErrInvalidCase where the plan can't be.
func (p *Plan) Validate() error {
	if len(p.Versions) == 0 {
		return invalid("a plan without a version")
	}
	if p.Item != "" && !p.Item.Known() {
		return invalid("unknown item %q", p.Item)
	}
	switch p.Method {
	case AnyMethod, Credit, Debit, Card, QR:
	default:
		return invalid("unknown way of paying %q", p.Method)
	}
	if p.Cap12m < 0 {
		return invalid("a ceiling below zero")
	}
	first := &p.Versions[0].Price
	for i := range p.Versions {
		v := &p.Versions[i]
		if v.Number < 1 || v.PublishedOn.IsZero() || v.EffectiveOn.IsZero() {
			return invalid("version %d lacks its number or a date", v.Number)
		}
		if v.DisclosureDays != nil && *v.DisclosureDays < 0 {
			return invalid("version %d: lead time below zero", v.Number)
		}
		if err := v.Price.Validate(); err != nil {
			return err
		}
		if i > 0 && !v.Price.sameShape(first) {
			return invalid("version %d changes more than its price", v.Number)
		}
		for j := range i {
			if p.Versions[j].Number == v.Number {
				return invalid("version %d twice", v.Number)
			}
		}
	}
	return nil
}

// Validate returns an error wrapping ErrInvalidCase where the price can't be.
func (p *Price) Validate() error {
	switch p.Kind {
	case Recurring:
		if p.CycleMonths < 1 || p.CycleMonths > maxMonths {
			return invalid("a cycle of %d months", p.CycleMonths)
		}
		if p.Idle != Accrue && p.Idle != Skip {
			return invalid("it is not said whether idle terminals pay")
		}
	case OneOff, PerItem, PerSale:
	default:
		return invalid("unknown kind of price %q", p.Kind)
	}
	switch {
	case p.FreeDays > 0 && p.FreeMonths > 0:
		return invalid("two free periods")
	case p.FreeDays < 0 || p.FreeDays > maxDays || p.FreeMonths < 0 || p.FreeMonths > maxMonths:
		return invalid("a free period of %d days or %d months", p.FreeDays, p.FreeMonths)
	case p.Amount < 0 || p.Rate < 0 || p.Min < 0 || p.Cap < 0:
		return invalid("a price below zero")
	}
	return nil
}

// sameShape reports whether two prices differ in amounts alone. Another cycle,
// free period or way of charging is another plan.
func (p *Price) sameShape(q *Price) bool {
	return p.Kind == q.Kind && p.CycleMonths == q.CycleMonths && p.Idle == q.Idle &&
		p.FreeDays == q.FreeDays && p.FreeMonths == q.FreeMonths
}

// Dearer reports whether p costs a merchant more than q in any respect.
func (p *Price) Dearer(q *Price) bool {
	return p.Amount > q.Amount || p.Rate > q.Rate || p.Min > q.Min ||
		q.Cap > 0 && (p.Cap == 0 || p.Cap > q.Cap)
}

// Free reports whether the price begins with a free period.
func (p *Price) Free() bool { return p.FreeDays > 0 || p.FreeMonths > 0 }

// bounded reports whether a sale's fee has a minimum or a cap, so that several
// sales in one amount can't be checked.
func (p *Price) bounded() bool { return p.Min > 0 || p.Cap > 0 }

// of returns what the price makes of a request, and whether it can say: a rate
// needs its sale.
func (p *Price) of(r *Request) (money.Fen, bool) {
	switch p.Kind {
	case PerItem:
		return p.Amount.Times(r.count()), true
	case PerSale:
		if r.Sale == nil {
			return 0, false
		}
		fee := max(p.Rate.Of(*r.Sale), p.Min)
		if p.Cap > 0 {
			fee = min(fee, p.Cap)
		}
		return fee, true
	default:
		return p.Amount, true
	}
}

// tolerance returns by how much an amount for several sales, each rounded by
// itself, may differ from their fee together.
func (p *Price) tolerance(r *Request) money.Fen {
	if p.Kind != PerSale {
		return 0
	}
	return money.Fen(r.count() / 2)
}

// Kind returns how the plan charges; all its versions charge alike.
func (p *Plan) Kind() Kind {
	if len(p.Versions) == 0 {
		return ""
	}
	return p.Versions[0].Price.Kind
}

// HasCycles reports whether the plan charges by cycle (once counts as one),
// and so must announce each deduction.
func (p *Plan) HasCycles() bool { return p.Kind() == Recurring || p.Kind() == OneOff }

// Version returns the version with the number, or nil.
func (p *Plan) Version(number int) *Version {
	for i := range p.Versions {
		if p.Versions[i].Number == number {
			return &p.Versions[i]
		}
	}
	return nil
}

func (p *Plan) isAbsent() bool {
	return len(p.Versions) == 0 && p.Item == "" && p.Method == "" && p.Cap12m == 0
}

// inOrder returns the versions by the day they take effect, then by number.
// Versions nearly always lie so already.
func (p *Plan) inOrder() []Version {
	for i := 1; i < len(p.Versions); i++ {
		if earlier(&p.Versions[i], &p.Versions[i-1]) {
			return sortedVersions(p.Versions)
		}
	}
	return p.Versions
}
