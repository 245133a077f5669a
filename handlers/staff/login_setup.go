package staff

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// setUpSteps are the steps of the first sign-in, of which one is under way.
func setUpSteps(p *i18n.Printer, now int) []components.Step {
	steps := []components.Step{{Label: p.T("staff.setup.step_password")}, {Label: p.T("staff.setup.step_factor")}, {Label: p.T("staff.setup.step_codes")}}
	for i := range steps {
		switch {
		case i < now:
			steps[i].State = components.StepDone
		case i == now:
			steps[i].State = components.StepNow
		}
	}
	return steps
}

// SetUp answers GET /admin/login/setup: what is still missing of a password of
// one's own and a second factor.
func (h *Staff) SetUp(c echo.Context) error {
	next := c.QueryParam(guard.NextParam)
	if guard.HalfSignedIn(c).SetUp() {
		return c.Redirect(http.StatusSeeOther, withNext(secondPath, next))
	}
	return h.showSetUp(c, http.StatusOK, form.State{}, next)
}

func (h *Staff) showSetUp(c echo.Context, status int, s form.State, next string) error {
	p, half := printer(c), guard.HalfSignedIn(c)
	next = guard.Next(next, "")
	if !half.OwnPassword {
		return page.Render(c, status, views.FirstPassword(guard.StaffPage(c, "staff.setup.password_title"), views.FirstPasswordProps{
			State: s, Next: next, Steps: setUpSteps(p, 0), Password: newPasswordField(p, s),
		}))
	}
	offer, err := h.offer(c, half.Actor, s)
	if err != nil {
		return err
	}
	offer.Action, offer.Next, offer.Submit = views.FirstCodeAction, next, p.T("staff.setup.code_submit")
	props := views.FirstFactorProps{State: s, Steps: setUpSteps(p, 1), Offer: offer}
	if h.People.TakesPasskeys() {
		props.Passkey = &views.PasskeyProps{
			Action: views.FirstPasskeyAction, Next: next, New: true, Submit: p.T("staff.setup.passkey_submit"), Error: s.Error(passkeyName), Look: components.Plain,
		}
	}
	return page.Render(c, status, views.FirstFactor(guard.StaffPage(c, "staff.setup.factor_title"), props))
}

// offer is what a new app of codes is given in a session.
func (h *Staff) offer(c echo.Context, a staff.Actor, s form.State) (views.OfferProps, error) {
	o, err := h.People.OfferTOTP(c.Request().Context(), a)
	if err != nil {
		return views.OfferProps{}, err
	}
	var secret strings.Builder
	for i, r := range o.Secret {
		if i > 0 && i%4 == 0 {
			secret.WriteByte(' ')
		}
		secret.WriteRune(r)
	}
	return views.OfferProps{URI: o.URI, Secret: secret.String(), Code: codeField(printer(c), s, "staff.offer.code_hint")}, nil
}

func newPasswordField(p *i18n.Printer, s form.State) components.Field {
	return components.Field{
		Name: passwordName, Label: p.T("staff.password.label"), Hint: p.N("staff.password.hint", staff.MinPassword), Error: s.Error(passwordName),
		Type: "password", Autocomplete: "new-password", Required: true,
	}
}

// SetFirstPassword answers POST /admin/login/setup.
func (h *Staff) SetFirstPassword(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	next, half := values.Get(guard.NextParam), guard.HalfSignedIn(c)
	if half.OwnPassword {
		return c.Redirect(http.StatusSeeOther, withNext(setUpPath, next))
	}
	err = h.People.SetFirstPassword(c.Request().Context(), half, values.Raw(passwordName))
	if state, status, ok := guard.Refused(c, values.Without(passwordName), err); ok {
		return h.showSetUp(c, status, state, next)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, withNext(setUpPath, next))
}

// finishSetUp adds the first second factor by one way, and shows the recovery
// codes.
func (h *Staff) finishSetUp(c echo.Context, add func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) ([]string, error)) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	next, half := values.Get(guard.NextParam), guard.HalfSignedIn(c)
	if half.SetUp() {
		return c.Redirect(http.StatusSeeOther, withNext(secondPath, next))
	}
	var codes []string
	err = h.Entrance.Begin(c, func(ctx context.Context, b staff.Browser) (err error) {
		codes, err = add(ctx, half, values, b)
		return err
	})
	if state, status, ok := guard.Refused(c, values.Without(codeName, views.AnswerField), err); ok {
		return h.showSetUp(c, status, state, next)
	}
	if err != nil {
		return err
	}
	frame := guard.StaffPage(c, "staff.codes.title")
	return page.Render(c, http.StatusOK, views.Codes(frame, views.CodesProps{
		Steps: setUpSteps(frame.T, 2), Codes: codes, Go: components.ButtonLink{Label: frame.T.T("staff.codes.kept"), Href: guard.Next(next, home)},
	}))
}

// FirstCode answers POST /admin/login/setup/code: an app of codes.
func (h *Staff) FirstCode(c echo.Context) error {
	return h.finishSetUp(c, func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) ([]string, error) {
		return h.People.FinishSetUpWithTOTP(ctx, half, printer(c).T("staff.own.app"), values.Digits(codeName), b)
	})
}

// AskFirstPasskey answers POST /admin/login/setup/passkey/ask.
func (h *Staff) AskFirstPasskey(c echo.Context) error {
	return h.askNewPasskey(c, guard.HalfSignedIn(c))
}

func (h *Staff) askNewPasskey(c echo.Context, s staff.Session) error {
	question, err := h.People.AskNewPasskey(c.Request().Context(), s)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, question)
}

// FirstPasskey answers POST /admin/login/setup/passkey.
func (h *Staff) FirstPasskey(c echo.Context) error {
	return h.finishSetUp(c, func(ctx context.Context, half staff.Session, values form.Values, b staff.Browser) ([]string, error) {
		return h.People.FinishSetUpWithPasskey(ctx, half, deviceName(c), []byte(values.Raw(views.AnswerField)), b)
	})
}

// deviceName is what the reader's browser runs on, as the name of a passkey.
func deviceName(c echo.Context) string {
	return account.DeviceOf(c.Request().UserAgent()).Say(printer(c).T)
}
