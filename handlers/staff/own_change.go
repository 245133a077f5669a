package staff

import (
	"net/http"
	"strconv"

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
	presentName = "present"
	nameName    = "name"
)

// OwnPassword answers GET /admin/account/password.
func (h *Staff) OwnPassword(c echo.Context) error {
	own, ok, err := h.recently(c)
	if err != nil || !ok {
		return err
	}
	return h.showOwnPassword(c, http.StatusOK, form.State{}, own.Login)
}

func (h *Staff) showOwnPassword(c echo.Context, status int, s form.State, login string) error {
	frame := h.inside(c, views.OwnPath, "staff.own.title", "staff.own.password_change")
	p := frame.T
	return page.Render(c, status, views.OwnPassword(frame, views.OwnPasswordProps{
		State: s, Login: login,
		Present: components.Field{
			Name: presentName, Label: p.T("staff.own.present"), Error: s.Error(presentName),
			Type: "password", Autocomplete: "current-password", Required: true,
		},
		Password: newPasswordField(p, s),
	}))
}

// ChangePassword answers POST /admin/account/password.
func (h *Staff) ChangePassword(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.People.ChangePassword(c.Request().Context(), guard.StaffOf(c), values.Raw(presentName), values.Raw(passwordName))
	if state, status, ok := guard.Refused(c, values.Without(presentName, passwordName), err); ok {
		return h.showOwnPassword(c, status, state, values.Get("username"))
	}
	if err != nil {
		return signInAgain(c, err, views.OwnPasswordPath)
	}
	return done(c, views.OwnPath, "staff.own.password_changed")
}

// factorName asks how a second factor is to be called.
func factorName(p *i18n.Printer, s form.State, otherwise string) *components.Field {
	f := &components.Field{
		Name: nameName, Label: p.T("staff.own.factor_name"), Hint: p.T("staff.own.factor_name_hint"), Value: s.Value(nameName), Error: s.Error(nameName),
		Autocomplete: "off", MaxLength: strconv.Itoa(staff.MaxName), Required: true,
	}
	if !s.Refused() {
		f.Value = otherwise
	}
	return f
}

// OwnApp answers GET /admin/account/app: another app of codes.
func (h *Staff) OwnApp(c echo.Context) error {
	if _, ok, err := h.recently(c); err != nil || !ok {
		return err
	}
	return h.showOwnApp(c, http.StatusOK, form.State{})
}

func (h *Staff) showOwnApp(c echo.Context, status int, s form.State) error {
	offer, err := h.offer(c, guard.StaffOf(c), s)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.OwnPath, "staff.own.title", "staff.own.add_app")
	offer.Action, offer.Submit, offer.Name = views.OwnAppPath, frame.T.T("staff.own.save"), factorName(frame.T, s, frame.T.T("staff.own.app"))
	return page.Render(c, status, views.OwnApp(frame, views.OwnAppProps{State: s, Offer: offer}))
}

// AddApp answers POST /admin/account/app.
func (h *Staff) AddApp(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.People.AddTOTP(c.Request().Context(), guard.StaffOf(c), values.Get(nameName), values.Digits(codeName))
	if state, status, ok := guard.Refused(c, values.Without(codeName), err); ok {
		return h.showOwnApp(c, status, state)
	}
	if err != nil {
		return signInAgain(c, err, views.OwnAppPath)
	}
	return done(c, views.OwnPath, "staff.own.added_done")
}

// OwnPasskey answers GET /admin/account/passkey: another passkey.
func (h *Staff) OwnPasskey(c echo.Context) error {
	if _, ok, err := h.recently(c); err != nil || !ok {
		return err
	}
	return h.showOwnPasskey(c, http.StatusOK, form.State{})
}

func (h *Staff) showOwnPasskey(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, views.OwnPath, "staff.own.title", "staff.own.add_passkey")
	return page.Render(c, status, views.OwnPasskey(frame, views.OwnPasskeyProps{State: s, Passkey: views.PasskeyProps{
		Action: views.OwnPasskeyPath, New: true, Name: factorName(frame.T, s, deviceName(c)), Submit: frame.T.T("staff.setup.passkey_submit"), Error: s.Error(passkeyName),
	}}))
}

// AskNewPasskey answers POST /admin/account/passkey/ask.
func (h *Staff) AskNewPasskey(c echo.Context) error {
	return h.askNewPasskey(c, staff.Session{Actor: guard.StaffOf(c), Verified: true})
}

// AddPasskey answers POST /admin/account/passkey.
func (h *Staff) AddPasskey(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.People.AddPasskey(c.Request().Context(), guard.StaffOf(c), values.Get(nameName), []byte(values.Raw(views.AnswerField)))
	if state, status, ok := guard.Refused(c, values.Without(views.AnswerField), err); ok {
		return h.showOwnPasskey(c, status, state)
	}
	if err != nil {
		return signInAgain(c, err, views.OwnPasskeyPath)
	}
	return done(c, views.OwnPath, "staff.own.added_done")
}
