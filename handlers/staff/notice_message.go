package staff

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// Message answers GET /admin/notices/messages/{id}: one message as it was sent,
// and every time of its way.
func (h *NoticePages) Message(c echo.Context) error {
	return h.showMessage(c, http.StatusOK, form.State{})
}

// Resend answers POST /admin/notices/messages/{id}/resend.
func (h *NoticePages) Resend(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	id, err := notice.Resend(c.Request().Context(), h.DB, h.Clock, h.Jobs, guard.StaffOf(c), c.Param("id"), values.Get(whyName))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showMessage(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, messageHref(id), "admin_notices.resend.done")
}

func (h *NoticePages) showMessage(c echo.Context, status int, state form.State) error {
	read, err := notice.ReadCase(c.Request().Context(), h.DB, c.Param("id"))
	if err != nil {
		return err
	}
	frame := h.frame(c, views.NoticesPath, "admin_notices.title")
	p := frame.T
	frame.Title = messageKind(p, string(read.Kind))
	frame.Crumbs = []page.Link{
		{Label: p.T("admin_notices.title"), Href: views.NoticesPath}, {Label: p.T("admin_notices.search.title"), Href: views.MessagesPath}, {Label: frame.Title},
	}
	v := messagePresenter{p: p, read: read, h: h}
	props := v.props()
	props.State = state
	props.Heading = components.Heading{Title: frame.Title, Lead: v.lead()}
	if guard.StaffOf(c).Can(staff.ResendNotices) && mayResend(&read.Entry) {
		props.Resend = &views.AnswerForm{
			Action: messageHref(read.ID) + "/resend", Title: p.T("admin_notices.resend.title"), Text: p.T("admin_notices.resend.text"),
			Reason: &components.Field{
				Name: whyName, Label: p.T("admin_notices.resend.reason"), Value: state.Value(whyName), Error: state.Error(whyName), Required: true, MaxLength: "1000",
			},
			Submit: components.Button{Label: p.T("admin_notices.resend.submit"), Look: components.Plain},
		}
	}
	if props.Resend == nil {
		props.State = withoutFields(state)
	}
	return page.Render(c, status, views.Message(frame, props))
}

// mayResend reports whether a message can be sent again at all.
func mayResend(e *outbox.Entry) bool {
	return e.Channel != outbox.Inbox && e.ContentHash != "" && e.State != outbox.Queued && e.State != outbox.Sending
}

// messagePresenter turns a message into finished texts.
type messagePresenter struct {
	p    *i18n.Printer
	read *notice.Case
	h    *NoticePages
}

func (v *messagePresenter) lead() string {
	m := v.read
	if m.Merchant == "" {
		return v.p.T("admin_notices.message.lead", "channel", channelName(v.p, m.Channel), "at", m.CreatedAt)
	}
	return v.p.T("admin_notices.message.lead_to", "channel", channelName(v.p, m.Channel), "merchant", m.Merchant, "ref", m.MerchantRef, "at", m.CreatedAt)
}

func (v *messagePresenter) props() views.MessageProps {
	p, m := v.p, v.read
	props := views.MessageProps{
		Tag: messageState(p, m.Channel, m.State), Twice: m.MaybeTwice, Detail: m.LastError, Subject: m.Subject, Text: m.Text, Lang: m.Locale, HTML: m.HTML,
		Times: v.times(), Facts: v.facts(), Told: v.told(), Copies: v.copies(), Fate: v.fate(),
	}
	if m.Reason != "" {
		props.Why = reasonText(p, m.Reason)
	}
	if m.Text == "" && m.ContentHash == "" {
		props.Gone = p.T("admin_notices.message.gone")
	}
	for _, place := range slices.Sorted(maps.Keys(m.Fields)) {
		term := place
		if name := notify.PlaceName(p, place); name != "" {
			term = p.T("channels.places.named", "place", place, "name", name)
		}
		props.Fields = append(props.Fields, components.Fact{Term: term, Text: m.Fields[place]})
	}
	if more := m.Lines - len(m.About); more > 0 {
		props.More = p.N("admin_notices.message.more", more)
	}
	return props
}

// times are every moment of a message's way that somebody spoke of.
func (v *messagePresenter) times() (facts components.Facts) {
	p, m := v.p, v.read
	accepted := "admin_notices.time.accepted"
	if m.Channel == outbox.Inbox {
		accepted = "admin_notices.state.put"
	}
	for _, t := range []struct {
		key string
		at  time.Time
	}{
		{"admin_notices.time.created", m.CreatedAt}, {accepted, m.AcceptedAt}, {"admin_notices.time.delivered", m.DeliveredAt},
		{"admin_notices.time.read", m.ReadAt}, {"admin_notices.time.acknowledged", m.AcknowledgedAt}, {"admin_notices.time.failed", m.FailedAt},
		{"admin_notices.time.counted", m.CountedAt},
	} {
		if !t.at.IsZero() {
			facts = append(facts, components.Fact{Term: p.T(t.key), Text: p.DateTime(t.at)})
		}
	}
	if m.State == outbox.Queued {
		facts = append(facts, components.Fact{Term: p.T("admin_notices.time.next"), Text: p.DateTime(m.NextAt)})
	}
	return facts
}

