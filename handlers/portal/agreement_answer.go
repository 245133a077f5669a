package portal

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
)

// AnswerAgreement answers POST /agreements/{plan}/{version}: the merchant
// confirms or denies what an agent entered.
func (h *Portal) AnswerAgreement(c echo.Context) error {
	plan, version, err := h.agreementAsked(c, h.Plans.Plans())
	if err != nil {
		return err
	}
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(values.Get(answerSeen), 10, 64)
	if err != nil {
		return &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid), Cause: err}
	}
	actor := guard.ActorOf(c)
	answer := enrolment.Answer{
		MerchantID: actor.MerchantID, PlanID: plan.ID, Version: version,
		All: values.Get(answerScope) == scopeAll, SNs: values.All(answerTerminal), Seen: seen, Name: actor.Name,
	}
	done, n, err := h.answerAgreement(c, values.Get(answerField), answer)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showAgreement(c, status, state)
	}
	if err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, done, "n", n)
	return c.Redirect(http.StatusSeeOther, agreementHref(plan.Fee.Code, version))
}

// answerAgreement gives the answer and returns the key of what to say of it.
func (h *Portal) answerAgreement(c echo.Context, which string, answer enrolment.Answer) (done string, n int64, err error) {
	ctx, at := c.Request().Context(), h.Clock.Now()
	by := audit.Actor{Kind: audit.User, ID: guard.ActorOf(c).UserID}
	switch which {
	case confirmAnswer:
		n, err = enrolment.Confirm(ctx, h.DB, at, by, answer, deduction.PendTouched)
		return "agreements.answer.confirmed", n, err
	case denyAnswer:
		n, err = enrolment.Deny(ctx, h.DB, at, by, answer)
		return "agreements.answer.denied", n, err
	default:
		return "", 0, &page.Refusal{Status: http.StatusBadRequest, Kind: string(fault.Invalid)}
	}
}
