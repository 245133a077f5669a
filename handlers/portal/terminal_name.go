package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// aliasField is the field of the terminal's own name.
const aliasField = "alias"

// TerminalName answers GET /terminals/{sn}/name: the page on which a terminal
// gets the merchant's own name.
func (h *Portal) TerminalName(c echo.Context) error {
	return h.askTerminalName(c, http.StatusOK, form.State{})
}

// RenameTerminal answers POST /terminals/{sn}/name.
func (h *Portal) RenameTerminal(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	actor, sn, alias := guard.ActorOf(c), c.Param("sn"), values.Get(aliasField)
	by := audit.Actor{Kind: audit.User, ID: actor.UserID}
	err = merchant.Rename(c.Request().Context(), h.DB, h.Clock.Now(), by, actor.MerchantID, sn, alias)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.askTerminalName(c, status, state)
	}
	if err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "terminals.rename.done", "alias", alias)
	return c.Redirect(http.StatusSeeOther, terminalAddress(sn))
}

// askTerminalName shows the form, with what was typed where it was refused.
func (h *Portal) askTerminalName(c echo.Context, status int, s form.State) error {
	p, sn := printer(c), c.Param("sn")
	named, err := merchant.NameOf(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID, sn)
	if err != nil {
		return err
	}
	value, shown := named, shownAs(p, named, sn)
	if s.Refused() {
		value = s.Value(aliasField)
	}
	frame := h.frame(c, terminalsPath, "terminals.rename.title", "alias", shown)
	frame.Crumbs = []page.Link{
		{Label: p.T("portal.nav.terminals"), Href: terminalsPath},
		{Label: shown, Href: terminalAddress(sn)},
		{Label: p.T("terminals.rename.open")},
	}
	return page.Render(c, status, portal.TerminalName(frame, portal.TerminalNameProps{
		Heading: components.Heading{Title: p.T("terminals.rename.title", "alias", shown), Lead: p.Tail(sn)},
		Action:  terminalAddress(sn) + "/name", State: s,
		Field: components.Field{
			Name: aliasField, Label: p.T("terminals.rename.label"), Hint: p.T("terminals.rename.hint"),
			Value: value, Error: s.Error(aliasField), Required: true, MaxLength: "20",
		},
		Back: page.Link{Label: p.T("terminals.rename.back"), Href: terminalAddress(sn)},
	}))
}
