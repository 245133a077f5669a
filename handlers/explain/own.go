package explain

import (
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
)

// ownHolds are the gate's own holds as a merchant reads them: without the
// figures, which are other merchants' too.
var ownHolds = map[string]string{
	deduction.OwnBatchBand: "explain.own.batch_band",
	deduction.OwnSpike:     "explain.own.spike",
}

// own says to the merchant what the gate itself held or stopped the deduction for.
func (w *writer) own() (sentences []string) {
	if w.ctx.State != fee.Held && w.ctx.State != fee.Denied {
		return nil
	}
	for i := range w.ctx.Own {
		if h := &w.ctx.Own[i]; !h.Waived {
			key, ok := ownHolds[h.Code]
			if !ok {
				key = "explain.own.other"
			}
			sentences = append(sentences, w.p.T(key, "amount", w.e.Amount, "date", w.e.On))
		}
	}
	return sentences
}

// afterCheck says of a deduction that waits how it may yet be taken.
func (w *writer) afterCheck() []string {
	if w.c.Plan.HasCycles() && w.c.Enrolment != nil {
		return []string{w.p.T("explain.next.after_check_told")}
	}
	return []string{w.p.T("explain.next.after_check")}
}
