package staff

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// The fields of the form that sends a span again.
const (
	spanFromName = "from"
	spanToName   = "to"
	takenTooName = "taken_too"
)

// shownStates are the states of messages that can be chosen.
var shownStates = []struct {
	state webhook.State
	label string
}{{"", "webhooks.show_all"}, {webhook.Dead, "webhooks.show_dead"}, {webhook.Waiting, "webhooks.show_waiting"}}

// One answers GET /admin/webhooks/{id}: an endpoint, and what was sent to it.
func (h *Webhooks) One(c echo.Context) error { return h.show(c, http.StatusOK, form.State{}) }

func (h *Webhooks) show(c echo.Context, status int, s form.State) error {
	id, which := c.Param("id"), webhook.Which{Most: deliveriesShown}
	which.Before, _ = strconv.ParseInt(c.QueryParam(beforeParam), 10, 64) // what is no place is none
	query := url.Values{}
	for _, one := range shownStates {
		if one.state != "" && string(one.state) == c.QueryParam(showParam) {
			which.State = one.state
			query.Set(showParam, string(one.state))
		}
	}
	e, err := webhook.ReadPage(c.Request().Context(), h.DB, h.Clock.Now(), id, which)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.WebhooksPath, "webhooks.title", "webhooks.page_title", "name", e.Description)
	p := frame.T
	at := webhookHref(id)
	props := views.WebhookProps{
		State: s, Facts: webhookFacts(p, &e.Endpoint), Secrets: webhookSecrets(p, e.Secrets), Told: !e.Disabled(), None: p.T("webhooks.messages_none"),
		Filter: components.Filter{Label: p.T("webhooks.messages"), Action: at, Target: listID},
		Show:   components.Field{Name: showParam, Label: p.T("webhooks.show"), Value: string(which.State)},
		Pager:  components.Pager{T: p},
	}
	for _, one := range shownStates {
		props.Choices = append(props.Choices, components.Option{Value: string(one.state), Label: p.T(one.label)})
	}
	if which.State != "" {
		props.Filter.Clear, props.None = at, p.T("webhooks.messages_none_dead")
	}
	if which.Before > 0 {
		props.Pager.Newer = withQuery(at, query)
	}
	if e.More {
		query.Set(beforeParam, strconv.FormatInt(e.Deliveries[len(e.Deliveries)-1].Place, 10))
		props.Pager.Older = withQuery(at, query)
	}
	if guard.StaffOf(c).Can(staff.ChangeSettings) {
		props.Action = at
		h.askSpan(p, &props, s)
	}
	props.Messages = h.messages(frame, at, e, props.Action != "" && props.Told)
	return page.Render(c, status, views.Webhook(frame, props))
}

// askSpan asks for the days that are to be sent again.
func (h *Webhooks) askSpan(p *i18n.Printer, props *views.WebhookProps, s form.State) {
	today := clock.Today(h.Clock).String()
	day := func(name, label string) components.Field {
		f := components.Field{Name: name, Label: label, Value: s.Value(name), Error: s.Error(name), Type: "date", Required: true}
		if !s.Refused() {
			f.Value = today
		}
		return f
	}
	props.From, props.To = day(spanFromName, p.T("webhooks.from")), day(spanToName, p.T("webhooks.to"))
	props.TakenToo = components.Field{Name: takenTooName, Label: p.T("webhooks.taken_too"), Value: s.Value(takenTooName)}
}

func webhookFacts(p *i18n.Printer, e *webhook.Endpoint) components.Facts {
	facts := components.Facts{
		{Term: p.T("webhooks.state"), Body: webhookTag(p, e)},
		{Term: p.T("webhooks.url"), Text: e.URL},
		{Term: p.T("webhooks.kinds"), Text: kindsText(p, e.Kinds)},
		{Term: p.T("webhooks.created"), Text: p.DateTime(e.CreatedAt), Part: e.CreatedBy},
		{Term: p.T("webhooks.waiting"), Text: p.Count(int64(e.Waiting))},
		{Term: p.T("webhooks.dead"), Text: p.Count(int64(e.Dead))},
	}
	if e.Disabled() {
		return append(facts, components.Fact{Term: p.T("webhooks.ended"), Text: p.DateTime(e.DisabledAt)})
	}
	if !e.FailingSince.IsZero() {
		facts = append(facts, components.Fact{Term: p.T("webhooks.failing_since"), Text: p.DateTime(e.FailingSince)})
	}
	return facts
}

