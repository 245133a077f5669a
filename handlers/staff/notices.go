package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// NoticePages are the pages on which staff see what merchants were sent and what
// became of it, send it again, and call whom nothing reached.
type NoticePages struct {
	*Staff
	Plans *disclosure.Catalogue
	Jobs  event.Queue
}

// Routes registers the pages: every address, who may use it, and what answers.
func (h *NoticePages) Routes(r *server.Router) {
	see, do := guard.Staff(staff.SeeNotices), guard.Staff(staff.ResendNotices)
	r.Get("/admin/notices", see, h.Overview)
	r.Get("/admin/notices/messages", see, h.Messages)
	r.Get("/admin/notices/messages/:id", see, h.Message)
	r.Post("/admin/notices/messages/:id/resend", do, h.Resend)
	r.Get("/admin/notices/unreached", see, h.Unreached)
	r.Post("/admin/notices/unreached/:ref/called", do, h.Called)
}

// spans are for how many days there is an overview, the usual one first.
var spans = []int{7, 31}

// noticeTabs lead to the pages about notices.
func noticeTabs(p *i18n.Printer, current string) components.Tabs {
	t := components.Tabs{Label: p.T("admin_notices.title")}
	for _, tab := range []struct{ label, href string }{
		{"admin_notices.tabs.overview", views.NoticesPath}, {"admin_notices.tabs.messages", views.MessagesPath}, {"admin_notices.tabs.unreached", views.UnreachedPath},
	} {
		t.Links = append(t.Links, page.Link{Label: p.T(tab.label), Href: tab.href, Current: tab.href == current})
	}
	return t
}

// Overview answers GET /admin/notices: what became of the messages of the last
// days.
func (h *NoticePages) Overview(c echo.Context) error {
	days := spans[0]
	if c.QueryParam(daysParam) == strconv.Itoa(spans[1]) {
		days = spans[1]
	}
	last := clock.Today(h.Clock)
	first := last.AddDays(1 - days)
	var each []outbox.DayOf
	var causes []outbox.Cause
	unreached := 0
	b := db.NewBatch()
	outbox.ReadOverview(b, h.DB.Dialect, first, last, &each)
	outbox.ReadCauses(b, first, last, &causes)
	notice.ReadUnreached(b, &unreached)
	if err := h.DB.Read(c.Request().Context(), b); err != nil {
		return err
	}
	frame := h.frame(c, views.NoticesPath, "admin_notices.title")
	p := frame.T
	props := views.NoticesProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_notices.lead", "now", h.Clock.Now())}, Tabs: noticeTabs(p, views.NoticesPath),
		Spans: components.Tabs{Label: p.T("admin_notices.overview.spans")}, Note: p.T("admin_notices.overview.note"),
	}
	for _, span := range spans {
		props.Spans.Links = append(props.Spans.Links, page.Link{
			Label: p.N("admin_notices.overview.days", span), Href: views.NoticesPath + "?" + url.Values{daysParam: {strconv.Itoa(span)}}.Encode(), Current: span == days,
		})
	}
	if unreached > 0 {
		props.Unreached = &page.Link{Label: p.N("admin_notices.overview.unreached", unreached), Href: views.UnreachedPath}
	}
	if len(each) == 0 {
		props.Empty = p.T("admin_notices.overview.none")
	}
	o := overview{p: p, each: each, first: first, last: last}
	props.Chart, props.Channels, props.Days, props.Causes = o.chart(), o.channels(), o.days(), o.causes(causes)
	return page.Render(c, http.StatusOK, views.Notices(frame, props))
}

// overview turns numbers of messages into finished texts.
type overview struct {
	p           *i18n.Printer
	each        []outbox.DayOf
	first, last date.Date
}

// tally is what became of some messages.
type tally struct{ made, arrived, taken, waiting, failed int }

func (t *tally) add(d *outbox.DayOf) {
	t.made += d.Made
	t.arrived += d.Delivered + d.Read
	t.taken += d.Accepted
	t.waiting += d.Waiting
	t.failed += d.Failed + d.Dead
}

// rate writes the share of what went out by a channel that arrived. Mail brings
// no word of that, nor does a provider without reports.
func (t *tally) rate(p *i18n.Printer, channel string) string {
	out := t.arrived + t.taken + t.failed
	switch {
	case out == 0 || channel == outbox.Inbox:
		return ""
	case channel == outbox.Email || t.arrived == 0 && t.taken > 0:
		return p.T("admin_notices.overview.no_rate")
	}
	return p.Percent(int64(t.arrived) * 10_000 / int64(out) * 100) // never rounded up: what is not all is not called so
}

