package explain

import (
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fee"
)

// OfKnown returns the context of what was kept of a line of the bill when a case
// about it was filed: the explanation says what was so then, and leaves out what
// was not kept. The terminal's names are today's. e must come from fee.Explain of
// the case that was kept.
func OfKnown(known *complaint.Known, e *fee.Explanation, alias, sn string) Context {
	ctx := Context{
		Case: known.Case, Kind: Kind(known.Kind), Item: known.Item, State: known.State, Refunded: known.Refunded, Ref: known.Ref, Own: known.Own,
		Terminal: Terminal{Alias: alias, SN: sn, Carrier: known.Carrier, InactiveReason: known.InactiveReason, SalesThatDay: known.Sales},
	}
	if told := known.ToldOf(e.Facts.Notice); told != nil {
		ctx.NoticeAt = told.At
	}
	if s := known.Settled; s != nil {
		ctx.Settlement = &Settlement{On: s.On, Sales: s.Sales, Fees: s.Fees, PaidOut: s.PaidOut}
	}
	return ctx
}
