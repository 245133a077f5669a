package staff

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/feechange"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Changes answers staff who look after what merchants answer to prices that rise,
// and what they stop.
type Changes struct {
	*Staff
	Plans  *disclosure.Catalogue
	Policy func() fee.Policy // in force now
}

// Fields of the filters and of what is decided.
const (
	merchantParam = "merchant"
	showParam     = "show"
	kindParam     = "kind"
	endsOnName    = "ends_on"
	goneFromName  = "gone_from"
	whyName       = "reason"
	listID        = "answers"
)

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Changes) Routes(r *server.Router) {
	r.Get("/admin/objections", guard.Staff(staff.SeeObjections), h.Objections)
	r.Get("/admin/objections/:id", guard.Staff(staff.SeeObjections), h.Objection)
	r.Post("/admin/objections/:id/end", guard.Staff(staff.EndService), h.EndService)
	r.Get("/admin/stops", guard.Staff(staff.SeeStops), h.Stops)
	r.Get("/admin/stops/:number", guard.Staff(staff.SeeStops), h.StopRequest)
	r.Post("/admin/stops/:number/confirm", guard.Staff(staff.AnswerStops), h.ConfirmGone)
	r.Post("/admin/stops/:number/refuse", guard.Staff(staff.AnswerStops), h.RefuseGone)
}

func (h *Changes) today() date.Date { return clock.Today(h.Clock) }

// objectionStates are the states to filter by, with their names.
var objectionStates = []struct {
	state feechange.ObjectionState
	name  string
}{
	{feechange.ObjectionOpen, "objections.state.open"}, {feechange.ObjectionEnding, "objections.state.ending"}, {feechange.ObjectionOver, "objections.state.over"},
}

// Objections answers GET /admin/objections: who objects to a rise.
func (h *Changes) Objections(c echo.Context) error {
	f := feechange.ObjectionFilter{State: feechange.ObjectionState(c.QueryParam(stateParam)), Merchant: c.QueryParam(merchantParam)}
	if !f.State.Known() {
		f.State = ""
	}
	after, ok := feechange.ParseObjectionMark(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	read, err := feechange.ListObjections(c.Request().Context(), h.DB, f, after, h.today())
	if err != nil {
		return err
	}
	frame := h.frame(c, views.ObjectionsPath, "objections.title")
	p, plans := frame.T, h.Plans.Plans()
	options := []components.Option{{Label: p.T("objections.filter.any")}}
	for _, s := range objectionStates {
		options = append(options, components.Option{Value: string(s.state), Label: p.T(s.name)})
	}
	query := url.Values{}
	if f.State != "" {
		query.Set(stateParam, string(f.State))
	}
	props := answerList(p, listWords{
		path: views.ObjectionsPath, heading: components.Heading{Title: frame.Title, Lead: p.T("objections.lead")},
		label: p.T("objections.filter.label"), merchant: p.T("objections.filter.merchant"), empty: p.T("objections.none"), emptyText: p.T("objections.none_text"),
		first: p.T("objections.case.first"), next: p.T("objections.case.next"), pages: p.T("objections.case.pages"),
	}, query, f.Merchant, after.String(), read.More.String())
	props.Choices = []views.FilterChoice{{Field: components.Field{Name: stateParam, Label: p.T("objections.filter.state"), Value: string(f.State)}, Options: options}}
	props.Table = components.Table{Caption: frame.Title, Columns: []components.Column{
		{Label: p.T("objections.columns.merchant")}, {Label: p.T("objections.columns.at")}, {Label: p.T("objections.columns.change")},
		{Label: p.T("objections.columns.words")}, {Label: p.T("objections.columns.terminals"), Num: true}, {Label: p.T("objections.columns.state")},
	}}
	for i := range read.Rows {
		o := &read.Rows[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: o.Merchant, Href: objectionHref(o.Change.ID), Part: o.MerchantRef, Head: true}, {Text: p.ShortDateTime(o.At)},
			{Text: changeText(p, plans, &o.Change)}, {Text: o.Words}, {Text: p.Count(int64(o.Open))}, objectionState(p, o),
		}})
	}
	return page.Render(c, http.StatusOK, views.Answers(frame, props))
}

// listWords are the finished texts of a list.
type listWords struct {
	path               string
	heading            components.Heading
	label, merchant    string
	empty, emptyText   string
	first, next, pages string
}

