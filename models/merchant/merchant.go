// Package merchant holds merchants, their shops and terminals, and what the
// terminals' SIMs use, as the acquirer's core system knows them.
package merchant

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Row is what the core system says of a merchant.
type Row struct {
	Ref      string // the core system's number
	Name     string
	Contact  string // whom to speak to; may be empty, as may phone and email
	Phone    string // as the core system writes it
	Email    string
	OpenedOn date.Date
	ClosedOn date.Date // zero: not closed
	Region   string    // where it is, as reports are to name it; empty: not said, which changes nothing
}

// TerminalRow is what the core system says of a terminal. What it does not say
// is empty.
type TerminalRow struct {
	SN             string // serial number
	MerchantRef    string
	Shop           string // empty: the shop that bears the merchant's name
	Alias          string // what the shop calls it
	Model, Type    string
	ActivatedOn    date.Date      // zero: never
	InactiveFrom   date.Date      // zero: in use
	InactiveReason InactiveReason // empty exactly where InactiveFrom is zero
	ICCID          string         // number of its SIM
	Carrier        string
	ReplacesSN     string // the terminal whose place it took
	AgentRef       string // the sales agent
}

// InactiveReason is why a terminal is out of use.
type InactiveReason string

// The reasons why a terminal is out of use.
const (
	Returned InactiveReason = "returned"
	Lost     InactiveReason = "lost"
	Unbound  InactiveReason = "unbound"
	Broken   InactiveReason = "broken"
)

// Gone reports whether the merchant no longer has a terminal that is out of use
// for this reason, or for none that was given. One that is broken is still
// there.
func (r InactiveReason) Gone() bool { return r != Broken }

// UsageRow is what a terminal's SIM used on a day, with what is left of it as of
// that day, as the carrier reports it.
type UsageRow struct {
	SN          string
	On          date.Date
	UsedMB      int64
	AllowanceMB *int64     // of the calendar month; nil: not known, or without a limit
	Balance     *money.Fen // what is left on the SIM's account; nil: not known
}
