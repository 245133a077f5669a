package staff

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/webhook"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Webhooks are the pages about where other systems are told of what happens.
type Webhooks struct {
	*Staff
	Hooks *webhook.Hooks
}

// Routes registers the pages about endpoints.
func (h *Webhooks) Routes(r *server.Router) {
	see, change := guard.Staff(staff.SeeSettings), guard.Staff(staff.ChangeSettings)
	r.Get("/admin/webhooks", see, h.List)
	r.Get("/admin/webhooks/new", change, h.New)
	r.Post("/admin/webhooks/new", change, h.Add)
	r.Get("/admin/webhooks/:id", see, h.One)
	r.Get("/admin/webhooks/:id/edit", change, h.Edit)
	r.Post("/admin/webhooks/:id/edit", change, h.Change)
	r.Post("/admin/webhooks/:id/rotate", change, h.Rotate)
	r.Post("/admin/webhooks/:id/try", change, h.Try)
	r.Post("/admin/webhooks/:id/replay", change, h.ReplaySpan)
	r.Post("/admin/webhooks/:id/messages/:event/replay", change, h.Replay)
	r.Post("/admin/webhooks/:id/disable", change, h.Disable)
	r.Post("/admin/webhooks/:id/enable", change, h.Enable)
}

const (
	deliveriesShown = 50

	urlName         = "url"
	descriptionName = "description"
	kindsName       = "kinds"
)

// byOf returns who looks after endpoints in a request.
func byOf(c echo.Context) webhook.By {
	a := guard.StaffOf(c)
	return webhook.By{Actor: a.Audit(), Name: a.Name, RequestID: a.RequestID}
}

func webhookHref(id string) string { return views.WebhooksPath + "/" + url.PathEscape(id) }

// List answers GET /admin/webhooks.
func (h *Webhooks) List(c echo.Context) error {
	all, err := webhook.List(c.Request().Context(), h.DB)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.WebhooksPath, "webhooks.title")
	p := frame.T
	props := views.WebhooksProps{
		Docs: guard.DocsPath, MayAdd: guard.StaffOf(c).Can(staff.ChangeSettings),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{
			{Label: p.T("webhooks.description")}, {Label: p.T("webhooks.url")}, {Label: p.T("webhooks.kinds")}, {Label: p.T("webhooks.state")},
			{Label: p.T("webhooks.waiting"), Num: true}, {Label: p.T("webhooks.dead"), Num: true},
		}},
	}
	for i := range all {
		e := &all[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: e.Description, Href: webhookHref(e.ID), Head: true}, {Text: e.URL}, {Text: kindsText(p, e.Kinds)}, {Tag: webhookTag(p, e)},
			{Text: p.Count(int64(e.Waiting))}, {Text: p.Count(int64(e.Dead))},
		}})
	}
	return page.Render(c, http.StatusOK, views.Webhooks(frame, props))
}

func kindsText(p *i18n.Printer, kinds []webhook.Kind) string {
	if len(kinds) == 0 {
		return p.T("webhooks.all_kinds")
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, " ")
}

func webhookTag(p *i18n.Printer, e *webhook.Endpoint) components.Tag {
	switch {
	case e.Disabled() && e.DisabledWhy == webhook.Gone:
		return components.Tag{Verdict: components.Bad, Word: p.T("webhooks.states.gone")}
	case e.Disabled() && e.DisabledWhy == webhook.Failing:
		return components.Tag{Verdict: components.Bad, Word: p.T("webhooks.states.dead")}
	case e.Disabled():
		return components.Tag{Verdict: components.None, Word: p.T("webhooks.states.staff")}
	case !e.FailingSince.IsZero():
		return components.Tag{Verdict: components.Wait, Word: p.T("webhooks.states.failing")}
	}
	return components.Tag{Verdict: components.OK, Word: p.T("webhooks.states.live")}
}

// New answers GET /admin/webhooks/new.
func (h *Webhooks) New(c echo.Context) error { return h.showNew(c, http.StatusOK, form.State{}) }

func (h *Webhooks) showNew(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, views.WebhooksPath, "webhooks.title", "webhooks.new_title")
	props := webhookForm(frame.T, s)
	props.Lead, props.Action, props.Button = frame.T.T("webhooks.new_lead"), views.NewWebhookPath, frame.T.T("webhooks.add")
	return page.Render(c, status, views.WebhookForm(frame, props))
}

