package staff

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// Keys are the pages about keys of other systems.
type Keys struct{ *Staff }

// Routes registers the pages about keys.
func (h *Keys) Routes(r *server.Router) {
	see, change := guard.Staff(staff.SeeSettings), guard.Staff(staff.ChangeSettings)
	r.Get("/admin/keys", see, h.List)
	r.Get("/admin/keys/new", change, h.New)
	r.Post("/admin/keys/new", change, h.Add)
	r.Get("/admin/keys/:id", see, h.Key)
	r.Post("/admin/keys/:id/rotate", change, h.Rotate)
	r.Post("/admin/keys/:id/limit", change, h.Limit)
	r.Post("/admin/keys/:id/revoke", change, h.Revoke)
}

const (
	keysShown     = 50
	requestsShown = 50

	keyNameName  = "name"
	scopesName   = "scopes"
	networksName = "networks"
	overlapName  = "overlap"
)

// scopeHints are the keys of what a scope opens.
var scopeHints = map[apikey.Scope]string{
	apikey.MerchantsWrite:      "keys.scope_hints.merchants_write",
	apikey.TerminalsWrite:      "keys.scope_hints.terminals_write",
	apikey.EnrolmentsWrite:     "keys.scope_hints.enrolments_write",
	apikey.ImportsWrite:        "keys.scope_hints.imports_write",
	apikey.UsageWrite:          "keys.scope_hints.usage_write",
	apikey.SettlementsWrite:    "keys.scope_hints.settlements_write",
	apikey.TerminalsRead:       "keys.scope_hints.terminals_read",
	apikey.DeductionsRead:      "keys.scope_hints.deductions_read",
	apikey.DeductionsAuthorize: "keys.scope_hints.deductions_authorize",
	apikey.DeductionsWrite:     "keys.scope_hints.deductions_write",
	apikey.EventsRead:          "keys.scope_hints.events_read",
	apikey.EntryLinksWrite:     "keys.scope_hints.entry_links_write",
}

// List answers GET /admin/keys.
func (h *Keys) List(c echo.Context) error {
	after := c.QueryParam(afterParam)
	keys, more, err := apikey.List(c.Request().Context(), h.DB, h.Clock.Now(), after, keysShown)
	if err != nil {
		return err
	}
	frame := h.frame(c, views.KeysPath, "keys.title")
	p := frame.T
	props := views.KeysProps{
		Docs: guard.DocsPath, MayAdd: guard.StaffOf(c).Can(staff.ChangeSettings),
		Table: components.Table{Caption: frame.Title, Columns: []components.Column{
			{Label: p.T("keys.name")}, {Label: p.T("keys.scopes")}, {Label: p.T("keys.created")}, {Label: p.T("keys.used")}, {Label: p.T("keys.state")},
		}},
	}
	for i := range keys {
		k := &keys[i]
		props.Table.Rows = append(props.Table.Rows, components.Row{Cells: []components.Cell{
			{Text: k.Name, Href: keyHref(k.ID), Head: true}, {Text: scopesText(k.Scopes)}, {Text: p.ShortDateTime(k.CreatedAt), Part: k.CreatedBy},
			{Text: usedText(p, k)}, {Tag: keyTag(p, k)},
		}})
	}
	if more {
		props.Next = views.KeysPath + "?" + url.Values{afterParam: {keys[len(keys)-1].ID}}.Encode()
	}
	if after != "" {
		props.First = views.KeysPath
	}
	return page.Render(c, http.StatusOK, views.Keys(frame, props))
}

func keyHref(id string) string { return views.KeysPath + "/" + url.PathEscape(id) }

