// Package enrolment holds which terminal pays by which plan, and which versions
// of it the merchant accepted.
package enrolment

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// Row is what the core system says of a terminal's taking up of a plan, and of
// the acceptance of one version of it. Several rows for one terminal and plan
// are acceptances of its versions.
type Row struct {
	SN          string
	Plan        string    // the plan's code
	AnchorOn    date.Date // day 1 of the counting
	Version     int       // 0: none accepted, and the three below are empty
	AcceptedOn  date.Date
	AcceptedBy  string // may be empty
	AcceptedVia Via
	CancelledOn date.Date // zero: not cancelled
}

// Via is the way in which the merchant accepted.
type Via string

// The ways of accepting. What an agent entered is not the merchant's own yes.
const (
	ViaApp    Via = "app"
	ViaPortal Via = "portal"
	ViaPaper  Via = "paper"
	ViaSMS    Via = "sms"
	ViaAgent  Via = fee.ViaAgent
)
