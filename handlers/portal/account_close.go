package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

const (
	sureField = "sure"
	closePath = "/account/close"
)

// Closing answers GET /account/close: what ends and what is kept.
func (h *AccountPages) Closing(c echo.Context) error {
	return h.showClosing(c, http.StatusOK, form.State{})
}

func (h *AccountPages) showClosing(c echo.Context, status int, s form.State) error {
	first, recent, err := h.accounts.ReadHandOver(c.Request().Context(), signin.WhoOf(c))
	if err != nil {
		return err
	}
	if !recent {
		return again(c, closePath)
	}
	frame := h.inside(c, "account.close.title")
	p := frame.T
	props := portal.AccountCloseProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("account.close.lead")},
		Action:  closePath, State: s,
		Sure: components.Field{Name: sureField, Label: p.T("account.close.sure"), Value: s.Value(sureField), Error: s.Error(sureField), Required: true},
	}
	for _, name := range first {
		props.HandOver = append(props.HandOver, p.T("account.close.hand_over", "merchant", name))
	}
	return page.Render(c, status, portal.AccountClose(frame, props))
}

// Close answers POST /account/close.
func (h *AccountPages) Close(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	if values.Get(sureField) != "yes" {
		err = &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: sureField, Key: "account.close.not_sure"}}}
	} else {
		err = h.accounts.Close(c.Request().Context(), signin.WhoOf(c))
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showClosing(c, status, state)
	}
	switch {
	case tooOld(err):
		return again(c, closePath)
	case err != nil:
		return err
	}
	if err := h.sessions.End(c.Response(), c.Request()); err != nil {
		return err
	}
	return done(c, "/", "account.close.done")
}
