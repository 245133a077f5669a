package staff

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/worktime"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Fields of the queue's address.
const (
	viewParam = "view"
	findParam = "find"
	casesID   = "list"
)

// queueParams are what an address says of a part of the queue.
var queueParams = []string{viewParam, ownerParam, findParam, afterParam}

// Queue answers GET /admin/cases: a view of the cases under way, or those that
// were looked for.
func (h *CasePages) Queue(c echo.Context) error {
	return h.showQueue(c, http.StatusOK, form.State{}, c.QueryParams())
}

// AssignSeveral answers POST /admin/cases/assign: hands out the cases that are
// ticked, and leads back to the view they stand in.
func (h *CasePages) AssignSeveral(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	numbers := values.All("cases")
	err = h.Cases.BulkAssign(c.Request().Context(), guard.StaffOf(c), numbers, values.Get("owner"))
	back, _ := url.ParseQuery(values.Get("back"))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showQueue(c, status, state, back)
	}
	if err != nil {
		return err
	}
	return done(c, casesHref(back), "admin_cases.assigned", "n", len(numbers))
}

// casesHref is the address of a part of the queue, with what a query says of it.
func casesHref(query url.Values) string {
	kept := url.Values{}
	for _, name := range queueParams {
		if v := query.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	if len(kept) == 0 {
		return views.CasesPath
	}
	return views.CasesPath + "?" + kept.Encode()
}

func (h *CasePages) showQueue(c echo.Context, status int, state form.State, query url.Values) error {
	actor, now := guard.StaffOf(c), h.Clock.Now()
	view := complaint.View(query.Get(viewParam))
	if !view.Known() {
		view = complaint.Mine
		if !actor.Can(staff.WorkCases) {
			view = complaint.Everything
		}
	}
	after, ok := complaint.ParseMark(query.Get(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	find := strings.TrimSpace(query.Get(findParam))
	var read *complaint.Queue
	var err error
	owner := query.Get(ownerParam)
	if !actor.Can(staff.SeeBoard) {
		owner = "" // other people's work is theirs and their lead's
	}
	switch ctx := c.Request().Context(); {
	case find != "":
		read, err = complaint.FindCases(ctx, h.DB, actor, find, now)
	case owner != "":
		read, err = complaint.ReadQueueOf(ctx, h.DB, actor, owner, after, now)
	default:
		read, err = complaint.ReadQueue(ctx, h.DB, actor, view, after, now)
	}
	if err != nil {
		return err
	}
	frame := h.frame(c, views.CasesPath, "admin_cases.title")
	p := frame.T
	v := queuePresenter{p, now, actor, state}
	props := views.CasesProps{
		Sections: casePages(p, actor, views.CasesPath),
		State:    state, Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_cases.lead")},
		Views:   v.views(read, view, find != "" || owner != ""),
		Filter:  components.Filter{Label: p.T("admin_cases.find.label"), Action: views.CasesPath, Target: casesID},
		Find:    components.Field{Name: findParam, Label: p.T("admin_cases.find.field"), Hint: p.T("admin_cases.find.hint"), Value: find, Type: "search"},
		Caption: p.T(caseViews[view]), Empty: p.T("admin_cases.none"), Text: p.T("admin_cases.none_text"), Pages: p.T("admin_cases.pages"),
	}
	if find != "" {
		props.Caption, props.Empty, props.Text = p.T("admin_cases.found"), p.T("admin_cases.find.none"), p.T("admin_cases.find.none_text")
		props.Filter.Clear = views.CasesPath
	}
	at := url.Values{viewParam: {string(view)}}
	if owner != "" && find == "" {
		at = url.Values{ownerParam: {owner}}
		for _, w := range read.People {
			if w.ID == owner {
				props.Caption = p.T("admin_board.of", "who", w.Name)
				props.Heading.Lead = props.Caption
			}
		}
	}
	v.rows(&props, read.Rows)
	if actor.Can(staff.WorkCases) {
		props.New = &page.Link{Label: p.T("admin_cases.new.link"), Href: views.NewCasePath}
		v.offer(&props, read.People, query)
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_cases.first"), Href: casesHref(at)}
	}
	if more := read.More.String(); more != "" {
		at.Set(afterParam, more)
		props.Next = &page.Link{Label: p.T("admin_cases.next"), Href: casesHref(at)}
	}
	return page.Render(c, status, views.Cases(frame, props))
}

// queuePresenter puts a part of the queue into words.
type queuePresenter struct {
	p     *i18n.Printer
	now   time.Time
	actor staff.Actor
	state form.State
}

func (v *queuePresenter) views(read *complaint.Queue, view complaint.View, elsewhere bool) components.Tabs {
	tabs := components.Tabs{Label: v.p.T("admin_cases.view.label")}
	for _, one := range complaint.Views {
		count := strconv.Itoa(read.Counts[one])
		if read.Counts[one] >= complaint.MostCounted {
			count += "+"
		}
		tabs.Links = append(tabs.Links, page.Link{
			Label: v.p.T("admin_cases.view.counted", "view", v.p.T(caseViews[one]), "n", count), Href: casesHref(url.Values{viewParam: {string(one)}}), Current: one == view && !elsewhere,
		})
	}
	return tabs
}

func (v *queuePresenter) rows(props *views.CasesProps, rows []complaint.Queued) {
	p := v.p
	props.Columns = []components.Column{
		{Label: p.T("admin_cases.columns.case")}, {Label: p.T("admin_cases.columns.due")}, {Label: p.T("admin_cases.columns.merchant")},
		{Label: p.T("admin_cases.columns.state")}, {Label: p.T("admin_cases.columns.owner")},
	}
	for i := range rows {
		r := &rows[i]
		state := components.Cell{Tag: stateTag(p, r.State)}
		if r.Reopened && r.State.UnderWay() {
			state.Part = p.T("admin_cases.reopened")
		}
		owner := components.Cell{Text: r.Owner}
		if r.Owner == "" {
			owner.Text = p.T("admin_cases.nobody")
		}
		if len(r.OpenBy) > 0 {
			owner.Part = p.T("admin_cases.open_by", "who", p.List(r.OpenBy))
		}
		row := views.CaseRow{Number: r.Number, Ticked: v.state.Chosen("cases", r.Number), Cells: []components.Cell{
			{Text: caseTitle(p, r.Kind, r.Reason, r.Item), Href: caseHref(r.Number), Part: r.Number, Head: true},
			v.due(r), {Text: r.Merchant, Part: r.MerchantRef}, state, owner,
		}}
		if r.State.UnderWay() || r.WaitsFor != complaint.WaitsForNothing {
			row.Box = p.T("admin_cases.tick", "number", r.Number)
		}
		props.Rows = append(props.Rows, row)
	}
}

func (v *queuePresenter) due(r *complaint.Queued) components.Cell {
	p := v.p
	switch {
	case r.WaitsFor != complaint.WaitsForNothing:
		return components.Cell{Tag: components.Tag{Verdict: components.Wait, Word: p.T(waitsFor[r.WaitsFor])}, Part: p.T("admin_cases.waits_for.since", "when", p.ShortDateTime(r.Since))}
	case !r.State.UnderWay():
		return components.Cell{Text: p.T("admin_cases.over_and_done")}
	case r.NextDueAt.IsZero() && r.State == worktime.AwaitingMerchant:
		return components.Cell{Tag: components.Tag{Verdict: components.Info, Word: p.T("admin_cases.clocks.waiting")}}
	case r.NextDueAt.IsZero():
		return components.Cell{Text: p.T("admin_cases.no_clock")}
	}
	cell := components.Cell{Tag: dueTag(p, r.Left, v.late(r)), Part: dueMoment(p, r.NextDueAt)}
	if !r.AnswerBy.IsZero() {
		cell.Part = p.T("admin_cases.authority_by", "due", cell.Part, "day", p.ShortDate(r.AnswerBy))
	}
	return cell
}

// late reports whether the moment at which a case is due was missed once it is
// over. A clock of working time that ran out at closing time was not, until the
// next opening.
func (v *queuePresenter) late(r *complaint.Queued) bool {
	return r.Breached || !r.AnswerBy.IsZero() && !v.now.Before(worktime.EndOf(r.AnswerBy))
}

// offer has the reader hand out cases: leads to anybody, others to themselves.
func (v *queuePresenter) offer(props *views.CasesProps, people []complaint.Worker, query url.Values) {
	p := v.p
	if len(props.Rows) == 0 {
		return
	}
	owner := field(v.state, "owner", p.T("admin_cases.assign.owner"))
	var options []components.Option
	for _, w := range people {
		if w.ID == v.actor.ID {
			options = append([]components.Option{{Value: w.ID, Label: p.T("admin_cases.assign.me")}}, options...)
		} else if v.actor.Can(staff.LeadCases) {
			options = append(options, components.Option{Value: w.ID, Label: w.Name})
		}
	}
	props.Columns = append([]components.Column{{Label: p.T("admin_cases.columns.tick")}}, props.Columns...)
	back := url.Values{}
	for _, name := range queueParams {
		if one := query.Get(name); one != "" {
			back.Set(name, one)
		}
	}
	props.Assign = &views.CasesAssign{
		Action: views.CasesPath + "/assign", Back: back.Encode(), Owner: owner, People: options,
		Submit: components.Button{Label: p.T("admin_cases.assign.submit"), Look: components.Plain},
	}
}
