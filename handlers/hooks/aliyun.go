package hooks

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/web/sms"
)

// AliyunReports answers POST /hooks/aliyun/{token}: what became of messages that
// Aliyun took. A message that is not noted as taken yet is asked for again: what
// is not answered with 200 is pushed again within a minute.
func (h *Hooks) AliyunReports(c echo.Context) error {
	r := c.Request()
	ctx := r.Context()
	gate := h.Providers.AliyunReports(ctx)
	if gate == nil {
		return h.refuse(c, http.StatusNotFound, notSetUp)
	}
	from, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return h.refuse(c, http.StatusForbidden, unknownSender)
	}
	reports, err := gate.Read(c.Param("token"), from, r.Body)
	if errors.Is(err, sms.ErrUnknownSender) {
		return h.refuse(c, http.StatusForbidden, unknownSender)
	}
	// Others may send by the same account: theirs are no messages of ours.
	reports = slices.DeleteFunc(reports, func(r sms.Report) bool { return !strings.HasPrefix(r.ID, "m_") })
	unknown, failed := h.note(ctx, ofProvider(aliyun, reports))
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return h.refuse(c, http.StatusBadRequest, malformed)
	case len(unknown) > 0:
		return h.refuse(c, http.StatusServiceUnavailable, notYet)
	}
	return answer(c, echo.MIMEApplicationJSON, sms.AliyunReportAnswer)
}
