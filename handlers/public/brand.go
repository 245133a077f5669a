package public

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Brand answers with what makes a page look like the acquirer's.
type Brand struct{ DB *db.DB }

// Routes registers it.
func (h *Brand) Routes(r *server.Router) {
	r.Get(page.BrandPath+":file", guard.Public("the acquirer's colour and logo"), h.Serve)
}

// keptLong goes with what never changes under its address.
const keptLong = "public, max-age=31536000, immutable"

// Serve answers GET /brand/{file}: a logo, or the style sheet of a colour. The
// style sheet says only what its own name says, so it is the same for ever.
func (h *Brand) Serve(c echo.Context) error {
	name := c.Param("file")
	if colour, ok := page.ColourOf(name); ok {
		shades, ok := setting.ShadesOf(colour)
		if !ok {
			return echo.ErrNotFound
		}
		c.Response().Header().Set(echo.HeaderCacheControl, keptLong)
		return c.Blob(http.StatusOK, "text/css; charset=utf-8", []byte(":root{--accent:"+shades.Fill+";--accent-ink:"+shades.Ink+";--accent-soft:"+shades.Soft+"}"))
	}
	logo, err := setting.ReadLogo(c.Request().Context(), h.DB, name)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, keptLong)
	return c.Blob(http.StatusOK, logo.Type, logo.Content)
}
