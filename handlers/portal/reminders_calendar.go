package portal

import (
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/notice"
)

// MakeCalendar answers POST /reminders/calendar: a link for calendar programs, in
// the place of the one there was.
func (h *Reminders) MakeCalendar(c echo.Context) error {
	_, err := notice.MakeFeed(c.Request().Context(), h.DB, h.Clock.Now(), signin.WhoOf(c), h.Secret, string(printer(c).Locale()))
	if err != nil {
		return err
	}
	return done(c, remindersPath+"#calendar", "reminders.calendar.made")
}

// EndCalendar answers POST /reminders/calendar/end.
func (h *Reminders) EndCalendar(c echo.Context) error {
	if err := notice.EndFeed(c.Request().Context(), h.DB, h.Clock.Now(), signin.WhoOf(c)); err != nil {
		return err
	}
	return done(c, remindersPath+"#calendar", "reminders.calendar.ended")
}

// feedAddress is the whole address of a calendar, or nothing.
func (h *Reminders) feedAddress(f *notice.Feed) string {
	token := ""
	if f.ID != "" {
		token = f.Token(h.Secret)
	}
	if token == "" {
		return ""
	}
	return h.Origin + "/calendar/" + token + ".ics"
}
