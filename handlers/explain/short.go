package explain

import (
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/web/i18n"
)

// Short writes the one line that stands below a deduction in a list: what is
// wrong with it, or what it was worked out from. It has no full stop, and is
// empty where there is nothing to add.
func Short(p *i18n.Printer, l Line) string {
	said := l.fault(p)
	if said == "" {
		said = l.origin(p)
	}
	switch {
	case l.Refunded <= 0 || l.State == fee.Refunded:
		return said
	case said == "":
		return p.T("explain.short.returned", "amount", l.Refunded)
	default:
		return p.T("explain.short.and_returned", "said", said, "amount", l.Refunded)
	}
}

// settledShorts are what a duplicate repeats, by what became of the first.
var settledShorts = map[fee.State]string{
	fee.Waived:     "explain.short.cycle_waived",
	fee.Authorized: "explain.short.cycle_under_way",
}

// fault says the first thing that is wrong.
func (l *Line) fault(p *i18n.Printer) string {
	for code := range byWeight(l.Verdict.Reasons) {
		switch {
		case code == fee.NotAgreed && l.Kind == KindOther:
			return p.T("explain.short.unnamed")
		case code == fee.DuplicateCycle && settledShorts[l.SettledBy] != "":
			return p.T(settledShorts[l.SettledBy])
		case code == fee.DuplicateCycle && l.Verdict.Cycle.To.IsZero():
			return p.T("explain.short.taken_once")
		case code == fee.AmountOver && !taken(l.State):
			return p.T("explain.short.amount_over_asked", "over", l.Amount.Minus(l.Verdict.Expected))
		case code == fee.AmountOver:
			return p.T(shorts[code], "over", l.Amount.Minus(l.Verdict.Expected))
		case code == fee.AmountUnder:
			return p.T(shorts[code], "under", l.Verdict.Expected.Minus(l.Amount))
		case code == fee.NotItemised && !mixed(l.Price):
			return p.N("explain.short.together", l.count())
		}
		return p.T(shorts[code])
	}
	return ""
}

// origin says what the amount was worked out from.
func (l *Line) origin(p *i18n.Printer) string {
	switch {
	case l.Verdict.Cycle.Index > 0 && l.Verdict.Cycle.To.IsZero():
		return p.T("explain.short.once")
	case l.Verdict.Cycle.Index > 0 && l.Price != nil:
		return p.T("explain.short.cycle", "number", l.Verdict.Cycle.Index, "every", Every(p, l.Price.CycleMonths))
	case l.Verdict.Cycle.Index > 0:
		return p.T("explain.short.cycle_number", "number", l.Verdict.Cycle.Index)
	case l.Sale != nil && l.Price != nil && l.Price.Kind == fee.PerSale:
		return p.N("explain.short.sales_at", l.count(), "sale", l.Sale, "rate", p.Percent(int64(l.Price.Rate)))
	case l.Sale != nil:
		return p.N("explain.short.sales", l.count(), "sale", l.Sale)
	case l.Price != nil && l.Price.Kind == fee.PerItem:
		return p.N("explain.short.times", l.count(), "unit", &l.Price.Amount)
	}
	return ""
}

// shorts are the rules in a few words.
var shorts = [...]string{
	fee.BadAmount:          "explain.short.bad_amount",
	fee.SaleUnknown:        "explain.short.sale_unknown",
	fee.NotAgreed:          "explain.short.not_agreed",
	fee.NotDisclosed:       "explain.short.not_disclosed",
	fee.NoticePeriod:       "explain.short.notice_period",
	fee.VersionNotAccepted: "explain.short.version_not_accepted",
	fee.WrongMethod:        "explain.short.wrong_method",
	fee.PeriodUnknown:      "explain.short.period_unknown",
	fee.InFreePeriod:       "explain.short.in_free_period",
	fee.NotDue:             "explain.short.not_due",
	fee.LapsedCycle:        "explain.short.lapsed_cycle",
	fee.DuplicateCycle:     "explain.short.duplicate_cycle",
	fee.DuplicateOrder:     "explain.short.duplicate_order",
	fee.Cancelled:          "explain.short.cancelled",
	fee.TerminalInactive:   "explain.short.terminal_inactive",
	fee.MerchantClosed:     "explain.short.merchant_closed",
	fee.AmountOver:         "explain.short.amount_over",
	fee.ExceedsSale:        "explain.short.exceeds_sale",
	fee.CapExceeded:        "explain.short.cap_exceeded",
	fee.OwnLimit:           "explain.short.own_limit",
	fee.NoticeMissing:      "explain.short.notice_missing",
	fee.OpenDispute:        "explain.short.open_dispute",
	fee.Arrears:            "explain.short.arrears",
	fee.LateAfterCancel:    "explain.short.late_after_cancel",
	fee.RetryAfterReversal: "explain.short.retry_after_reversal",
	fee.ReplacementPaid:    "explain.short.replacement_paid",
	fee.ReportedGone:       "explain.short.reported_gone",
	fee.ManualOrder:        "explain.short.manual_order",
	fee.AmountUnder:        "explain.short.amount_under",
	fee.NotItemised:        "explain.short.not_itemised",
}

func (l *Line) count() int {
	if l.SaleCount == nil {
		return 1
	}
	return int(*l.SaleCount)
}

// ShortReason writes a rule that fired in a few words, of a deduction of which
// no more is known than that. It has no full stop.
func ShortReason(p *i18n.Printer, code fee.Code) string {
	switch code {
	case fee.AmountOver:
		return p.T("explain.short.dearer")
	case fee.AmountUnder:
		return p.T("explain.short.cheaper")
	}
	return p.T(shorts[code])
}
