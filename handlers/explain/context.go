package explain

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Context is what an explanation needs beyond the verdict. Texts are finished,
// in the reader's language. All but Case may be left out: what is not known is
// not said, or said to be unknown.
type Context struct {
	Case       *fee.Case // what was judged; must be there
	Kind       Kind      // where the line of the bill comes from; empty: KindDeduction
	Item       fee.Item  // what it is for; an item that is none of fee.Items was not explained by anybody
	State      fee.State // what became of it; empty: fee.Posted
	Refunded   money.Fen // what was given back so far
	Ref        string    // the number to quote to the hotline
	Terminal   Terminal
	Terms      Terms
	AcceptedBy string      // who gave fee.Facts.Acceptance; empty: the merchant
	NoticeTo   string      // the address that fee.Facts.Notice reached, masked
	NoticeAt   time.Time   // when that one came, where it counts from later on; zero: as the fact says
	Settlement *Settlement // the day's settlement that it was taken from; nil: not known
	CardTail   string      // last digits of the card that it was debited from; empty: it was not, or not known
	Moves      []Move      // what happened to the money, in order; none: what State alone says
	Next       *fee.Charge // the next charge for this fee; nil: none is foreseen
	Operator   Operator
	Pages      Pages
	Own        []deduction.OwnHold // the gate's own holds
}

// Kind says where a line of the bill comes from, in the words of the bill.
type Kind string

// The kinds of line. All but the first are fee columns of a day's settlement.
const (
	KindDeduction Kind = "deduction"
	KindCard      Kind = "card"
	KindQR        Kind = "qr"
	KindPayout    Kind = "payout"
	KindOther     Kind = "other" // taken in a settlement, and nobody explained it
)

// Terminal is what a sentence says of a terminal.
type Terminal struct {
	Alias          string // what the merchant calls it
	SN             string // its serial number, of which the last four characters are shown
	Carrier        string // of its SIM
	InactiveReason string // returned, lost, unbound or broken; empty: not said
	SalesThatDay   int    // on the deduction's date; 0: none, or not known
}

// Terms are the published words about the version in force.
type Terms struct {
	Title      string // what the plan is called
	Recipient  string // who receives the money
	PricedBy   string
	Refund     string
	Stop       string
	Disclosure string // title of the disclosure
	Version    int    // of the disclosure; 0: not known
	Clause     string // its number
	URL        string // of that disclosure version; empty: no link
}

// Settlement is a day's sales and what was left of them.
type Settlement struct {
	On      date.Date
	Sales   money.Fen // what customers paid
	Fees    money.Fen // all that was taken
	PaidOut money.Fen // what reached the merchant
}

// Move is one step of the money.
type Move struct {
	Kind   MoveKind
	On     date.Date // zero: not known
	Amount money.Fen
}

// MoveKind says what a step is.
type MoveKind string

// The steps that money takes.
const (
	MoveAsked     MoveKind = "asked"     // somebody asked for it
	MoveTaken     MoveKind = "taken"     // it left the merchant
	MoveGranted   MoveKind = "granted"   // a decision gives it back
	MoveApproved  MoveKind = "approved"  // to be given back
	MoveSent      MoveKind = "sent"      // handed over, to be paid back
	MoveReturning MoveKind = "returning" // on its way back
	MoveReturned  MoveKind = "returned"  // back with the merchant
	MoveReversed  MoveKind = "reversed"  // the deduction was undone
	MoveWaived    MoveKind = "waived"    // never to be taken
	MoveStopped   MoveKind = "stopped"   // refused before it was taken
	MoveHeld      MoveKind = "held"      // put off until checked
	MoveVoided    MoveKind = "voided"    // allowed, and not taken in time
)

// Operator is the acquirer.
type Operator struct {
	Hotline string // its telephone number; empty: not said
}

// Pages are the addresses of pages that a merchant can go to from here; an
// empty one is not offered.
type Pages struct {
	Terminal   string
	Agreements string
}
