package portal

import (
	"errors"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/form"
)

// Write answers POST /complaints/{number}/messages: words, files or both.
func (h *Complaints) Write(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	files, err := uploads(c)
	if err != nil {
		return err
	}
	ctx, who, number := c.Request().Context(), signin.WhoOf(c), c.Param("number")
	if values.Get(wordsField) == "" && len(files) > 0 {
		err = h.Cases.AddFiles(ctx, who, number, files)
	} else {
		err = h.Cases.Write(ctx, who, number, values.Get(wordsField), files)
	}
	if state, status, ok := refusedForm(c, values, err); ok {
		return h.showCase(c, status, state, form.State{})
	}
	if err != nil {
		return err
	}
	return done(c, caseAddress(number), "complaints.done.written")
}

// refusedForm is guard.Refused for what is wrong with a form. What can't be done
// to the case any more is said on a page of its own, since the form is gone,
// unless something was written, which the case's page keeps.
func refusedForm(c echo.Context, values form.Values, err error) (form.State, int, bool) {
	if fault.Is(err, fault.Conflict) && values.Get(wordsField) == "" {
		return form.State{}, 0, false
	}
	return guard.Refused(c, values, err)
}

// Accept answers POST /complaints/{number}/accept.
func (h *Complaints) Accept(c echo.Context) error {
	number := c.Param("number")
	if err := h.Cases.Accept(c.Request().Context(), signin.WhoOf(c), number); err != nil {
		return err
	}
	return done(c, caseAddress(number), "complaints.done.accepted")
}

// Rate answers POST /complaints/{number}/rating.
func (h *Complaints) Rate(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	stars, _ := strconv.Atoi(values.Get("stars")) // a text that is none is missing
	number := c.Param("number")
	err = h.Cases.Rate(c.Request().Context(), signin.WhoOf(c), number, stars, values.Get("remark"))
	if state, status, ok := refusedForm(c, values, renamed(err, wordsField, "remark")); ok {
		return h.showCase(c, status, form.State{}, state)
	}
	if err != nil {
		return err
	}
	return done(c, caseAddress(number), "complaints.done.rated")
}

// renamed returns what is wrong with a form of which a field is called otherwise
// on its page.
func renamed(err error, from, to string) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	other := *f
	other.Fields = append([]fault.Field(nil), f.Fields...)
	for i := range other.Fields {
		if other.Fields[i].Name == from {
			other.Fields[i].Name = to
		}
	}
	return &other
}
