package staff

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/stop"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// stopKinds are the kinds of request, with their names.
var stopKinds = []struct {
	kind stop.Kind
	name string
}{
	{stop.OfFee, "stops.kinds.fee"}, {stop.Returned, "stops.kinds.returned"}, {stop.Lost, "stops.kinds.lost"}, {stop.Unused, "stops.kinds.unused"},
}

func stopKindName(p *i18n.Printer, k stop.Kind) string {
	for _, known := range stopKinds {
		if known.kind == k {
			return p.T(known.name)
		}
	}
	return ""
}

// showAll lists requests that need no answer, or have one, too.
const showAll = "all"

// Stops answers GET /admin/stops: what merchants stop and report, those that wait
// for an answer unless all are asked for.
func (h *Changes) Stops(c echo.Context) error {
	f := stop.Filter{Waiting: c.QueryParam(showParam) != showAll, Merchant: c.QueryParam(merchantParam)}
	frame := h.frame(c, views.StopsPath, "stops.title")
	p, query := frame.T, url.Values{}
	kinds := []components.Option{{Label: p.T("stops.filter.any")}}
	for _, k := range stopKinds {
		kinds = append(kinds, components.Option{Value: string(k.kind), Label: p.T(k.name)})
		if c.QueryParam(kindParam) == string(k.kind) {
			f.Kind = k.kind
			query.Set(kindParam, string(k.kind))
		}
	}
	show := ""
	if !f.Waiting {
		show = showAll
		query.Set(showParam, showAll)
	}
	after, ok := stop.ParseMark(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	read, err := stop.ReadList(c.Request().Context(), h.DB, f, after)
	if err != nil {
		return err
	}
	var clocks complaint.Clocks
	more := db.NewBatch()
	complaint.AddClocks(more, &clocks)
	if err := h.DB.Read(c.Request().Context(), more); err != nil {
		return err
	}
	props := answerList(p, listWords{
		path: views.StopsPath, heading: components.Heading{Title: frame.Title, Lead: p.T("stops.lead")},
		label: p.T("stops.filter.label"), merchant: p.T("stops.filter.merchant"), empty: p.T("stops.none"), emptyText: p.T("stops.none_text"),
		first: p.T("stops.first"), next: p.T("stops.next"), pages: p.T("stops.pages"),
	}, query, f.Merchant, after.String(), read.More.String())
	props.Choices = []views.FilterChoice{
		{
			Field:   components.Field{Name: showParam, Label: p.T("stops.filter.show"), Value: show},
			Options: []components.Option{{Label: p.T("stops.filter.waiting")}, {Value: showAll, Label: p.T("stops.filter.all")}},
		},
		{Field: components.Field{Name: kindParam, Label: p.T("stops.filter.kind"), Value: string(f.Kind)}, Options: kinds},
	}
	props.Table = components.Table{Caption: frame.Title, Columns: []components.Column{
		{Label: p.T("stops.columns.number")}, {Label: p.T("stops.columns.merchant")}, {Label: p.T("stops.columns.terminal")},
		{Label: p.T("stops.columns.what")}, {Label: p.T("stops.columns.since")}, {Label: p.T("stops.columns.state")},
	}}
	for i := range read.Rows {
		r := &read.Rows[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: r.Number, Href: stopHref(r.Number), Part: p.ShortDateTime(r.At), Head: true}, {Text: r.Merchant, Part: r.MerchantRef},
			{Text: r.Alias, Part: r.SN}, {Text: stopKindName(p, r.Kind)}, {Text: p.Date(r.On)}, {Tag: stopTag(p, &r.Request), Part: stopDue(p, &r.Request, &clocks)},
		}})
	}
	return page.Render(c, http.StatusOK, views.Answers(frame, props))
}

func stopHref(number string) string { return views.StopsPath + "/" + url.PathEscape(number) }

// stopTag says how a request stands.
func stopTag(p *i18n.Printer, r *stop.Request) components.Tag {
	switch {
	case r.Waits():
		return components.Tag{Verdict: components.Wait, Word: p.T("stops.state.waiting")}
	case r.Answer == nil:
		return components.Tag{Verdict: components.OK, Word: p.T("stops.state.done")}
	case r.Answer.Confirmed:
		return components.Tag{Verdict: components.OK, Word: p.T("stops.state.confirmed")}
	default:
		return components.Tag{Verdict: components.None, Word: p.T("stops.state.refused")}
	}
}

// stopDue says by which day the merchant was promised an answer, where one is
// still to come.
func stopDue(p *i18n.Printer, r *stop.Request, clocks *complaint.Clocks) string {
	by := clocks.AnswerBy(r.At)
	if !r.Waits() || by.IsZero() {
		return ""
	}
	return p.T("stops.due", "day", by)
}

// StopRequest answers GET /admin/stops/{number}: one request, and what may be
// answered.
func (h *Changes) StopRequest(c echo.Context) error {
	return h.showStop(c, http.StatusOK, form.State{})
}

// ConfirmGone answers POST /admin/stops/{number}/confirm.
func (h *Changes) ConfirmGone(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	from, _ := date.Parse(values.Get(goneFromName)) // a text that is none is missing
	err = stop.Confirm(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("number"), from)
	return h.answeredStop(c, values, err, "stops.confirm.done", "day", from)
}

// RefuseGone answers POST /admin/stops/{number}/refuse.
func (h *Changes) RefuseGone(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	err = stop.Refuse(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("number"), values.Get(whyName))
	return h.answeredStop(c, values, err, "stops.refuse.done")
}

func (h *Changes) answeredStop(c echo.Context, values form.Values, err error, key string, args ...any) error {
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showStop(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, stopHref(c.Param("number")), key, args...)
}

