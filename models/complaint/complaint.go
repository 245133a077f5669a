// Package complaint keeps what merchants complain of, ask or request: a case
// each, from its filing to its end. A case has a number, an owner and clocks; it
// carries its evidence as it was when it was filed, what was said, and the
// decision.
//
// What happens to a case is a line of its log, which is never changed. Its state
// and its clocks follow from the log (models/worktime); what the queue is sorted
// by is kept beside it, and written in the transaction that adds the line. While
// a complaint about a fee is not decided, nothing is taken for that fee of that
// terminal.
package complaint

import (
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/file"
	"github.com/mingbai/mingbai/models/money"
)

// Kind says what a case is.
type Kind string

// The kinds. Only a complaint has the reply deadline, a finding and holds
// anything.
const (
	Complaint Kind = "complaint"
	Question  Kind = "question"
	Callback  Kind = "callback" // to be called back
	Invoice   Kind = "invoice"  // for fees that were paid
	Stop      Kind = "stop"     // a stop or return to be confirmed
)

// Known reports whether the kind is one.
func (k Kind) Known() bool {
	return k == Complaint || k == Question || k == Callback || k == Invoice || k == Stop
}

// Subject says what a case is about.
type Subject string

// The subjects, each with what its reference is.
const (
	OfDeduction Subject = "deduction" // a line of the bill: its id
	OfNotice    Subject = "notice"    // something that was sent: the letter's id
	OfTerminal  Subject = "terminal"  // its serial number
	OfNothing   Subject = "none"      // nothing in particular
)

// Reason says what is wrong, as the merchant chose it.
type Reason string

// The reasons of a complaint. What is none has Other.
const (
	NeverAgreed  Reason = "never_agreed" // the merchant never agreed to the fee
	NotTold      Reason = "not_told"     // it was taken without being announced
	TooMuch      Reason = "too_much"     // more than agreed
	Twice        Reason = "twice"        // taken before
	StoppedFee   Reason = "stopped"      // taken although it was stopped
	TerminalGone Reason = "gone"         // taken for a terminal that was given back, lost or out of use
	Deposit      Reason = "deposit"      // not given back
	BrokenRule   Reason = "broken_rule"  // the rules say that it must not have been taken
	Other        Reason = "other"
)

// Reasons are those that a merchant may choose, in order.
var Reasons = []Reason{NeverAgreed, NotTold, TooMuch, Twice, StoppedFee, TerminalGone, Deposit, Other}

// Channel says how a case came in.
type Channel string

// The channels.
const (
	ByPortal    Channel = "portal"
	ByPhone     Channel = "phone"
	ByLetter    Channel = "letter"
	ByAuthority Channel = "authority" // passed on by one, under its number
	ByItself    Channel = "itself"    // nobody complained: the rules found it
)

// Finding is what a decision comes to.
type Finding string

// The findings. What is no complaint is answered.
const (
	Upheld       Finding = "upheld"
	PartlyUpheld Finding = "partly_upheld"
	NotUpheld    Finding = "not_upheld"
	Answered     Finding = "answered"
)

// The longest texts, in characters, and the most files.
const (
	MaxWords     = 2000
	MaxRemark    = 500
	MaxRootCause = 200
	MaxFiles     = 10 // at once
	MaxCaseFiles = 40 // of a case
)

// Cases files, works and decides cases. It may be used concurrently.
type Cases struct {
	d      *db.DB
	clock  clock.Clock
	plans  func() *disclosure.Plans
	policy func() fee.Policy
	files  file.Store
	shown  Shown
}

// Options are what the use cases of this package work with.
type Options struct {
	DB     *db.DB
	Clock  clock.Clock
	Plans  func() *disclosure.Plans // what is published now
	Policy func() fee.Policy        // in force now
	Files  file.Store
}

// New returns the use cases on a database.
func New(o Options) *Cases {
	return &Cases{d: o.DB, clock: o.Clock, plans: o.Plans, policy: o.Policy, files: o.Files}
}

// About is what a case is about, as it was when it was filed.
type About struct {
	Subject    Subject
	Ref        string // what the subject's is; empty: none
	TerminalID int64  // 0: none
	PlanID     int64  // 0: none
	Item       fee.Item
	Cycle      int // of the fee; 0: none in particular
}

// Filed is the receipt of a filing.
type Filed struct {
	Number string
	Before bool // it was there before: nothing was filed
}

// Decision is what was decided in a case, for the merchant to read.
type Decision struct {
	Number    int
	Round     int // 1, or 2 after a review
	Finding   Finding
	RootCause string // for staff
	Reason    string
	Amount    money.Fen
	Suggested money.Fen // by the fee rules
	StaffID   string
	By        string
	At        time.Time
}

// Link is another case that belongs to one.
type Link struct {
	Number string
	Kind   string // again, merged, split or reopened
	Later  bool   // the other one came later
	At     time.Time
}

// never stands for a clock that is not due, in the queue's order.
var never = time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)
