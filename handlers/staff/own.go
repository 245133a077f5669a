package staff

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Own answers GET /admin/account: what the reader signs in with, and where they
// are signed in.
func (h *Staff) Own(c echo.Context) error {
	actor := guard.StaffOf(c)
	own, err := h.People.ReadOwn(c.Request().Context(), actor)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.OwnPath, "staff.own.title")
	p := frame.T
	props := views.OwnProps{
		Facts: components.Facts{
			{Term: p.T("staff.people.name"), Text: actor.Name},
			{Term: p.T("staff.login.login"), Text: own.Login},
			{Term: p.T("staff.people.roles"), Text: strings.Join(guard.StaffRoles(p, actor.Roles), p.T("common.format.list.comma"))},
		},
		Passkeys: h.People.TakesPasskeys(), Codes: p.N("staff.own.recovery_left", own.RecoveryCodes), EndOthers: len(own.Sessions) > 1,
	}
	if !own.Recent {
		props.Again = withNext(guard.StaffLoginPath, views.OwnPath)
	}
	for _, f := range own.Factors {
		row := views.OwnFactor{Name: f.Name, Part: p.T("staff.own.added", "at", f.AddedAt), Tag: components.Tag{Verdict: components.None, Word: p.T("staff.own.app")}}
		if f.Passkey {
			row.Tag.Word = p.T("staff.own.passkey")
		}
		if !f.UsedAt.IsZero() {
			row.Part = p.T("staff.own.used", "at", f.UsedAt)
		}
		if len(own.Factors) > 1 {
			row.Remove = "/admin/account/factors/" + f.ID + "/remove"
		}
		props.Factors = append(props.Factors, row)
	}
	for _, s := range own.Sessions {
		props.Sessions = append(props.Sessions, sessionRow(p, s, actor.SessionID))
	}
	return page.Render(c, http.StatusOK, views.Own(frame, props))
}

func sessionRow(p *i18n.Printer, s staff.OpenSession, current string) views.OwnSession {
	row := views.OwnSession{
		Device: account.ParseDevice(s.Device).Say(p.T),
		Part:   p.T("staff.own.session", "address", s.Address, "at", s.Seen),
	}
	if s.ID == current {
		row.Tag = components.Tag{Verdict: components.OK, Word: p.T("staff.own.here")}
	} else {
		row.End = "/admin/account/sessions/" + s.ID + "/end"
	}
	return row
}

// signInAgain sends who signed in too long ago to do so again, and back to a
// page, and gives any other error back.
func signInAgain(c echo.Context, err error, back string) error {
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	page.SetFlash(c, page.ToneInfo, "staff.own.again")
	return c.Redirect(http.StatusSeeOther, withNext(guard.StaffLoginPath, back))
}

// recently reports whether the reader signed in recently enough to change what
// guards their account. Where it says no the answer is given.
func (h *Staff) recently(c echo.Context) (own staff.Own, ok bool, err error) {
	own, err = h.People.ReadOwn(c.Request().Context(), guard.StaffOf(c))
	if err != nil || own.Recent {
		return own, err == nil, err
	}
	return own, false, signInAgain(c, fault.New(fault.Unauthenticated, ""), c.Request().URL.Path)
}

// RemoveFactor answers POST /admin/account/factors/:id/remove.
func (h *Staff) RemoveFactor(c echo.Context) error {
	if err := h.People.RemoveFactor(c.Request().Context(), guard.StaffOf(c), c.Param("id")); err != nil {
		return signInAgain(c, err, views.OwnPath)
	}
	return done(c, views.OwnPath, "staff.own.removed")
}

// NewRecoveryCodes answers POST /admin/account/recovery.
func (h *Staff) NewRecoveryCodes(c echo.Context) error {
	codes, err := h.People.NewRecoveryCodes(c.Request().Context(), guard.StaffOf(c))
	if err != nil {
		return signInAgain(c, err, views.OwnPath)
	}
	frame := h.inside(c, views.OwnPath, "staff.own.title", "staff.codes.title")
	return page.Render(c, http.StatusOK, views.Codes(frame, views.CodesProps{
		Codes: codes, Go: components.ButtonLink{Label: frame.T.T("staff.codes.kept"), Href: views.OwnPath},
	}))
}

// EndSession answers POST /admin/account/sessions/:id/end.
func (h *Staff) EndSession(c echo.Context) error {
	if err := h.People.EndOneSession(c.Request().Context(), guard.StaffOf(c), c.Param("id")); err != nil {
		return err
	}
	return done(c, views.OwnPath, "staff.own.ended")
}

// EndOtherSessions answers POST /admin/account/sessions/end-others.
func (h *Staff) EndOtherSessions(c echo.Context) error {
	n, err := h.People.EndOtherSessions(c.Request().Context(), guard.StaffOf(c))
	if err != nil {
		return err
	}
	return done(c, views.OwnPath, "staff.own.ended_others", "n", int(n))
}
