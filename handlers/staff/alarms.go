package staff

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Alarms answers staff who look into what other parts noticed.
type Alarms struct{ *Staff }

// Routes registers the pages: every address, who may use it, and what answers.
func (h *Alarms) Routes(r *server.Router) {
	see := guard.Staff(staff.SeeAlarms)
	r.Get("/admin/alarms", see, h.List)
	r.Get("/admin/alarms/:id", see, h.One)
	r.Post("/admin/alarms/:id/answer", guard.Staff(staff.AnswerAlarms), h.Answer)
}

// alarmWord is how alarms of a kind are named and told, and where they lead.
type alarmWord struct {
	kind       alarm.Kind
	name, told string // message keys
	needs      staff.Permission
	lead       string                  // names the link
	href       func(ref string) string // nil: there is no page
}

// alarmWords are the kinds in the order in which they can be chosen.
var alarmWords = []alarmWord{
	{alarm.Ungated, "alarms.kind.ungated", "alarms.told.ungated", staff.SeeHolds, "alarms.lead.deduction", holdHref},
	{alarm.Spike, "alarms.kind.spike", "alarms.told.spike", staff.SeeHolds, "alarms.lead.deduction", holdHref},
	{alarm.BatchHeld, "alarms.kind.batch_held", "alarms.told.batch_held", staff.SeeHolds, "alarms.lead.batch", batchHref},
	{alarm.ScheduleDiffers, "alarms.kind.schedule_differs", "alarms.told.schedule_differs", "", "", nil},
	{alarm.SettlementDiffers, "alarms.kind.settlement_differs", "alarms.told.settlement_differs", staff.SeeAlarms, "reconciliation.lead", dayHref},
	{alarm.WebhookDead, "alarms.kind.webhook_dead", "alarms.told.webhook_dead", staff.SeeSettings, "alarms.lead.endpoint", webhookHref},
	{alarm.TextsStopped, "alarms.kind.texts_stopped", "alarms.told.texts_stopped", "", "", nil},
	{alarm.Tampered, "alarms.kind.tampered", "alarms.told.tampered", "", "", nil},
}

func alarmWordOf(k alarm.Kind) *alarmWord {
	for i := range alarmWords {
		if alarmWords[i].kind == k {
			return &alarmWords[i]
		}
	}
	return &alarmWord{}
}

// alarmText tells an alarm in a sentence.
func alarmText(p *i18n.Printer, a *alarm.Alarm) string {
	f, told := &a.Facts, alarmWordOf(a.Kind).told
	switch {
	case f.Locked:
		told = "alarms.told.webhook_locked"
	case a.Kind == alarm.ScheduleDiffers && f.Amount == f.Expected: // the day is all that differs
		told = "alarms.told.schedule_early"
	case f.Unknown:
		told = "alarms.told.texts_stopped_unknown"
	}
	return p.N(told, int(f.Count), "name", f.Name, "sn", f.SN, "fee", explain.ItemName(p, fee.Item(f.Item)), "plan", f.Plan, "day", f.On, "count", p.Count(f.Count), "most", p.Count(f.Most),
		"amount", f.Amount, "expected", f.Expected)
}

func alarmHref(id string) string { return views.AlarmsPath + "/" + url.PathEscape(id) }

// showAnswered lists what was answered in place of what waits.
const showAnswered = "answered"

