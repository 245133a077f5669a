package public

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Unsubscribing answers GET /unsubscribe/{token}: it asks before it ends anything,
// since programs that look at mails follow every address in them.
func (h *FromOutside) Unsubscribing(c echo.Context) error {
	u, err := notice.ReadUnsubscribe(c.Request().Context(), h.DB, h.Secret, c.Param("token"))
	if err != nil {
		return err
	}
	return h.showUnsubscribe(c, &u, u.IsOff, "reminders.unsubscribe.was")
}

// Unsubscribe answers POST /unsubscribe/{token}: from the page, and from mail
// programs that end a mail with one click (RFC 8058), which bring neither cookies
// nor a form's token.
func (h *FromOutside) Unsubscribe(c echo.Context) error {
	u, err := notice.Unsubscribe(c.Request().Context(), h.DB, h.Clock.Now(), h.Secret, c.Param("token"))
	if err != nil {
		return err
	}
	return h.showUnsubscribe(c, &u, true, "reminders.unsubscribe.done")
}

func (h *FromOutside) showUnsubscribe(c echo.Context, u *notice.Unsubscribed, ended bool, doneKey string) error {
	hide(c)
	p := page.Printer(c)
	event := p.T(eventNames[u.Event])
	props := public.UnsubscribeProps{Action: "/unsubscribe/" + c.Param("token")}
	frame := h.frame(c, "reminders.unsubscribe.done_title")
	if ended {
		props.Heading = components.Heading{Title: frame.Title, Lead: p.T(doneKey, "event", event, "address", i18n.MaskMail(u.Address))}
		props.Done = []string{p.T("reminders.unsubscribe.text"), p.T("reminders.unsubscribe.again")}
	} else {
		frame.Title = p.T("reminders.unsubscribe.title", "event", event)
		props.Heading = components.Heading{Title: frame.Title, Lead: p.T("reminders.unsubscribe.lead", "address", i18n.MaskMail(u.Address))}
		props.Ask = []string{p.T("reminders.unsubscribe.text")}
		if u.Event == notice.EventUpcoming {
			props.Ask = append(props.Ask, p.T("reminders.unsubscribe.upcoming"))
		}
	}
	return page.Render(c, http.StatusOK, public.Unsubscribe(frame, props))
}

// eventNames are the keys of what events are called.
var eventNames = map[notice.Event]string{
	notice.EventUpcoming: "reminders.event.upcoming", notice.EventTaken: "reminders.event.taken", notice.EventFailed: "reminders.event.failed",
	notice.EventStopped: "reminders.event.stopped", notice.EventFeeChange: "reminders.event.fee_change", notice.EventUsage: "reminders.event.sim_usage",
	notice.EventLowBalance: "reminders.event.low_balance", notice.EventComplaint: "reminders.event.complaint", notice.EventSecurity: "reminders.event.security",
}
