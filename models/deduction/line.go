// Package deduction holds what was taken from a merchant: deductions and
// settlements as the core system reports them, the notices and disputes that
// the rules ask about, and the bill that comes of judging all of it.
//
// Facts are append-only. The bill is made from them by Terminal.Judge, line by
// line, and can be made again at any time; every page reads the bill.
package deduction

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Kind says where a line of the bill comes from.
type Kind string

// The kinds of line. A settlement carries the fees of a day's sales in columns;
// each column that is not itemised becomes a line, judged as several sales in
// one amount.
const (
	KindDeduction Kind = "deduction" // a deduction of its own
	KindCard      Kind = "card"      // the card fees of a settlement
	KindQR        Kind = "qr"        // its QR fees
	KindPayout    Kind = "payout"    // its payout fees
	KindOther     Kind = "other"     // what it took besides, and nobody explained
)

// ItemOther stands for what a settlement took without saying what for. It is no
// fee item: nobody can have agreed to it.
const ItemOther fee.Item = "other"

// Line is one line of a merchant's bill, judged.
type Line struct {
	ID            string
	MerchantID    int64
	TerminalID    int64
	Kind          Kind
	Item          fee.Item
	PlanID        int64 // 0: no plan
	Method        fee.Method
	At            time.Time // UTC; a settlement's lines bear the last minute of its day
	On            date.Date
	Seq           int64 // orders lines of one instant
	Amount        money.Fen
	Refunded      money.Fen
	Sale          *money.Fen
	SaleCount     *int64
	State         fee.State
	Origin        string
	OrderRef      string
	SettlementRef string
	PeriodFrom    date.Date
	Verdict       fee.Verdict
	Settles       bool // its cycle is settled by it
	Gate          Gate
}

// Actual returns what the line took and did not give back.
func (l *Line) Actual() money.Fen {
	if l.State != fee.Posted && l.State != fee.Authorized {
		return 0
	}
	return l.Amount.Minus(l.Refunded)
}
