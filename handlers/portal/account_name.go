package portal

import (
	"net/http"
	"strconv"

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

const nameField = "name"

// Name answers GET /account/name: how the reader is called.
func (h *AccountPages) Name(c echo.Context) error {
	return h.showName(c, http.StatusOK, form.Filled(form.Values{nameField: {guard.ActorOf(c).Name}}))
}

func (h *AccountPages) showName(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, "account.name.title")
	return page.Render(c, status, portal.AccountForm(frame, portal.AccountFormProps{
		Heading: components.Heading{Title: frame.Title, Lead: frame.T.T("account.name.lead")},
		Action:  "/account/name", State: s, Fields: []components.Field{nameInput(frame.T, s)}, Submit: frame.T.T("account.save"),
	}))
}

func nameInput(p *i18n.Printer, s form.State) components.Field {
	return components.Field{
		Name: nameField, Label: p.T("account.profile.name"), Value: s.Value(nameField), Error: s.Error(nameField),
		Autocomplete: "name", Required: true, MaxLength: strconv.Itoa(account.MaxName), Size: components.Short,
	}
}

// SetName answers POST /account/name.
func (h *AccountPages) SetName(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.accounts.SetName(c.Request().Context(), signin.WhoOf(c), values.Get(nameField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showName(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, accountPath, "account.name.done")
}
