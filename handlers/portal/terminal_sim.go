package portal

import (
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/page"
)

// sim says what the terminal's SIM used this month, how far that goes, and what
// may be taken beyond it.
func (t *terminalPresenter) sim() (lines []string, links []page.Link) {
	p, card := t.p, &t.page.Terminal
	if u := t.page.Usage; u != nil {
		if u.AllowanceMB != nil && !t.isGone() {
			lines = append(lines, t.outlook())
		}
		if u.Balance != nil {
			lines = append(lines, p.T("sim.month.balance", "amount", u.Balance, "day", p.ShortDate(&u.BalanceOn)))
		}
	}
	if paid := &t.page.TopUp; !paid.At.IsZero() {
		lines = append(lines, p.T("sim.top_up.last", "day", p.DayOf(paid.At), "amount", &paid.Amount))
	}
	if t.isGone() {
		return lines, nil // nothing is used, and nobody pays into it
	}
	for i := range t.page.Fees {
		f := &t.page.Fees[i]
		if f.Plan.Fee.Item != fee.Overage || !f.Enrolment.CancelledOn.IsZero() && f.Enrolment.CancelledOn <= t.today {
			continue
		}
		said, link := p.T("sim.overage.card_off"), p.T("sim.overage.card_turn_on")
		if limit := f.Enrolment.OwnLimit; limit != nil && *limit > 0 {
			said, link = p.T("sim.overage.card_on", "limit", limit), p.T("sim.overage.card_change")
		}
		lines = append(lines, said)
		links = append(links, page.Link{Label: link, Href: overageAddress(card.SN)})
		break
	}
	if card.ICCID != "" || card.Carrier != "" {
		links = append(links, page.Link{Label: p.T("sim.top_up.open"), Href: topUpAddress(card.SN)})
	}
	return lines, links
}

// outlook foresees how the month goes.
func (t *terminalPresenter) outlook() string {
	u := t.page.Usage
	switch o := u.Outlook(); {
	case !o.Known:
		return t.p.T("sim.month.too_few")
	case o.Lasts:
		return t.p.N("sim.month.lasts", u.Days)
	case u.UsedMB >= *u.AllowanceMB:
		return t.p.T("sim.month.used_up", "day", t.p.ShortDate(&o.EndsOn))
	default:
		return t.p.N("sim.month.ends", u.Days, "day", t.p.ShortDate(&o.EndsOn))
	}
}

// usage says what the SIM used this month. Without an allowance there is no
// bar; without a report there is nothing.
func (t *terminalPresenter) usage() *components.Meter {
	u := t.page.Usage
	if u == nil {
		return nil
	}
	m := &components.Meter{
		Label: t.p.T("terminals.usage.label"), Value: u.UsedMB, Tone: components.OK,
		Text: t.p.T("terminals.usage.used", "used", u.UsedMB),
		Part: t.p.T("terminals.usage.as_of", "day", t.p.ShortDate(&u.AsOf)),
	}
	if u.AllowanceMB == nil {
		return m
	}
	m.Max = *u.AllowanceMB
	m.Text = t.p.T("terminals.usage.of", "used", u.UsedMB, "allowance", m.Max)
	m.Tone = usageTone(u.UsedMB, m.Max)
	return m
}