func scopesText(scopes []apikey.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

func usedText(p *i18n.Printer, k *apikey.Key) string {
	if k.LastUsedAt.IsZero() {
		return p.T("keys.never")
	}
	return p.ShortDateTime(k.LastUsedAt)
}

func keyTag(p *i18n.Printer, k *apikey.Key) components.Tag {
	switch {
	case k.Revoked():
		return components.Tag{Verdict: components.None, Word: p.T("keys.states.revoked")}
	case len(k.Secrets) > 1:
		return components.Tag{Verdict: components.Wait, Word: p.T("keys.states.rotating")}
	}
	return components.Tag{Verdict: components.OK, Word: p.T("keys.states.live")}
}

// New answers GET /admin/keys/new.
func (h *Keys) New(c echo.Context) error { return h.showNew(c, http.StatusOK, form.State{}) }

func (h *Keys) showNew(c echo.Context, status int, s form.State) error {
	frame := h.inside(c, views.KeysPath, "keys.title", "keys.add")
	p := frame.T
	props := views.NewKeyProps{
		State: s,
		Name: components.Field{
			Name: keyNameName, Label: p.T("keys.name"), Hint: p.T("keys.name_hint"), Value: s.Value(keyNameName), Error: s.Error(keyNameName),
			Autocomplete: "off", MaxLength: strconv.Itoa(apikey.MaxName), Required: true,
		},
		Networks: components.Field{
			Name: networksName, Label: p.T("keys.networks"), Hint: p.T("keys.networks_hint"), Value: s.Value(networksName), Error: s.Error(networksName),
			Autocomplete: "off", Optional: p.T("keys.optional"),
		},
		PerMinute: perMinuteField(p, apikey.DefaultPerMinute, s),
	}
	for i, scope := range apikey.Scopes {
		box := views.ScopeBox{ID: form.ID(scopesName), Value: string(scope), Hint: p.T(scopeHints[scope]), Ticked: s.Chosen(scopesName, string(scope))}
		if i > 0 {
			box.ID += "-" + strconv.Itoa(i)
		}
		props.Scopes = append(props.Scopes, box)
	}
	return page.Render(c, status, views.NewKey(frame, props))
}

// perMinuteField asks how much a key may ask in a minute.
func perMinuteField(p *i18n.Printer, now int, s form.State) components.Field {
	f := components.Field{
		Name: apikey.PerMinuteField, Label: p.T("keys.per_minute"), Hint: p.T("keys.per_minute_hint"), Value: strconv.Itoa(now), Error: s.Error(apikey.PerMinuteField),
		Autocomplete: "off", InputMode: "numeric", MaxLength: strconv.Itoa(len(strconv.Itoa(apikey.MaxPerMinute))), Size: components.Short, Required: true,
	}
	if s.Refused() {
		f.Value = s.Value(apikey.PerMinuteField)
	}
	return f
}

// perMinuteOf reads how much a key may ask in a minute. What is no number is none
// that is allowed.
func perMinuteOf(v form.Values) int {
	return cmp.Or(v.Number(apikey.PerMinuteField), -1)
}

// Add answers POST /admin/keys/new: the key is shown this once.
func (h *Keys) Add(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	by, err := apikey.ByStaff(guard.StaffOf(c))
	if err != nil {
		return err
	}
	n := apikey.NewKey{Name: values.Get(keyNameName), PerMinute: perMinuteOf(values), Networks: strings.FieldsFunc(values.Get(networksName), func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })}
	for _, s := range values.All(scopesName) {
		n.Scopes = append(n.Scopes, apikey.Scope(s))
	}
	id, secret, err := apikey.Add(c.Request().Context(), h.DB, h.Clock.Now(), by, n)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showNew(c, status, state)
	}
	if err != nil {
		return err
	}
	return h.showSecret(c, id, n.Name, secret, "")
}

// showSecret shows a key's secret. It is kept nowhere, so that it is shown this
// once.
func (h *Keys) showSecret(c echo.Context, id, name, secret, note string) error {
	frame := h.inside(c, views.KeysPath, "keys.title", "keys.secret_title")
	return page.Render(c, http.StatusOK, views.KeySecret(frame, views.KeySecretProps{Name: name, Secret: secret, Note: note, Back: keyHref(id), Docs: guard.DocsPath}))
}

// Key answers GET /admin/keys/{id}: one key, and what was asked by it.
func (h *Keys) Key(c echo.Context) error { return h.showKey(c, http.StatusOK, form.State{}) }

func (h *Keys) showKey(c echo.Context, status int, s form.State) error {
	ctx, id, before := c.Request().Context(), c.Param("id"), c.QueryParam(beforeParam)
	k, err := apikey.Get(ctx, h.DB, h.Clock.Now(), id)
	if err != nil {
		return err
	}
	requests, more, err := apikey.Requests(ctx, h.DB, id, before, requestsShown)
	if err != nil {
		return err
	}
	frame := h.inside(c, views.KeysPath, "keys.title", "keys.page_title", "name", k.Name)
	p := frame.T
	props := views.KeyProps{State: s, Facts: keyFacts(p, k), Secrets: secretTable(p, k), Requests: requestTable(p, requests), Pager: components.Pager{T: p}}
	if more {
		props.Pager.Older = keyHref(id) + "?" + url.Values{beforeParam: {requests[len(requests)-1].ID}}.Encode()
	}
	if before != "" {
		props.Pager.Newer = keyHref(id)
	}
	if guard.StaffOf(c).Can(staff.ChangeSettings) && !k.Revoked() {
		props.Action = keyHref(id)
		props.PerMinute = perMinuteField(p, k.PerMinute, s)
		props.Overlap = components.Field{Name: overlapName, Label: p.T("keys.overlap"), Hint: p.T("keys.overlap_hint"), Value: "24"}
		for _, o := range overlaps {
			props.Overlaps = append(props.Overlaps, components.Option{Value: o.hours, Label: p.T(o.name)})
		}
	}
	return page.Render(c, status, views.Key(frame, props))
}

