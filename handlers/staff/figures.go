package staff

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/figures"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Figures are the pages on which figures for everybody are ordered, checked and
// released.
type Figures struct {
	*Staff
	Jobs event.Queue
}

// Routes registers the figures' pages.
func (h *Figures) Routes(r *server.Router) {
	see, may := guard.Staff(staff.SeeFigures), guard.Staff(staff.ReleaseFigures)
	r.Get("/admin/figures", see, h.List)
	r.Post("/admin/figures", may, h.DrawUp)
	r.Get("/admin/figures/:id", see, h.Edition)
	r.Post("/admin/figures/:id/release", may, h.Release)
}

const (
	quarterName  = "quarter"
	reasonName   = "reason-zh"
	reasonEnName = "reason-en"
	hashName     = "hash"
)

// quartersOffered is how many quarters back figures can be ordered.
const quartersOffered = 20

// List answers GET /admin/figures.
func (h *Figures) List(c echo.Context) error { return h.list(c, http.StatusOK, form.State{}) }

func (h *Figures) list(c echo.Context, status int, s form.State) error {
	all, first, err := report.ListEditions(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.FiguresPath, "admin_figures.title")
	p := frame.T
	offered := quarters(p, first, clock.Today(h.Clock))
	if len(offered) == 0 && s.Refused() {
		s = form.Failed(nil, p.T("admin_figures.fault.not_over"), nil) // there is no form for a field's error to lead to
	}
	reason := func(name, label string) components.Field {
		return components.Field{
			Name: name, Label: p.T(label), Hint: p.T("admin_figures.order.reason_hint"), Value: s.Value(name), Error: s.Error(name),
			Optional: p.T("admin_figures.order.optional"), MaxLength: "600",
		}
	}
	return page.Render(c, status, views.Figures(frame, views.FiguresProps{
		State: s, MayOrder: guard.StaffOf(c).Can(staff.ReleaseFigures),
		Quarter:  components.Field{Name: quarterName, Label: p.T("admin_figures.order.quarter"), Value: s.Value(quarterName), Error: s.Error(quarterName), Required: true},
		Quarters: offered,
		Reason:   reason(reasonName, "admin_figures.order.reason"),
		ReasonEn: reason(reasonEnName, "admin_figures.order.reason_en"),
		Table:    editions(p, all),
	}))
}

// quarters offers those that are over, back to the first of which anything is
// known, the newest first.
func quarters(p *i18n.Printer, first, today date.Date) (options []components.Option) {
	if first.IsZero() {
		return nil
	}
	for q := report.QuarterOf(today).Previous(); q.To() >= first && len(options) < quartersOffered; q = q.Previous() {
		options = append(options, components.Option{Value: q.String(), Label: figures.QuarterName(p, q)})
	}
	return options
}

func editions(p *i18n.Printer, all []report.Edition) components.Table {
	t := components.Table{
		Caption: p.T("admin_figures.list.title"),
		Columns: []components.Column{
			{Label: p.T("admin_figures.list.quarter")}, {Label: p.T("admin_figures.list.state")},
			{Label: p.T("admin_figures.list.ordered")}, {Label: p.T("admin_figures.list.released")},
		},
	}
	for i := range all {
		e := &all[i]
		released := ""
		if !e.ReleasedAt.IsZero() {
			released = p.T("admin_figures.list.by_at", "name", e.ReleasedBy, "at", e.ReleasedAt)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: editionName(p, e), Href: views.FiguresPath + "/" + e.OrderID, Head: true}, {Tag: editionTag(p, e)},
			{Text: p.T("admin_figures.list.by_at", "name", e.OrderedBy, "at", e.OrderedAt)}, {Text: released},
		}})
	}
	return t
}

func editionName(p *i18n.Printer, e *report.Edition) string {
	quarter := figures.QuarterName(p, e.Quarter)
	if e.Number == 0 {
		return quarter
	}
	return p.T("admin_figures.one.edition", "quarter", quarter, "n", e.Number)
}

func editionTag(p *i18n.Printer, e *report.Edition) components.Tag {
	switch {
	case !e.ReleasedAt.IsZero():
		return components.Tag{Verdict: components.OK, Word: p.T("admin_figures.state.released")}
	case e.Number > 0:
		return components.Tag{Verdict: components.Wait, Word: p.T("admin_figures.state.ready")}
	}
	return components.Tag{Verdict: components.None, Word: p.T("admin_figures.state.waiting")}
}

