package signin

import (
	"context"
	"log/slog"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/web/cookie"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/session"
)

// StaffSessions are the rows of staff's sessions as the guard reads them.
type StaffSessions struct {
	*used
	people *staff.People
}

var _ guard.StaffSessions = (*StaffSessions)(nil)

// NewStaffSessions returns the sessions of the staff.
func NewStaffSessions(p *staff.People, log *slog.Logger) *StaffSessions {
	return &StaffSessions{newUsed(p.SawSessions, log), p}
}

// Find returns a live session, in one query.
func (s *StaffSessions) Find(ctx context.Context, tokenHash []byte) (staff.Session, bool, error) {
	found, ok, err := s.people.FindSession(ctx, tokenHash)
	if err == nil && ok && found.Stale {
		s.add(found.Actor.SessionID)
	}
	return found, ok, err
}

// End ends a session.
func (s *StaffSessions) End(ctx context.Context, tokenHash []byte) error {
	return s.people.EndSession(ctx, tokenHash)
}

// StaffEntrance lets staff's browsers in.
type StaffEntrance struct {
	sessions *session.Store[staff.Session]
	cookies  cookie.Site
}

// NewStaffEntrance returns the entrance on the sessions, in a cookie of its own,
// and makes the guard know them.
func NewStaffEntrance(g *guard.Guard, sessions *StaffSessions, cookies cookie.Site) *StaffEntrance {
	store := session.Named[staff.Session]("staff", sessions, cookies, staff.SessionLasts)
	g.AdmitStaff(store, func(ctx context.Context, staffID string, l i18n.Locale) error {
		return sessions.people.KeepLocale(ctx, staffID, string(l))
	})
	return &StaffEntrance{store, cookies}
}

// Begin opens a session where start says so, and sends its cookies. The one before
// is ended.
func (e *StaffEntrance) Begin(c echo.Context, start func(ctx context.Context, b staff.Browser) error) error {
	device := deviceOrNew(e.cookies, c.Request())
	err := e.sessions.Begin(c.Response(), c.Request(), func(ctx context.Context, tokenHash []byte) error {
		return start(ctx, staff.Browser{
			Address: c.RealIP(), RequestID: server.RequestID(c), TokenHash: tokenHash, DeviceHash: deviceHash(device),
			Device: account.DeviceOf(c.Request().UserAgent()).String(),
		})
	})
	if err != nil {
		return err
	}
	keepDevice(e.cookies, c.Response(), device)
	return nil
}

// End signs the browser out.
func (e *StaffEntrance) End(c echo.Context) error { return e.sessions.End(c.Response(), c.Request()) }