// answerList is a list without its rows; query holds the filter but the
// merchant.
func answerList(p *i18n.Printer, w listWords, query url.Values, merchant, after, more string) views.AnswersProps {
	props := views.AnswersProps{
		Heading: w.heading, Empty: w.empty, EmptyText: w.emptyText, Pages: w.pages,
		Filter:   components.Filter{Label: w.label, Action: w.path, Target: listID},
		Merchant: components.Field{Name: merchantParam, Label: w.merchant, Value: merchant, Size: components.Short},
	}
	if merchant != "" {
		query.Set(merchantParam, merchant)
	}
	if len(query) > 0 {
		props.Filter.Clear = w.path
	}
	if after != "" {
		props.First = &page.Link{Label: w.first, Href: withQuery(w.path, query)}
	}
	if more != "" {
		query.Set(afterParam, more)
		props.Next = &page.Link{Label: w.next, Href: withQuery(w.path, query)}
	}
	return props
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func objectionHref(id string) string { return views.ObjectionsPath + "/" + url.PathEscape(id) }

// changeText says which price becomes which.
func changeText(p *i18n.Printer, plans *disclosure.Plans, c *feechange.Change) string {
	plan := plans.ByID(c.PlanID)
	if plan == nil {
		return ""
	}
	return p.T("objections.change", "fee", plan.Published(c.From).Terms.Title.In(string(p.Locale())),
		"from", priceText(p, plan, c.From), "to", priceText(p, plan, c.To), "day", c.EffectiveOn)
}

// priceText is a version's price without its free period, or a dash where the
// version was withdrawn.
func priceText(p *i18n.Printer, plan *disclosure.Plan, version int) string {
	v := plan.Fee.Version(version)
	if v == nil {
		return "–"
	}
	price := v.Price
	price.FreeDays, price.FreeMonths = 0, 0
	return explain.Price(p, price)
}

func objectionState(p *i18n.Printer, o *feechange.Objection) components.Cell {
	switch o.State {
	case feechange.ObjectionOpen:
		return components.Cell{Tag: components.Tag{Verdict: components.Wait, Word: p.T("objections.state.open")}}
	case feechange.ObjectionEnding:
		return components.Cell{Tag: components.Tag{Verdict: components.Bad, Word: p.T("objections.state.ending")}, Part: p.T("objections.ends", "day", o.EndsOn)}
	default:
		return components.Cell{Tag: components.Tag{Verdict: components.None, Word: p.T("objections.state.over")}}
	}
}

// Objection answers GET /admin/objections/{id}: one merchant's no, and what may be
// done.
func (h *Changes) Objection(c echo.Context) error {
	return h.showObjection(c, http.StatusOK, form.State{})
}

// EndService answers POST /admin/objections/{id}/end.
func (h *Changes) EndService(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	on, _ := date.Parse(values.Get(endsOnName)) // a text that is none is missing
	n, err := feechange.EndService(c.Request().Context(), h.DB, h.Clock.Now(), guard.StaffOf(c), c.Param("id"), on, values.Get(whyName))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showObjection(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, objectionHref(c.Param("id")), "objections.end.done", "n", n, "day", on)
}

func (h *Changes) showObjection(c echo.Context, status int, state form.State) error {
	plans := h.Plans.Plans()
	read, err := feechange.ReadCase(c.Request().Context(), h.DB, plans.Fee, h.Policy(), c.Param("id"), c.QueryParam(afterParam), h.today())
	if err != nil {
		return err
	}
	plan := plans.ByID(read.Change.PlanID)
	if plan == nil {
		return fault.New(fault.Unavailable, "errors.unavailable")
	}
	frame := h.inside(c, views.ObjectionsPath, "objections.title", "objections.case.title", "merchant", read.Merchant)
	v := objectionPresenter{p: frame.T, read: read, plan: plan, href: objectionHref(read.Change.ID), after: c.QueryParam(afterParam)}
	props := v.props(state)
	props.Heading = components.Heading{Title: frame.Title, Lead: changeText(frame.T, plans, &read.Change)}
	if read.State == feechange.ObjectionOpen {
		v.mayEnd(&props, guard.StaffOf(c).Can(staff.EndService), feechange.EarliestEnd(h.today(), read.Change.EffectiveOn), state)
	}
	return page.Render(c, status, views.AnswerCase(frame, props))
}

// objectionPresenter turns one merchant's no into finished texts.
type objectionPresenter struct {
	p     *i18n.Printer
	read  *feechange.Case
	plan  *disclosure.Plan
	href  string
	after string
}

func (v *objectionPresenter) props(state form.State) views.AnswerCaseProps {
	p, o := v.p, v.read.Page
	props := views.AnswerCaseProps{State: state, Title: p.T("objections.case.facts"), LogName: p.T("objections.case.log"), Pages: p.T("objections.case.pages")}
	seen := p.T("objections.case.never_seen")
	if !o.SeenAt.IsZero() {
		seen = p.DateTime(o.SeenAt)
	}
	props.Facts = components.Facts{
		{Term: p.T("objections.case.merchant"), Text: p.T("objections.case.merchant_value", "name", v.read.Merchant, "ref", v.read.MerchantRef)},
		{Term: p.T("objections.case.opened"), Text: p.DateTime(o.OpenedAt)},
		{Term: p.T("objections.case.seen"), Text: seen},
		{Term: p.T("objections.case.kept"), Text: priceText(p, v.plan, o.From)},
		{Term: p.T("objections.case.terminals"), Text: p.T("objections.case.terminals_value", "accepted", o.Count.Accepted, "open", o.Count.Open, "ended", o.Count.Ended)},
		{Term: p.T("objections.case.cost"), Text: p.Money(int64(o.Sums.More()))},
	}
	if e := o.Ending; e != nil {
		due := p.T("objections.end.due_later")
		if !e.CarriedOutAt.IsZero() {
			due = p.T("objections.end.due_value", "amount", e.Due, "back", e.Back)
		}
		props.Facts = append(props.Facts,
			components.Fact{Term: p.T("objections.end.decided"), Text: p.T("objections.end.decided_value", "who", e.By, "when", p.DateTime(e.DecidedAt), "day", e.EndsOn, "reason", e.Reason)},
			components.Fact{Term: p.T("objections.end.due"), Text: due})
	}
	for i := range o.Answers {
		a := &o.Answers[i]
		key := "feechanges.log.accepted"
		if a.Kind == feechange.Objected {
			key = "feechanges.log.objected"
		}
		props.Log = append(props.Log, components.Fact{Term: p.ShortDateTime(a.At), Text: p.N(key, a.Terminals, "who", a.Name), Part: a.Words})
	}
	props.Table = v.table()
	if v.after != "" {
		props.First = &page.Link{Label: p.T("objections.case.first"), Href: v.href + "#list"}
	}
	if o.More != "" {
		props.Next = &page.Link{Label: p.T("objections.case.next"), Href: v.href + "?" + url.Values{afterParam: {o.More}}.Encode() + "#list"}
	}
	return props
}

func (v *objectionPresenter) table() components.Table {
	p := v.p
	table := components.Table{Caption: p.T("objections.case.list"), Columns: []components.Column{
		{Label: p.T("objections.case.terminal")}, {Label: p.T("objections.case.then", "day", v.read.Change.EffectiveOn)},
		{Label: p.T("objections.case.taken"), Num: true}, {Label: p.T("objections.case.would"), Num: true}, {Label: p.T("objections.case.more"), Num: true},
	}}
	for i := range v.read.Page.Terminals {
		t := &v.read.Page.Terminals[i]
		then := components.Cell{Text: priceText(p, v.plan, t.Then)}
		if !t.EndsOn.IsZero() {
			then = components.Cell{Text: p.T("objections.ends", "day", t.EndsOn)}
		}
		table.Rows = append(table.Rows, components.Row{Cells: []components.Cell{
			{Text: t.Alias, Part: t.SN, Head: true}, then,
			{Text: p.Money(int64(t.Figures.Taken))}, {Text: p.Money(int64(t.Figures.Would))}, {Text: p.Money(int64(t.Figures.More()))},
		}})
	}
	return table
}

// mayEnd offers to end the service, to who may.
func (v *objectionPresenter) mayEnd(props *views.AnswerCaseProps, may bool, earliest date.Date, state form.State) {
	p := v.p
	if !may {
		props.MayNot = p.T("objections.end.may_not")
		return
	}
	day := components.Field{
		Name: endsOnName, Type: "date", Label: p.T("objections.end.day"), Hint: p.T("objections.end.day_hint", "earliest", earliest),
		Value: state.Value(endsOnName), Error: state.Error(endsOnName), Required: true, Min: earliest.String(), Size: components.Short,
	}
	if !state.Refused() {
		day.Value = earliest.String()
	}
	props.Forms = []views.AnswerForm{{
		Action: v.href + "/end", Title: p.T("objections.end.title"), Text: p.T("objections.end.text"), Day: &day,
		Reason: &components.Field{
			Name: whyName, Label: p.T("objections.end.reason"), Hint: p.T("objections.end.reason_hint"),
			Value: state.Value(whyName), Error: state.Error(whyName), Required: true, MaxLength: "500",
		},
		Submit: components.Button{Label: p.T("objections.end.submit"), Look: components.Warning},
	}}
}
