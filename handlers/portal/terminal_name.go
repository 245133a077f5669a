package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/merchant"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// aliasField is the field of the terminal's own name.
const aliasField = "alias"

// renameForm asks for the merchant's own name of a terminal, with what was
// typed where it was refused.
func renameForm(p *i18n.Printer, card *deduction.Card, s form.State) *portal.RenameProps {
	value := card.Alias
	if s.Refused() {
		value = s.Value(aliasField)
	}
	return &portal.RenameProps{
		Action: "/terminals/" + card.SN + "/name", Open: s.Refused(), Label: p.T("terminals.rename.open"), State: s,
		Field: components.Field{
			Name: aliasField, Label: p.T("terminals.rename.label"), Hint: p.T("terminals.rename.hint"),
			Value: value, Error: s.Error(aliasField), Required: true, MaxLength: "20", Size: components.Short,
		},
		Submit: p.T("terminals.rename.submit"),
	}
}

// RenameTerminal answers POST /terminals/{sn}/name: the merchant's own name for
// a terminal.
func (h *Portal) RenameTerminal(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	actor := guard.ActorOf(c)
	by := audit.Actor{Kind: audit.User, ID: actor.UserID}
	err = merchant.Rename(c.Request().Context(), h.DB, h.Clock.Now(), by, actor.MerchantID, c.Param("sn"), values.Get(aliasField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showTerminal(c, status, state)
	}
	if err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "terminals.rename.done", "alias", values.Get(aliasField))
	return c.Redirect(http.StatusSeeOther, "/terminals/"+c.Param("sn"))
}
