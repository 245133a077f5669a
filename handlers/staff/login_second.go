package staff

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const (
	codeName     = "code"
	recoveryName = "recovery"
	passkeyName  = "passkey"
)

// Second answers GET /admin/login/second: the second factor.
func (h *Staff) Second(c echo.Context) error {
	next := c.QueryParam(guard.NextParam)
	if !guard.HalfSignedIn(c).SetUp() {
		return c.Redirect(http.StatusSeeOther, withNext(setUpPath, next))
	}
	return h.showSecond(c, http.StatusOK, form.State{}, next)
}

func (h *Staff) showSecond(c echo.Context, status int, s form.State, next string) error {
	p, half := printer(c), guard.HalfSignedIn(c)
	next = guard.Next(next, "")
	props := views.SecondProps{
		State: s, Next: next,
		Recovery: components.Field{
			Name: recoveryName, Label: p.T("staff.second.recovery"), Hint: p.T("staff.second.recovery_hint"), Error: s.Error(recoveryName),
			Autocomplete: "off", MaxLength: "40", Required: true,
		},
	}
	if half.HasTOTP {
		code := codeField(p, s, "staff.second.code_hint")
		code.Autofocus = !s.Refused()
		props.Code = &code
	}
	if half.HasPasskey && h.People.TakesPasskeys() {
		props.Passkey = &views.PasskeyProps{
			Action: views.PasskeyAction, Next: next, Submit: p.T("staff.second.passkey_submit"), Error: s.Error(passkeyName),
		}
	}
	return page.Render(c, status, views.Second(guard.StaffPage(c, "staff.second.title"), props))
}

// codeField asks for a code of an app.
func codeField(p *i18n.Printer, s form.State, hint string) components.Field {
	return components.Field{
		Name: codeName, Label: p.T("staff.second.code"), Hint: p.T(hint), Error: s.Error(codeName),
		Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: "12", Size: components.Code, Required: true,
	}
}

// second takes the second step by one way, and goes on.
func (h *Staff) second(c echo.Context, show func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	next, half := values.Get(guard.NextParam), guard.HalfSignedIn(c)
	err = h.Entrance.Begin(c, func(ctx context.Context, b staff.Browser) error { return show(ctx, half, values, b) })
	if state, status, ok := guard.Refused(c, values.Without(codeName, recoveryName, views.AnswerField), err); ok {
		return h.showSecond(c, status, state, next)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, guard.Next(next, home))
}

// EnterCode answers POST /admin/login/second: a code of an app.
func (h *Staff) EnterCode(c echo.Context) error {
	return h.second(c, func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) error {
		return h.People.SignInWithTOTP(ctx, half, values.Digits(codeName), b)
	})
}

// EnterRecoveryCode answers POST /admin/login/second/recovery.
func (h *Staff) EnterRecoveryCode(c echo.Context) error {
	return h.second(c, func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) error {
		return h.People.SignInWithRecoveryCode(ctx, half, values.Get(recoveryName), b)
	})
}

// AskPasskey answers POST /admin/login/second/passkey/ask: what the passkey is
// to sign.
func (h *Staff) AskPasskey(c echo.Context) error {
	question, err := h.People.AskPasskey(c.Request().Context(), guard.HalfSignedIn(c))
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, question)
}

// AnswerPasskey answers POST /admin/login/second/passkey.
func (h *Staff) AnswerPasskey(c echo.Context) error {
	return h.second(c, func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) error {
		return h.People.SignInWithPasskey(ctx, half, []byte(values.Raw(views.AnswerField)), b)
	})
}