// DrawUp answers POST /admin/figures.
func (h *Figures) DrawUp(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	q, ok := report.ParseQuarter(values.Get(quarterName))
	if !ok {
		var fields fault.Fields
		fields.Add(quarterName, "admin_figures.fault.not_over")
		state, status, _ := guard.Refused(c, values, fields.Err())
		return h.list(c, status, state)
	}
	reason := disclosure.Text{ZhCN: values.Get(reasonName), En: values.Get(reasonEnName)}
	_, err = report.DrawUpFigures(c.Request().Context(), h.DB, h.Jobs, h.Clock.Now(), guard.StaffOf(c), q, reason)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.list(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.FiguresPath, "admin_figures.order.done")
}

// Edition answers GET /admin/figures/{id}: figures as everybody will see them.
func (h *Figures) Edition(c echo.Context) error {
	return h.edition(c, http.StatusOK, form.State{})
}

func (h *Figures) edition(c echo.Context, status int, s form.State) error {
	ctx, orderID := c.Request().Context(), c.Param("id")
	e, err := report.ReadEdition(ctx, h.DB, orderID)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.FiguresPath, "admin_figures.title", "admin_figures.one.title", "quarter", figures.QuarterName(page.Printer(c), e.Quarter))
	p := frame.T
	props := views.EditionProps{State: s, Again: views.FiguresPath + "/" + e.OrderID, Hash: e.Hash}
	if e.Figures == nil {
		props.Waiting = p.T("admin_figures.one.waiting_text", "at", e.OrderedAt)
		return page.Render(c, status, views.Edition(frame, props))
	}
	for _, reason := range []string{e.Reason.ZhCN, e.Reason.En} {
		if reason != "" {
			props.Reason = append(props.Reason, reason)
		}
	}
	switch {
	case !e.ReleasedAt.IsZero():
		props.Note = p.T("admin_figures.one.released", "name", e.ReleasedBy, "at", e.ReleasedAt)
		props.Public = figures.Href(e.Quarter, e.Number)
	case e.Overtaken:
		props.Note = p.T("admin_figures.one.overtaken")
	case !guard.StaffOf(c).Can(staff.ReleaseFigures):
		props.Note = p.T("stops.may_not")
	case e.OrdererID == guard.StaffOf(c).ID:
		props.Note = p.T("admin_figures.one.own")
	default:
		props.Action = props.Again + "/release"
	}
	props.Counted, props.Body = counted(p, e.Counted), figures.Present(p, e)
	return page.Render(c, status, views.Edition(frame, props))
}

// counted lists what was counted before anything was held back.
func counted(p *i18n.Printer, of *report.Counted) components.Table {
	t := components.Table{
		Caption: p.T("admin_figures.one.counted"),
		Columns: []components.Column{{Label: p.T("admin_figures.counted.name")}, {Label: p.T("admin_figures.counted.value"), Num: true}},
	}
	add := func(key string, value components.Cell) {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{{Text: p.T(key), Head: true}, value}})
	}
	number := func(n int64) components.Cell { return components.Cell{Text: p.Count(n)} }
	amount := func(fen int64) components.Cell { return components.Cell{Money: components.Money{Text: p.Money(fen)}} }
	add("admin_figures.counted.lines", number(of.Lines))
	add("admin_figures.counted.merchants", number(of.Merchants))
	add("admin_figures.counted.wrong", number(of.Wrong))
	add("admin_figures.counted.wrong_merchants", number(of.WrongMerchants))
	add("admin_figures.counted.too_much", amount(of.TooMuch))
	add("admin_figures.counted.returned", amount(of.Returned))
	add("admin_figures.counted.asked", number(of.Asked))
	add("admin_figures.counted.gone", number(of.Gone))
	add("admin_figures.counted.filed", number(of.Filed))
	add("admin_figures.counted.filers", number(of.Filers))
	add("admin_figures.counted.refunds", number(of.Refunds))
	add("admin_figures.counted.stopped", number(of.Stopped))
	add("admin_figures.counted.sent", number(of.Sent))
	return t
}

// Release answers POST /admin/figures/{id}/release.
func (h *Figures) Release(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	orderID := c.Param("id")
	err = report.ReleaseFigures(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), orderID, values.Get(hashName))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.edition(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.FiguresPath+"/"+orderID, "admin_figures.one.done")
}