// sum adds up the messages that fit.
func (o *overview) sum(fits func(*outbox.DayOf) bool) (t tally) {
	for i := range o.each {
		if fits(&o.each[i]) {
			t.add(&o.each[i])
		}
	}
	return t
}

// chart draws the messages that left the portal from day to day.
func (o *overview) chart() components.Columns {
	p := o.p
	c := components.Columns{
		Title: p.T("admin_notices.overview.chart_text", "from", o.first, "to", o.last),
		Parts: []string{p.T("admin_notices.overview.arrived"), p.T("admin_notices.overview.taken"), p.T("admin_notices.overview.waiting"), p.T("admin_notices.overview.failed")},
		First: p.ShortDate(o.first), Last: p.ShortDate(o.last),
	}
	most := 0
	for day := o.first; day <= o.last; day = day.AddDays(1) {
		t := o.sum(func(d *outbox.DayOf) bool { return d.On == day && d.Channel != outbox.Inbox })
		c.Columns = append(c.Columns, []int64{int64(t.arrived), int64(t.taken), int64(t.waiting), int64(t.failed)})
		most = max(most, t.made)
	}
	c.Most = p.T("admin_notices.overview.most", "n", p.Count(int64(most)))
	return c
}

func (o *overview) channels() components.Table {
	p := o.p
	t := components.Table{Caption: p.T("admin_notices.overview.channels"), Columns: []components.Column{
		{Label: p.T("admin_notices.column.channel")}, {Label: p.T("admin_notices.overview.made"), Num: true}, {Label: p.T("admin_notices.overview.arrived"), Num: true},
		{Label: p.T("admin_notices.overview.taken"), Num: true}, {Label: p.T("admin_notices.overview.waiting"), Num: true},
		{Label: p.T("admin_notices.overview.failed"), Num: true}, {Label: p.T("admin_notices.overview.rate"), Num: true},
	}}
	for _, n := range channelNames {
		sum := o.sum(func(d *outbox.DayOf) bool { return d.Channel == n.channel })
		if sum.made == 0 {
			continue
		}
		row := components.Row{Cells: []components.Cell{{Text: p.T(n.name), Head: true}}}
		for _, count := range []int{sum.made, sum.arrived, sum.taken, sum.waiting, sum.failed} {
			row.Cells = append(row.Cells, components.Cell{Text: p.Count(int64(count))})
		}
		row.Cells = append(row.Cells, components.Cell{Text: sum.rate(p, n.channel)})
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (o *overview) days() components.Table {
	p := o.p
	t := components.Table{Caption: p.T("admin_notices.overview.each_day"), Columns: []components.Column{{Label: p.T("admin_notices.column.day")}}}
	var used []string
	for _, n := range channelNames {
		if o.sum(func(d *outbox.DayOf) bool { return d.Channel == n.channel }).made > 0 {
			used = append(used, n.channel)
			t.Columns = append(t.Columns, components.Column{Label: p.T(n.name)})
		}
	}
	for day := o.last; day >= o.first; day = day.AddDays(-1) {
		row, any := components.Row{Cells: []components.Cell{{Text: p.ShortDate(day), Head: true}}}, false
		for _, channel := range used {
			sum := o.sum(func(d *outbox.DayOf) bool { return d.Channel == channel && d.On == day })
			cell := components.Cell{}
			if sum.made > 0 {
				any = true
				cell.Text = p.T("admin_notices.overview.of", "made", p.Count(int64(sum.made)), "arrived", p.Count(int64(sum.arrived)))
				if sum.failed > 0 {
					cell.Part = p.T("admin_notices.overview.failed_n", "n", p.Count(int64(sum.failed)))
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		if any {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func (o *overview) causes(all []outbox.Cause) components.Table {
	p := o.p
	t := components.Table{Caption: p.T("admin_notices.causes.title"), Columns: []components.Column{
		{Label: p.T("admin_notices.causes.why")}, {Label: p.T("admin_notices.column.channel")},
		{Label: p.T("admin_notices.causes.n"), Num: true}, {Label: p.T("admin_notices.causes.latest")},
	}}
	for i := range all {
		cause := &all[i]
		query := url.Values{channelParam: {cause.Channel}, stateParam: {stateFailed}}
		if cause.Reason != "" {
			query.Set(reasonParam, cause.Reason)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: reasonText(p, cause.Reason), Href: withQuery(views.MessagesPath, query), Head: true}, {Text: channelName(p, cause.Channel)},
			{Text: p.Count(int64(cause.N))}, {Text: p.ShortDateTime(cause.Latest)},
		}})
	}
	return t
}
