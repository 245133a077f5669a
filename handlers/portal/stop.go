package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/views/portal"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// The fields of what is to stop.
const (
	stopWhat   = "what" // a stop.Kind, or stopFee and the plan's code
	stopOn     = "on"
	stopRemark = "remark"
	stopFee    = "fee-"
)

// Stop answers GET /terminals/{sn}/stop: it asks what of a terminal is to stop
// and, once that is said in the address, shows what would come of it.
func (h *Portal) Stop(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	if values.Get(stopWhat) == "" && !values.Has(stopOn) {
		return h.askStop(c, http.StatusOK, form.State{})
	}
	return h.reviewStop(c, http.StatusOK, values, form.Filled(values))
}

// ConfirmStop answers POST /terminals/{sn}/stop: the merchant has seen what comes
// of it.
func (h *Portal) ConfirmStop(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	ctx, plans, sn := c.Request().Context(), h.Plans.Plans(), c.Param("sn")
	actor := guard.ActorOf(c)
	who := stop.Who{MerchantID: actor.MerchantID, UserID: actor.UserID, Name: actor.Name, Address: c.RealIP(), RequestID: server.RequestID(c)}
	on, _ := date.Parse(values.Get(stopOn)) // a text that is none is missing
	what := values.Get(stopWhat)
	number := ""
	if code, ok := strings.CutPrefix(what, stopFee); ok {
		planID := int64(0)
		if plan := plans.ByCode(code); plan != nil {
			planID = plan.ID
		}
		number, err = stop.StopFee(ctx, h.DB, plans.Fee, h.Clock.Now(), who, sn, planID, on)
	} else {
		number, err = stop.ReportGone(ctx, h.DB, plans.Fee, h.Clock.Now(), who, sn, stop.Kind(what), on, values.Get(stopRemark))
	}
	if state, status, ok := guard.Refused(c, values, err); ok {
		if state.Error(stopRemark) != "" {
			return h.reviewStop(c, status, values, state)
		}
		return h.askStop(c, status, state)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, proofAddress(sn, number))
}

// StopProof answers GET /terminals/{sn}/stop/{number}: a request as it was made,
// and what came of it.
func (h *Portal) StopProof(c echo.Context) error {
	actor := guard.ActorOf(c)
	v, more := h.stopPresenter(c), db.NewBatch()
	complaint.AddClocks(more, &v.clocks)
	r, err := stop.ReadRequest(c.Request().Context(), db.Along(h.DB, more), actor.MerchantID, c.Param("sn"), c.Param("number"))
	if err != nil {
		return err
	}
	frame := h.frame(c, terminalsPath, "stop.crumb")
	props := v.proof(r, actor.MerchantName, frame.Brand.Hotline)
	frame.Title = props.Heading.Title + " " + r.Number
	return page.Render(c, http.StatusOK, portal.StopProven(frame, props))
}

// stopAddress is the address at which something of a terminal is stopped.
func stopAddress(sn string) string { return terminalAddress(sn) + "/stop" }

// proofAddress is the address of a request's proof.
func proofAddress(sn, number string) string { return stopAddress(sn) + "/" + url.PathEscape(number) }

func (h *Portal) stopPresenter(c echo.Context) *stopPresenter {
	return &stopPresenter{agreementWords: agreementWords{p: printer(c), plans: h.Plans.Plans(), today: h.today()}, now: h.Clock.Now()}
}

// askStop shows the question with the state of its answer.
func (h *Portal) askStop(c echo.Context, status int, state form.State) error {
	actor, v := guard.ActorOf(c), h.stopPresenter(c)
	var err error
	if v.page, err = h.readStop(c, h.DB); err != nil {
		return err
	}
	props := v.ask(actor.Can(account.ManageAgreements), state)
	return page.Render(c, status, portal.Stop(h.stopFrame(c, v), props))
}

// reviewStop shows what a request would do, or asks again where it is none.
func (h *Portal) reviewStop(c echo.Context, status int, values form.Values, state form.State) error {
	if !guard.ActorOf(c).Can(account.ManageAgreements) {
		return fault.New(fault.Forbidden, "errors.no_permission")
	}
	v, more := h.stopPresenter(c), db.NewBatch()
	complaint.AddClocks(more, &v.clocks)
	var err error
	if v.page, err = h.readStop(c, db.Along(h.DB, more)); err != nil {
		return err
	}
	asked, err := v.asked(values)
	if refused, status, ok := guard.Refused(c, values, err); ok {
		return page.Render(c, status, portal.Stop(h.stopFrame(c, v), v.ask(true, refused)))
	}
	if err == nil && asked.kind.OfTerminal() {
		v.past, err = stop.ReadPast(c.Request().Context(), h.DB, guard.ActorOf(c).MerchantID, v.page.TerminalID, asked.on)
	}
	if err != nil {
		return err
	}
	return page.Render(c, status, portal.StopReviewed(h.stopFrame(c, v), v.review(asked, state)))
}

func (h *Portal) readStop(c echo.Context, r db.Reader) (*stop.Page, error) {
	return stop.Read(c.Request().Context(), r, h.Plans.Plans().Fee, guard.ActorOf(c).MerchantID, c.Param("sn"), h.today())
}

func (h *Portal) stopFrame(c echo.Context, v *stopPresenter) page.Page {
	shown := shownAs(v.p, v.page.Alias, v.page.SN)
	frame := h.frame(c, terminalsPath, "stop.title", "alias", shown)
	frame.Crumbs = []page.Link{
		{Label: v.p.T("portal.nav.terminals"), Href: terminalsPath}, {Label: shown, Href: terminalAddress(v.page.SN)}, {Label: v.p.T("stop.crumb")},
	}
	return frame
}
