package public

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/figures"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/public"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Transparency shows everybody the figures that were released.
type Transparency struct {
	DB    *db.DB
	Guard *guard.Guard // tells who is signed in on pages for anyone
}

// Routes registers the pages of figures.
func (h *Transparency) Routes(r *server.Router) {
	open := guard.Public("figures are for everybody")
	r.Get("/transparency", open, h.Latest)
	r.Get("/transparency/how", open, h.How)
	r.Get("/transparency/:quarter", open, h.Quarter)
	r.Get("/transparency/:quarter/:edition", open, h.Edition)
}

// Latest answers GET /transparency: the newest quarter's figures, and the way to
// the others.
func (h *Transparency) Latest(c echo.Context) error {
	return h.show(c, report.Quarter{}, 0)
}

// Quarter answers GET /transparency/{quarter}: the latest edition.
func (h *Transparency) Quarter(c echo.Context) error {
	q, ok := report.ParseQuarter(c.Param("quarter"))
	if !ok {
		return fault.New(fault.NotFound, "transparency.not_found")
	}
	return h.show(c, q, 0)
}

// Edition answers GET /transparency/{quarter}/{edition}, for ever the same.
func (h *Transparency) Edition(c echo.Context) error {
	q, ok := report.ParseQuarter(c.Param("quarter"))
	number, err := strconv.Atoi(c.Param("edition"))
	if !ok || err != nil || number < 1 || strconv.Itoa(number) != c.Param("edition") {
		return fault.New(fault.NotFound, "transparency.not_found")
	}
	return h.show(c, q, number)
}

func (h *Transparency) show(c echo.Context, q report.Quarter, number int) error {
	var checked *audit.Check
	along := db.NewBatch()
	audit.AskLastCheck(along, &checked)
	e, all, err := report.ReadReleased(c.Request().Context(), db.Along(h.DB, along), q, number)
	if err != nil {
		return err
	}
	frame := h.frame(c)
	if e == nil {
		return page.Render(c, http.StatusOK, public.NoFigures(frame, components.Heading{Title: frame.Title}))
	}
	p := frame.T
	name := figures.QuarterName(p, e.Quarter)
	props := public.TransparencyProps{
		Heading: components.Heading{Title: p.T("transparency.heading", "quarter", name), Lead: lead(p, e)}, Body: figures.Present(p, e), How: figures.HowPath,
	}
	figures.AddCheck(p, &props.Body.About, checked)
	frame.About = props.Heading.Lead
	props.Corrected, props.Correction = corrections(p, e, all)
	props.Others = others(p, e, all)
	if q != (report.Quarter{}) {
		frame.Crumbs = []page.Link{{Label: frame.Title, Href: figures.Path}, {Label: name}}
		frame.Title = props.Heading.Title
	}
	return page.Render(c, http.StatusOK, public.Transparency(frame, props))
}

// frame returns what the layout needs, and shows who is signed in that they are.
func (h *Transparency) frame(c echo.Context) page.Page {
	_, _, _ = h.Guard.Current(c) // a page for anyone comes even where nobody can be known
	return guard.Page(c, "transparency.title")
}

func lead(p *i18n.Printer, e *report.Edition) string {
	key := "transparency.lead"
	if e.Figures.Lines.Held {
		key = "transparency.lead_few"
	}
	return p.T(key, "from", e.Figures.From, "to", e.Figures.To)
}

// corrections says that a later edition corrects this one, or else that this one
// corrects an earlier one.
func corrections(p *i18n.Printer, e *report.Edition, all []report.Edition) (by, of *public.Correction) {
	for i := range all {
		other := &all[i]
		if other.Quarter != e.Quarter {
			continue
		}
		switch {
		case other.Number > e.Number && by == nil: // the newest comes first
			by = &public.Correction{
				Text: p.T("transparency.correction.newer_text", "day", p.DayOf(other.ReleasedAt)),
				Link: page.Link{Label: p.T("transparency.correction.newer_link"), Href: figures.Href(e.Quarter, 0)},
			}
		case other.Number < e.Number && of == nil:
			of = &public.Correction{
				Text: p.T("transparency.correction.text", "day", p.DayOf(e.ReleasedAt), "reason", e.Reason.In(string(p.Locale()))),
				Link: page.Link{Label: p.T("transparency.correction.older", "n", other.Number), Href: figures.Href(e.Quarter, other.Number)},
			}
		}
	}
	return by, of
}

// others leads to the other quarters.
func others(p *i18n.Printer, e *report.Edition, all []report.Edition) (links []page.Link) {
	last := e.Quarter
	for i := range all {
		if q := all[i].Quarter; q != e.Quarter && q != last {
			links = append(links, page.Link{Label: figures.QuarterName(p, q), Href: figures.Href(q, 0)})
			last = q
		}
	}
	return links
}

// How answers GET /transparency/how: how each number is worked out.
func (h *Transparency) How(c echo.Context) error {
	frame := h.frame(c)
	p := frame.T
	frame.Crumbs = []page.Link{{Label: frame.Title, Href: figures.Path}, {Label: p.T("transparency.explain.title")}}
	frame.Title = p.T("transparency.explain.title")
	return page.Render(c, http.StatusOK, public.FiguresHow(frame, figures.How(p)))
}
