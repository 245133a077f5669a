package public

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// Front answers GET /: what this is, and how to sign in.
func (h *Public) Front(c echo.Context) error {
	frame := h.frame(c, "public.front.title")
	props := public.FrontProps{Codes: h.Codes}
	if frame.User == nil {
		props.Phone = phoneField(frame.T, form.State{})
	}
	return page.Render(c, http.StatusOK, public.Front(frame, props))
}
