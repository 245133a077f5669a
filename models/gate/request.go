package gate

import (
	"crypto/sha256"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Request is a deduction that the core system means to take, or has taken.
type Request struct {
	Ref        string // the core system's number; no two deductions share one
	SN         string
	Item       fee.Item
	Plan       string // the plan's code; empty: the only one of the item that the terminal is enrolled in
	Amount     money.Fen
	At         time.Time
	PeriodFrom date.Date // first day of the cycle meant; zero: not said
	Sale       *money.Fen
	SaleCount  *int64
	Method     fee.Method
	SaleNet    *money.Fen
	Origin     string // core, agent or import
	OrderRef   string
}

const (
	longestRef    = 64
	longestOrigin = 16
	mostSales     = 1_000_000_000 // in one amount
)

// check returns fault.Invalid for what can't be, field by field.
func (r *Request) check() error {
	var f fault.Fields
	texts := []struct {
		name, value string
		needed      bool
		most        int
	}{
		{"ref", r.Ref, true, longestRef}, {"sn", r.SN, true, longestRef}, {"plan", r.Plan, false, longestRef},
		{"origin", r.Origin, true, longestOrigin}, {"order_ref", r.OrderRef, false, longestRef},
	}
	for _, t := range texts {
		switch {
		case t.value == "" && t.needed:
			f.Add(t.name, "import.value.missing")
		case utf8.RuneCountInString(t.value) > t.most:
			f.Add(t.name, "gate.too_long", "n", t.most)
		}
	}
	if !r.Item.Known() {
		f.Add("item", "gate.item_unknown")
	}
	switch r.Method {
	case fee.AnyMethod, fee.Credit, fee.Debit, fee.Card, fee.QR:
	default:
		f.Add("method", "gate.method_unknown")
	}
	if !possible(r.At) {
		f.Add("at", "gate.at_wrong")
	}
	for _, m := range []struct {
		name   string
		amount *money.Fen
	}{{"amount_fen", &r.Amount}, {"sale_fen", r.Sale}, {"sale_net_fen", r.SaleNet}} {
		if m.amount != nil && (*m.amount > money.Most || *m.amount < -money.Most) {
			f.Add(m.name, "import.value.too_large")
		}
	}
	if r.SaleCount != nil && *r.SaleCount > mostSales {
		f.Add("sale_count", "import.value.too_large")
	}
	if r.Sale != nil && *r.Sale < 0 {
		f.Add("sale_fen", "gate.below_zero")
	}
	if r.SaleCount != nil && *r.SaleCount < 0 {
		f.Add("sale_count", "gate.below_zero")
	}
	return f.Err()
}

// possible reports whether a deduction may bear the instant. Beyond the year 9999
// dates have a digit more, and no longer stand in order as texts.
func possible(at time.Time) bool { return at.Year() >= 2000 && at.Year() <= 2999 }

// digest condenses the request to bytes that differ where its content does.
func (r *Request) digest() []byte {
	same := *r
	same.At = r.At.UTC().Truncate(time.Microsecond)
	text, err := json.Marshal(same)
	if err != nil {
		panic(err) // texts, numbers and dates
	}
	sum := sha256.Sum256(text)
	return sum[:16]
}

// asked is the terminal and the item of which it asks.
func (r *Request) asked() deduction.Asked { return deduction.Asked{SN: r.SN, Item: r.Item} }

// rules is the request as the rules take it.
func (r *Request) rules() fee.Request {
	return fee.Request{
		Amount: r.Amount, At: r.At, PeriodFrom: r.PeriodFrom, Sale: r.Sale, SaleCount: r.SaleCount, Method: r.Method,
		SaleNet: r.SaleNet, OrderRef: r.OrderRef, Origin: r.Origin,
	}
}

// wrongField is a fault of one field.
func wrongField(name, key string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: name, Key: key, Args: args}}}
}
