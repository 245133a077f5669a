package guard

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/look"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/session"
)

// Where staff find the merchants at whose pages they look, and where a look ends.
const (
	MerchantsPath = StaffPath + "/merchants"
	LookEndPath   = StaffPath + "/look/end"
)

// Looks finds the look of a browser by the token's hash, in one query, and ends
// looks.
type Looks = session.Rows[look.Look]

// lookDoor is what the guard knows of looks.
type lookDoor struct {
	sessions *session.Store[look.Look]
	note     func(ctx context.Context, by staff.Actor, l look.Look, path string) error
}

// AdmitLooks lets staff see the pages of a merchant as it sees them: a browser that
// brings the cookie of a look is no merchant's, whatever else it brings, and
// nothing that it sends is taken but on staff's own pages. Note records a page
// before it is shown.
func (g *Guard) AdmitLooks(sessions *session.Store[look.Look], note func(ctx context.Context, by staff.Actor, l look.Look, path string) error) {
	g.looks = lookDoor{sessions, note}
}

const lookKey = "guard.look"

// at reports whether a request brings a look to pages of merchants.
func (d *lookDoor) at(r *http.Request) bool {
	return d.sessions != nil && d.sessions.Brought(r) && !isStaffPath(r.URL.Path)
}

// through answers a request of who looks at a merchant's pages.
func (g *Guard) through(c echo.Context, next echo.HandlerFunc) error {
	r := c.Request()
	if strings.HasPrefix(r.URL.Path, "/static/") {
		return next(c)
	}
	l, ok, err := g.looks.sessions.Current(r)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "")
	}
	s, known, err := g.CurrentStaff(c)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "")
	}
	if !known || !s.Verified {
		return g.lookOver(c, r.URL.RequestURI())
	}
	if !ok || s.Actor.SessionID != l.SessionID || !s.Actor.Can(staff.SeeAsMerchant) {
		return g.lookOver(c, MerchantsPath)
	}
	p := page.Printer(c)
	page.SetLook(c, &page.Look{
		Label: p.T("look.label"), Text: p.T("look.bar", "merchant", l.Merchant, "ref", l.Ref, "time", p.Time(l.Until)),
		Leave: p.T("look.leave"), Action: LookEndPath,
	})
	c.Set(lookKey, l)
	c.Set(actorKey, Actor{
		Name: s.Actor.Name, Locale: s.Actor.Locale, MerchantID: l.MerchantID, MerchantName: l.Merchant, Role: account.Owner, Look: l.ID,
	})
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return WithStatus(http.StatusForbidden, fault.New(looking, "look.nothing_changes"))
	}
	return next(c)
}

// isPersonal reports whether a page belongs to one person at the merchant: their
// account and colleagues, and what they take away, which no look shows.
func isPersonal(path string) bool { return path == "/account" || strings.HasPrefix(path, "/account/") }

// lookOver ends a look that lasts no longer, and leads on, within this site.
// Nothing was sent.
func (g *Guard) lookOver(c echo.Context, to string) error {
	if err := g.looks.sessions.End(c.Response(), c.Request()); err != nil {
		return fault.Wrap(err, fault.Unavailable, "")
	}
	page.SetFlash(c, page.ToneInfo, "look.over")
	if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
		to = MerchantsPath
	}
	to = Next(to, MerchantsPath)
	if page.IsHTMX(c.Request()) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// noteLook records that who looks opens a page of the merchant's, unless it is one
// that no look shows.
func (g *Guard) noteLook(c echo.Context) error {
	l, ok := c.Get(lookKey).(look.Look)
	if !ok {
		return nil
	}
	if isPersonal(c.Request().URL.Path) {
		return WithStatus(http.StatusForbidden, fault.New(looking, "look.personal"))
	}
	if err := g.looks.note(c.Request().Context(), StaffOf(c), l, c.Request().URL.Path); err != nil {
		return fault.Wrap(err, fault.Unavailable, "")
	}
	return nil
}
