package explain

import (
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fee"
)

func (w *writer) notAgreed(s fee.Status) string {
	switch {
	case s == fee.Passed:
		return w.acceptedSentence(w.e.Facts.Acceptance)
	case w.ctx.Kind == KindOther:
		return w.p.T("explain.not_agreed.unnamed", "amount", w.e.Amount)
	case w.c.Enrolment == nil:
		return w.p.T("explain.not_agreed.none", "terminal", w.terminal(), "fee", w.fee(), "amount", w.e.Amount)
	}
	if tick := w.agentsTick(0); tick != nil {
		return w.p.T("explain.not_agreed.agent", "on", w.day(tick.On))
	}
	return w.p.T("explain.not_agreed.unaccepted", "on", w.day(w.countedFrom()), "fee", w.fee())
}

// agentsTick returns the latest acceptance that a sales agent entered by the
// day that counts, of one version or, for 0, of any.
func (w *writer) agentsTick(version int) (tick *fee.Acceptance) {
	for i := range w.c.Enrolment.Accepted {
		a := &w.c.Enrolment.Accepted[i]
		if a.Via != fee.ViaAgent || a.On.IsZero() || a.On > w.countedFrom() || version != 0 && a.Version != version {
			continue
		}
		if tick == nil || a.On > tick.On {
			tick = a
		}
	}
	return tick
}

func (w *writer) notDisclosed(s fee.Status) string {
	if s == fee.Failed {
		return w.p.T("explain.not_disclosed.failed", "on", w.day(w.countedFrom()), "effective", w.day(w.firstEffective()), "fee", w.fee())
	}
	v := w.e.Facts.Version
	return w.p.T("explain.not_disclosed.passed", "version", v.Number, "published", w.p.Date(v.PublishedOn), "effective", w.p.Date(v.EffectiveOn))
}

// firstEffective is the day on which the plan first has a price at all.
func (w *writer) firstEffective() date.Date {
	first := w.c.Plan.Versions[0].EffectiveOn
	for i := range w.c.Plan.Versions {
		first = min(first, w.c.Plan.Versions[i].EffectiveOn)
	}
	return first
}

func (w *writer) noticePeriod(s fee.Status) string {
	if s == fee.Failed {
		v := w.e.Facts.TooSoon
		return w.p.N("explain.notice_period.failed", v.EffectiveOn.DaysSince(v.PublishedOn),
			"version", v.Number, "published", w.day(v.PublishedOn), "effective", w.day(v.EffectiveOn), "lead", w.e.Facts.TooSoonLead)
	}
	v := w.e.Facts.Version
	lead := w.c.Policy.DisclosureDays
	if v.DisclosureDays != nil {
		lead = *v.DisclosureDays
	}
	return w.p.N("explain.notice_period.passed", v.EffectiveOn.DaysSince(v.PublishedOn), "published", w.day(v.PublishedOn), "lead", lead)
}

// versionNotAccepted is said only where it fires.
func (w *writer) versionNotAccepted(fee.Status) string {
	v := w.e.Facts.Unaccepted
	price := barePrice(w.p, &v.Price)
	if tick := w.agentsTick(v.Number); tick != nil {
		return w.p.T("explain.version_not_accepted.agent", "effective", w.day(v.EffectiveOn), "price", price, "on", w.day(tick.On))
	}
	return w.p.T("explain.version_not_accepted.failed", "effective", w.day(v.EffectiveOn), "price", price)
}

func (w *writer) cancelled(s fee.Status) string {
	on := w.c.Enrolment.CancelledOn
	switch {
	case s == fee.Failed && w.e.Verdict.Cycle.Index > 0:
		return w.p.T("explain.cancelled.failed", "fee", w.fee(), "cancelled", w.day(on), "from", w.day(w.countedFrom()))
	case s == fee.Failed:
		return w.p.T("explain.cancelled.failed_on", "fee", w.fee(), "cancelled", w.day(on), "on", w.day(w.e.On))
	case on > w.e.On:
		return w.p.T("explain.cancelled.later", "cancelled", w.day(on))
	}
	return w.p.T("explain.cancelled.begun", "cancelled", w.day(on), "from", w.day(w.countedFrom()))
}

func (w *writer) lateAfterCancel(s fee.Status) string {
	on := w.c.Enrolment.CancelledOn
	switch {
	case s == fee.Failed:
		return w.p.T("explain.late_after_cancel.failed", "fee", w.fee(), "cancelled", w.day(on), "on", w.day(w.e.On))
	case on > w.e.On:
		return w.p.T("explain.late_after_cancel.running", "fee", w.fee(), "on", w.day(w.e.On))
	}
	return w.p.T("explain.late_after_cancel.passed", "cancelled", w.day(on))
}

func (w *writer) openDispute(s fee.Status) string {
	if s == fee.Failed {
		return w.p.T("explain.open_dispute.failed", "fee", w.fee(), "amount", w.e.Amount)
	}
	for i := range w.c.Disputes { // none that is open now was open then
		if d := &w.c.Disputes[i]; d.Open && (d.WholeItem || d.Cycle == w.e.Verdict.Cycle.Index) {
			return w.p.T("explain.open_dispute.later", "fee", w.fee(), "opened", w.day(date.Of(d.OpenedAt)))
		}
	}
	return w.p.T("explain.open_dispute.passed", "fee", w.fee())
}

// origins say by whom a deduction was entered that the core system did not make
// itself.
var origins = map[string]string{"agent": "explain.manual_order.agent", "import": "explain.manual_order.file"}

func (w *writer) manualOrder(s fee.Status) string {
	key, ok := origins[w.c.Request.Origin]
	switch {
	case w.c.Request.Origin == fee.OriginCore:
		key = "explain.manual_order.passed"
	case s == fee.Passed:
		key = "explain.manual_order.approved"
	case !ok:
		key = "explain.manual_order.hand"
	}
	return w.p.T(key, "amount", w.e.Amount)
}
