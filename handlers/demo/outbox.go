package demo

import (
	"cmp"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/microcosm-cc/bluemonday"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/views/demo"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// shown is how many messages the page lists.
const shown = 50

// Outbox answers GET /demo/outbox: the messages that would have been sent.
func (h *Demo) Outbox(c echo.Context) error {
	latest, err := outbox.Latest(c.Request().Context(), h.DB, shown)
	if err != nil {
		return err
	}
	state := stateOf(latest)
	if page.IsHTMX(c.Request()) && c.QueryParam("state") == state {
		return c.NoContent(http.StatusNoContent) // what is there stays, with what the reader selected in it
	}
	p := page.Printer(c)
	props := demo.OutboxProps{Again: demo.OutboxPath + "?state=" + state}
	for i := range latest {
		props.Messages = append(props.Messages, h.message(p, &latest[i]))
	}
	return page.Render(c, http.StatusOK, demo.Outbox(h.frame(c, "demo.outbox.title"), props), page.Fragment{ID: demo.MessagesID})
}

// stateOf tells one state of the list from another.
func stateOf(all []outbox.Entry) string {
	h := fnv.New64a()
	for i := range all {
		h.Write([]byte(all[i].ID + string(all[i].State)))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

func (h *Demo) message(p *i18n.Printer, e *outbox.Entry) demo.Message {
	m := demo.Message{
		Channel: explain.ChannelName(p, e.Channel), Subject: e.Subject, HTML: seen.Sanitize(e.HTML), Fields: fieldsOf(e),
		Lang: e.Locale, Text: cmp.Or(e.Text, h.Sent.Text(e.ID), p.T("demo.outbox.wiped")),
		At:    components.Time{Text: p.ShortDateTime(e.CreatedAt), Machine: e.CreatedAt.Format(time.RFC3339), Full: p.DateTime(e.CreatedAt)},
		State: components.Tag{Verdict: components.Wait, Word: p.T("demo.outbox.waiting")},
	}
	if e.To != "" {
		m.To = p.T("demo.outbox.to", "phone", explain.Recipient(e.Channel, e.To))
	}
	switch e.State {
	case outbox.Queued, outbox.Sending:
	case outbox.Accepted:
		m.State = components.Tag{Verdict: components.OK, Word: p.T("demo.outbox.sent")}
	case outbox.Delivered:
		m.State = components.Tag{Verdict: components.OK, Word: p.T("demo.outbox.delivered")}
	case outbox.Read, outbox.Acknowledged:
		m.State = components.Tag{Verdict: components.OK, Word: p.T("demo.outbox.read")}
	case outbox.Failed, outbox.Dead:
		m.State = components.Tag{Verdict: components.Bad, Word: p.T("demo.outbox.failed")}
	}
	return m
}

// seen is what a page of ours shows of a mail's HTML: its paragraphs, lists and
// links, without the styles and the heading that stand in it.
var seen = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "ul", "li", "br", "hr")
	p.SkipElementsContent("title", "h1")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http")
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	return p
}()

// fieldsOf lists what fills the places of a provider's template, by their names.
func fieldsOf(e *outbox.Entry) (facts components.Facts) {
	for _, place := range slices.Sorted(maps.Keys(e.Fields)) {
		facts = append(facts, components.Fact{Term: place, Text: e.Fields[place]})
	}
	return facts
}
