package explain

import "github.com/mingbai/mingbai/models/fee"

// sentences write each rule by how it came out.
var sentences = [...]func(*writer, fee.Status) string{
	fee.BadAmount:          (*writer).badAmount,
	fee.SaleUnknown:        (*writer).saleUnknown,
	fee.NotAgreed:          (*writer).notAgreed,
	fee.NotDisclosed:       (*writer).notDisclosed,
	fee.NoticePeriod:       (*writer).noticePeriod,
	fee.VersionNotAccepted: (*writer).versionNotAccepted,
	fee.WrongMethod:        (*writer).wrongMethod,
	fee.PeriodUnknown:      (*writer).periodUnknown,
	fee.InFreePeriod:       (*writer).inFreePeriod,
	fee.NotDue:             (*writer).notDue,
	fee.LapsedCycle:        (*writer).lapsedCycle,
	fee.DuplicateCycle:     (*writer).duplicateCycle,
	fee.DuplicateOrder:     (*writer).duplicateOrder,
	fee.Cancelled:          (*writer).cancelled,
	fee.TerminalInactive:   (*writer).terminalInactive,
	fee.MerchantClosed:     (*writer).merchantClosed,
	fee.AmountOver:         (*writer).amountOver,
	fee.ExceedsSale:        (*writer).exceedsSale,
	fee.CapExceeded:        (*writer).capExceeded,
	fee.OwnLimit:           (*writer).ownLimit,
	fee.NoticeMissing:      (*writer).noticeMissing,
	fee.OpenDispute:        (*writer).openDispute,
	fee.Arrears:            (*writer).arrears,
	fee.LateAfterCancel:    (*writer).lateAfterCancel,
	fee.RetryAfterReversal: (*writer).retryAfterReversal,
	fee.ReplacementPaid:    (*writer).replacementPaid,
	fee.ReportedGone:       (*writer).reportedGone,
	fee.ManualOrder:        (*writer).manualOrder,
	fee.AmountUnder:        (*writer).amountUnder,
	fee.NotItemised:        (*writer).notItemised,
}

func (w *writer) sentence(code fee.Code, s fee.Status) string { return sentences[code](w, s) }

// reason writes a rule by how the explanation says it came out.
func (w *writer) reason(code fee.Code) string {
	for i := range w.e.Groups {
		for _, r := range w.e.Groups[i].Rules {
			if r.Code == code {
				return w.sentence(code, r.Status)
			}
		}
	}
	return ""
}
