package public

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/page"
)

// down answers for a guide that was taken away from readers: with the way to the
// others, since its address stands on paper and in messages.
func (h *GuidePages) down(c echo.Context) error {
	frame := h.frame(c, "guides.down.title")
	frame.Crumbs = []page.Link{{Label: frame.T.T("guides.title"), Href: GuidesPath}, {Label: frame.Title}}
	return page.Render(c, http.StatusGone, public.GuideDown(frame, searchField(frame.T, "")))
}
