package staff

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/download"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/spreadsheet"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Coverage answers GET /admin/disclosures/{slug}/{version}/coverage: whom a version
// asks to pay more, who has seen it, accepted it or objected, and who is left.
func (h *Disclosures) Coverage(c echo.Context) error {
	d, v, err := h.askedVersion(c)
	if err != nil {
		return err
	}
	after := c.QueryParam(afterParam)
	rows, totals, err := feechange.Coverage(c.Request().Context(), h.DB, v.ID, after, feechange.CoverageShown)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.DisclosuresPath, "admin_disclosures.title", "admin_disclosures.coverage.title", "title", d.Title.In(string(printer(c).Locale())), "version", v.Number)
	p, at := frame.T, versionHref(d.Slug, v.Number)+"/coverage"
	props := views.CoverageProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_disclosures.coverage.lead", "now", h.Clock.Now())}, Totals: totalsOf(p, &totals),
		File:  &components.ButtonLink{Label: p.T("admin_disclosures.coverage.file"), Href: at + ".csv", Look: components.Plain, Download: true},
		Table: coverageTable(p, h.Plans.Plans(), rows),
	}
	if len(rows) == 0 {
		props.Empty = p.T("admin_disclosures.coverage.nobody")
	}
	if len(rows) == feechange.CoverageShown {
		props.Next = page.Link{Label: p.T("admin_disclosures.coverage.next"), Href: at + "?" + url.Values{afterParam: {rows[len(rows)-1].ChangeID}}.Encode()}
	}
	return page.Render(c, http.StatusOK, views.Coverage(frame, props))
}

func totalsOf(p *i18n.Printer, t *feechange.CoverageTotals) components.Facts {
	count := func(n int) string { return p.Count(int64(n)) }
	return components.Facts{
		{Term: p.T("admin_disclosures.coverage.affected"), Text: p.T("admin_disclosures.coverage.merchants", "n", t.Merchants, "terminals", t.Terminals)},
		{Term: p.T("admin_disclosures.coverage.told"), Text: count(t.Told)},
		{Term: p.T("admin_disclosures.coverage.delivered"), Text: count(t.Delivered)},
		{Term: p.T("admin_disclosures.coverage.read"), Text: count(t.Read)},
		{Term: p.T("admin_disclosures.coverage.seen"), Text: count(t.Seen)},
		{Term: p.T("admin_disclosures.coverage.accepted"), Text: p.T("admin_disclosures.coverage.of_terminals", "n", t.Accepted, "terminals", t.AcceptedTerminals)},
		{Term: p.T("admin_disclosures.coverage.objected"), Text: count(t.Objected)},
		{Term: p.T("admin_disclosures.coverage.gaps"), Text: p.T("admin_disclosures.coverage.of_terminals", "n", t.Gaps, "terminals", t.GapTerminals)},
	}
}

// coverageKeys head the columns of the table and of the file.
var coverageKeys = []string{
	"admin_disclosures.coverage.merchant", "admin_disclosures.coverage.fee", "admin_disclosures.coverage.asked",
	"admin_disclosures.coverage.told", "admin_disclosures.coverage.delivered", "admin_disclosures.coverage.read", "admin_disclosures.coverage.seen",
	"admin_disclosures.coverage.accepted", "admin_disclosures.coverage.objected", "admin_disclosures.coverage.gaps",
}

func coverageTable(p *i18n.Printer, plans *disclosure.Plans, rows []feechange.Covered) components.Table {
	t := components.Table{Caption: p.T("admin_disclosures.coverage.link")}
	for _, key := range coverageKeys {
		t.Columns = append(t.Columns, components.Column{Label: p.T(key)})
	}
	for i := range rows {
		r := &rows[i]
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: r.Merchant, Part: r.MerchantRef, Head: true}, {Text: planName(p, plans, r.PlanID), Part: p.N("admin_disclosures.coverage.terminals", r.Terminals)},
			{Text: p.DayOf(r.OpenedAt)}, {Text: orNever(p, p.DayOf(r.ToldAt))}, {Text: orNever(p, p.DayOf(r.DeliveredAt))},
			{Text: orNever(p, p.DayOf(r.ReadAt))}, {Text: orNever(p, p.DateTime(r.SeenAt))},
			{Text: orNever(p, p.Date(r.AcceptedOn)), Part: p.N("admin_disclosures.coverage.terminals", r.Accepted)},
			{Text: orNever(p, p.DateTime(r.ObjectedAt))}, {Text: p.N("admin_disclosures.coverage.terminals", r.Gaps())},
		}})
	}
	return t
}

func planName(p *i18n.Printer, plans *disclosure.Plans, id int64) string {
	if plan := plans.ByID(id); plan != nil {
		return plan.Name(string(p.Locale()))
	}
	return strconv.FormatInt(id, 10)
}

func orNever(p *i18n.Printer, text string) string {
	if text == "" {
		return p.T("admin_disclosures.coverage.never")
	}
	return text
}

// CoverageCSV answers GET /admin/disclosures/{slug}/{version}/coverage.csv: all of
// it, however long.
func (h *Disclosures) CoverageCSV(c echo.Context) error {
	d, v, err := h.askedVersion(c)
	if err != nil {
		return err
	}
	p, plans := printer(c), h.Plans.Plans()
	heads := []string{p.T("admin_disclosures.coverage.ref")}
	for _, key := range coverageKeys {
		heads = append(heads, p.T(key))
	}
	heads = append(heads, p.T("admin_disclosures.coverage.all_terminals"), p.T("admin_disclosures.coverage.accepted_terminals"))
	return download.Rows(c, "coverage-"+d.Slug+"-"+strconv.Itoa(v.Number), heads, func(add func(...string) error) error {
		return feechange.EachCovered(c.Request().Context(), h.DB, v.ID, func(r *feechange.Covered) error {
			return add(
				spreadsheet.Code(r.MerchantRef), spreadsheet.Text(r.Merchant), spreadsheet.Text(planName(p, plans, r.PlanID)), instant(r.OpenedAt),
				instant(r.ToldAt), instant(r.DeliveredAt), instant(r.ReadAt), instant(r.SeenAt), r.AcceptedOn.String(), instant(r.ObjectedAt),
				strconv.Itoa(r.Gaps()), strconv.Itoa(r.Terminals), strconv.Itoa(r.Accepted),
			)
		})
	})
}

// instant writes a moment in Shanghai as files hold it.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(date.Shanghai).Format("2006-01-02 15:04:05")
}
