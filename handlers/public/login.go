package public

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Fields of the forms to sign in.
const (
	phoneName = "phone"
	codeName  = "code"
)

const codePath = guard.LoginPath + "/code"

// Login answers GET /login: the phone number that signs in.
func (h *Public) Login(c echo.Context) error {
	if !h.Codes() {
		return h.Password(c)
	}
	return h.showLogin(c, http.StatusOK, form.State{}, c.QueryParam(guard.NextParam))
}

func (h *Public) showLogin(c echo.Context, status int, s form.State, next string) error {
	demo, err := h.demoUsers(c)
	if err != nil {
		return err
	}
	frame := h.frame(c, "login.title")
	field := phoneField(frame.T, s)
	field.Autofocus = !s.Refused()
	props := public.LoginProps{
		State: s, Phone: field, Next: guard.Next(next, ""), Demo: demo, PasswordHref: withNext("/login/password", next),
	}
	return page.Render(c, status, public.Login(frame, props))
}

func phoneField(p *i18n.Printer, s form.State) components.Field {
	return components.Field{
		Name: phoneName, Label: p.T("login.phone.label"), Value: s.Value(phoneName), Error: s.Error(phoneName),
		Type: "tel", Autocomplete: "tel", InputMode: "tel", MaxLength: "24", Size: components.Short, Required: true,
	}
}

// SendCode answers POST /login: it sends a code to the number, or does as if.
func (h *Public) SendCode(c echo.Context) error {
	if !h.Codes() {
		return c.Redirect(http.StatusSeeOther, guard.LoginPath)
	}
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	timer := time.NewTimer(h.AnswersAfter)
	defer timer.Stop()
	ctx := c.Request().Context()
	next := guard.Next(values.Get(guard.NextParam), "")
	phone, code, err := h.Accounts.SendCode(ctx, values.Digits(phoneName), h.Entrance.Visit(c))
	slowly(ctx, timer)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showLogin(c, status, state, next)
	}
	if err != nil {
		return err
	}
	waiting := signin.Pending{Phone: phone, Next: next}
	if before, ok := h.numbers.Kept(c.Request()); ok && before.Phone == phone {
		waiting.Codes = before.Codes
	}
	if err := h.numbers.Keep(c.Response(), waiting.With(code)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, codePath)
}

// ResendCode answers POST /login/code/again: another code to the same number.
func (h *Public) ResendCode(c echo.Context) error {
	waiting, ok := h.numbers.Kept(c.Request())
	if !ok {
		return c.Redirect(http.StatusSeeOther, guard.LoginPath)
	}
	timer := time.NewTimer(h.AnswersAfter)
	defer timer.Stop()
	ctx := c.Request().Context()
	_, code, err := h.Accounts.SendCode(ctx, waiting.Phone, h.Entrance.Visit(c))
	slowly(ctx, timer)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.TooMany {
		page.SetFlash(c, page.ToneBad, f.Key, f.Args...)
		return c.Redirect(http.StatusSeeOther, codePath)
	}
	if err != nil {
		return err
	}
	if err := h.numbers.Keep(c.Response(), waiting.With(code)); err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "login.code.sent_again")
	return c.Redirect(http.StatusSeeOther, codePath)
}

// Code answers GET /login/code: the code that was sent.
func (h *Public) Code(c echo.Context) error {
	waiting, ok := h.numbers.Kept(c.Request())
	if !ok {
		return c.Redirect(http.StatusSeeOther, guard.LoginPath)
	}
	return h.showCode(c, http.StatusOK, form.State{}, waiting)
}

func (h *Public) showCode(c echo.Context, status int, s form.State, waiting signin.Pending) error {
	frame := h.frame(c, "login.code.title")
	p := frame.T
	return page.Render(c, status, public.Code(frame, public.CodeProps{
		State: s, Lead: p.T("login.code.lead", "phone", i18n.MaskPhone(waiting.Phone)),
		Code: components.Field{
			Name: codeName, Label: p.T("login.code.label"), Hint: p.T("login.code.hint"), Error: s.Error(codeName),
			Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: "12", Size: components.Code, Required: true, Autofocus: !s.Refused(),
		},
		OtherHref: withNext(guard.LoginPath, waiting.Next), PasswordHref: withNext("/login/password", waiting.Next),
	}))
}

// EnterCode answers POST /login/code: it signs in who knows the code.
func (h *Public) EnterCode(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	waiting, ok := h.numbers.Kept(c.Request())
	if !ok {
		page.SetFlash(c, page.ToneInfo, "login.code.again")
		return c.Redirect(http.StatusSeeOther, guard.LoginPath)
	}
	s, err := h.Entrance.Begin(c, func(ctx context.Context, b account.Browser) (account.SignedIn, error) {
		return h.Accounts.SignInWithCode(ctx, waiting.Phone, waiting.Codes, values.Digits(codeName), b)
	})
	if state, status, ok := guard.Refused(c, values.Without(codeName), err); ok {
		return h.showCode(c, status, state, waiting)
	}
	if err != nil {
		return err
	}
	h.numbers.Forget(c.Response())
	return c.Redirect(http.StatusSeeOther, signin.After(s, waiting.Next))
}

// Logout answers POST /logout: it ends this session, signed in or not.
func (h *Public) Logout(c echo.Context) error {
	if err := h.Entrance.Sessions.End(c.Response(), c.Request()); err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, "login.signed_out")
	return c.Redirect(http.StatusSeeOther, "/")
}

// withNext returns an address that carries where to go on, if that is known.
func withNext(path, next string) string {
	if next = guard.Next(next, ""); next == "" {
		return path
	}
	return path + "?" + url.Values{guard.NextParam: {next}}.Encode()
}

func (h *Public) demoUsers(c echo.Context) (users []public.DemoUser, err error) {
	if h.Demo == nil {
		return nil, nil
	}
	p := page.Printer(c)
	all, err := h.Demo(c.Request().Context())
	for _, u := range all {
		shown := public.DemoUser{ID: u.ID, Name: u.Name, Merchant: u.Merchant, Role: p.T(u.Role)}
		if u.Story != "" {
			shown.Story = p.T(u.Story)
		}
		users = append(users, shown)
	}
	return users, err
}
