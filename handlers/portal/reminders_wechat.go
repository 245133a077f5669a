package portal

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/signin"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/page"
)

// sceneLasts is how long a code to scan is good.
const sceneLasts = 10 * time.Minute

// BindWeChat answers POST /reminders/wechat: a code to scan, which binds who
// scans it.
func (h *Reminders) BindWeChat(c echo.Context) error {
	ctx := c.Request().Context()
	if h.Scene == nil || !h.On(notice.WeChat) {
		return fault.New(fault.Conflict, "reminders.test.off")
	}
	id, scene, err := h.Extras.Scene(ctx, signin.WhoOf(c))
	if err != nil {
		return err
	}
	code, err := h.Scene(ctx, scene, sceneLasts)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "reminders.wechat.away")
	}
	frame := h.inside(c, "reminders.wechat.title")
	p := frame.T
	return page.Render(c, http.StatusOK, portal.WeChatScene(frame, portal.WeChatSceneProps{
		Heading: components.Heading{Title: p.T("reminders.wechat.scan"), Lead: p.T("reminders.wechat.lead")},
		Code:    components.QR{Text: code, Label: p.T("reminders.wechat.qr")},
		Done:    page.Link{Label: p.T("reminders.wechat.done"), Href: wechatPath + "/" + id},
		Back:    page.Link{Label: p.T("reminders.who.back"), Href: remindersPath},
	}))
}

// WeChatBound answers GET /reminders/wechat/{id}: whether the code was scanned.
func (h *Reminders) WeChatBound(c echo.Context) error {
	e, err := h.extra(c)
	if err != nil {
		return err
	}
	if e.Channel != notice.WeChat {
		return fault.New(fault.NotFound, "preferences.recipient.gone")
	}
	if e.ConfirmedAt.IsZero() {
		page.SetFlash(c, page.ToneInfo, "reminders.wechat.not_yet")
	} else {
		page.SetFlash(c, page.ToneOK, "reminders.wechat.bound")
	}
	return c.Redirect(http.StatusSeeOther, remindersPath+"#who")
}
