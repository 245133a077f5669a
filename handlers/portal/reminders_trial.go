package portal

import (
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/form"
)

// trialField is the channel of a test.
const trialField = "via"

// SendTrial answers POST /reminders/test.
func (h *Reminders) SendTrial(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	n, err := h.Trial.Send(c.Request().Context(), signin.WhoOf(c), notice.Channel(values.Get(trialField)))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showReminders(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, remindersPath+"#test", "reminders.test.sent", "n", n)
}
