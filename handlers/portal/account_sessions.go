package portal

import (
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/signin"
)

// EndSession answers POST /account/sessions/:id/end: signing out on another
// device.
func (h *AccountPages) EndSession(c echo.Context) error {
	if err := h.accounts.EndOneSession(c.Request().Context(), signin.WhoOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, accountPath, "account.sessions.ended")
}

// EndOtherSessions answers POST /account/sessions/end-others: signing out
// everywhere but here.
func (h *AccountPages) EndOtherSessions(c echo.Context) error {
	n, err := h.accounts.EndOtherSessions(c.Request().Context(), signin.WhoOf(c))
	if err != nil {
		return err
	}
	return done(c, accountPath, "account.sessions.ended_others", "n", int(n))
}
