package hooks

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/topup"
	"github.com/mingbai/mingbai/web/sms"
)

// The words of refused payments.
const (
	unknownTerminal = "unknown_terminal"
	otherPayment    = "other_payment"
)

// TopUp answers POST /hooks/top-up: the acquirer's payment page says what was paid
// into a terminal's SIM.
func (h *Hooks) TopUp(c echo.Context) error {
	r := c.Request()
	ctx, now := r.Context(), h.Clock.Now()
	if h.Pay == nil {
		return h.refuse(c, http.StatusNotFound, notSetUp)
	}
	paid, err := h.Pay.ReadPaid(r.Header, r.Body, now)
	if errors.Is(err, sms.ErrUnknownSender) {
		return h.refuse(c, http.StatusUnauthorized, unknownSender)
	}
	if paid.Nonce != "" {
		first, err := outbox.FirstTime(ctx, h.DB, now, paid.Nonce, sms.NonceLasts)
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
	id, err := topup.Record(ctx, h.DB, now, audit.Actor{Kind: audit.API, ID: "payment-page"}, topup.Paid{
		Ref: paid.Ref, SN: paid.SN, Amount: money.Fen(paid.AmountFen), At: paid.At,
	})
	if f, ok := errors.AsType[*fault.Error](err); ok {
		switch f.Kind {
		case fault.NotFound:
			return h.refuse(c, http.StatusUnprocessableEntity, unknownTerminal)
		case fault.Conflict:
			return h.refuse(c, http.StatusConflict, otherPayment)
		}
	}
	if err != nil {
		return err
	}
	noStore(c)
	return c.JSON(http.StatusOK, map[string]string{"id": id})
}
