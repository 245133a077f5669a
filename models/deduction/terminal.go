package deduction

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Terminal is everything that the rules need to know of one terminal.
type Terminal struct {
	ID               int64
	MerchantID       int64
	SN               string
	ActivatedOn      date.Date
	InactiveFrom     date.Date
	ReportedGoneOn   date.Date
	MerchantClosedOn date.Date
	Replaced         *Replaced // the one it took the place of, where that is known
	Enrolments       []Enrolment
	Deductions       []Deduction
	Settlements      []Settlement
	Notices          []Notice
	Disputes         []Dispute
	Scheduled        []Scheduled // read where something is to be foreseen
}

// Replaced is the terminal that another took the place of, and what it had paid
// of each item.
type Replaced struct {
	SN   string
	Paid map[fee.Item][]fee.Paid
}

// Enrolment is a terminal's taking up of a plan.
type Enrolment struct {
	PlanID int64
	Fee    fee.Enrolment
}

// Deduction is a deduction as the core system reports it.
type Deduction struct {
	ID            string
	Ref           string // the core system's number
	Item          fee.Item
	PlanID        int64 // 0: the terminal has no enrolment of the item
	Amount        money.Fen
	At            time.Time
	PeriodFrom    date.Date
	State         fee.State
	Origin        string
	Sale          *money.Fen
	SettlementRef string
	OrderRef      string
	Seq           int64
	Refunded      money.Fen  // the part given back so far
	Method        fee.Method // how the sale was paid; empty: not said
	SaleCount     *int64
	SaleNet       *money.Fen
	Gate          Gate
	Verdict       *fee.Verdict // of the gate, where it was asked first
}

// Gate says how a deduction came by the gate.
type Gate int

// How deductions come by the gate.
const (
	GateNone    Gate = 0 // it is from before the gate, and judged as history
	GateAsked   Gate = 1 // it was asked for first, and the answer stands
	GateUngated Gate = 2 // it was taken without asking, and is judged as a request
)

// Settlement is a day's sales and what was taken from them before they were
// paid out.
type Settlement struct {
	ID          string
	Ref         string
	On          date.Date
	CardCount   int64
	Card        money.Fen
	CardFee     money.Fen
	QRCount     int64
	QR          money.Fen
	QRFee       money.Fen
	PayoutCount int64
	PayoutFee   money.Fen
	OtherFee    money.Fen
	PaidOut     money.Fen
}

// Sales returns what customers paid.
func (s *Settlement) Sales() money.Fen { return s.Card.Plus(s.QR) }

// Fees returns all that was taken.
func (s *Settlement) Fees() money.Fen {
	return s.CardFee.Plus(s.QRFee).Plus(s.PayoutFee).Plus(s.OtherFee)
}

// Gap returns by how much the payout differs from sales less fees: 0 where the
// settlement adds up to the fen.
func (s *Settlement) Gap() money.Fen { return s.PaidOut.Minus(s.Sales().Minus(s.Fees())) }

// Notice is an announcement that reached the merchant.
type Notice struct {
	PlanID      int64
	PeriodFrom  date.Date // first day of the cycle announced
	Amount      money.Fen
	Channel     string
	DeliveredAt time.Time

	item fee.Item // read where all items are read together
}

// Dispute is an open or settled question about a fee.
type Dispute struct {
	Item fee.Item
	Fee  fee.Dispute
}
