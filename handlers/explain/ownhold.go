package explain

import (
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/web/i18n"
)

// OwnHold says why the gate holds a deduction for a reason of its own, with the
// figures.
func OwnHold(p *i18n.Printer, h *deduction.OwnHold) string {
	switch {
	case h.Batch != nil:
		return BatchBand(p, h.Batch)
	case h.Day != nil:
		return agentDay(p, h.Day)
	}
	return ""
}

// agentDay says how far an agent's day is out of line.
func agentDay(p *i18n.Printer, d *deduction.AgentDay) string {
	return p.T("gate.spike", "agent", d.Agent, "day", d.On, "count", p.Count(d.Deductions), "most", p.Count(d.Most), "usual", p.Count(d.Usual), "days", d.Days)
}
