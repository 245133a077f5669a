package public

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

const passwordName = "password"

// Password answers GET /login/password: signing in with a password.
func (h *Public) Password(c echo.Context) error {
	return h.showPassword(c, http.StatusOK, form.State{}, c.QueryParam(guard.NextParam))
}

func (h *Public) showPassword(c echo.Context, status int, s form.State, next string) error {
	frame := h.frame(c, "login.password.title")
	p := frame.T
	phone := phoneField(p, s)
	phone.Type, phone.Autocomplete = "text", "username" // HTML knows no username of type tel
	phone.Autofocus = !s.Refused()
	props := public.PasswordProps{
		State: s, Next: guard.Next(next, ""), Phone: phone,
		Password: components.Field{
			Name: passwordName, Label: p.T("login.password.label"), Error: s.Error(passwordName),
			Type: "password", Autocomplete: "current-password", Required: true,
		},
	}
	if h.Codes() {
		props.CodeHref = withNext(guard.LoginPath, next)
	}
	return page.Render(c, status, public.Password(frame, props))
}

// EnterPassword answers POST /login/password: it signs in who knows the
// password of a number.
func (h *Public) EnterPassword(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	next := guard.Next(values.Get(guard.NextParam), "")
	s, err := h.Entrance.Begin(c, func(ctx context.Context, b account.Browser) (account.SignedIn, error) {
		return h.Accounts.SignInWithPassword(ctx, values.Digits(phoneName), values.Raw(passwordName), b)
	})
	if state, status, ok := guard.Refused(c, values.Without(passwordName), err); ok {
		return h.showPassword(c, status, state, next)
	}
	if err != nil {
		return err
	}
	h.numbers.Forget(c.Response())
	return c.Redirect(http.StatusSeeOther, signin.After(s, next))
}