func (v *messagePresenter) facts() (facts components.Facts) {
	p, m := v.p, v.read
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, components.Fact{Term: p.T(key), Text: text})
		}
	}
	ref := func(key, text string) {
		if text != "" {
			facts = append(facts, components.Fact{Term: p.T(key), Body: components.Reference{Text: text}})
		}
	}
	add("admin_notices.message.to", explain.Recipient(m.Channel, m.To))
	add("admin_notices.message.language", languageName(p, m.Locale))
	add("admin_notices.message.template", m.Template)
	add("admin_notices.message.tries", strconv.Itoa(m.Attempts))
	add("admin_notices.message.provider", providerName(p, m.Provider))
	ref("admin_notices.message.provider_id", m.ProviderID)
	ref("admin_notices.message.id", m.ID)
	ref("admin_notices.message.code", m.Code)
	ref("admin_notices.message.hash", m.ContentHash)
	if m.AgainFor != "" {
		facts = append(facts, components.Fact{Term: p.T("admin_notices.message.again_for"), Body: components.ButtonLink{
			Label: p.T("admin_notices.message.earlier"), Href: messageHref(m.AgainFor), Look: components.Plain,
		}})
	}
	return facts
}

// languageName names a language in itself.
func languageName(p *i18n.Printer, locale string) string {
	if locale == string(i18n.En) {
		return p.T("admin_notices.language.en")
	}
	return p.T("admin_notices.language.zh")
}

// providerName says who took a message.
func providerName(p *i18n.Printer, provider string) string {
	for _, w := range partWords {
		if string(w.part) == provider {
			return p.T(w.name)
		}
	}
	return provider
}

// told lists what a message's letter tells of.
func (v *messagePresenter) told() components.Table {
	p, plans := v.p, v.h.Plans.Plans()
	t := components.Table{Caption: p.T("admin_notices.message.told"), Columns: []components.Column{
		{Label: p.T("admin_notices.column.what")}, {Label: p.T("admin_notices.column.terminal")}, {Label: p.T("admin_notices.column.day")},
		{Label: p.T("admin_notices.column.amount"), Num: true},
	}}
	for i := range v.read.About {
		a := &v.read.About[i]
		what, amount := a.Ref, ""
		if a.PlanID != 0 {
			what = planName(p, plans, a.PlanID)
		}
		if a.Amount != 0 {
			amount = p.Money(int64(a.Amount))
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: what, Head: true}, {Text: a.Alias, Part: a.SN}, {Text: p.Date(a.DueOn)}, {Text: amount},
		}})
	}
	return t
}

// copies lists the letter's other messages.
func (v *messagePresenter) copies() components.Table {
	p := v.p
	t := components.Table{Caption: p.T("admin_notices.message.copies"), Columns: []components.Column{
		{Label: p.T("admin_notices.column.at")}, {Label: p.T("admin_notices.column.channel")}, {Label: p.T("admin_notices.column.state")},
	}}
	for i := range v.read.Copies {
		e := &v.read.Copies[i]
		if e.ID == v.read.ID {
			continue
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.ShortDateTime(e.CreatedAt), Href: messageHref(e.ID), Head: true}, {Text: channelName(p, e.Channel), Part: explain.Recipient(e.Channel, e.To)},
			{Tag: messageState(p, e.Channel, e.State)},
		}})
	}
	return t
}

// fate says what became of the letter.
func (v *messagePresenter) fate() components.Facts {
	p, l := v.p, v.read.Letter
	if l == nil {
		return nil
	}
	var names []string
	for _, c := range l.Channels {
		names = append(names, channelName(p, string(c)))
	}
	state := map[string]string{
		"open": "admin_notices.letter.open", "told": "admin_notices.letter.told", "unreached": "admin_notices.letter.unreached",
	}[l.State]
	facts := components.Facts{{Term: p.T("admin_notices.column.state"), Text: p.T(state)}}
	if len(names) > 0 {
		facts = append(facts, components.Fact{Term: p.T("admin_notices.letter.channels"), Text: p.List(names)})
	}
	if !l.HandledAt.IsZero() {
		facts = append(facts, components.Fact{
			Term: p.T("admin_notices.letter.called"), Text: p.T("admin_notices.letter.called_by", "name", l.HandledBy, "at", l.HandledAt), Part: l.Remark,
		})
	}
	return facts
}

func copiesHref(letterID string) string {
	return withQuery(views.MessagesPath, url.Values{letterParam: {letterID}})
}
