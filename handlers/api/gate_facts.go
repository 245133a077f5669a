package api

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

// factsOf names the figures that a rule rests on.
func factsOf(code fee.Code, e *fee.Explanation) map[string]any {
	facts, f := map[string]any{}, &e.Facts
	day := func(name string, d date.Date) {
		if !d.IsZero() {
			facts[name] = d.String()
		}
	}
	entry := func(of *fee.Entry) {
		if of != nil {
			facts["amount_fen"], facts["state"] = int64(of.Amount), string(of.State)
			day("on", of.On)
		}
	}
	version := func(v *fee.Version) {
		if v != nil {
			facts["version"] = v.Number
			day("effective_on", v.EffectiveOn)
		}
	}
	switch code {
	case fee.AmountOver, fee.AmountUnder:
		facts["amount_fen"], facts["expected_fen"] = int64(e.Amount), int64(e.Verdict.Expected)
	case fee.BadAmount, fee.ExceedsSale:
		facts["amount_fen"] = int64(e.Amount)
	case fee.DuplicateCycle:
		entry(f.SettledBy)
	case fee.DuplicateOrder:
		entry(f.SameOrder)
	case fee.RetryAfterReversal:
		entry(f.ReversedBy)
	case fee.InFreePeriod:
		day("free_until", f.FreeUntil)
	case fee.NoticePeriod:
		version(f.TooSoon)
	case fee.VersionNotAccepted:
		version(f.Unaccepted)
	case fee.CapExceeded:
		facts["taken_12m_fen"] = int64(f.TakenYear)
	case fee.OwnLimit:
		facts["taken_month_fen"] = int64(f.TakenMonth)
	case fee.Arrears:
		facts["open"] = f.Open
	case fee.ReplacementPaid:
		day("paid_through", f.PaidThrough)
	case fee.NoticeMissing:
		if n := f.NoticeOther; n != nil {
			facts["amount_fen"], facts["delivered_at"], facts["channel"] = int64(n.Amount), n.DeliveredAt.UTC(), n.Channel
		}
	}
	return facts
}