func webhookForm(p *i18n.Printer, s form.State) views.WebhookFormProps {
	props := views.WebhookFormProps{
		State: s,
		Description: components.Field{
			Name: descriptionName, Label: p.T("webhooks.description"), Hint: p.T("webhooks.description_hint"), Value: s.Value(descriptionName), Error: s.Error(descriptionName),
			Autocomplete: "off", MaxLength: strconv.Itoa(webhook.MaxDescription), Required: true,
		},
		URL: components.Field{
			Name: urlName, Label: p.T("webhooks.url"), Hint: p.T("webhooks.url_hint"), Value: s.Value(urlName), Error: s.Error(urlName),
			Type: "url", Autocomplete: "off", MaxLength: strconv.Itoa(webhook.MaxURL), Required: true,
		},
	}
	for i, k := range webhook.Kinds {
		box := views.KindBox{ID: form.ID(kindsName), Value: string(k), Ticked: s.Chosen(kindsName, string(k))}
		if i > 0 {
			box.ID += "-" + strconv.Itoa(i)
		}
		props.Kinds = append(props.Kinds, box)
	}
	return props
}

func wantedOf(values form.Values) webhook.Wanted {
	w := webhook.Wanted{URL: values.Get(urlName), Description: values.Get(descriptionName)}
	for _, k := range values.All(kindsName) {
		w.Kinds = append(w.Kinds, webhook.Kind(k))
	}
	return w
}

// Add answers POST /admin/webhooks/new: the secret is shown this once.
func (h *Webhooks) Add(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	w := wantedOf(values)
	id, secret, err := h.Hooks.Add(c.Request().Context(), byOf(c), w)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNew(c, status, state)
	}
	if err != nil {
		return err
	}
	return h.showSecret(c, id, w.Description, secret, "")
}

// showSecret shows an endpoint's secret. It can't be had again.
func (h *Webhooks) showSecret(c echo.Context, id, name, secret, note string) error {
	frame := h.inside(c, views.WebhooksPath, "webhooks.title", "webhooks.secret_title")
	return page.Render(c, http.StatusOK, views.WebhookSecret(frame, views.WebhookSecretProps{Name: name, Secret: secret, Note: note, Back: webhookHref(id)}))
}

// Edit answers GET /admin/webhooks/{id}/edit.
func (h *Webhooks) Edit(c echo.Context) error {
	e, err := webhook.ReadPage(c.Request().Context(), h.DB, h.Clock.Now(), c.Param("id"), webhook.Which{})
	if err != nil {
		return err
	}
	values := form.Values{urlName: {e.URL}, descriptionName: {e.Description}}
	for _, k := range e.Kinds {
		values[kindsName] = append(values[kindsName], string(k))
	}
	return h.showEdit(c, http.StatusOK, form.Filled(values))
}

func (h *Webhooks) showEdit(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, views.WebhooksPath, "webhooks.title", "webhooks.edit_title")
	props := webhookForm(frame.T, s)
	props.Action, props.Button = webhookHref(c.Param("id"))+"/edit", frame.T.T("webhooks.save")
	return page.Render(c, status, views.WebhookForm(frame, props))
}

// Change answers POST /admin/webhooks/{id}/edit.
func (h *Webhooks) Change(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	err = h.Hooks.Change(c.Request().Context(), byOf(c), id, wantedOf(values))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showEdit(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, webhookHref(id), "webhooks.saved")
}

// Rotate answers POST /admin/webhooks/{id}/rotate: another secret is shown this
// once.
func (h *Webhooks) Rotate(c echo.Context) error {
	if _, err := form.Read(c); err != nil {
		return err
	}
	ctx, id, now := c.Request().Context(), c.Param("id"), h.Clock.Now()
	secret, err := h.Hooks.Rotate(ctx, byOf(c), id)
	if err != nil {
		return err
	}
	e, err := webhook.ReadPage(ctx, h.DB, now, id, webhook.Which{})
	if err != nil {
		return err
	}
	return h.showSecret(c, id, e.Description, secret, printer(c).T("webhooks.before_until", "at", now.Add(webhook.Overlap)))
}

// Try answers POST /admin/webhooks/{id}/try.
func (h *Webhooks) Try(c echo.Context) error {
	return h.act(c, "webhooks.tried", func(by webhook.By, id string) error { return h.Hooks.Try(c.Request().Context(), by, id) })
}

// Replay answers POST /admin/webhooks/{id}/messages/{event}/replay.
func (h *Webhooks) Replay(c echo.Context) error {
	return h.act(c, "webhooks.replayed_one", func(by webhook.By, id string) error {
		return h.Hooks.Replay(c.Request().Context(), by, id, c.Param("event"))
	})
}

// Disable answers POST /admin/webhooks/{id}/disable.
func (h *Webhooks) Disable(c echo.Context) error {
	return h.act(c, "webhooks.disabled", func(by webhook.By, id string) error { return h.Hooks.Disable(c.Request().Context(), by, id) })
}

// Enable answers POST /admin/webhooks/{id}/enable.
func (h *Webhooks) Enable(c echo.Context) error {
	return h.act(c, "webhooks.enabled", func(by webhook.By, id string) error { return h.Hooks.Enable(c.Request().Context(), by, id) })
}

// act does something to an endpoint that asks for no values, and leads back to it.
func (h *Webhooks) act(c echo.Context, said string, do func(by webhook.By, id string) error) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	err = do(byOf(c), id)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.show(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, webhookHref(id), said)
}
