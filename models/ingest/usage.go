package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// Usage is a row of usage.csv: what a terminal's SIM used on one day, as the
// carrier reports it.
type Usage struct {
	SN          string
	On          date.Date
	UsedMB      int64
	AllowanceMB *int64     // of the SIM's period; nil: not known, or without a limit
	Balance     *money.Fen // what is left on the SIM's account; nil: not known
}

// UsageDays reads usage.csv.
var UsageDays = Format[Usage]{
	kind: KindUsage,
	columns: []column[Usage]{
		required("sn", code, func(u *Usage) *string { return &u.SN }),
		required("date", day, func(u *Usage) *date.Date { return &u.On }),
		required("used_mb", count, func(u *Usage) *int64 { return &u.UsedMB }),
		optional("allowance_mb", known(count), func(u *Usage) **int64 { return &u.AllowanceMB }),
		optional("balance", known(yuan), func(u *Usage) **money.Fen { return &u.Balance }),
	},
}
