package staff

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Jobs shows what the portal does by itself, and what of it failed.
type Jobs struct {
	*Staff
	Jobs *event.Jobs
}

// Routes registers the page: every address, who may use it, and what answers.
func (h *Jobs) Routes(r *server.Router) {
	r.Get("/admin/jobs", guard.Staff(staff.SeeSettings), h.List)
	r.Post("/admin/jobs/:id/retry", guard.Staff(staff.ChangeSettings), h.Retry)
}

// JobWords are the keys of what the jobs of each kind do.
var JobWords = map[string]string{
	"announce": "jobs.kinds.announce", "count_figures": "jobs.kinds.count_figures", "deliver_due_messages": "jobs.kinds.deliver_due_messages",
	"deliver_messages": "jobs.kinds.deliver_messages", "disclosure_published": "jobs.kinds.disclosure_published", "fee_change_impact": "jobs.kinds.fee_change_impact",
	"follow_letters": "jobs.kinds.follow_letters", "forget": "jobs.kinds.forget", "forget_case_drafts": "jobs.kinds.forget_case_drafts",
	"judge_bills": "jobs.kinds.judge_bills", "make_data_exports": "jobs.kinds.make_data_exports", "ready_months": "jobs.kinds.ready_months",
	"reckon_figures": "jobs.kinds.reckon_figures", "reconcile_settlements": "jobs.kinds.reconcile_settlements", "retention": "jobs.kinds.retention",
	"seal_record": "jobs.kinds.seal_record", "send_events": "jobs.kinds.send_events", "take_upload": "jobs.kinds.take_upload", "tend_cases": "jobs.kinds.tend_cases",
	"tend_fee_changes": "jobs.kinds.tend_fee_changes", "tend_gate": "jobs.kinds.tend_gate", "try_gate_rules": "jobs.kinds.try_gate_rules",
	"verify_record": "jobs.kinds.verify_record", "work_root_causes": "jobs.kinds.work_root_causes",
}

// jobName says what a job does. A kind of a program that is newer than this one
// goes by its code.
func jobName(p *i18n.Printer, kind string) string {
	if key := JobWords[kind]; key != "" {
		return p.T(key)
	}
	return kind
}

// List answers GET /admin/jobs.
func (h *Jobs) List(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

// Retry answers POST /admin/jobs/{id}/retry.
func (h *Jobs) Retry(c echo.Context) error {
	jobID, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "jobs.not_found")
	}
	actor := guard.StaffOf(c)
	err = h.Jobs.Retry(c.Request().Context(), h.DB, h.Clock.Now(), actor.Audit(), actor.RequestID, jobID)
	if state, status, ok := guard.Refused(c, nil, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.JobsPath, "jobs.retried")
}

func (h *Jobs) show(c echo.Context, status int, state form.State) error {
	ctx := c.Request().Context()
	kinds, err := event.Kinds(ctx, h.DB)
	if err != nil {
		return err
	}
	failures, err := h.Jobs.Failures(ctx)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.JobsPath, "jobs.title")
	p := frame.T
	props := views.JobsProps{
		State: state, Heading: components.Heading{Title: frame.Title, Lead: p.T("jobs.lead")}, None: p.T("jobs.none"),
		Kinds: components.Table{Caption: p.T("jobs.by_kind"), Columns: []components.Column{
			{Label: p.T("jobs.kind")}, {Label: p.T("jobs.last_done")}, {Label: p.T("jobs.waiting"), Num: true}, {Label: p.T("jobs.running"), Num: true},
			{Label: p.T("jobs.failing"), Num: true}, {Label: p.T("jobs.given_up"), Num: true},
		}},
		Failed: p.T("jobs.failed"), NoneFailed: p.T("jobs.none_failed"),
	}
	for i := range kinds {
		k := &kinds[i]
		last := p.T("jobs.not_lately")
		if !k.LastDone.IsZero() {
			last = p.ShortDateTime(k.LastDone)
		}
		props.Kinds.Rows = append(props.Kinds.Rows, components.Row{Cells: []components.Cell{
			{Text: jobName(p, k.Name), Part: k.Name, Head: true}, {Text: last}, {Text: p.Count(k.Waiting)}, {Text: p.Count(k.Running)}, {Text: p.Count(k.Failing)}, {Text: p.Count(k.GivenUp)},
		}})
	}
	may := guard.StaffOf(c).Can(staff.ChangeSettings)
	for i := range failures {
		props.Failures = append(props.Failures, failedJob(p, &failures[i], may))
	}
	return page.Render(c, status, views.Jobs(frame, props))
}

func failedJob(p *i18n.Printer, f *event.Failure, may bool) views.FailedJob {
	next := p.T("jobs.no_more")
	tag := components.Tag{Verdict: components.Bad, Word: p.T("jobs.given_up")}
	if !f.Next.IsZero() {
		next = p.ShortDateTime(f.Next)
		tag = components.Tag{Verdict: components.Wait, Word: p.T("jobs.failing")}
	}
	job := views.FailedJob{
		Title: jobName(p, f.Kind), Tag: tag, Error: f.Error,
		Facts: components.Facts{
			{Term: p.T("jobs.tries"), Text: p.T("jobs.tries_of", "n", f.Tries, "most", f.Most)}, {Term: p.T("jobs.last_tried"), Text: p.ShortDateTime(f.At)}, {Term: p.T("jobs.next_try"), Text: next},
		},
	}
	if may {
		job.Retry = views.JobsPath + "/" + strconv.FormatInt(f.ID, 10) + "/retry"
	}
	return job
}
