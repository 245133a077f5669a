package hooks

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/wechat"
)

// unfollowed is why a recipient ends who no longer follows the account.
const unfollowed = "unfollowed"

// WeChatEcho answers GET /hooks/wechat, by which WeChat makes sure of the
// address.
func (h *Hooks) WeChatEcho(c echo.Context) error {
	callback := h.Providers.WeChatCallback(c.Request().Context())
	if callback == nil {
		return h.refuse(c, http.StatusNotFound, notSetUp)
	}
	said, err := callback.Echo(c.QueryParams())
	if err != nil {
		return h.refuse(c, http.StatusForbidden, unknownSender)
	}
	return answer(c, echo.MIMETextPlainCharsetUTF8, said)
}

// WeChatPush answers POST /hooks/wechat: what became of a message, and who began
// or ended to follow the account.
func (h *Hooks) WeChatPush(c echo.Context) error {
	r := c.Request()
	ctx, now := r.Context(), h.Clock.Now()
	callback := h.Providers.WeChatCallback(ctx)
	if callback == nil {
		return h.refuse(c, http.StatusNotFound, notSetUp)
	}
	event, err := callback.Read(c.QueryParams(), r.Body)
	switch {
	case errors.Is(err, wechat.ErrUnknownSender):
		return h.refuse(c, http.StatusForbidden, unknownSender)
	case err != nil:
		return h.refuse(c, http.StatusBadRequest, malformed)
	}
	switch event.Name {
	case wechat.EventFinished:
		known, err := h.finished(c, &event)
		if err != nil {
			return err
		}
		if !known {
			return h.refuse(c, http.StatusServiceUnavailable, notYet)
		}
	case wechat.EventSubscribe, wechat.EventScan:
		if event.Scene != "" {
			if _, err := notice.BindWeChat(ctx, h.DB, now, event.Scene, event.OpenID); err != nil {
				return err
			}
		}
	case wechat.EventUnsubscribe:
		if err := notice.EndRecipient(ctx, h.DB, now, notice.WeChat, event.OpenID, unfollowed); err != nil {
			return err
		}
	}
	return answer(c, echo.MIMETextPlainCharsetUTF8, wechat.CallbackAnswer)
}

// finished notes what became of a message. An outcome that WeChat does not say
// tells nothing.
func (h *Hooks) finished(c echo.Context, e *wechat.Event) (known bool, err error) {
	ctx, now := c.Request().Context(), h.Clock.Now()
	report := outbox.Report{Provider: string(notice.WeChat), ProviderID: e.ProviderID, To: e.OpenID, At: e.At}
	switch e.Outcome {
	case wechat.Unknown:
		return true, nil
	case wechat.Delivered:
		report.Delivered = true
	case wechat.Blocked:
		report.Reason, report.Detail = reasonNotFollowing, e.Status
	case wechat.Failed:
		report.Reason, report.Detail = reasonRecipient, e.Status
	}
	if known, err = outbox.Reported(ctx, h.DB, now, report); err != nil || !known || report.Reason != reasonNotFollowing {
		return known, err
	}
	return true, notice.EndRecipient(ctx, h.DB, now, notice.WeChat, e.OpenID, reasonNotFollowing)
}
