package demo

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

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
	props := demo.OutboxProps{Again: "/demo/outbox?state=" + state}
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
		To: e.To, Lang: e.Locale, Text: cmp.Or(e.Text, h.Sent.Text(e.ID), p.T("demo.outbox.wiped")),
		At:    components.Time{Text: p.ShortDateTime(e.CreatedAt), Machine: e.CreatedAt.Format(time.RFC3339), Full: p.DateTime(e.CreatedAt)},
		State: components.Tag{Verdict: components.Wait, Word: p.T("demo.outbox.waiting")},
	}
	switch e.State {
	case outbox.Accepted:
		m.State = components.Tag{Verdict: components.OK, Word: p.T("demo.outbox.sent")}
	case outbox.Failed, outbox.Dead:
		m.State = components.Tag{Verdict: components.Bad, Word: p.T("demo.outbox.failed")}
	}
	return m
}
