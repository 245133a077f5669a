package ingest

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/models/money"
)

// Usage is a row of usage.csv.
type Usage = merchant.UsageRow

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
