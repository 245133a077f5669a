package guard

import (
	"context"
	"errors"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// Guard knows who is signed in.
type Guard struct {
	sessions *session.Store[Actor]
	keep     func(ctx context.Context, userID string, l i18n.Locale) error
	staff    staffDoor
	looks    lookDoor
	keys     *keyDoor // nil: no other system is let in
}

// New returns a guard on the sessions. Keep stores the language that a user
// switches to.
func New(sessions *session.Store[Actor], keep func(ctx context.Context, userID string, l i18n.Locale) error) *Guard {
	return &Guard{sessions: sessions, keep: keep}
}

// LoginPath is the page to sign in. NextParam, in its query, is where to go on.
const (
	LoginPath = "/login"
	NextParam = "next"
)

const guardKey = "guard"

// Middleware makes the guard known to the accesses of a request.
func (g *Guard) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(guardKey, g)
		if g.looks.at(c.Request()) {
			return g.through(c, next)
		}
		return next(c)
	}
}

// SaveLocale keeps the language that a signed-in reader switches to: on a page
// of staff's, or in a look, that of the member of staff.
func (g *Guard) SaveLocale(c echo.Context, l i18n.Locale) error {
	if isStaffPath(c.Request().URL.Path) || g.looks.at(c.Request()) {
		s, ok, err := g.CurrentStaff(c)
		if err != nil || !ok || !s.Verified {
			return err
		}
		return g.staff.keep(c.Request().Context(), s.Actor.ID, l)
	}
	actor, ok, err := g.Current(c)
	if err != nil || !ok {
		return err
	}
	return g.keep(c.Request().Context(), actor.UserID, l)
}

// Public lets anyone in, for the reason given.
func Public(reason string) server.Access { return server.Public(reason) }

// Program lets in programs of others, which prove themselves by what they send or
// where they send it, for the reason given. Whoever is signed in counts for
// nothing there.
func Program(reason string) server.Access { return server.Program(reason) }

// SignedIn lets in who is signed in, whatever their role, even without a
// merchant, for the reason given: their own sessions, switching, signing out.
func SignedIn(reason string) server.Access {
	return server.Grant("signed in: "+reason, func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if _, err := admit(c); err != nil {
				return err
			}
			return next(c)
		}
	})
}

// Can lets in who has the permission for the merchant whose account is open.
func Can(p account.Permission) server.Access {
	return server.Grant("can "+string(p), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			actor, err := admit(c)
			if err != nil {
				return err
			}
			if actor.MerchantID == 0 {
				return fault.New(fault.Forbidden, "errors.no_merchant")
			}
			if !actor.Can(p) {
				return fault.New(fault.Forbidden, "errors.no_permission")
			}
			return next(c)
		}
	})
}

// admit returns who is signed in, or says that nobody is. Nothing that a
// signed-in reader gets may lie in a cache.
func admit(c echo.Context) (Actor, error) {
	g, ok := c.Get(guardKey).(*Guard)
	if !ok {
		return Actor{}, errors.New("guard: the guard's middleware is missing")
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	actor, ok, err := g.Current(c)
	if err != nil {
		return Actor{}, fault.Wrap(err, fault.Unavailable, "")
	}
	if !ok {
		return Actor{}, fault.New(fault.Unauthenticated, "")
	}
	return actor, g.noteLook(c)
}

// Next returns where a reader wanted to go before they signed in, or the
// fallback. Only pages of this site count.
func Next(given, fallback string) string {
	if next, ok := page.LocalPath(given); ok && next != LoginPath {
		return next
	}
	return fallback
}

// loginURL returns the sign-in page with a way back: to the page asked for, or
// from a form to the page it stands on.
func loginURL(c echo.Context, login string) string {
	back := page.ShownAt(c)
	if r := c.Request(); page.IsHTMX(r) {
		back = page.Nearest(c, r.Header.Get("HX-Current-URL"))
	}
	if back == nil {
		return login
	}
	if next, ok := page.LocalPath(back.RequestURI()); ok && next != "/" {
		return login + "?" + url.Values{NextParam: {next}}.Encode()
	}
	return login
}
