package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/figures"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Reports are the pages that show how the work on cases goes in figures.
type Reports struct{ *Staff }

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Reports) Routes(r *server.Router) {
	see := guard.Staff(staff.SeeReports)
	r.Get("/admin/reports", see, h.Show)
	r.Get("/admin/reports/:year", see, h.Year)
	r.Get("/admin/reports/:year/csv", see, h.YearCSV)
}

// periodParam names the months that the figures are of.
const periodParam = "period"

// How far back figures are offered.
const (
	monthsOffered       = 12
	quartersBackOffered = 8
	yearsOffered        = 4
)

// Show answers GET /admin/reports: the figures of a month, a quarter or a year,
// and what there is to do today.
func (h *Reports) Show(c echo.Context) error {
	now := h.Clock.Now()
	today := date.Of(now)
	period := c.QueryParam(periodParam)
	span, isLong, ok := report.SpanOf(period)
	if !ok || !span.Begun(today) {
		period = report.MonthOf(today).String()
		span, isLong, _ = report.SpanOf(period)
	}
	f, err := report.ReadCaseFigures(c.Request().Context(), h.DB, guard.StaffOf(c), span, isLong, now)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.ReportsPath, "reports.title")
	p := frame.T
	w := caseReport{p: p, c: &f.Complaints}
	last := min(span.Next.AddDays(-1), today)
	props := views.ReportsProps{
		Heading: components.Heading{Title: frame.Title, Lead: asOf(p, "reports.lead", f)},
		Today:   todo(p, &f.Load), Clocks: todayFacts(p, &f.Load),
		Filter: components.Filter{Label: p.T("reports.period.label"), Action: views.ReportsPath, Target: "figures"},
		Period: views.FilterChoice{Field: components.Field{Name: periodParam, Label: p.T("reports.period.label"), Value: period}, Options: periods(p, today)},
		Span:   p.T("reports.filed_in", "span", p.Span(span.From, last)),
		Year:   page.Link{Label: p.T("reports.year.link", "year", p.Year(yearOf(span.From))), Href: yearHref(yearOf(span.From))},
		Facts:  append(w.facts(), ruleFacts(p, f)...),
	}
	if f.Filed() == 0 {
		props.Empty, props.EmptyText = p.T("reports.none"), p.T("reports.none_text")
	} else {
		props.Chart, props.Days = w.days(f, span.From, last, isLong)
		props.Speed = w.speed()
		props.Tables = []components.Table{w.reasons(), w.findings(), w.causes(f.Causes), w.channels(), w.stars()}
	}
	props.Tables = append(props.Tables, kindTable(p, f.Kinds), breachTable(p, f.Breaches), gateTable(p, f.Gate), noticeTable(p, f, last))
	return page.Render(c, http.StatusOK, views.Reports(frame, props))
}

// asOf says when cases were counted last.
func asOf(p *i18n.Printer, key string, f *report.CaseFigures) string {
	if f.AsOf.IsZero() {
		return p.T("reports.never_counted")
	}
	return p.T(key, "at", f.AsOf)
}

func yearOf(d date.Date) int {
	year, _, _ := d.Civil()
	return year
}

func yearHref(year int) string { return views.ReportsPath + "/" + strconv.Itoa(year) }

// periods offers months, quarters and years, the newest of each first.
func periods(p *i18n.Printer, today date.Date) (options []components.Option) {
	for i, m := 0, today.MonthStart(); i < monthsOffered; i, m = i+1, m.AddMonths(-1) {
		options = append(options, components.Option{Value: report.MonthOf(m).String(), Label: p.Month(m)})
	}
	for i, q := 0, report.QuarterOf(today); i < quartersBackOffered; i, q = i+1, q.Previous() {
		options = append(options, components.Option{Value: q.String(), Label: figures.QuarterName(p, q)})
	}
	for i := range yearsOffered {
		y := report.YearOf(today.AddMonths(-12 * i))
		options = append(options, components.Option{Value: y.String(), Label: p.Year(yearOf(y.From))})
	}
	return options
}

// todo leads to what waits in the queue.
func todo(p *i18n.Printer, l *report.Load) components.Facts {
	queue := func(view complaint.View, n int64) components.Fact {
		href := views.CasesPath + "?" + url.Values{viewParam: {string(view)}}.Encode()
		return components.Fact{Term: p.T(caseViews[view]), Body: views.ReportLink(page.Link{Label: p.N("reports.cases", int(n)), Href: href})}
	}
	return components.Facts{
		queue(complaint.Everything, l.Open), queue(complaint.DueToday, l.DueToday), queue(complaint.Breached, l.Breached),
	}
}

func todayFacts(p *i18n.Printer, l *report.Load) components.Facts {
	return components.Facts{
		{Term: p.T("reports.today.filed"), Text: p.N("reports.cases", int(l.FiledToday))},
		{Term: p.T("reports.today.decided"), Text: p.N("reports.cases", int(l.DecidedToday))},
		{Term: p.T("reports.today.breached"), Text: p.N("reports.times", int(l.BreachedToday))},
		{Term: p.T("reports.today.warned"), Text: p.N("reports.times", int(l.WarnedToday))},
	}
}
