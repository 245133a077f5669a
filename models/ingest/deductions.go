package ingest

import (
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Deduction is a row of deductions.csv.
type Deduction = deduction.Row

// Deductions reads deductions.csv.
var Deductions = Format[Deduction]{
	kind: KindDeductions,
	columns: []column[Deduction]{
		required("deduction_ref", ref, func(d *Deduction) *string { return &d.Ref }),
		required("sn", code, func(d *Deduction) *string { return &d.SN }),
		required("item", choice(fee.Items...), func(d *Deduction) *fee.Item { return &d.Item }),
		optional("plan", code, func(d *Deduction) *string { return &d.Plan }),
		required("amount", yuan, func(d *Deduction) *money.Fen { return &d.Amount }),
		required("at", instant, func(d *Deduction) *time.Time { return &d.At }),
		optional("period_from", day, func(d *Deduction) *date.Date { return &d.PeriodFrom }),
		required("state", choice(fee.Authorized, fee.Posted, fee.Reversed, fee.Refunded, fee.Waived), func(d *Deduction) *fee.State { return &d.State }),
		required("origin", choice(fee.OriginCore, "agent", "import"), func(d *Deduction) *string { return &d.Origin }),
		optional("sale_amount", known(saleYuan), func(d *Deduction) **money.Fen { return &d.Sale }),
		optional("settlement_ref", ref, func(d *Deduction) *string { return &d.SettlementRef }),
		optional("order_ref", ref, func(d *Deduction) *string { return &d.OrderRef }),
	},
}

// sameDeduction reports whether two rows say the same.
func sameDeduction(a, b Deduction) bool {
	sales := (a.Sale == nil) == (b.Sale == nil) && (a.Sale == nil || *a.Sale == *b.Sale)
	a.Sale, b.Sale = nil, nil
	return sales && a == b
}
