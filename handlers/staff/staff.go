// Package staff answers the acquirer's own people: one file a page, each handler
// one use case and one view.
package staff

import (
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/page"
)

// Staff holds what the pages need.
type Staff struct {
	DB    *db.DB
	Clock clock.Clock
}

// frame returns what the layout of a page in a section needs. It takes up the
// flash: call it once, when the page is sure to come.
func (h *Staff) frame(c echo.Context, section string, titleKey string, args ...any) page.Page {
	p := guard.StaffPage(c, titleKey, args...)
	actor := guard.StaffOf(c)
	Nav(&p, &actor, section)
	return p
}
