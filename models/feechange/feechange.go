// Package feechange asks merchants about prices that rise. A published version
// that costs a merchant more than the one they pay by opens a change: it says
// what would have been paid over the last twelve months, and the merchant
// accepts it, for all terminals or some, or objects, or leaves. Until they
// accept nothing changes: the rules go by acceptances, and silence is none.
package feechange

import (
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/fee"
)

// PlanByID returns a published plan, or nil.
type PlanByID func(id int64) *fee.Plan

// Who is somebody of a merchant's, and where their request comes from.
type Who struct {
	MerchantID int64
	UserID     string
	Name       string // as the answer is to bear it
	Address    string // IP address of the request
	RequestID  string // for the record
}

func (w *Who) actor() audit.Actor { return audit.Actor{Kind: audit.User, ID: w.UserID} }

// Kind is an answer that a merchant gives.
type Kind string

// The answers.
const (
	Accepted Kind = "accepted"
	Objected Kind = "objected"
)

// notFoundKey is the message of a change that is not there, or another's.
const notFoundKey = "feechanges.not_found"
