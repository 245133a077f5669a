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
	codeField = "code"
	phonePath = "/account/phone"
)

// Phone answers GET /account/phone: another number to sign in with.
func (h *AccountPages) Phone(c echo.Context) error {
	g, ok, err := h.recently(c)
	if err != nil || !ok {
		return err
	}
	return h.showPhone(c, http.StatusOK, form.State{}, g)
}

func (h *AccountPages) showPhone(c echo.Context, status int, s form.State, g account.Guarded) error {
	frame := h.inside(c, "account.phone.change")
	p := frame.T
	props := portal.AccountPhoneProps{Form: portal.AccountFormProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("account.phone.lead", "phone", i18n.MaskPhone(g.Phone))},
		Action:  phonePath, State: s, Submit: p.T("login.phone.submit"),
		Fields: []components.Field{{
			Name: phoneField, Label: p.T("account.phone.new"), Hint: p.T("account.phone.hint"), Value: s.Value(phoneField), Error: s.Error(phoneField),
			Type: "tel", Autocomplete: "tel", InputMode: "tel", MaxLength: "24", Size: components.Short, Required: true,
		}},
	}}
	if guard.ActorOf(c).Can(account.ChangePhone) {
		props.RequestHref = requestPath
	}
	return page.Render(c, status, portal.AccountPhone(frame, props))
}

// SendNumberCode answers POST /account/phone: a code to the new number.
func (h *AccountPages) SendNumberCode(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), signin.WhoOf(c)
	phone, code, err := h.accounts.SendNumberCode(ctx, who, values.Digits(phoneField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		g, err := h.accounts.ReadGuarded(ctx, who)
		if err != nil {
			return err
		}
		return h.showPhone(c, status, state, g)
	}
	switch {
	case tooOld(err):
		return again(c, phonePath)
	case err != nil:
		return err
	}
	waiting := signin.Pending{Phone: phone}
	if before, ok := h.numbers.Kept(c.Request()); ok && before.Phone == phone {
		waiting.Codes = before.Codes
	}
	if err := h.numbers.Keep(c.Response(), waiting.With(code)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, phonePath+"/code")
}

// NumberCode answers GET /account/phone/code: the code that the new number got.
func (h *AccountPages) NumberCode(c echo.Context) error {
	waiting, ok := h.numbers.Kept(c.Request())
	if !ok {
		return c.Redirect(http.StatusSeeOther, phonePath)
	}
	return h.showNumberCode(c, http.StatusOK, form.State{}, waiting)
}

func (h *AccountPages) showNumberCode(c echo.Context, status int, s form.State, waiting signin.Pending) error {
	frame := h.inside(c, "account.phone.code")
	p := frame.T
	return page.Render(c, status, portal.AccountForm(frame, portal.AccountFormProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("login.code.lead", "phone", i18n.MaskPhone(waiting.Phone))},
		Action:  phonePath + "/code", State: s, Submit: p.T("account.phone.submit"),
		Fields: []components.Field{{
			Name: codeField, Label: p.T("login.code.label"), Hint: p.T("login.code.hint"), Error: s.Error(codeField),
			Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: "12", Size: components.Code, Required: true,
		}},
		Back: page.Link{Label: p.T("account.phone.other"), Href: phonePath},
	}))
}

// ChangePhone answers POST /account/phone/code.
func (h *AccountPages) ChangePhone(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	waiting, ok := h.numbers.Kept(c.Request())
	if !ok {
		page.SetFlash(c, page.ToneInfo, "login.code.again")
		return c.Redirect(http.StatusSeeOther, phonePath)
	}
	err = h.accounts.ChangePhone(c.Request().Context(), signin.WhoOf(c), waiting.Phone, waiting.Codes, values.Digits(codeField))
	if state, status, ok := guard.Refused(c, values.Without(codeField), err); ok {
		return h.showNumberCode(c, status, state, waiting)
	}
	switch {
	case tooOld(err):
		return again(c, phonePath)
	case err != nil:
		return err
	}
	h.numbers.Forget(c.Response())
	return done(c, accountPath, "account.phone.done", "phone", i18n.MaskPhone(waiting.Phone))
}
