package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/overage"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// The fields of how much data beyond an allowance may cost.
const (
	overageChoice = "choice" // overageOn or overageOff
	overageLimit  = "limit"  // in yuan
	overageWhere  = "where"  // an overage.Scope
	overageOn     = "on"
	overageOff    = "off"
)

// overageAddress is where it is set how much a terminal's data beyond the
// allowance may cost.
func overageAddress(sn string) string { return terminalAddress(sn) + "/overage" }

// Overage answers GET /terminals/{sn}/overage: what data beyond the allowance
// costs, and may cost in a month.
func (h *Portal) Overage(c echo.Context) error {
	return h.showOverage(c, http.StatusOK, form.State{})
}

// SetOverage answers POST /terminals/{sn}/overage.
func (h *Portal) SetOverage(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	actor, sn := guard.ActorOf(c), c.Param("sn")
	who := overage.Who{MerchantID: actor.MerchantID, UserID: actor.UserID, Name: actor.Name, RequestID: server.RequestID(c)}
	scope := overage.OfTerminal
	if values.Has(overageWhere) {
		scope = overage.Scope(values.Get(overageWhere))
	}
	limit := overageAsked(values)
	n, err := overage.Set(c.Request().Context(), h.DB, h.Plans.Plans().Fee, h.Clock.Now(), who, sn, scope, limit)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showOverage(c, status, state)
	}
	if err != nil {
		return err
	}
	switch {
	case n == 0:
		page.SetFlash(c, page.ToneInfo, "sim.overage.unchanged")
	case limit == 0:
		page.SetFlash(c, page.ToneOK, "sim.overage.turned_off", "n", int(n))
	default:
		page.SetFlash(c, page.ToneOK, "sim.overage.turned_on", "n", int(n), "limit", limit)
	}
	return c.Redirect(http.StatusSeeOther, overageAddress(sn))
}

// overageAsked reads the limit. What is none is an amount that can't be one.
func overageAsked(values form.Values) money.Fen {
	switch values.Get(overageChoice) {
	case overageOff:
		return 0
	case overageOn:
		if limit, err := money.ParseYuan(values.Amount(overageLimit)); err == nil && limit > 0 {
			return limit
		}
	}
	return -1
}

// showOverage shows the page with the state of its form.
func (h *Portal) showOverage(c echo.Context, status int, state form.State) error {
	actor := guard.ActorOf(c)
	plans, today := h.Plans.Plans(), h.today()
	read, err := overage.Read(c.Request().Context(), h.DB, plans.Fee, actor.MerchantID, c.Param("sn"), today)
	if err != nil {
		return err
	}
	v := &overagePresenter{agreementWords: agreementWords{p: printer(c), plans: plans, today: today}, page: read}
	shown := shownAs(v.p, read.Alias, read.SN)
	frame := h.frame(c, terminalsPath, "sim.overage.title", "alias", shown)
	frame.Crumbs = []page.Link{
		{Label: v.p.T("portal.nav.terminals"), Href: terminalsPath}, {Label: shown, Href: terminalAddress(read.SN)}, {Label: v.p.T("sim.overage.crumb")},
	}
	props := v.props(actor.Can(account.SetLimits), asOf(v.p, h.AsOf(), h.Clock.Now()), state)
	return page.Render(c, status, portal.Overage(frame, props))
}

// overagePresenter turns what data beyond an allowance may cost into finished
// texts.
type overagePresenter struct {
	agreementWords
	page *overage.Page
}

