package guard

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// Refused turns what a use case said of a form into the form's next state, with
// the status it is answered with: 422 for what is wrong with it, 409 or 429 for
// what it may not do now. An error that is not about the form gives false; the
// handler returns it as it is.
func Refused(c echo.Context, values form.Values, err error) (form.State, int, bool) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return form.State{}, 0, false
	}
	status := 0
	switch f.Kind {
	case fault.Invalid:
		status = http.StatusUnprocessableEntity
	case fault.Conflict:
		status = http.StatusConflict
	case fault.TooMany:
		status = http.StatusTooManyRequests
		if wait := waitOf(f.Args); wait > 0 {
			c.Response().Header().Set(echo.HeaderRetryAfter, seconds(wait))
		}
	default:
		return form.State{}, 0, false
	}
	p := page.Printer(c)
	whole := ""
	if f.Key != "" {
		whole = p.T(f.Key, f.Args...)
	}
	var failures []form.Failure
	for _, field := range f.Fields {
		failures = append(failures, form.Failure{Field: field.Name, Message: p.T(field.Key, field.Args...)})
	}
	return form.Failed(values, whole, failures), status, true
}
