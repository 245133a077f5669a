package hooks

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/sms"
)

// SMSReports answers POST /hooks/sms/reports: what became of messages that the
// acquirer's own gateway took.
func (h *Hooks) SMSReports(c echo.Context) error {
	r := c.Request()
	ctx := r.Context()
	key := h.Providers.ReportKey(ctx)
	if key.Name == "" {
		return h.refuse(c, http.StatusNotFound, notSetUp)
	}
	push, err := sms.ReadSigned(key, r.Header, r.Body, h.Clock.Now())
	if errors.Is(err, sms.ErrUnknownSender) {
		return h.refuse(c, http.StatusUnauthorized, unknownSender)
	}
	if push.Nonce != "" {
		first, err := outbox.FirstTime(ctx, h.DB, h.Clock.Now(), push.Nonce, sms.NonceLasts)
		if err != nil {
			return err
		}
		if !first {
			return h.refuse(c, http.StatusConflict, repeated)
		}
	}
	if err != nil {
		return h.refuse(c, http.StatusBadRequest, malformed)
	}
	unknown, err := h.note(ctx, ofProvider(hook, push.Reports))
	if err != nil {
		return err
	}
	noStore(c)
	return c.JSON(http.StatusOK, struct {
		Taken   int      `json:"taken"`
		Unknown []string `json:"unknown"`
	}{len(push.Reports) - len(unknown), append([]string{}, unknown...)})
}
