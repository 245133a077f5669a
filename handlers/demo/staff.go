package demo

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/form"
)

// StaffField is the field in which the demo's sign-in of staff gets the id of
// whom to let in.
const StaffField = "staff"

// Desk lets the demo's made-up staff in, as if they had shown a second factor.
type Desk struct {
	Staff    *staff.Demo
	Entrance *signin.StaffEntrance
}

// SignInStaff answers POST /demo/staff-sign-in: it signs in whoever was clicked.
func (h *Demo) SignInStaff(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = h.Desk.Entrance.Begin(c, func(ctx context.Context, b staff.Browser) error {
		return h.Desk.Staff.SignIn(ctx, values.Get(StaffField), b)
	})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, guard.Next(values.Get(guard.NextParam), guard.StaffPath))
}
