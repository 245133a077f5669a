// Package rootcause puts right what went wrong for many: from what was found
// wrong in one case it finds every terminal that the same cause has hit, and
// gives money back, stops fees and tells merchants in one action. Somebody
// proposes it with a reason, somebody else approves it, and a job works it line by
// line: killed at any moment, it goes on where it was, and does nothing twice.
package rootcause

import (
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// The longest texts, in characters, and the most lines of an action.
const (
	MaxReason = complaint.MaxRootCause
	MaxWords  = complaint.MaxRemark
	MaxRemark = complaint.MaxRemark
	MaxLines  = 200_000
)

// Causes finds what the same cause has hit, and puts it right. It may be used
// concurrently.
type Causes struct {
	d     *db.DB
	clock clock.Clock
	cases *complaint.Cases
	jobs  event.Queue
}

// New returns the use cases on a database. Without jobs an action that is approved
// is taken up when its job comes up by itself.
func New(d *db.DB, c clock.Clock, cases *complaint.Cases, jobs event.Queue) *Causes {
	return &Causes{d: d, clock: c, cases: cases, jobs: jobs}
}

// State says how far an action has come.
type State string

// The states of an action.
const (
	Proposed State = "proposed" // waits for somebody else
	Refused  State = "refused"
	Working  State = "working" // approved: its lines are being worked
	Halted   State = "halted"  // somebody stopped that; it can go on
	Done     State = "done"
)

// What is done about a line.
type What string

// What can be done, in the order in which it is worked: by name.
const (
	Refund What = "refund" // a line of the bill is given back
	Stop   What = "stop"   // a fee of a terminal ends
	Tell   What = "tell"   // a merchant is told
)

// Whats are all of them, in that order.
var Whats = []What{Refund, Stop, Tell}

// LineState says how far a line has come.
type LineState string

// The states of a line. None that is done or skipped changes any more.
const (
	LinePending LineState = "pending"
	LineDone    LineState = "done"
	LineSkipped LineState = "skipped"
)

// Why says why a line is skipped: a complaint.Unfit, or one of these.
type Why string

// Why a fee is not stopped, or a merchant not told.
const (
	NotEnrolled    Why = "not_enrolled"     // the terminal pays no such fee
	StoppedBefore  Why = "stopped"          // or will not from today on
	PerSale        Why = "per_sale"         // without it the terminal could take no payment
	NothingForThem Why = "nothing_for_them" // nothing was done for the merchant
)

// Whys are all of them, those of lines of the bill first.
var Whys = []Why{
	Why(complaint.AlreadyGivenBack), Why(complaint.NeverTaken), Why(complaint.AlreadyProposed), Why(complaint.UnderComplaint), Why(complaint.AlreadyDecided),
	Why(complaint.NothingDue), NotEnrolled, StoppedBefore, PerSale, NothingForThem,
}

// Plan is what somebody means to do about a cause.
type Plan struct {
	Refund bool
	Stop   bool
	Tell   bool   // all who were hit; who gets money back or whose fee stops is told anyhow
	Reason string // what went wrong, for staff
	Words  string // the same for the merchants
}

// Action is a cause, and what is done about it.
type Action struct {
	ID         string
	Number     string
	CaseNumber string // of the case that it was found in
	Criteria   Criteria
	Plan       Plan
	State      State
	ProposedBy string // name
	ProposedID string
	ProposedAt time.Time
	SecondBy   string // name of who approved or refused
	AnsweredAt time.Time
	Remark     string // of who refused
	HaltedBy   string // name of who halted it last
	HaltedAt   time.Time
	DoneAt     time.Time

	secondID string
}

// Criteria are what lines of the bill have in common: all that is not zero.
type Criteria struct {
	PlanID  int64
	Version int    // of the plan; 0: any
	Agent   string // whose terminals, by the core system's number
	Batch   string // of requests to the gate
	Rule    string // that their verdicts name
	From    date.Date
	To      date.Date // inclusive
}

// Some reports whether anything but the days is asked for.
func (c *Criteria) Some() bool {
	return c.PlanID != 0 || c.Agent != "" || c.Batch != "" || c.Rule != ""
}

// Line is one thing that an action does.
type Line struct {
	What        What
	Subject     string // the line of the bill, the enrolment, or the merchant's own id
	MerchantID  int64
	Merchant    string // name
	MerchantRef string
	SN          string
	Alias       string
	PlanID      int64
	Item        fee.Item  // of a line of the bill, also where it names no plan
	Taken       money.Fen // of a line of the bill
	Amount      money.Fen // to be given back; of one that is done, what was
	State       LineState
	Why         Why
	CaseNumber  string
	WorkedAt    time.Time
}

// Sum is how many lines of an action stand in one way, and what they come to.
type Sum struct {
	What   What
	State  LineState
	Why    Why
	Lines  int64
	Amount money.Fen
}