// List answers GET /admin/alarms: what waits, the latest first.
func (h *Alarms) List(c echo.Context) error {
	answered, kind, before := c.QueryParam(showParam) == showAnswered, alarm.Kind(""), c.QueryParam(beforeParam)
	query, show := url.Values{}, ""
	if answered {
		show = showAnswered
		query.Set(showParam, show)
	}
	for i := range alarmWords {
		if string(alarmWords[i].kind) == c.QueryParam(kindParam) {
			kind = alarmWords[i].kind
			query.Set(kindParam, string(kind))
		}
	}
	all, more, err := alarm.List(c.Request().Context(), h.DB, answered, kind, before)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.AlarmsPath, "alarms.title")
	p := frame.T
	kinds := []components.Option{{Label: p.T("alarms.filter.any")}}
	for i := range alarmWords {
		kinds = append(kinds, components.Option{Value: string(alarmWords[i].kind), Label: p.T(alarmWords[i].name)})
	}
	props := views.AlarmsProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("alarms.intro")}, Filter: components.Filter{Label: p.T("alarms.filter.label"), Action: views.AlarmsPath, Target: listID},
		Choices: []views.FilterChoice{
			{
				Field:   components.Field{Name: showParam, Label: p.T("alarms.filter.show"), Value: show},
				Options: []components.Option{{Label: p.T("alarms.filter.open")}, {Value: showAnswered, Label: p.T("alarms.filter.answered")}},
			},
			{Field: components.Field{Name: kindParam, Label: p.T("alarms.filter.kind"), Value: string(kind)}, Options: kinds},
		},
		Table: alarmTable(p, answered, all), Empty: p.T("alarms.none"), EmptyText: p.T("alarms.none_text"), Pages: p.T("alarms.pages"),
	}
	if len(query) > 0 {
		props.Filter.Clear = views.AlarmsPath
		props.EmptyText = p.T("alarms.none_filtered")
	}
	if before != "" {
		props.First = &page.Link{Label: p.T("alarms.first"), Href: withQuery(views.AlarmsPath, query)}
	}
	if more {
		query.Set(beforeParam, all[len(all)-1].ID)
		props.Next = &page.Link{Label: p.T("alarms.next"), Href: withQuery(views.AlarmsPath, query)}
	}
	return page.Render(c, http.StatusOK, views.Alarms(frame, props))
}

func alarmTable(p *i18n.Printer, answered bool, all []alarm.Raised) components.Table {
	last := p.T("alarms.columns.state")
	if answered {
		last = p.T("alarms.columns.remark")
	}
	t := components.Table{Caption: p.T("alarms.title"), Columns: []components.Column{{Label: p.T("alarms.columns.what")}, {Label: p.T("alarms.columns.told")}, {Label: last}}}
	for i := range all {
		a := &all[i]
		state := components.Cell{Tag: alarmTag(p, a)}
		if answered {
			state = components.Cell{Text: a.Remark, Part: answeredBy(p, a)}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.T(alarmWordOf(a.Kind).name), Href: alarmHref(a.ID), Part: p.ShortDateTime(a.At), Head: true}, {Text: alarmText(p, &a.Alarm)}, state,
		}})
	}
	return t
}

// meantTable sets what the core system means to take from a terminal beside what
// is foreseen.
func meantTable(p *i18n.Printer, all []deduction.Meant) components.Table {
	t := components.Table{Caption: p.T("alarms.scheduled.title"), Columns: []components.Column{
		{Label: p.T("alarms.scheduled.fee")}, {Label: p.T("alarms.scheduled.meant"), Num: true}, {Label: p.T("alarms.scheduled.foreseen"), Num: true}, {Label: p.T("alarms.scheduled.difference")},
	}}
	for i := range all {
		m := &all[i]
		foreseen := components.Cell{Text: p.T("alarms.scheduled.nothing")}
		difference := components.Tag{Verdict: components.Wait, Word: p.T("alarms.scheduled.not_foreseen")}
		if c := m.Foreseen; c != nil {
			foreseen = components.Cell{Text: p.Money(int64(c.Amount)), Part: p.T("alarms.scheduled.from", "day", c.On)}
			switch {
			case m.Amount != c.Amount:
				difference.Word = p.T("alarms.scheduled.other_amount", "more", m.Amount.Minus(c.Amount))
			case m.On < c.Cycle.From:
				difference.Word = p.T("alarms.scheduled.too_early")
			default:
				difference = components.Tag{Verdict: components.OK, Word: p.T("alarms.scheduled.none")}
			}
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: explain.ItemName(p, m.Item), Part: m.Plan, Head: true}, {Text: p.Money(int64(m.Amount)), Part: p.Date(m.On)}, foreseen, {Tag: difference},
		}})
	}
	return t
}

