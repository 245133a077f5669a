package explain

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

func (w *writer) periodUnknown(s fee.Status) string {
	if s == fee.Failed {
		return w.p.T("explain.period_unknown.failed", "from", w.c.Request.PeriodFrom)
	}
	return w.p.T("explain.period_unknown.passed", "from", w.c.Request.PeriodFrom)
}

func (w *writer) inFreePeriod(s fee.Status) string {
	until := w.day(w.e.Facts.FreeUntil)
	if s == fee.Failed {
		return w.p.T("explain.in_free_period.failed", "until", until, "on", w.day(w.e.On))
	}
	return w.p.T("explain.in_free_period.passed", "until", until, "on", w.day(w.e.On))
}

func (w *writer) notDue(s fee.Status) string {
	from := w.e.Verdict.Cycle.From
	if s == fee.Failed {
		return w.p.N("explain.not_due.failed", from.DaysSince(w.e.On), "from", w.day(from), "on", w.day(w.e.On))
	}
	return w.p.T("explain.not_due.passed", "from", w.day(from), "on", w.day(w.e.On))
}

func (w *writer) lapsedCycle(s fee.Status) string {
	if s == fee.Failed {
		return w.p.T("explain.lapsed_cycle.failed", "period", w.cycle())
	}
	return w.p.T("explain.lapsed_cycle.passed", "period", w.cycle())
}

// cycle names the cycle asked for, as it stands within a sentence.
func (w *writer) cycle() string {
	if w.e.Verdict.Cycle.To.IsZero() {
		return w.p.T("explain.cycle.once")
	}
	return w.p.T("explain.cycle.span", "span", w.span())
}

var settledKeys = map[fee.State]string{
	fee.Posted:     "explain.duplicate_cycle.posted",
	fee.Authorized: "explain.duplicate_cycle.authorized",
	fee.Refunded:   "explain.duplicate_cycle.refunded",
	fee.Waived:     "explain.duplicate_cycle.waived",
}

func (w *writer) duplicateCycle(s fee.Status) string {
	switch s {
	case fee.Failed:
		before := w.e.Facts.SettledBy
		return w.p.T(settledKeys[before.State], "period", w.cycle(), "on", w.day(before.On), "paid", before.Amount)
	case fee.Unchecked:
		return w.onceNotChecked()
	}
	if w.e.Facts.ReversedBy != nil {
		return w.p.T("explain.duplicate_cycle.reversed", "period", w.cycle(), "on", w.day(w.e.Facts.ReversedBy.On))
	}
	if last := w.lastTaken(); last != nil {
		return w.p.T("explain.duplicate_cycle.passed_after", "period", w.cycle(), "on", w.day(last.On), "number", last.Cycle)
	}
	return w.p.T("explain.duplicate_cycle.passed", "period", w.cycle())
}

// onceNotChecked says why nobody could see whether it was taken twice.
func (w *writer) onceNotChecked() string {
	switch {
	case w.c.Enrolment == nil:
		return w.p.T("explain.duplicate_cycle.no_agreement", "amount", w.e.Amount)
	case w.e.Verdict.Cycle.Index == 0:
		return w.p.T("explain.duplicate_cycle.no_period", "amount", w.e.Amount)
	}
	return w.p.T("explain.duplicate_cycle.not_begun", "from", w.day(w.e.Verdict.Cycle.From))
}

// lastTaken is the latest deduction before this one that paid for another
// cycle. Of two on one day it is that of the later cycle, so that the order of
// the history does not show.
func (w *writer) lastTaken() (last *fee.Entry) {
	for i := range w.c.History {
		h := &w.c.History[i]
		if h.State != fee.Posted || h.Cycle < 1 || h.Cycle == w.e.Verdict.Cycle.Index || h.On > w.e.On {
			continue
		}
		if last == nil || h.On > last.On || h.On == last.On && h.Cycle > last.Cycle {
			last = h
		}
	}
	return last
}

func (w *writer) duplicateOrder(s fee.Status) string {
	ref := w.c.Request.OrderRef
	if s == fee.Failed {
		before := w.e.Facts.SameOrder
		return w.p.T("explain.duplicate_order.failed", "order", ref, "on", w.day(before.On), "paid", before.Amount)
	}
	return w.p.T("explain.duplicate_order.passed", "order", ref)
}

func (w *writer) arrears(s fee.Status) string {
	if s == fee.Failed {
		return w.p.N("explain.arrears.failed", w.e.Facts.Open, "on", w.day(w.e.On))
	}
	return w.p.T("explain.arrears.passed", "on", w.day(w.e.On))
}

func (w *writer) retryAfterReversal(s fee.Status) string {
	if s == fee.Failed {
		before := w.e.Facts.ReversedBy
		return w.p.T("explain.retry_after_reversal.failed", "period", w.cycle(), "on", w.day(before.On), "paid", before.Amount)
	}
	return w.p.T("explain.retry_after_reversal.passed", "period", w.cycle())
}

func (w *writer) replacementPaid(s fee.Status) string {
	old := w.c.Terminal.Replaces
	tail := w.p.Tail(old.SN)
	switch {
	case s == fee.Failed && w.e.Facts.PaidThrough == date.Last:
		return w.p.T("explain.replacement_paid.ever", "tail", tail, "fee", w.fee(), "amount", w.e.Amount)
	case s == fee.Failed:
		return w.p.T("explain.replacement_paid.failed", "tail", tail, "through", w.day(w.e.Facts.PaidThrough), "from", w.day(w.countedFrom()))
	case w.e.Facts.PaidThrough.IsZero():
		return w.p.T("explain.replacement_paid.never", "tail", tail, "fee", w.fee())
	}
	return w.p.T("explain.replacement_paid.passed", "tail", tail, "through", w.day(w.e.Facts.PaidThrough), "from", w.day(w.countedFrom()))
}
