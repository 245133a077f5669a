// Package report adds up what a merchant sold, paid and was paid out: the
// statements. Their figures are the settlements' columns and the lines of the
// bill, to the fen; nothing of them is stored.
//
// A total is what settlements took plus the deductions that were taken apart
// from any settlement. A deduction that explains a part of a settlement never
// adds to it, and counts on the settlement's day.
//
// Figures add up a quarter of all merchants for everybody to read. They are
// stored as they were worked out, and one person orders them and another
// releases them.
package report

import (
	"cmp"
	"slices"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Settled is what settlements add up to.
type Settled struct {
	Settlements int64
	CardCount   int64
	Card        money.Fen // what customers paid by card
	CardFee     money.Fen
	QRCount     int64
	QR          money.Fen // what customers paid by QR code
	QRFee       money.Fen
	PayoutCount int64
	PayoutFee   money.Fen
	OtherFee    money.Fen
	PaidOut     money.Fen
	Gaps        int64     // settlements that do not add up
	Gap         money.Fen // their differences together: paid out more (or less, if negative) than sales less fees
}

// Sales returns what customers paid.
func (s *Settled) Sales() money.Fen { return s.Card.Plus(s.QR) }

// SettledFees returns what was taken before the payout.
func (s *Settled) SettledFees() money.Fen {
	return s.CardFee.Plus(s.QRFee).Plus(s.PayoutFee).Plus(s.OtherFee)
}

// Fee is one sort of fee: a column of the settlements, or an item.
type Fee struct {
	Kind    deduction.Kind // KindCard, KindQR, KindPayout and KindOther are columns; KindDeduction is an item
	Item    fee.Item
	Settled money.Fen // taken in settlements
	Apart   money.Fen // taken apart from them
}

// Sum returns all that was taken for it.
func (f *Fee) Sum() money.Fen { return f.Settled.Plus(f.Apart) }

// Total is what a span of time, or one terminal in it, came to.
type Total struct {
	Settled
	Fees     []Fee     // those of which something was taken, in the order of the bill
	Apart    money.Fen // taken apart from settlements
	Pending  money.Fen // of Apart: authorised, and not taken yet
	Returned money.Fen // given back since
}

// AllFees returns all that was taken, in settlements and apart.
func (t *Total) AllFees() money.Fen { return t.SettledFees().Plus(t.Apart) }

// Kept returns what was taken and not given back.
func (t *Total) Kept() money.Fen { return t.AllFees().Minus(t.Returned) }

// IsEmpty reports whether nothing is known of the time: neither a settlement
// nor a fee.
func (t *Total) IsEmpty() bool { return t.Settlements == 0 && len(t.Fees) == 0 && t.Returned == 0 }

// Fee returns what was taken for one sort of fee, zero where nothing was.
func (t *Total) Fee(kind deduction.Kind, item fee.Item) Fee {
	for _, f := range t.Fees {
		if f.Kind == kind && f.Item == item {
			return f
		}
	}
	return Fee{Kind: kind, Item: item}
}

// add adds other settlements.
func (s *Settled) add(o *Settled) {
	s.Settlements += o.Settlements
	s.CardCount, s.Card, s.CardFee = s.CardCount+o.CardCount, s.Card.Plus(o.Card), s.CardFee.Plus(o.CardFee)
	s.QRCount, s.QR, s.QRFee = s.QRCount+o.QRCount, s.QR.Plus(o.QR), s.QRFee.Plus(o.QRFee)
	s.PayoutCount, s.PayoutFee = s.PayoutCount+o.PayoutCount, s.PayoutFee.Plus(o.PayoutFee)
	s.OtherFee, s.PaidOut = s.OtherFee.Plus(o.OtherFee), s.PaidOut.Plus(o.PaidOut)
	s.Gaps, s.Gap = s.Gaps+o.Gaps, s.Gap.Plus(o.Gap)
}

// addSettled adds settlements, each column as a fee.
func (t *Total) addSettled(s *Settled) {
	t.Settled.add(s)
	t.addFee(deduction.KindCard, fee.Transaction, s.CardFee, 0)
	t.addFee(deduction.KindQR, fee.Transaction, s.QRFee, 0)
	t.addFee(deduction.KindPayout, fee.Withdrawal, s.PayoutFee, 0)
	t.addFee(deduction.KindOther, deduction.ItemOther, s.OtherFee, 0)
}

// addExplained says what a part of the settlements' other fees was for.
func (t *Total) addExplained(item fee.Item, amount money.Fen) {
	t.addFee(deduction.KindOther, deduction.ItemOther, -amount, 0)
	t.addFee(deduction.KindDeduction, item, amount, 0)
}

// addApart adds deductions that were taken apart from settlements.
func (t *Total) addApart(item fee.Item, method fee.Method, state fee.State, amount money.Fen) {
	t.Apart = t.Apart.Plus(amount)
	if state == fee.Authorized {
		t.Pending = t.Pending.Plus(amount)
	}
	t.addFee(kindApart(item, method), item, 0, amount)
}

// kindApart returns the sort of fee that a deduction of its own belongs to, so
// that what is one price to the merchant stands in one line.
func kindApart(item fee.Item, method fee.Method) deduction.Kind {
	switch {
	case item == fee.Withdrawal:
		return deduction.KindPayout
	case item == fee.Transaction && method == fee.QR:
		return deduction.KindQR
	case item == fee.Transaction && method != fee.AnyMethod:
		return deduction.KindCard
	default:
		return deduction.KindDeduction
	}
}

func (t *Total) addFee(kind deduction.Kind, item fee.Item, settled, apart money.Fen) {
	if settled == 0 && apart == 0 {
		return
	}
	for i := range t.Fees {
		f := &t.Fees[i]
		if f.Kind == kind && f.Item == item {
			f.Settled, f.Apart = f.Settled.Plus(settled), f.Apart.Plus(apart)
			return
		}
	}
	t.Fees = append(t.Fees, Fee{Kind: kind, Item: item, Settled: settled, Apart: apart})
}

// Add adds another total, such as a month's to its year's.
func (t *Total) Add(o *Total) {
	t.Settled.add(&o.Settled)
	for _, f := range o.Fees {
		t.addFee(f.Kind, f.Item, f.Settled, f.Apart)
	}
	t.Apart, t.Pending, t.Returned = t.Apart.Plus(o.Apart), t.Pending.Plus(o.Pending), t.Returned.Plus(o.Returned)
	t.finish()
}

// finish leaves out fees that came to nothing and puts the rest in order.
func (t *Total) finish() {
	t.Fees = slices.DeleteFunc(t.Fees, func(f Fee) bool { return f.Settled == 0 && f.Apart == 0 })
	slices.SortFunc(t.Fees, func(a, b Fee) int { return cmp.Compare(place(a.Kind, a.Item), place(b.Kind, b.Item)) })
}

// place orders the fees of a bill: those of sales first, what nobody explained
// last.
func place(kind deduction.Kind, item fee.Item) int {
	switch kind {
	case deduction.KindCard:
		return -3
	case deduction.KindQR:
		return -2
	case deduction.KindPayout:
		return -1
	case deduction.KindOther:
		return len(fee.Items)
	default:
		return slices.Index(fee.Items, item)
	}
}

// MonthTotal is what a month came to.
type MonthTotal struct {
	Month date.Date // its first day
	Total
}