func (v *overagePresenter) props(maySet bool, asOf string, state form.State) portal.OverageProps {
	p, read := v.p, v.page
	props := portal.OverageProps{
		Heading: components.Heading{
			Title: p.T("sim.overage.title", "alias", shownAs(p, read.Alias, read.SN)), Lead: p.T("sim.overage.lead", "shop", read.Shop, "tail", p.Tail(read.SN)),
		},
		State: state, Action: overageAddress(read.SN), Back: page.Link{Label: p.T("sim.overage.back"), Href: terminalAddress(read.SN)},
	}
	if read.PlanID == 0 {
		props.None = p.T("sim.overage.none")
		return props
	}
	props.Now = p.T("sim.overage.now_off")
	if read.Limit > 0 {
		props.Now = p.T("sim.overage.now_on", "limit", read.Limit)
	}
	if read.BuysNothing() {
		props.Now = p.T("sim.overage.now_below", "limit", read.Limit, "one", read.One)
	}
	props.Taken, props.AsOf = p.T("sim.overage.taken", "month", p.Month(v.today), "amount", read.Taken), asOf
	props.Terms = v.terms(read.PlanID, read.Version)
	props.History = v.history()
	if maySet {
		props.Ask = v.ask(state)
	} else {
		props.AskOther = p.T("sim.overage.ask_other")
	}
	return props
}

func (v *overagePresenter) ask(state form.State) *portal.OverageAsk {
	p, read := v.p, v.page
	choice, limit, where := overageOff, "", string(overage.OfTerminal)
	if read.Limit > 0 {
		choice, limit = overageOn, read.Limit.Yuan()
	}
	if state.Refused() {
		choice, limit, where = state.Value(overageChoice), state.Value(overageLimit), state.Value(overageWhere)
	}
	price := v.price(read.PlanID, read.Version)
	ask := &portal.OverageAsk{
		Choice: components.Field{Name: overageChoice, Label: p.T("sim.overage.choice"), Value: choice, Required: true},
		Choices: []components.Option{
			{Value: overageOff, Label: p.T("sim.overage.off"), Hint: p.T("sim.overage.off_hint")},
			{Value: overageOn, Label: p.T("sim.overage.on"), Hint: p.T("sim.overage.on_hint", "price", price)},
		},
		Limit: components.Field{
			Name: overageLimit, Label: p.T("sim.overage.limit"), Hint: p.T("sim.overage.limit_hint"), Value: limit, Error: state.Error(overageLimit),
			InputMode: "decimal", MaxLength: "8", Size: components.Short,
		},
		Where: components.Field{Name: overageWhere, Label: p.T("sim.overage.where"), Value: where, Error: state.Error(overageWhere), Required: true},
		Notes: []string{p.T("sim.overage.at_once"), p.T("sim.overage.reached")},
	}
	if !read.Agreed {
		ask.Notes = append(ask.Notes, p.T("sim.overage.agrees", "price", price))
	}
	if read.InAll > 1 {
		ask.Wheres = append(ask.Wheres, components.Option{Value: string(overage.OfTerminal), Label: p.T("sim.overage.where_this")})
		if read.InShop > 1 && read.InShop < read.InAll {
			ask.Wheres = append(ask.Wheres, components.Option{Value: string(overage.OfShop), Label: p.N("sim.overage.where_shop", read.InShop, "shop", read.Shop)})
		}
		ask.Wheres = append(ask.Wheres, components.Option{Value: string(overage.OfMerchant), Label: p.N("sim.overage.where_all", read.InAll)})
	}
	return ask
}

// history lists what was set, the latest first.
func (v *overagePresenter) history() components.Table {
	p := v.p
	table := components.Table{Caption: p.T("sim.overage.history"), Columns: []components.Column{
		{Label: p.T("sim.overage.when")}, {Label: p.T("sim.overage.what")}, {Label: p.T("sim.overage.who")},
	}}
	for _, c := range v.page.History {
		what, who := p.T("sim.overage.was_off"), c.Name
		if c.Limit > 0 {
			what = p.T("sim.overage.was_on", "limit", c.Limit)
		}
		if who == "" {
			who = p.T("sim.overage.began")
		}
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{{Text: p.DateTime(c.At), Head: true}, {Text: what}, {Text: who}}})
	}
	return table
}
