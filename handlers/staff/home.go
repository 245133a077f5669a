package staff

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/gate"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/policy"
	"github.com/mingbai/mingbai/models/retention"
	"github.com/mingbai/mingbai/models/rootcause"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/stop"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/page"
)

// work is one sort of work that waits for whoever has its permission.
type work struct {
	label string // message key
	href  string // where it is done
	needs staff.Permission
	// count adds to a batch how much of it waits for the actor. All counts go in
	// one round trip.
	count func(b *db.Batch, a staff.Actor, n *int)
}

// waiting is all sorts of work, in the order in which they are shown.
var waiting = []work{
	{"admin_cases.home.mine", views.CasesPath, staff.WorkCases, func(b *db.Batch, a staff.Actor, n *int) { complaint.CountMine(b, a.ID, n) }},
	{"admin_cases.home.unassigned", views.CasesPath + "?view=unassigned", staff.WorkCases, func(b *db.Batch, _ staff.Actor, n *int) { complaint.CountUnassigned(b, n) }},
	{"admin_cases.home.samples", views.SamplePath, staff.LeadCases, func(b *db.Batch, _ staff.Actor, n *int) { complaint.CountSamples(b, n) }},
	{"admin_cases.home.refunds", views.RefundsPath, staff.ApproveRefunds, func(b *db.Batch, a staff.Actor, n *int) { complaint.CountProposed(b, a.ID, n) }},
	{"root_cause.waiting", views.CausesPath, staff.ApproveRefunds, func(b *db.Batch, a staff.Actor, n *int) { rootcause.CountProposed(b, a.ID, n) }},
	{"admin_numbers.waiting", views.NumbersPath, staff.Unmask, func(b *db.Batch, _ staff.Actor, n *int) { account.CountPhoneChecks(b, n) }},
	{"admin_disclosures.home.review", "/admin/disclosures?state=in_review", staff.ReviewDisclosures, func(b *db.Batch, a staff.Actor, n *int) { disclosure.CountInReview(b, a.ID, n) }},
	{"admin_disclosures.home.publish", "/admin/disclosures?state=approved", staff.PublishDisclosures, func(b *db.Batch, _ staff.Actor, n *int) { disclosure.CountApproved(b, n) }},
	{"admin_disclosures.home.answer", "/admin/disclosures", staff.WriteDisclosures, func(b *db.Batch, _ staff.Actor, n *int) { disclosure.CountUnanswered(b, n) }},
	{"admin_guides.waiting", "/admin/guides?show=review", staff.ReviewGuides, func(b *db.Batch, a staff.Actor, n *int) { guide.CountForReview(b, a.ID, n) }},
	{"admin_templates.waiting", views.TemplatesPath, staff.ReviewTemplates, func(b *db.Batch, a staff.Actor, n *int) { notice.CountTemplatesForReview(b, a.ID, n) }},
	{"objections.waiting", views.ObjectionsPath + "?state=open", staff.EndService, func(b *db.Batch, _ staff.Actor, n *int) { feechange.CountObjections(b, n) }},
	{"admin_holds.waiting", views.HoldsPath, staff.AnswerHolds, func(b *db.Batch, _ staff.Actor, n *int) { gate.CountHeld(b, n) }},
	{"alarms.waiting", views.AlarmsPath, staff.AnswerAlarms, func(b *db.Batch, _ staff.Actor, n *int) { alarm.CountOpen(b, n) }},
	{"admin_gate.waiting", views.GateRulesPath, staff.SetGateRules, func(b *db.Batch, a staff.Actor, n *int) { gate.CountProposed(b, a.ID, n) }},
	{"notice_rules.waiting", views.NoticeRulesPath, staff.SetNoticeRules, func(b *db.Batch, a staff.Actor, n *int) { policy.CountProposed(b, a.ID, n) }},
	{"retention.waiting", views.RetentionPath, staff.ApproveRetention, func(b *db.Batch, a staff.Actor, n *int) { retention.CountProposed(b, a.ID, n) }},
	{"stops.waiting", views.StopsPath, staff.AnswerStops, func(b *db.Batch, _ staff.Actor, n *int) { stop.CountWaiting(b, n) }},
	{"admin_notices.home.unreached", views.UnreachedPath, staff.ResendNotices, func(b *db.Batch, _ staff.Actor, n *int) { notice.ReadUnreached(b, n) }},
	{"admin_notices.home.stuck", views.ChannelsPath, staff.ChangeSettings, func(b *db.Batch, _ staff.Actor, n *int) { outbox.CountStuck(b, n) }},
	{"staff.home.unfinished", "/admin/staff", staff.ManageStaff, func(b *db.Batch, _ staff.Actor, n *int) { staff.CountUnfinished(b, n) }},
}

// dated is the work that only waits up to a day.
func dated(today date.Date) []work {
	return []work{
		{"admin_disclosures.home.withdraw", "/admin/disclosures", staff.ReviewDisclosures, func(b *db.Batch, a staff.Actor, n *int) { disclosure.CountWithdrawals(b, a.ID, today, n) }},
	}
}

// Home answers GET /admin: what waits for the reader.
func (h *Staff) Home(c echo.Context) error {
	actor := guard.StaffOf(c)
	var mine []work
	for _, w := range slices.Concat(waiting, dated(clock.Today(h.Clock))) {
		if actor.Can(w.needs) {
			mine = append(mine, w)
		}
	}
	counts, unset := make([]int, len(mine)), 0
	if len(mine) > 0 {
		b := db.NewBatch()
		if actor.Can(staff.ChangeSettings) {
			setting.CountUnset(b, &unset)
		}
		for i, w := range mine {
			w.count(b, actor, &counts[i])
		}
		if err := h.DB.Read(c.Request().Context(), b); err != nil {
			return err
		}
	}
	frame := h.frame(c, home, "staff.home.title")
	var props views.HomeProps
	for i, w := range mine {
		props.Waiting = append(props.Waiting, views.Waiting{
			Label: frame.T.T(w.label), Href: w.href, Count: frame.T.N("staff.home.count", counts[i]), Some: counts[i] > 0,
		})
	}
	if unset > 0 {
		props.Unset = &page.Link{Label: frame.T.T("admin_operator.home.link"), Href: views.OperatorPath}
	}
	if h.Demo != nil {
		props.Note = frame.T.T("demo.staff.note")
	}
	return page.Render(c, http.StatusOK, views.Home(frame, props))
}
