package portal

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/layout"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// Merchants answers GET /account/merchant: whose account to open.
func (h *AccountPages) Merchants(c echo.Context) error {
	actor := guard.ActorOf(c)
	props := portal.MerchantsProps{Next: guard.Next(c.QueryParam(guard.NextParam), "")}
	if actor.MerchantID != 0 {
		props.Rows = append(props.Rows, portal.AccountMerchant{ID: strconv.FormatInt(actor.MerchantID, 10), Name: actor.MerchantName, Open: true})
	}
	for _, m := range actor.Others {
		props.Rows = append(props.Rows, portal.AccountMerchant{ID: strconv.FormatInt(m.MerchantID, 10), Name: m.MerchantName})
	}
	return page.Render(c, http.StatusOK, portal.Merchants(h.frame(c, "account.merchants.choose"), props))
}

// OpenMerchant answers POST /account/merchant: it opens the account of another
// merchant, and goes on to the page that was wanted before the choice.
func (h *AccountPages) OpenMerchant(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	merchantID, err := strconv.ParseInt(values.Get(layout.SwitchField), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "account.merchants.gone")
	}
	if err := h.accounts.OpenMerchant(c.Request().Context(), signin.WhoOf(c), merchantID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, guard.Next(values.Get(guard.NextParam), "/home"))
}
