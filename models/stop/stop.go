// Package stop lets merchants stop a fee of a terminal, or say that a terminal
// was returned, lost or is no longer used. Each such request has a number and
// stays as it was made. A fee ends on the day named; a terminal that is said to
// be gone waits for staff to look, and until they answer, what would be charged
// for it from that day on waits too.
package stop

import (
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant"
)

// Kind is what a merchant asks for.
type Kind string

// The kinds of request.
const (
	OfFee    Kind = "fee"      // stop a fee
	Returned Kind = "returned" // the terminal was given back
	Lost     Kind = "lost"
	Unused   Kind = "unused" // it is there, and out of use for good
)

// OfTerminal reports whether the kind says that a terminal is gone.
func (k Kind) OfTerminal() bool { return k == Returned || k == Lost || k == Unused }

// reason is what a terminal is out of use for once staff confirm it.
func (k Kind) reason() merchant.InactiveReason {
	switch k {
	case Returned:
		return merchant.Returned
	case Lost:
		return merchant.Lost
	default:
		return merchant.Unbound
	}
}

// PlanByID returns a published plan, or nil.
type PlanByID func(id int64) *fee.Plan

// Who is somebody of a merchant's, and where their request comes from.
type Who struct {
	MerchantID int64
	UserID     string
	Name       string // as the request is to bear it
	Address    string // IP address
	RequestID  string // for the record
}

func (w *Who) actor() audit.Actor { return audit.Actor{Kind: audit.User, ID: w.UserID} }

// Request is what somebody of a merchant's asked for.
type Request struct {
	ID          string
	Number      string // as the merchant knows it
	MerchantID  int64
	TerminalID  int64
	SN          string
	Alias       string // the merchant's own name for the terminal, else the core system's
	Shop        string
	Kind        Kind
	PlanID      int64     // of a fee; else 0
	On          date.Date // the first day without the fee, or since when the terminal is gone
	PaidThrough date.Date // last day of the fee's cycle that was paid and went on; zero: none
	Remark      string
	Name        string // of who asked
	At          time.Time
	Answer      *Answer // of staff; nil: none yet, or none is needed
}

// Waits reports whether staff have to answer the request.
func (r *Request) Waits() bool { return r.Kind.OfTerminal() && r.Answer == nil }

// Answer is what staff found of a terminal that is said to be gone.
type Answer struct {
	Confirmed bool
	GoneFrom  date.Date // where it was confirmed
	Reason    string    // where it was not
	By        string    // name of who answered
	At        time.Time
}

// MaxRemark is how many characters a remark, or the reason of an answer, may
// have.
const MaxRemark = 500
