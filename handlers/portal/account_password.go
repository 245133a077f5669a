package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	passwordField = "password"
	passwordPath  = "/account/password"
)

// Password answers GET /account/password: setting or changing it.
func (h *AccountPages) Password(c echo.Context) error {
	g, ok, err := h.recently(c)
	if err != nil || !ok {
		return err
	}
	return h.showPassword(c, http.StatusOK, form.State{}, g)
}

func (h *AccountPages) showPassword(c echo.Context, status int, s form.State, g account.Guarded) error {
	title := "account.password.set"
	if g.HasPassword {
		title = "account.password.change"
	}
	frame := h.inside(c, title)
	p := frame.T
	props := portal.AccountPasswordProps{
		Form: portal.AccountFormProps{
			Heading: components.Heading{Title: frame.Title, Lead: p.T("account.password.lead")},
			Action:  passwordPath, State: s, Submit: p.T("account.save"),
			Fields: []components.Field{{
				Name: passwordField, Label: p.T("account.password.label"), Hint: p.T("account.password.hint", "n", account.MinPassword),
				Error: s.Error(passwordField), Type: "password", Autocomplete: "new-password", Required: true,
			}},
		},
		Username: i18n.MaskPhone(g.Phone),
	}
	if g.HasPassword {
		props.Remove = passwordPath + "/remove"
	}
	return page.Render(c, status, portal.AccountPassword(frame, props))
}

// SetPassword answers POST /account/password.
func (h *AccountPages) SetPassword(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	err = h.accounts.SetPassword(ctx, who, values.Raw(passwordField))
	if state, status, ok := guard.Refused(c, values.Without(passwordField), err); ok {
		g, err := h.accounts.ReadGuarded(ctx, who)
		if err != nil {
			return err
		}
		return h.showPassword(c, status, state, g)
	}
	switch {
	case tooOld(err):
		return again(c, passwordPath)
	case err != nil:
		return err
	}
	return done(c, accountPath, "account.password.done")
}

// RemovePassword answers POST /account/password/remove.
func (h *AccountPages) RemovePassword(c echo.Context) error {
	err := h.accounts.RemovePassword(c.Request().Context(), signin.WhoOf(c))
	switch {
	case tooOld(err):
		return again(c, passwordPath)
	case err != nil:
		return err
	}
	return done(c, accountPath, "account.password.removed")
}
