package staff

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// takeDownForm asks why a version is to be taken away from readers.
func takeDownForm(p *i18n.Printer, v *guide.Version, s form.State) *views.TakeDownForm {
	return &views.TakeDownForm{Version: strconv.Itoa(v.Number), Reason: components.Field{
		Name: guide.CommentField, Label: p.T("admin_guides.down.reason"), Hint: p.T("admin_guides.down.reason_hint"),
		Value: s.Value(guide.CommentField), Error: s.Error(guide.CommentField), MaxLength: strconv.Itoa(guide.MaxComment), Required: true,
	}}
}

// TakeDown answers POST /admin/guides/{slug}/take-down.
func (h *Guides) TakeDown(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(values.Get(views.VersionField))
	if err != nil {
		return &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid), Cause: err}
	}
	slug := c.Param("slug")
	err = guide.TakeDown(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), slug, version, values.Get(guide.CommentField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showGuide(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, guidePath(slug), "admin_guides.done.taken_down")
}
