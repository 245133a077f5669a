package staff

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
)

// changePerson does something to one of the staff and goes back to their page
// with a message.
func (h *Staff) changePerson(c echo.Context, message string, do func(ctx context.Context, m staff.Manager, id string, values form.Values) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	m, err := staff.ManagerOf(guard.StaffOf(c))
	if err != nil {
		return err
	}
	id := c.Param("id")
	err = do(c.Request().Context(), m, id, values)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showPerson(c, status, state, id)
	}
	if err != nil {
		return err
	}
	return done(c, views.PeoplePath+"/"+id, message)
}

// SetRoles answers POST /admin/staff/:id/roles.
func (h *Staff) SetRoles(c echo.Context) error {
	return h.changePerson(c, "staff.people.roles_done", func(ctx context.Context, m staff.Manager, id string, values form.Values) error {
		return h.People.SetRoles(ctx, m, id, rolesOf(values))
	})
}

// DisablePerson answers POST /admin/staff/:id/disable.
func (h *Staff) DisablePerson(c echo.Context) error {
	return h.changePerson(c, "staff.people.disabled", func(ctx context.Context, m staff.Manager, id string, _ form.Values) error {
		return h.People.Disable(ctx, m, id)
	})
}

// EnablePerson answers POST /admin/staff/:id/enable.
func (h *Staff) EnablePerson(c echo.Context) error {
	return h.changePerson(c, "staff.people.enabled", func(ctx context.Context, m staff.Manager, id string, _ form.Values) error {
		return h.People.Enable(ctx, m, id)
	})
}

// ResetPerson answers POST /admin/staff/:id/reset: a new password to give them,
// with which they begin anew.
func (h *Staff) ResetPerson(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	m, err := staff.ManagerOf(guard.StaffOf(c))
	if err != nil {
		return err
	}
	u, err := h.People.Find(ctx, id)
	if err != nil {
		return err
	}
	given, err := h.People.Reset(ctx, m, id)
	if err != nil {
		return err
	}
	return h.showGiven(c, u.Login, given, id)
}
