// Package hooks takes what providers push to us: what became of the messages
// that they took, and who follows the official account. Each push proves where
// it comes from by what it holds or by the secret address it is sent to; nobody
// is signed in here. What a push says counts only where it fits what we know.
package hooks

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/web/payment"
	"github.com/mingbai/mingbai/web/server"
	"github.com/mingbai/mingbai/web/sms"
	"github.com/mingbai/mingbai/web/wechat"
)

// Providers tell what pushes are checked with, as it is set now.
type Providers interface {
	// ReportKey returns what the acquirer's gateway signs with. Without a name
	// there is none.
	ReportKey(ctx context.Context) sms.Key
	// AliyunReports returns what lets Aliyun's reports in, or nil.
	AliyunReports(ctx context.Context) *sms.ReportGate
	// WeChatCallback returns what reads WeChat's pushes, or nil.
	WeChatCallback(ctx context.Context) *wechat.Callback
}

// Hooks holds what the handlers need.
type Hooks struct {
	DB        *db.DB
	Clock     clock.Clock
	Providers Providers
	Pay       *payment.Page // where SIMs are topped up; nil: nowhere
	Log       *slog.Logger
}

// The providers, as they are called in the messages that they took.
const (
	hook   = "hook"
	aliyun = "aliyun"
)

// Routes registers what providers call.
func (h *Hooks) Routes(r *server.Router) {
	reports := guard.Program("providers report what was delivered, signed or to a secret address")
	pushes := guard.Program("WeChat pushes what happens to the official account, signed")
	r.Post("/hooks/sms/reports", reports, h.SMSReports)
	r.Post("/hooks/aliyun/:token", reports, h.AliyunReports)
	r.Get("/hooks/wechat", pushes, h.WeChatEcho)
	r.Post("/hooks/wechat", pushes, h.WeChatPush)
	r.Post("/hooks/top-up", guard.Program("the payment page reports what was paid, signed"), h.TopUp)
}

// refuse answers a push that is not taken. Providers look at the status alone;
// the word is for whoever sets them up.
func (h *Hooks) refuse(c echo.Context, status int, word string) error {
	h.Log.LogAttrs(c.Request().Context(), slog.LevelWarn, "a push was refused",
		slog.String("id", server.RequestID(c)), slog.String("route", c.Path()), slog.Int("status", status), slog.String("why", word))
	return c.JSON(status, map[string]string{"error": word})
}

// The words of refusals.
const (
	notSetUp      = "not_set_up"
	unknownSender = "unknown_sender"
	malformed     = "malformed"
	repeated      = "repeated"
	notYet        = "not_yet"
)

// note takes reports to heart, and returns the ids of those that speak of no
// message that fits.
func (h *Hooks) note(ctx context.Context, reports []outbox.Report) (unknown []string, err error) {
	now := h.Clock.Now()
	for i := range reports {
		known, err := outbox.Reported(ctx, h.DB, now, reports[i])
		if err != nil {
			return unknown, err
		}
		if !known {
			unknown = append(unknown, reports[i].ID)
		}
	}
	return unknown, nil
}

// ofProvider turns a provider's reports on text messages into the outbox's.
func ofProvider(provider string, all []sms.Report) []outbox.Report {
	reports := make([]outbox.Report, len(all))
	for i, r := range all {
		reports[i] = outbox.Report{
			Provider: provider, ProviderID: r.ProviderID, ID: r.ID, To: r.To, Delivered: r.Delivered, At: r.ReportedAt,
		}
		if !r.Delivered {
			// What stands between a carrier and a phone is the recipient's, as far as
			// anyone can tell.
			reports[i].Reason, reports[i].Detail = reasonRecipient, r.Code
		}
	}
	return reports
}

// What stands in the way of a message that did not arrive, as the clients of the
// channels call it.
const (
	reasonRecipient    = "recipient"
	reasonNotFollowing = "not_following"
)

// noStore keeps an answer out of caches.
func noStore(c echo.Context) {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
}

// answer sends a finished answer.
func answer(c echo.Context, kind, body string) error {
	noStore(c)
	return c.Blob(http.StatusOK, kind, []byte(body))
}