func alarmTag(p *i18n.Printer, a *alarm.Raised) components.Tag {
	if a.AnsweredAt.IsZero() {
		return components.Tag{Verdict: components.Wait, Word: p.T("alarms.state.open")}
	}
	return components.Tag{Verdict: components.OK, Word: p.T("alarms.state.answered")}
}

func answeredBy(p *i18n.Printer, a *alarm.Raised) string {
	who := a.AnsweredBy
	if who == "" {
		who = p.T("alarms.somebody")
	}
	return p.T("alarms.answered_by", "who", who, "when", p.ShortDateTime(a.AnsweredAt))
}

// One answers GET /admin/alarms/{id}.
func (h *Alarms) One(c echo.Context) error { return h.showOne(c, http.StatusOK, form.State{}) }

// Answer answers POST /admin/alarms/{id}/answer.
func (h *Alarms) Answer(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	actor, id := guard.StaffOf(c), c.Param("id")
	err = alarm.Answer(c.Request().Context(), h.DB, h.Clock.Now(), alarm.By{Actor: actor.Audit(), Name: actor.Name, RequestID: actor.RequestID}, id, values.Get(alarm.RemarkField))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showOne(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, views.AlarmsPath, "alarms.done")
}

func (h *Alarms) showOne(c echo.Context, status int, state form.State) error {
	a, err := alarm.Read(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	w := alarmWordOf(a.Kind)
	frame := h.inside(c, views.AlarmsPath, "alarms.title", w.name)
	p, actor := frame.T, guard.StaffOf(c)
	tag := alarmTag(p, a)
	props := views.AlarmProps{
		Heading: components.Heading{Title: frame.Title, Lead: alarmText(p, &a.Alarm)}, State: state,
		Facts: components.Facts{{Term: p.T("alarms.one.at"), Text: p.DateTime(a.At)}},
	}
	if a.Ref != a.Facts.On.String() { // a day is in the sentence above
		props.Facts = append(props.Facts, components.Fact{Term: p.T("alarms.one.ref"), Text: a.Ref})
	}
	props.Facts = append(props.Facts, components.Fact{Term: p.T("alarms.columns.state"), Text: tag.Word})
	if a.Kind == alarm.ScheduleDiffers {
		meant, err := deduction.ReadMeant(c.Request().Context(), h.DB, h.Clock.Now(), a.Ref)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		props.Compared, props.ComparedText = meantTable(p, meant), p.T("alarms.scheduled.text", "day", h.Clock.Now())
	}
	if w.href != nil && actor.Can(w.needs) {
		props.Lead = &page.Link{Label: p.T(w.lead), Href: w.href(a.Ref)}
	}
	switch {
	case !a.AnsweredAt.IsZero():
		props.Facts = append(props.Facts, components.Fact{Term: p.T("alarms.columns.remark"), Text: a.Remark, Part: answeredBy(p, a)})
	case !actor.Can(staff.AnswerAlarms):
		props.MayNot = p.T("alarms.may_not")
	default:
		props.Answer = &views.AnswerForm{
			Action: alarmHref(a.ID) + "/answer", Title: p.T("alarms.answer.title"), Text: p.T("alarms.answer.text"), Submit: components.Button{Label: p.T("alarms.answer.submit")},
			Reason: &components.Field{
				Name: alarm.RemarkField, Label: p.T("alarms.answer.remark"), Value: state.Value(alarm.RemarkField), Error: state.Error(alarm.RemarkField), Required: true, MaxLength: "500",
			},
		}
	}
	return page.Render(c, status, views.Alarm(frame, props))
}
