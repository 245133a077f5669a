package staff

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

const (
	loginName    = "login"
	passwordName = "password"

	secondPath = "/admin/login/second"
	setUpPath  = "/admin/login/setup"
)

// Login answers GET /admin/login: the name and the password of a member of
// staff. Who has shown them goes on to the next step.
func (h *Staff) Login(c echo.Context) error {
	next := c.QueryParam(guard.NextParam)
	s, ok, err := h.Guard.CurrentStaff(c)
	switch {
	case err != nil:
		return err
	case ok && !s.Verified && s.SetUp():
		return c.Redirect(http.StatusSeeOther, withNext(secondPath, next))
	case ok && !s.Verified:
		return c.Redirect(http.StatusSeeOther, withNext(setUpPath, next))
	}
	return h.showLogin(c, http.StatusOK, form.State{}, next)
}

func (h *Staff) showLogin(c echo.Context, status int, s form.State, next string) error {
	p := printer(c)
	props := views.LoginProps{
		State: s, Next: guard.Next(next, ""),
		Login: components.Field{
			Name: loginName, Label: p.T("staff.login.login"), Value: s.Value(loginName), Error: s.Error(loginName),
			Autocomplete: "username", Required: true, Autofocus: !s.Refused(),
		},
		Password: components.Field{
			Name: passwordName, Label: p.T("staff.login.password"), Error: s.Error(passwordName),
			Type: "password", Autocomplete: "current-password", Required: true,
		},
	}
	if h.Demo != nil {
		people, err := h.Demo(c.Request().Context())
		if err != nil {
			return err
		}
		for _, u := range people {
			props.Demo = append(props.Demo, views.DemoUser{ID: u.ID, Name: u.Name, Roles: strings.Join(guard.StaffRoles(p, u.Roles), " · ")})
		}
	}
	return page.Render(c, status, views.Login(guard.StaffPage(c, "staff.login.title"), props))
}

// EnterPassword answers POST /admin/login.
func (h *Staff) EnterPassword(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	next := values.Get(guard.NextParam)
	err = h.Entrance.Begin(c, func(ctx context.Context, b staff.Browser) error {
		return h.People.SignIn(ctx, values.Get(loginName), values.Raw(passwordName), b)
	})
	if state, status, ok := guard.Refused(c, values.Without(passwordName), err); ok {
		return h.showLogin(c, status, state, next)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, withNext(guard.StaffLoginPath, next)) // which knows the step that follows
}

// Logout answers POST /admin/logout: it ends this session, however far the
// sign-in had come.
func (h *Staff) Logout(c echo.Context) error {
	if err := h.Entrance.End(c); err != nil {
		return err
	}
	return done(c, guard.StaffLoginPath, "staff.login.signed_out")
}
