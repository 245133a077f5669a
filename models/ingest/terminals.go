package ingest

import "github.com/mingbai/mingbai/models/date"

// Terminal is a row of terminals.csv. What may be empty is empty where the file
// says nothing.
type Terminal struct {
	SN             string // serial number
	MerchantRef    string
	Shop           string
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

// Terminals reads terminals.csv.
var Terminals = Format[Terminal]{
	kind: KindTerminals,
	columns: []column[Terminal]{
		required("sn", code, func(t *Terminal) *string { return &t.SN }),
		required("merchant_ref", ref, func(t *Terminal) *string { return &t.MerchantRef }),
		optional("shop", name, func(t *Terminal) *string { return &t.Shop }),
		optional("alias", name, func(t *Terminal) *string { return &t.Alias }),
		optional("model", name, func(t *Terminal) *string { return &t.Model }),
		optional("type", name, func(t *Terminal) *string { return &t.Type }),
		optional("activated_on", day, func(t *Terminal) *date.Date { return &t.ActivatedOn }),
		optional("inactive_from", day, func(t *Terminal) *date.Date { return &t.InactiveFrom }),
		optional("inactive_reason", choice(Returned, Lost, Unbound, Broken), func(t *Terminal) *InactiveReason { return &t.InactiveReason }),
		optional("iccid", code, func(t *Terminal) *string { return &t.ICCID }),
		optional("carrier", name, func(t *Terminal) *string { return &t.Carrier }),
		optional("replaces_sn", code, func(t *Terminal) *string { return &t.ReplacesSN }),
		optional("agent_ref", ref, func(t *Terminal) *string { return &t.AgentRef }),
	},
	check: func(t *Terminal, c *checker) {
		switch {
		case t.InactiveFrom.IsZero() && t.InactiveReason != "":
			c.fault("inactive_from", "", "import.row.needs", "other", "inactive_reason")
		case !t.InactiveFrom.IsZero() && t.InactiveFrom < t.ActivatedOn:
			c.fault("inactive_from", t.InactiveFrom.String(), "import.row.before", "other", "activated_on", "date", t.ActivatedOn.String())
		}
		if t.ReplacesSN == t.SN {
			c.fault("replaces_sn", t.ReplacesSN, "import.row.replaces_itself")
		}
	},
}