func webhookSecrets(p *i18n.Printer, all []webhook.Secret) components.Table {
	t := components.Table{Caption: p.T("webhooks.secrets"), Columns: []components.Column{
		{Label: p.T("webhooks.secret_number")}, {Label: p.T("webhooks.created")}, {Label: p.T("webhooks.counts_until")},
	}}
	for i := range all {
		until := p.T("webhooks.open_ended")
		if !all[i].EndsAt.IsZero() {
			until = p.ShortDateTime(all[i].EndsAt)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: strconv.Itoa(i + 1), Head: true}, {Text: p.ShortDateTime(all[i].CreatedAt)}, {Text: until},
		}})
	}
	return t
}

// messages lists what was sent to an endpoint.
func (h *Webhooks) messages(frame page.Page, at string, e *webhook.Page, mayReplay bool) components.Table {
	p := frame.T
	t := components.Table{Caption: p.T("webhooks.messages"), Columns: []components.Column{
		{Label: p.T("webhooks.event")}, {Label: p.T("webhooks.about")}, {Label: p.T("webhooks.when")}, {Label: p.T("webhooks.state")},
		{Label: p.T("webhooks.attempts"), Num: true}, {Label: p.T("webhooks.answer")},
	}}
	if mayReplay {
		t.Columns = append(t.Columns, components.Column{Label: p.T("webhooks.again")})
	}
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		state := components.Cell{Tag: messageTag(p, d.State)}
		if d.State == webhook.Waiting && d.Attempts > 0 {
			state.Part = p.T("webhooks.next_at", "at", p.ShortDateTime(d.NextAt))
		}
		row := components.Row{Cells: []components.Cell{
			{Text: string(d.Kind), Part: d.ID, Head: true}, {Text: d.Subject}, {Text: p.ShortDateTime(d.At)}, state,
			{Text: p.Count(int64(d.Attempts))}, {Text: answerText(p, d)},
		}}
		if mayReplay {
			row.Cells = append(row.Cells, components.Cell{Body: views.SendAgain(frame, at+"/messages/"+url.PathEscape(d.ID)+"/replay")})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func messageTag(p *i18n.Printer, s webhook.State) components.Tag {
	switch s {
	case webhook.Delivered:
		return components.Tag{Verdict: components.OK, Word: p.T("webhooks.message_states.delivered")}
	case webhook.Dead:
		return components.Tag{Verdict: components.Bad, Word: p.T("webhooks.message_states.dead")}
	case webhook.Waiting:
	}
	return components.Tag{Verdict: components.Wait, Word: p.T("webhooks.message_states.waiting")}
}

// answerText says what came of the last try.
func answerText(p *i18n.Printer, d *webhook.Delivery) string {
	switch {
	case d.TriedAt.IsZero():
		return p.T("webhooks.not_tried")
	case d.Status > 0:
		return p.T("webhooks.problems.status", "status", strconv.Itoa(d.Status))
	}
	switch d.Problem {
	case "private":
		return p.T("webhooks.problems.private")
	case "timeout":
		return p.T("webhooks.problems.timeout")
	case "name":
		return p.T("webhooks.problems.name")
	case "tls":
		return p.T("webhooks.problems.tls")
	case "connection":
		return p.T("webhooks.problems.connection")
	}
	return p.T("webhooks.problems.other")
}

// ReplaySpan answers POST /admin/webhooks/{id}/replay.
func (h *Webhooks) ReplaySpan(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	s := webhook.Span{Delivered: values.Get(takenTooName) != ""}
	s.From, _ = date.Parse(values.Get(spanFromName)) // what is no day is none
	s.To, _ = date.Parse(values.Get(spanToName))
	id := c.Param("id")
	n, err := h.Hooks.ReplaySpan(c.Request().Context(), byOf(c), id, s)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, webhookHref(id), "webhooks.replayed", "n", int(n))
}
