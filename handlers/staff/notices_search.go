package staff

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Fields of the filter of messages.
const (
	tailParam    = "tail"
	codeParam    = "code"
	channelParam = "channel"
	reasonParam  = "reason"
	letterParam  = "letter"
	messagesID   = "messages"
)

// messagesShown is how many messages a page lists.
const messagesShown = 50

// lookedBack is how far back messages are looked for by the end of a number
// alone, which no index knows.
const lookedBack = 90 * 24 * time.Hour

const stateFailed = "failed"

// stateGroups are the states to filter by, with their names.
var stateGroups = []struct {
	value, name string
	states      []outbox.State
}{
	{"waiting", "admin_notices.state.waiting", []outbox.State{outbox.Queued, outbox.Sending}},
	{"taken", "admin_notices.state.accepted", []outbox.State{outbox.Accepted}},
	{"arrived", "admin_notices.state.delivered", []outbox.State{outbox.Delivered}},
	{"read", "admin_notices.state.read", []outbox.State{outbox.Read, outbox.Acknowledged}},
	{stateFailed, "admin_notices.state.failed", []outbox.State{outbox.Failed, outbox.Dead}},
}

// messageState says how far a message over a channel has come.
func messageState(p *i18n.Printer, channel string, s outbox.State) components.Tag {
	switch s {
	case outbox.Accepted:
		if channel == outbox.Inbox { // no provider takes it
			return components.Tag{Verdict: components.Info, Word: p.T("admin_notices.state.put")}
		}
		return components.Tag{Verdict: components.Info, Word: p.T("admin_notices.state.accepted")}
	case outbox.Delivered:
		return components.Tag{Verdict: components.OK, Word: p.T("admin_notices.state.delivered")}
	case outbox.Read:
		return components.Tag{Verdict: components.OK, Word: p.T("admin_notices.state.read")}
	case outbox.Acknowledged:
		return components.Tag{Verdict: components.OK, Word: p.T("admin_notices.state.acknowledged")}
	case outbox.Failed:
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_notices.state.failed")}
	case outbox.Dead:
		return components.Tag{Verdict: components.Bad, Word: p.T("admin_notices.state.dead")}
	}
	return components.Tag{Verdict: components.Wait, Word: p.T("admin_notices.state.waiting")}
}

func messageHref(id string) string { return views.MessagesPath + "/" + url.PathEscape(id) }

// Messages answers GET /admin/notices/messages: what was sent, found by its
// merchant, the end of the number or its code.
func (h *NoticePages) Messages(c echo.Context) error {
	q, query := messagesQuery(c)
	after, ok := parsePlace(c.QueryParam(afterParam))
	if !ok {
		return fault.New(fault.NotFound, "")
	}
	onlyTail := q.Tail != "" && q.MerchantRef == "" && q.Name == "" && q.LetterID == ""
	if onlyTail {
		q.From = h.Clock.Now().Add(-lookedBack)
	}
	found, err := notice.SearchMessages(c.Request().Context(), h.DB, q, after, messagesShown+1)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.NoticesPath, "admin_notices.title", "admin_notices.search.title")
	p := frame.T
	props := views.MessagesProps{
		Heading: components.Heading{Title: frame.Title, Lead: p.T("admin_notices.search.lead")}, Tabs: noticeTabs(p, views.MessagesPath),
		Filter: components.Filter{Label: p.T("admin_notices.search.label"), Action: views.MessagesPath, Target: messagesID}, Empty: p.T("admin_notices.search.none"),
		Texts: []components.Field{
			{Name: merchantParam, Label: p.T("admin_notices.search.merchant"), Value: query.Get(merchantParam), Autocomplete: "off"},
			{Name: tailParam, Label: p.T("admin_notices.search.tail"), Value: query.Get(tailParam), Autocomplete: "off"},
			{Name: codeParam, Label: p.T("admin_notices.search.code"), Value: query.Get(codeParam), Autocomplete: "off"},
		},
		Choices: messageChoices(p, query),
	}
	for _, name := range []string{reasonParam, letterParam} {
		if value := query.Get(name); value != "" {
			props.Also = append(props.Also, components.Hidden{Name: name, Value: value})
		}
	}
	if onlyTail {
		props.Note = p.T("admin_notices.search.back")
	}
	if len(query) > 0 {
		props.Filter.Clear = views.MessagesPath
	}
	if after.ID != "" {
		props.First = &page.Link{Label: p.T("admin_notices.search.first"), Href: withQuery(views.MessagesPath, query)}
	}
	if len(found) > messagesShown {
		found = found[:messagesShown]
		last := &found[messagesShown-1]
		query.Set(afterParam, placeText(outbox.Place{CreatedAt: last.CreatedAt, ID: last.ID}))
		props.Next = &page.Link{Label: p.T("admin_notices.search.next"), Href: withQuery(views.MessagesPath, query)}
	}
	props.Table = messagesTable(p, frame.Title, found)
	return page.Render(c, http.StatusOK, views.Messages(frame, props))
}

