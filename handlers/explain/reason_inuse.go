package explain

import "github.com/mingbai/mingbai/models/fee"

// inactiveKeys say what became of a terminal.
var inactiveKeys = map[string]string{
	"returned": "explain.terminal_inactive.returned",
	"lost":     "explain.terminal_inactive.lost",
	"unbound":  "explain.terminal_inactive.unbound",
	"broken":   "explain.terminal_inactive.broken",
}

func (w *writer) terminalInactive(s fee.Status) string {
	t, on := &w.c.Terminal, w.e.On
	switch {
	case s == fee.Passed:
		return w.p.T("explain.terminal_inactive.passed", "terminal", w.terminal(), "activated", w.p.Date(t.ActivatedOn), "on", w.day(on))
	case t.ActivatedOn.IsZero():
		return w.p.T("explain.terminal_inactive.never", "terminal", w.terminal(), "on", w.day(on))
	case t.ActivatedOn > on:
		return w.p.T("explain.terminal_inactive.early", "terminal", w.terminal(), "activated", w.day(t.ActivatedOn), "on", w.day(on))
	}
	key, ok := inactiveKeys[w.ctx.Terminal.InactiveReason]
	if !ok {
		key = "explain.terminal_inactive.gone"
	}
	return w.p.T(key, "terminal", w.terminal(), "gone", w.day(t.InactiveFrom), "on", w.day(on))
}

func (w *writer) merchantClosed(s fee.Status) string {
	if s == fee.Failed {
		return w.p.T("explain.merchant_closed.failed", "closed", w.day(w.c.Merchant.ClosedOn), "on", w.day(w.e.On))
	}
	return w.p.T("explain.merchant_closed.passed", "on", w.day(w.e.On))
}

func (w *writer) reportedGone(s fee.Status) string {
	on := w.c.Terminal.ReportedGoneOn
	switch {
	case s == fee.Failed:
		return w.p.T("explain.reported_gone.failed", "on", w.day(on), "terminal", w.terminal())
	case on.IsZero():
		return w.p.T("explain.reported_gone.passed", "terminal", w.terminal())
	}
	return w.p.T("explain.reported_gone.later", "on", w.day(on), "terminal", w.terminal())
}
