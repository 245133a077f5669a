package portal

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/topup"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/payment"
)

// TopUps answers how money is paid into a terminal's SIM.
type TopUps struct {
	*Portal
	Pay    *payment.Page // nil: the acquirer has none
	Origin string        // of the site, without a slash at its end
}

// topUpAddress is where it is said how a terminal's SIM is topped up.
func topUpAddress(sn string) string { return terminalAddress(sn) + "/top-up" }

// Show answers GET /terminals/{sn}/top-up: how to do it right for this SIM, and
// what was paid before.
func (h *TopUps) Show(c echo.Context) error {
	read, err := topup.Read(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID, c.Param("sn"))
	if err != nil {
		return err
	}
	p := printer(c)
	shown := shownAs(p, read.Alias, read.SN)
	frame := h.frame(c, terminalsPath, "sim.top_up.title", "alias", shown)
	frame.Crumbs = []page.Link{
		{Label: p.T("portal.nav.terminals"), Href: terminalsPath}, {Label: shown, Href: terminalAddress(read.SN)}, {Label: p.T("sim.top_up.crumb")},
	}
	props := portal.TopUpProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("sim.top_up.lead", "shop", read.Shop, "tail", p.Tail(read.SN))},
		SIM:     simFacts(p, read), Warnings: []string{p.T("sim.top_up.warn_sites"), p.T("sim.top_up.warn_codes")},
		Paid: paidTable(p, read), Back: page.Link{Label: p.T("sim.overage.back"), Href: terminalAddress(read.SN)},
	}
	brand := frame.Brand.Short
	if h.Pay == nil {
		props.Steps = append(props.Steps, p.T("sim.top_up.step_left"))
		if frame.Brand.Hotline != "" {
			props.Steps = append(props.Steps, p.T("sim.top_up.step_call", "hotline", frame.Brand.Hotline, "tail", p.Tail(read.SN)))
		} else {
			props.Steps = append(props.Steps, p.T("sim.top_up.step_ask", "tail", p.Tail(read.SN)))
		}
		props.Steps = append(props.Steps, p.T("sim.top_up.step_payee"), p.T("sim.top_up.step_none"))
	} else {
		address := h.Pay.Address(payment.Order{
			ID: id.New("tl", h.Clock.Now()), SN: read.SN, ICCID: read.ICCID, Carrier: read.Carrier, Back: h.Origin + topUpAddress(read.SN),
		}, h.Clock.Now())
		props.Pay = &components.ButtonLink{Label: p.T("sim.top_up.pay"), Href: address}
		props.PayNotes = []string{p.T("sim.top_up.pay_host", "brand", brand, "host", h.Pay.Host()), p.T("sim.top_up.pay_after", "minutes", int(payment.AddressLasts.Minutes()))}
		props.Steps = []string{p.T("sim.top_up.step_left"), p.T("sim.top_up.step_payee"), p.T("sim.top_up.step_only_here")}
	}
	if key := carrierKey(read.Carrier); key != "" {
		props.Steps = append(props.Steps, p.T(key))
	}
	return page.Render(c, http.StatusOK, portal.TopUp(frame, props))
}

// simFacts say which SIM it is.
func simFacts(p *i18n.Printer, read *topup.Page) (facts components.Facts) {
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, components.Fact{Term: p.T(key), Text: text})
		}
	}
	add("sim.top_up.carrier", read.Carrier)
	add("sim.top_up.number", spaced(read.ICCID))
	add("sim.top_up.terminal", p.Tail(read.SN))
	return facts
}

// spaced writes a long number in groups of four, to be read out.
func spaced(number string) string {
	var b strings.Builder
	for i, r := range number {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// carriers are what is said of the carriers' own help, by what they are called.
var carriers = []struct{ name, help string }{
	{"sim.carrier.mobile", "sim.top_up.carrier_mobile"}, {"sim.carrier.telecom", "sim.top_up.carrier_telecom"},
	{"sim.carrier.unicom", "sim.top_up.carrier_unicom"},
}

// carrierKey finds a carrier by its name, in whichever language the core system
// writes it.
func carrierKey(name string) string {
	for _, c := range carriers {
		for _, l := range i18n.Locales {
			if strings.Contains(name, i18n.For(l).T(c.name)) {
				return c.help
			}
		}
	}
	return ""
}

// paidTable lists what was paid, the latest first.
func paidTable(p *i18n.Printer, read *topup.Page) components.Table {
	table := components.Table{Caption: p.T("sim.top_up.paid"), Columns: []components.Column{
		{Label: p.T("sim.top_up.when")}, {Label: p.T("sim.top_up.amount"), Num: true}, {Label: p.T("sim.top_up.ref")},
	}}
	for i := range read.Paid {
		one := &read.Paid[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: p.DateTime(one.At), Head: true}, {Text: p.Money(int64(one.Amount))}, {Text: one.Ref},
		}})
	}
	return table
}