// overlaps are for how long two secrets may count, in hours.
var overlaps = []struct{ hours, name string }{
	{"0", "keys.overlaps.none"}, {"1", "keys.overlaps.hour"}, {"24", "keys.overlaps.day"}, {"168", "keys.overlaps.week"}, {"720", "keys.overlaps.month"},
}

func keyFacts(p *i18n.Printer, k *apikey.Key) components.Facts {
	networks := p.T("keys.anywhere")
	if len(k.Networks) > 0 {
		networks = networksText(k.Networks)
	}
	facts := components.Facts{
		{Term: p.T("keys.state"), Body: keyTag(p, k)},
		{Term: p.T("keys.scopes"), Text: scopesText(k.Scopes)},
		{Term: p.T("keys.networks"), Text: networks},
		{Term: p.T("keys.per_minute"), Text: p.Count(int64(k.PerMinute))},
		{Term: p.T("keys.created"), Text: p.DateTime(k.CreatedAt), Part: k.CreatedBy},
		{Term: p.T("keys.used"), Text: usedText(p, k)},
	}
	if k.Revoked() {
		facts = append(facts, components.Fact{Term: p.T("keys.revoked_at"), Text: p.DateTime(k.RevokedAt)})
	}
	return facts
}

func networksText(networks []netip.Prefix) string {
	words := make([]string, len(networks))
	for i, n := range networks {
		words[i] = n.String()
	}
	return strings.Join(words, " ")
}

// secretTable lists the secrets that count, of a key that does.
func secretTable(p *i18n.Printer, k *apikey.Key) components.Table {
	t := components.Table{Caption: p.T("keys.secrets"), Columns: []components.Column{
		{Label: p.T("keys.begins")}, {Label: p.T("keys.created")}, {Label: p.T("keys.counts_until")},
	}}
	if k.Revoked() {
		return t
	}
	for _, s := range k.Secrets {
		until := p.T("keys.open_ended")
		if !s.EndsAt.IsZero() {
			until = p.ShortDateTime(s.EndsAt)
		}
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: s.Hint + "…", Head: true}, {Text: p.ShortDateTime(s.CreatedAt)}, {Text: until},
		}})
	}
	return t
}

func requestTable(p *i18n.Printer, all []apikey.Logged) components.Table {
	t := components.Table{Caption: p.T("keys.requests"), Columns: []components.Column{
		{Label: p.T("keys.at")}, {Label: p.T("keys.route")}, {Label: p.T("keys.status")}, {Label: p.T("keys.took"), Num: true}, {Label: p.T("keys.request_id")},
	}}
	for i := range all {
		r := &all[i]
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: p.DateTime(r.At)}, {Text: r.Method + " " + r.Route, Head: true}, {Text: strconv.Itoa(r.Status), Part: r.Problem},
			{Text: p.T("keys.milliseconds", "n", strconv.FormatInt(r.Took.Milliseconds(), 10))}, {Text: r.RequestID},
		}})
	}
	return t
}

// Rotate answers POST /admin/keys/{id}/rotate: another secret is shown this once.
func (h *Keys) Rotate(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	by, err := apikey.ByStaff(guard.StaffOf(c))
	if err != nil {
		return err
	}
	hours, _ := strconv.Atoi(values.Get(overlapName)) // a text that is none is no overlap
	overlap := min(time.Duration(max(hours, 0)), time.Duration(apikey.MaxOverlap/time.Hour)) * time.Hour
	ctx, id, now := c.Request().Context(), c.Param("id"), h.Clock.Now()
	secret, err := apikey.Rotate(ctx, h.DB, now, by, id, overlap)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showKey(c, status, state)
	}
	if err != nil {
		return err
	}
	k, err := apikey.Get(ctx, h.DB, now, id)
	if err != nil {
		return err
	}
	note := printer(c).T("keys.before_ended")
	if overlap > 0 {
		note = printer(c).T("keys.before_until", "at", now.Add(overlap))
	}
	return h.showSecret(c, id, k.Name, secret, note)
}

// Limit answers POST /admin/keys/{id}/limit.
func (h *Keys) Limit(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	by, err := apikey.ByStaff(guard.StaffOf(c))
	if err != nil {
		return err
	}
	id := c.Param("id")
	err = apikey.Limit(c.Request().Context(), h.DB, h.Clock.Now(), by, id, perMinuteOf(values))
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showKey(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, keyHref(id), "keys.limited")
}

// Revoke answers POST /admin/keys/{id}/revoke.
func (h *Keys) Revoke(c echo.Context) error {
	values, err := form.Read(c)
	if err != nil {
		return err
	}
	by, err := apikey.ByStaff(guard.StaffOf(c))
	if err != nil {
		return err
	}
	id := c.Param("id")
	err = apikey.Revoke(c.Request().Context(), h.DB, h.Clock.Now(), by, id)
	if state, status, ok := guard.Refused(c, values, err); ok {
		return h.showKey(c, status, state)
	}
	if err != nil {
		return err
	}
	return done(c, keyHref(id), "keys.revoked")
}
