package staff

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/spreadsheet"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/page"
)

// readYear reads the year's report that an address names.
func (h *Reports) readYear(c echo.Context) (*report.CaseYear, error) {
	year, ok := report.ParsePeriod(c.Param("year"))
	if !ok {
		return nil, fault.New(fault.NotFound, "reports.no_year")
	}
	return report.ReadCaseYear(c.Request().Context(), h.DB, guard.StaffOf(c), year, h.Clock.Now())
}

// Year answers GET /admin/reports/{year}: the complaints of a year on one page.
func (h *Reports) Year(c echo.Context) error {
	y, err := h.readYear(c)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.ReportsPath, "reports.title", "reports.year.title", "year", printer(c).Year(y.Year))
	p := frame.T
	w := caseReport{p: p, c: &y.Complaints}
	props := views.ReportYearProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("reports.year.lead")},
		Years:   components.Tabs{Label: p.T("reports.year.others")},
		CSV:     page.Link{Label: p.T("reports.year.csv"), Href: yearHref(y.Year) + "/csv"},
		Facts:   w.facts(), AsOf: p.T("reports.never_counted"), How: p.T("reports.year.how"),
	}
	if !y.AsOf.IsZero() {
		props.AsOf = p.T("reports.year.as_of", "at", y.AsOf)
	}
	this := yearOf(date.Of(h.Clock.Now()))
	for year := this; year > this-yearsOffered; year-- {
		props.Years.Links = append(props.Years.Links, page.Link{Label: p.Year(year), Href: yearHref(year), Current: year == y.Year})
	}
	if y.Filed() == 0 {
		props.Empty, props.EmptyText = p.T("reports.none"), p.T("reports.none_text")
	} else {
		props.Speed = w.speed()
		props.Tables = []components.Table{w.reasons(), w.regions(), w.findings(), w.channels()}
		if y.Regions[""] == y.Filed() {
			props.Unknown = p.T("reports.regions_unknown")
		}
	}
	return page.Render(c, http.StatusOK, views.ReportYear(frame, props))
}

// namedRegions names the regions of complaints.
func (w caseReport) namedRegions() (all []named) {
	for region, n := range w.c.Regions {
		if region != "" {
			all = append(all, named{region, n})
		}
	}
	slices.SortFunc(all, func(a, b named) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.words, b.words)) })
	if n := w.c.Regions[""]; n > 0 {
		all = append(all, named{w.p.T("reports.region_unknown"), n})
	}
	return all
}

// YearCSV answers GET /admin/reports/{year}/csv: the same as a file.
func (h *Reports) YearCSV(c echo.Context) error {
	y, err := h.readYear(c)
	if err != nil {
		return err
	}
	p := printer(c)
	w := caseReport{p: p, c: &y.Complaints}
	filed := y.Filed()
	heads := []string{p.T("reports.year.column.part"), p.T("reports.year.column.what"), p.T("reports.count"), p.T("reports.share")}
	rows := [][]string{
		{p.T("reports.year.all"), p.T("reports.filed"), strconv.FormatInt(filed, 10), part(p, filed, filed)},
		{p.T("reports.year.all"), p.T("reports.closed"), strconv.FormatInt(y.Closed(), 10), part(p, y.Closed(), filed)},
		{p.T("reports.year.all"), p.T("reports.within_day"), strconv.FormatInt(y.Speeds[string(report.WithinOne)], 10), part(p, y.Speeds[string(report.WithinOne)], filed)},
		{p.T("reports.year.all"), p.T("reports.upheld"), strconv.FormatInt(y.Upheld(), 10), part(p, y.Upheld(), y.Decided())},
	}
	for _, speed := range report.Speeds {
		n := y.Speeds[string(speed)]
		rows = append(rows, []string{p.T("reports.speed.title"), p.T(speedNames[speed]), strconv.FormatInt(n, 10), part(p, n, filed)})
	}
	for _, t := range []struct {
		title string
		all   []named
		of    int64
	}{
		{"reports.reasons", w.namedReasons(), filed}, {"reports.regions", w.namedRegions(), filed},
		{"reports.findings", w.namedFindings(), y.Decided()}, {"reports.channels", w.namedChannels(), filed},
	} {
		for _, one := range t.all {
			rows = append(rows, []string{p.T(t.title), spreadsheet.Text(one.words), strconv.FormatInt(one.n, 10), part(p, one.n, t.of)})
		}
	}
	if !y.AsOf.IsZero() {
		rows = append(rows, []string{p.T("reports.year.counted"), p.DateTime(y.AsOf), "", ""})
	}
	return download.Rows(c, p.T("reports.year.file", "year", y.Year), heads, func(add func(...string) error) error {
		for _, row := range rows {
			if err := add(row...); err != nil {
				return err
			}
		}
		return nil
	})
}
