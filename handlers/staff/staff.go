// Package staff answers the acquirer's own people: one file a page, each handler
// one use case and one view.
package staff

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Staff holds what the pages need.
type Staff struct {
	DB       *db.DB
	Clock    clock.Clock
	People   *staff.People
	Entrance *signin.StaffEntrance
	Guard    *guard.Guard // tells who is signed in on pages for anyone
	// Demo lists who may sign in with one click; nil but in the demo.
	Demo func(ctx context.Context) ([]staff.Colleague, error)
}

// frame returns what the layout of a page in a section needs. It takes up the
// flash: call it once, when the page is sure to come.
func (h *Staff) frame(c echo.Context, section string, titleKey string, args ...any) page.Page {
	p := guard.StaffPage(c, titleKey, args...)
	actor := guard.StaffOf(c)
	Nav(&p, &actor, section)
	return p
}

// inside is the frame of a page below that of a section, whose title is the key
// above.
func (h *Staff) inside(c echo.Context, section, above, titleKey string, args ...any) page.Page {
	p := h.frame(c, section, titleKey, args...)
	p.Crumbs = []page.Link{{Label: p.T.T(above), Href: section}, {Label: p.Title}}
	return p
}

// printer returns the reader's language.
func printer(c echo.Context) *i18n.Printer { return page.Printer(c) }

// done leads back to a page with a message.
func done(c echo.Context, to, key string, args ...any) error {
	page.SetFlash(c, page.ToneOK, key, args...)
	return c.Redirect(http.StatusSeeOther, to)
}

// withNext returns an address that carries where to go on, if that is known.
func withNext(path, next string) string {
	if next = guard.Next(next, ""); next == "" {
		return path
	}
	return path + "?" + url.Values{guard.NextParam: {next}}.Encode()
}

// home is where staff begin.
const home = guard.StaffPath