func (h *Changes) showStop(c echo.Context, status int, state form.State) error {
	plans := h.Plans.Plans()
	var clocks complaint.Clocks
	more := db.NewBatch()
	complaint.AddClocks(more, &clocks)
	read, err := stop.ReadCase(c.Request().Context(), db.Along(h.DB, more), plans.Fee, c.Param("number"), h.today())
	if err != nil {
		return err
	}
	frame := h.frame(c, views.StopsPath, "stops.title")
	p := frame.T
	frame.Title = read.Number
	frame.Crumbs = []page.Link{{Label: p.T("stops.title"), Href: views.StopsPath}, {Label: read.Number}}
	what := stopKindName(p, read.Kind)
	if plan := plans.ByID(read.PlanID); plan != nil {
		what = plan.Name(string(p.Locale()))
	}
	props := views.AnswerCaseProps{
		Heading: components.Heading{Title: read.Number, Lead: p.T("stops.case.lead", "merchant", read.Merchant, "what", stopKindName(p, read.Kind), "day", read.On)}, State: state,
		Title: p.T("stops.case.facts"), Facts: stopFacts(p, read, what), Table: takenSince(p, read.Taken), None: p.T("stops.case.taken_none"), Pages: p.T("stops.pages"),
	}
	if due := stopDue(p, &read.Request, &clocks); due != "" {
		props.Facts = append(props.Facts, components.Fact{Term: p.T("stops.case.due"), Text: due})
	}
	if read.Waits() {
		offerAnswers(p, &props, read, guard.StaffOf(c).Can(staff.AnswerStops), state)
	}
	return page.Render(c, status, views.AnswerCase(frame, props))
}

func stopFacts(p *i18n.Printer, r *stop.Case, what string) components.Facts {
	facts := components.Facts{
		{Term: p.T("stops.case.merchant"), Text: p.T("stops.case.merchant_value", "name", r.Merchant, "ref", r.MerchantRef, "contact", r.Contact)},
		{Term: p.T("stops.case.terminal"), Text: p.T("stops.case.terminal_value", "alias", r.Alias, "sn", r.SN, "shop", r.Shop)},
		{Term: p.T("stops.case.what"), Text: what},
		{Term: p.T("stops.case.since"), Text: p.Date(r.On)},
		{Term: p.T("stops.case.by"), Text: p.T("stops.case.by_value", "who", r.Name, "when", p.DateTime(r.At))},
	}
	if r.Remark != "" {
		facts = append(facts, components.Fact{Term: p.T("stops.case.remark"), Text: r.Remark})
	}
	core := p.T("stops.case.core_used")
	if !r.Page.InactiveFrom.IsZero() {
		core = p.T("stops.case.core_gone", "day", r.Page.InactiveFrom)
	}
	facts = append(facts, components.Fact{Term: p.T("stops.case.core"), Text: core})
	if r.Kind.OfTerminal() {
		sold := p.T("stops.case.sold_none")
		if r.Sold.Count > 0 {
			sold = p.N("stops.case.sold_value", int(r.Sold.Count), "amount", r.Sold.Amount, "last", r.Sold.Last)
		}
		facts = append(facts, components.Fact{Term: p.T("stops.case.sold"), Text: sold})
	}
	if a := r.Answer; a != nil {
		text := p.T("stops.case.refused_value", "who", a.By, "when", p.DateTime(a.At), "reason", a.Reason)
		if a.Confirmed {
			text = p.T("stops.case.confirmed_value", "who", a.By, "when", p.DateTime(a.At), "day", a.GoneFrom)
		}
		facts = append(facts, components.Fact{Term: p.T("stops.case.answer"), Text: text})
	}
	return facts
}

// takenSince lists what was taken for a terminal after the day on which it is
// said to be gone.
func takenSince(p *i18n.Printer, taken []stop.Taken) components.Table {
	table := components.Table{Caption: p.T("stops.case.taken"), Columns: []components.Column{
		{Label: p.T("stops.case.day")}, {Label: p.T("stops.case.item")}, {Label: p.T("stops.case.amount"), Num: true},
	}}
	for i := range taken {
		t := &taken[i]
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: p.Date(t.On), Head: true}, {Text: explain.ItemName(p, fee.Item(t.Item))}, {Text: p.Money(t.Amount)},
		}})
	}
	return table
}

// offerAnswers offers both answers, to who may give them.
func offerAnswers(p *i18n.Printer, props *views.AnswerCaseProps, r *stop.Case, may bool, state form.State) {
	if !may {
		props.MayNot = p.T("stops.may_not")
		return
	}
	day := components.Field{
		Name: goneFromName, Type: "date", Label: p.T("stops.confirm.day"), Value: state.Value(goneFromName), Error: state.Error(goneFromName),
		Required: true, Size: components.Short,
	}
	if day.Value == "" && day.Error == "" {
		day.Value = r.On.String()
	}
	props.Forms = []views.AnswerForm{
		{
			Action: stopHref(r.Number) + "/confirm", Title: p.T("stops.confirm.title"), Text: p.T("stops.confirm.text"), Day: &day,
			Submit: components.Button{Label: p.T("stops.confirm.submit")},
		},
		{
			Action: stopHref(r.Number) + "/refuse", Title: p.T("stops.refuse.title"), Text: p.T("stops.refuse.text"),
			Reason: &components.Field{
				Name: whyName, Label: p.T("stops.refuse.reason"), Value: state.Value(whyName), Error: state.Error(whyName), Required: true, MaxLength: "500",
			},
			Submit: components.Button{Label: p.T("stops.refuse.submit"), Look: components.Plain},
		},
	}
}