// messagesQuery reads the filter, and returns it with what is set of it.
func messagesQuery(c echo.Context) (q outbox.Query, set url.Values) {
	set = url.Values{}
	get := func(name string) string {
		value := strings.TrimSpace(c.QueryParam(name))
		if value != "" {
			set.Set(name, value)
		}
		return value
	}
	q.MerchantRef, q.Tail, q.LetterID, q.Reason = get(merchantParam), get(tailParam), get(letterParam), get(reasonParam)
	if name := get(codeParam); name != "" {
		q.Name = notice.ParseName(name)
	}
	for _, n := range channelNames {
		if c.QueryParam(channelParam) == n.channel {
			q.Channel = get(channelParam)
		}
	}
	if kind := c.QueryParam(kindParam); messageKindKeys[kind] != "" {
		q.Kind = outbox.Kind(get(kindParam))
	}
	for _, g := range stateGroups {
		if c.QueryParam(stateParam) == g.value {
			get(stateParam)
			q.States = g.states
		}
	}
	return q, set
}

func messageChoices(p *i18n.Printer, query url.Values) []views.FilterChoice {
	any := components.Option{Label: p.T("admin_notices.search.any")}
	channels, kinds, states := []components.Option{any}, []components.Option{any}, []components.Option{any}
	for _, n := range channelNames {
		channels = append(channels, components.Option{Value: n.channel, Label: p.T(n.name)})
	}
	for _, k := range messageKinds() {
		kinds = append(kinds, components.Option{Value: k, Label: messageKind(p, k)})
	}
	for _, g := range stateGroups {
		states = append(states, components.Option{Value: g.value, Label: p.T(g.name)})
	}
	return []views.FilterChoice{
		{Field: components.Field{Name: channelParam, Label: p.T("admin_notices.column.channel"), Value: query.Get(channelParam)}, Options: channels},
		{Field: components.Field{Name: kindParam, Label: p.T("admin_notices.column.kind"), Value: query.Get(kindParam)}, Options: kinds},
		{Field: components.Field{Name: stateParam, Label: p.T("admin_notices.column.state"), Value: query.Get(stateParam)}, Options: states},
	}
}

func messagesTable(p *i18n.Printer, caption string, found []notice.Found) components.Table {
	t := components.Table{Caption: caption, Columns: []components.Column{
		{Label: p.T("admin_notices.column.at")}, {Label: p.T("admin_notices.column.kind")}, {Label: p.T("admin_notices.column.merchant")},
		{Label: p.T("admin_notices.column.channel")}, {Label: p.T("admin_notices.column.state")},
	}}
	for i := range found {
		f := &found[i]
		state := components.Cell{Tag: messageState(p, f.Channel, f.State)}
		if f.Reason != "" {
			state.Part = reasonText(p, f.Reason)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(f.CreatedAt), Href: messageHref(f.ID), Head: true}, {Text: messageKind(p, string(f.Kind))}, {Text: f.Merchant, Part: f.MerchantRef},
			{Text: channelName(p, f.Channel), Part: explain.Recipient(f.Channel, f.To)}, state,
		}})
	}
	return t
}

// placeText writes a place in a list for an address.
func placeText(at outbox.Place) string {
	return strconv.FormatInt(at.CreatedAt.UnixMicro(), 36) + "." + at.ID
}

// parsePlace reads what placeText wrote; nothing is the start.
func parsePlace(text string) (at outbox.Place, ok bool) {
	if text == "" {
		return outbox.Place{}, true
	}
	moment, id, found := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(moment, 36, 64)
	if !found || err != nil || id == "" {
		return outbox.Place{}, false
	}
	return outbox.Place{CreatedAt: time.UnixMicro(micros).UTC(), ID: id}, true
}
