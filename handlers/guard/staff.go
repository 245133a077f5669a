package guard

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// The pages of staff stand under StaffPath; StaffLoginPath is where staff sign
// in.
const (
	StaffPath      = "/admin"
	StaffLoginPath = "/admin/login"
)

// StaffSessions finds the session of a member of staff by the token's hash, in
// one query, and ends sessions.
type StaffSessions = session.Rows[staff.Session]

// staffDoor is what the guard knows of staff.
type staffDoor struct {
	sessions *session.Store[staff.Session]
	keep     func(ctx context.Context, staffID string, l i18n.Locale) error
}

// AdmitStaff makes the guard know staff: by sessions in a cookie of their own,
// so that a merchant's session opens nothing of theirs, nor theirs a merchant's.
// Keep stores the language that one of them switches to.
func (g *Guard) AdmitStaff(sessions *session.Store[staff.Session], keep func(ctx context.Context, staffID string, l i18n.Locale) error) {
	g.staff = staffDoor{sessions, keep}
}

const staffKey = "guard.staff"

// StaffOf returns the member of staff who is signed in, on a route that asks for
// one. Elsewhere it panics.
func StaffOf(c echo.Context) staff.Actor {
	s, ok := c.Get(staffKey).(staff.Session)
	if !ok || !s.Verified {
		panic("guard: " + c.Path() + " asks for a member of staff, but its access lets in anyone")
	}
	return s.Actor
}

// Staff lets in staff whose roles have the permission.
func Staff(p staff.Permission) server.Access {
	return server.Grant("staff can "+string(p), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s, err := admitStaff(c)
			if err != nil {
				return err
			}
			if err := s.Actor.Must(p); err != nil {
				return err
			}
			return next(c)
		}
	})
}

// StaffSignedIn lets in staff whatever their roles, for the reason given. Even
// here a session counts only after the second factor.
func StaffSignedIn(reason string) server.Access {
	return server.Grant("staff signed in: "+reason, func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if _, err := admitStaff(c); err != nil {
				return err
			}
			return next(c)
		}
	})
}

// StaffWithPassword lets in who has shown their password and no second factor
// yet: only to show it, or to get one.
func StaffWithPassword(reason string) server.Access {
	return server.Grant("staff with a password: "+reason, func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s, err := staffSession(c)
			if err != nil {
				return err
			}
			if s.Verified {
				return c.Redirect(http.StatusSeeOther, StaffPath)
			}
			return next(c)
		}
	})
}

// HalfSignedIn returns the session of who has shown a password and no second
// factor yet, on a route that lets them in. Elsewhere it panics.
func HalfSignedIn(c echo.Context) staff.Session {
	s, ok := c.Get(staffKey).(staff.Session)
	if !ok || s.Verified {
		panic("guard: " + c.Path() + " asks for who has shown a password, but its access lets in others")
	}
	return s
}

// admitStaff returns the session of who may be let in.
func admitStaff(c echo.Context) (staff.Session, error) {
	s, err := staffSession(c)
	if err == nil && !s.Verified {
		err = fault.New(fault.Unauthenticated, "")
	}
	return s, err
}

// staffSession returns the session of a request, verified or not. Nothing that
// staff get may lie in a cache.
func staffSession(c echo.Context) (staff.Session, error) {
	g, ok := c.Get(guardKey).(*Guard)
	if !ok || g.staff.sessions == nil {
		return staff.Session{}, errors.New("guard: the guard's middleware is missing, or it knows no staff")
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	s, ok, err := g.CurrentStaff(c)
	if err != nil {
		return staff.Session{}, fault.Wrap(err, fault.Unavailable, "")
	}
	if !ok {
		return staff.Session{}, fault.New(fault.Unauthenticated, "")
	}
	return s, nil
}

// CurrentStaff returns the request's session of staff, verified or not, or
// false. It asks the sessions once a request, and only where the browser brings
// a token.
func (g *Guard) CurrentStaff(c echo.Context) (staff.Session, bool, error) {
	if s, ok := c.Get(staffKey).(staff.Session); ok {
		return s, true, nil
	}
	if g.staff.sessions == nil {
		return staff.Session{}, false, nil
	}
	s, ok, err := g.staff.sessions.Current(c.Request())
	if err != nil || !ok {
		return staff.Session{}, false, err
	}
	s.Actor.Address, s.Actor.RequestID = c.RealIP(), server.RequestID(c)
	c.Set(staffKey, s)
	if l := i18n.Locale(s.Actor.Locale); l.Known() {
		page.SetPrinter(c, i18n.For(l))
	}
	return s, true, nil
}

// isStaffPath reports whether an address is of staff's pages.
func isStaffPath(path string) bool {
	return path == StaffPath || strings.HasPrefix(path, StaffPath+"/")
}

// roleKeys are the keys of the names of staff's roles.
var roleKeys = map[staff.Role]string{
	staff.Support:    "staff.roles.support",
	staff.Lead:       "staff.roles.lead",
	staff.Compliance: "staff.roles.compliance",
	staff.Auditor:    "staff.roles.auditor",
	staff.Operator:   "staff.roles.operator",
}

// StaffRoles returns the names of roles in the reader's language, in the order
// in which roles are shown.
func StaffRoles(p *i18n.Printer, roles []staff.Role) (names []string) {
	for _, r := range staff.AllRoles {
		if slices.Contains(roles, r) {
			names = append(names, p.T(roleKeys[r]))
		}
	}
	return names
}

// staffUser is who is signed in as the bar shows it.
func staffUser(p *i18n.Printer, a staff.Actor) *page.User {
	return &page.User{Name: a.Name, Role: strings.Join(StaffRoles(p, a.Roles), " · ")}
}
