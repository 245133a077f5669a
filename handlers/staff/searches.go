package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/search"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// searchSpans are over how many days searches are counted.
var searchSpans = []int{30, 7, 365}

const (
	daysParam = "days"
	fromParam = "from"
)

// languageNames are the keys of the languages' names.
var languageNames = map[string]string{string(i18n.ZhCN): "admin_guides.edit.zh", string(i18n.En): "admin_guides.edit.en"}

// Searches answers GET /admin/searches: what readers searched for and did not
// find.
func (h *Guides) Searches(c echo.Context) error {
	days := searchSpans[0]
	for _, n := range searchSpans {
		if c.QueryParam(daysParam) == strconv.Itoa(n) {
			days = n
		}
	}
	from, err := strconv.Atoi(c.QueryParam(fromParam))
	if err != nil || from < 0 {
		from = 0
	}
	found, err := search.ReadMisses(c.Request().Context(), h.DB, clock.Today(h.Clock).AddDays(1-days), from)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.SearchesPath, "admin_guides.searches_title")
	p := frame.T
	at := func(days, from int) string {
		q := url.Values{daysParam: {strconv.Itoa(days)}}
		if from > 0 {
			q.Set(fromParam, strconv.Itoa(from))
		}
		return views.SearchesPath + "?" + q.Encode()
	}
	props := views.SearchesProps{Table: components.Table{
		Caption: p.T("admin_guides.searches_title"),
		Columns: []components.Column{
			{Label: p.T("admin_guides.searches.words")}, {Label: p.T("admin_guides.searches.locale")},
			{Label: p.T("admin_guides.searches.count"), Num: true}, {Label: p.T("admin_guides.searches.last")},
		},
	}}
	for _, n := range searchSpans {
		props.Spans = append(props.Spans, page.Link{Label: p.N("admin_guides.searches.days", n), Href: at(n, 0), Current: n == days})
	}
	for _, m := range found.Missed {
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: m.Words, Head: true}, {Text: p.T(languageNames[m.Locale])}, {Text: strconv.Itoa(m.Count)}, {Text: p.Date(m.Last)},
		}})
	}
	if found.Next > 0 {
		props.Next = at(days, found.Next)
	}
	if from > 0 {
		props.First = at(days, 0)
	}
	return page.Render(c, http.StatusOK, views.Searches(frame, props))
}
