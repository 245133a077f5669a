package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/merchant"
)

// Terminal is a row of terminals.csv.
type Terminal = merchant.TerminalRow

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
		optional("inactive_reason", choice(merchant.Returned, merchant.Lost, merchant.Unbound, merchant.Broken), func(t *Terminal) *merchant.InactiveReason { return &t.InactiveReason }),
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
