package portal

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

const feeChangesPath = "/fee-changes"

// The parameter of the list of a change's terminals, and the fields of answers.
const (
	changeAfter    = "after"    // the serial number after which it begins
	changeTerminal = "terminal" // each serial number for which the new price is accepted
	changeScope    = "scope"    // scopeAll or scopeChosen
	changeWords    = "words"
)

// FeeChange answers GET /fee-changes/{id}: a price that is to rise, what it would
// have cost, and the merchant's answer. Its first sight is noted.
func (h *Portal) FeeChange(c echo.Context) error {
	return h.showFeeChange(c, http.StatusOK, form.State{})
}

// AcceptFeeChange answers POST /fee-changes/{id}/accept.
func (h *Portal) AcceptFeeChange(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	chosen := feechange.Chosen{All: values.Get(changeScope) == scopeAll, SNs: values.All(changeTerminal)}
	n, err := feechange.Accept(c.Request().Context(), h.DB, h.Clock.Now(), feeChangeReader(c), c.Param("id"), chosen)
	return h.answeredFeeChange(c, values, "feechanges.accept.done", n, err)
}

// ObjectToFeeChange answers POST /fee-changes/{id}/object.
func (h *Portal) ObjectToFeeChange(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	n, err := feechange.Object(c.Request().Context(), h.DB, h.Clock.Now(), feeChangeReader(c), c.Param("id"), values.Get(changeWords))
	return h.answeredFeeChange(c, values, "feechanges.object.done", n, err)
}

func (h *Portal) answeredFeeChange(c echo.Context, values form.Values, done string, n int64, err error) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showFeeChange(c, status, state)
	}
	if err != nil {
		return err
	}
	page.SetFlash(c, page.ToneOK, done, "n", n)
	return c.Redirect(http.StatusSeeOther, feeChangeAddress(c.Param("id")))
}

// feeChangeReader is who looks at a change or answers it.
func feeChangeReader(c echo.Context) feechange.Who {
	actor := guard.ActorOf(c)
	return feechange.Who{
		MerchantID: actor.MerchantID, UserID: actor.UserID, Name: actor.Name, Address: c.RealIP(), RequestID: server.RequestID(c),
	}
}

// feeChangeAddress is the address of a change's page.
func feeChangeAddress(id string) string { return feeChangesPath + "/" + url.PathEscape(id) }

// showFeeChange shows the page with the state of its answer.
func (h *Portal) showFeeChange(c echo.Context, status int, state form.State) error {
	actor, plans, who := guard.ActorOf(c), h.Plans.Plans(), feeChangeReader(c)
	ctx := c.Request().Context()
	read, err := feechange.Read(ctx, h.DB, plans.Fee, h.Policy(), actor.MerchantID, c.Param("id"), c.QueryParam(changeAfter), h.today())
	if err != nil {
		return err
	}
	if plans.ByID(read.PlanID) == nil {
		return fault.New(fault.Unavailable, "errors.unavailable")
	}
	if read.SeenAt.IsZero() && actor.Look == "" && c.Request().Method != http.MethodHead {
		if err := feechange.See(ctx, h.DB, who, read.ID, h.Clock.Now()); err != nil {
			return err
		}
	}
	v := feeChangePresenter{
		agreementWords: agreementWords{p: printer(c), plans: plans, today: h.today()},
		page:           read, after: c.QueryParam(changeAfter),
	}
	props := v.props(asOf(v.p, h.AsOf(), h.Clock.Now()), actor.Can(account.ManageAgreements), state)
	if actor.Can(account.ManageComplaints) {
		props.Ask = &page.Link{Label: v.p.T("feechanges.ask"), Href: complainPath}
	}
	frame := h.frame(c, agreementsPath, "feechanges.title")
	frame.Crumbs = []page.Link{
		{Label: v.p.T("portal.nav.agreements"), Href: agreementsPath}, {Label: v.p.T("feechanges.crumb", "fee", v.fee())},
	}
	return page.Render(c, status, portal.FeeChange(frame, props))
}
