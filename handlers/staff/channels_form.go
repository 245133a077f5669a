package staff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
)

// secretNames are the fields that never go back to the page.
var secretNames = []string{"password", "secret", "report_secret", "key_secret", "report_token", "app_secret", "token", "aes_key"}

// fieldNames are the keys of what fields are called, by part.
var fieldNames = map[setting.Part]map[string]string{
	setting.PartEmail: {
		"on": "channels.field.on", "host": "channels.field.host", "port": "channels.field.port", "security": "channels.field.security",
		"user": "channels.field.user", "password": "channels.field.password", "from": "channels.field.from", "from_name": "channels.field.from_name",
		"unsubscribe": "channels.field.unsubscribe", "per_minute": "channels.field.per_minute",
	},
	setting.PartHook: {
		"on": "channels.field.on", "url": "channels.field.url", "key_id": "channels.field.hook_key", "secret": "channels.field.hook_secret",
		"report_key_id": "channels.field.report_key", "report_secret": "channels.field.report_secret", "per_minute": "channels.field.per_minute",
	},
	setting.PartAliyun: {
		"on": "channels.field.on", "key_id": "channels.field.aliyun_key", "key_secret": "channels.field.aliyun_secret", "sign_name": "channels.field.sign_name",
		"templates": "channels.field.templates", "report_token": "channels.field.report_token", "networks": "channels.field.networks",
		"per_minute": "channels.field.per_minute",
	},
	setting.PartWeChat: {
		"on": "channels.field.on", "app_id": "channels.field.app_id", "app_secret": "channels.field.app_secret", "token": "channels.field.wechat_token",
		"aes_key": "channels.field.aes_key", "templates": "channels.field.templates", "per_minute": "channels.field.per_minute",
	},
	setting.PartOrder: {"first": "channels.field.first"},
}

func fieldName(p *i18n.Printer, part setting.Part, field string) string {
	if key, ok := fieldNames[part][field]; ok {
		return p.T(key)
	}
	return field
}

// channelForm makes the fields of a part's form.
type channelForm struct {
	p     *i18n.Printer
	state form.State
	part  setting.Part
	held  []string // secrets that are there
}

// value is what a field holds: what was typed, if that was refused.
func (f *channelForm) value(name, kept string) string {
	if f.state.Refused() {
		return f.state.Value(name)
	}
	return kept
}

func (f *channelForm) field(name, hint, kept string) views.ChannelField {
	field := views.ChannelField{Field: components.Field{
		Name: name, Label: fieldName(f.p, f.part, name), Value: f.value(name, kept), Error: f.state.Error(name), Autocomplete: "off",
	}}
	if hint != "" {
		field.Hint = f.p.T(hint)
	}
	return field
}

// short is a field for few letters.
func (f *channelForm) short(name, hint, kept string) views.ChannelField {
	field := f.field(name, hint, kept)
	field.Size = components.Short
	return field
}

func (f *channelForm) tick(name, hint string, kept bool) views.ChannelField {
	value := ""
	if kept {
		value = yes
	}
	field := f.field(name, hint, value)
	field.Look = views.ChannelTick
	return field
}

// secret is a field whose value is shown to nobody.
func (f *channelForm) secret(name string) views.ChannelField {
	field := f.field(name, "channels.field.secret_none", "")
	if slices.Contains(f.held, name) && field.Error == "" {
		field.Hint = f.p.T("channels.field.secret_held")
	}
	field.Type, field.Autocomplete, field.Value = "password", "new-password", ""
	return field
}

func (f *channelForm) perMinute(kept int) views.ChannelField {
	field := f.short("per_minute", "channels.field.per_minute_hint", number(kept))
	field.InputMode = "numeric"
	return field
}

// number writes a number that may be left out.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

const yes = "yes"

// groupsOf are the fields of a part, those that belong together in groups.
func groupsOf(f *channelForm, part setting.ChannelPart) []views.ChannelGroup {
	f.part = part.Name()
	switch part := part.(type) {
	case *setting.Email:
		return f.email(part)
	case *setting.Hook:
		return f.hook(part)
	case *setting.Aliyun:
		return f.aliyun(part)
	case *setting.WeChat:
		return f.wechat(part)
	case *setting.Order:
		return f.order(part)
	}
	return nil
}

func (f *channelForm) email(e *setting.Email) []views.ChannelGroup {
	p := f.p
	security := f.field("security", "", e.Security)
	security.Look = views.ChannelSelect
	security.Options = []components.Option{
		{Value: "starttls", Label: p.T("channels.security.starttls")}, {Value: "tls", Label: p.T("channels.security.tls")},
		{Value: "none", Label: p.T("channels.security.none")},
	}
	port := f.short("port", "channels.field.port_hint", number(e.Port))
	port.InputMode = "numeric"
	from := f.field("from", "channels.field.from_hint", e.From)
	from.Type = "email"
	return []views.ChannelGroup{
		{Title: p.T("channels.group.server"), Fields: []views.ChannelField{
			f.tick("on", "", e.On), f.field("host", "channels.field.host_hint", e.Host), security, port, f.field("user", "channels.field.user_hint", e.User), f.secret("password"),
		}},
		{Title: p.T("channels.group.letters"), Fields: []views.ChannelField{
			from, f.field("from_name", "", e.FromName), f.tick("unsubscribe", "channels.field.unsubscribe_hint", e.Unsubscribe), f.perMinute(e.PerMinute),
		}},
	}
}

func (f *channelForm) hook(h *setting.Hook) []views.ChannelGroup {
	p := f.p
	return []views.ChannelGroup{
		{Title: p.T("channels.group.gateway"), Fields: []views.ChannelField{
			f.tick("on", "", h.On), f.field("url", "channels.field.url_hint", h.URL), f.short("key_id", "channels.field.hook_key_hint", h.KeyID), f.secret("secret"),
			f.perMinute(h.PerMinute),
		}},
		{Title: p.T("channels.group.reports"), Text: p.T("channels.group.reports_text"), Fields: []views.ChannelField{
			f.short("report_key_id", "channels.field.report_key_hint", h.ReportKeyID), f.secret("report_secret"),
		}},
	}
}

func (f *channelForm) aliyun(a *setting.Aliyun) []views.ChannelGroup {
	p := f.p
	networks := f.field("networks", "channels.field.networks_hint", strings.Join(a.Networks, "\n"))
	networks.Look = views.ChannelArea
	groups := []views.ChannelGroup{
		{Title: p.T("channels.group.account"), Fields: []views.ChannelField{
			f.tick("on", "", a.On), f.field("key_id", "", a.KeyID), f.secret("key_secret"), f.field("sign_name", "channels.field.sign_name_hint", a.SignName), f.perMinute(a.PerMinute),
		}},
		{Title: p.T("channels.group.reports"), Text: p.T("channels.group.reports_text"), Fields: []views.ChannelField{f.secret("report_token"), networks}},
		{Title: p.T("channels.field.templates"), Text: p.T("channels.group.aliyun_templates")},
	}
	for _, kind := range messageKinds() {
		codes := a.Templates[kind]
		chinese := f.of(kind, "zh-CN", p.T("channels.template.chinese"), placesText(p, kind, notice.SMS), codes.ZhCN)
		english := f.of(kind, "en", p.T("channels.template.english"), "", codes.En)
		groups[2].Sets = append(groups[2].Sets, views.ChannelSet{
			Legend: messageKind(p, kind), Open: chinese.Value+english.Value+chinese.Error+english.Error != "", Fields: []views.ChannelField{chinese, english},
		})
	}
	return groups
}

func (f *channelForm) wechat(w *setting.WeChat) []views.ChannelGroup {
	p := f.p
	groups := []views.ChannelGroup{
		{Title: p.T("channels.group.account"), Fields: []views.ChannelField{
			f.tick("on", "", w.On), f.field("app_id", "", w.AppID), f.secret("app_secret"), f.perMinute(w.PerMinute),
		}},
		{Title: p.T("channels.group.pushes"), Text: p.T("channels.group.pushes_text"), Fields: []views.ChannelField{f.secret("token"), f.secret("aes_key")}},
		{Title: p.T("channels.field.templates"), Text: p.T("channels.group.wechat_templates")},
	}
	for _, kind := range wechatKinds() {
		t := w.Templates[kind]
		template := f.of(kind, "id", p.T("channels.template.id"), "", t.ID)
		fields := f.of(kind, "fields", p.T("channels.template.fields"), placesText(p, kind, notice.WeChat), writeFields(t.Fields))
		fields.Look = views.ChannelArea
		groups[2].Sets = append(groups[2].Sets, views.ChannelSet{
			Legend: messageKind(p, kind), Open: template.Value+fields.Value+template.Error+fields.Error != "", Fields: []views.ChannelField{template, fields},
		})
	}
	return groups
}

func (f *channelForm) order(o *setting.Order) []views.ChannelGroup {
	first := f.field("first", "", string(o.First))
	first.Look = views.ChannelRadios
	for _, part := range []setting.Part{setting.PartHook, setting.PartAliyun} {
		first.Options = append(first.Options, components.Option{Value: string(part), Label: partName(f.p, part)})
	}
	return []views.ChannelGroup{{Fields: []views.ChannelField{first}}}
}

// of is a field of the template of a kind of message.
func (f *channelForm) of(kind, what, label, hint, kept string) views.ChannelField {
	field := f.field(setting.TemplateField(kind, what), "", kept)
	field.Label, field.Hint = label, hint
	return field
}

// factsOf are a form's fields for who may only read them.
func factsOf(p *i18n.Printer, groups []views.ChannelGroup) (facts components.Facts) {
	add := func(term string, f *views.ChannelField) {
		text := f.Value
		switch {
		case f.Type == "password":
			text = f.Hint
		case f.Look == views.ChannelTick:
			text = p.T("channels.no")
			if f.Value == yes {
				text = p.T("channels.yes")
			}
		}
		for _, o := range f.Options {
			if o.Value == f.Value {
				text = o.Label
			}
		}
		if text == "" {
			text = p.T("channels.empty")
		}
		facts = append(facts, components.Fact{Term: term, Text: text})
	}
	for i := range groups {
		for j := range groups[i].Fields {
			add(groups[i].Fields[j].Label, &groups[i].Fields[j])
		}
		for j := range groups[i].Sets {
			set := &groups[i].Sets[j]
			for k := range set.Fields {
				if set.Fields[k].Value != "" {
					add(p.T("channels.template.of", "kind", set.Legend, "what", set.Fields[k].Label), &set.Fields[k])
				}
			}
		}
	}
	return facts
}

// readPart takes a part from its form, or nothing where there is no such part.
func readPart(name setting.Part, v form.Values) setting.ChannelPart {
	seen, err := strconv.Atoi(v.Get("version"))
	if err != nil {
		seen = -1
	}
	version, on := setting.Version{Number: seen}, v.Get("on") == yes
	perMinute := setting.ParsePerMinute(v.Digits("per_minute"))
	switch name {
	case setting.PartEmail:
		return &setting.Email{
			Version: version, On: on, Host: v.Get("host"), Port: setting.ParsePort(v.Digits("port")), Security: v.Get("security"), User: v.Get("user"),
			Password: v.Raw("password"), From: v.Get("from"), FromName: v.Get("from_name"), Unsubscribe: v.Get("unsubscribe") == yes, PerMinute: perMinute,
		}
	case setting.PartHook:
		return &setting.Hook{
			Version: version, On: on, URL: v.Get("url"), KeyID: v.Get("key_id"), Secret: v.Raw("secret"), ReportKeyID: v.Get("report_key_id"),
			ReportSecret: v.Raw("report_secret"), PerMinute: perMinute,
		}
	case setting.PartAliyun:
		return &setting.Aliyun{
			Version: version, On: on, KeyID: v.Get("key_id"), KeySecret: v.Raw("key_secret"), SignName: v.Get("sign_name"), Templates: readCodes(v),
			ReportToken: v.Get("report_token"), Networks: strings.Fields(v.Get("networks")), PerMinute: perMinute,
		}
	case setting.PartWeChat:
		return &setting.WeChat{
			Version: version, On: on, AppID: v.Get("app_id"), AppSecret: v.Raw("app_secret"), Token: v.Get("token"), AESKey: v.Get("aes_key"),
			Templates: readTemplates(v), PerMinute: perMinute,
		}
	case setting.PartOrder:
		return &setting.Order{Version: version, First: setting.Part(v.Get("first"))}
	}
	return nil
}

func readCodes(v form.Values) map[string]setting.Words {
	var all map[string]setting.Words
	for _, kind := range messageKinds() {
		w := setting.Words{ZhCN: v.Get(setting.TemplateField(kind, "zh-CN")), En: v.Get(setting.TemplateField(kind, "en"))}
		if w == (setting.Words{}) {
			continue
		}
		if all == nil {
			all = map[string]setting.Words{}
		}
		all[kind] = w
	}
	return all
}

func readTemplates(v form.Values) map[string]setting.WeChatTemplate {
	var all map[string]setting.WeChatTemplate
	for _, kind := range wechatKinds() {
		t := setting.WeChatTemplate{ID: v.Get(setting.TemplateField(kind, "id")), Fields: readFields(v.Get(setting.TemplateField(kind, "fields")))}
		if t.ID == "" && len(t.Fields) == 0 {
			continue
		}
		if all == nil {
			all = map[string]setting.WeChatTemplate{}
		}
		all[kind] = t
	}
	return all
}

// readFields reads lines such as thing1 = item. A line that is none of these
// stays as it is, to be refused.
func readFields(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		field, place, _ := strings.Cut(strings.ReplaceAll(line, "＝", "="), "=")
		fields[strings.TrimSpace(field)] = strings.TrimSpace(place)
	}
	return fields
}

func writeFields(fields map[string]string) string {
	var b strings.Builder
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		b.WriteString(field + " = " + fields[field] + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// checkPlaces refuses a template that asks for what its kind of notice does not
// tell.
func checkPlaces(part setting.ChannelPart) error {
	w, ok := part.(*setting.WeChat)
	if !ok {
		return nil
	}
	var f fault.Fields
	for _, kind := range wechatKinds() {
		known := placesOf(kind, notice.WeChat)
		for _, place := range w.Templates[kind].Fields {
			if !slices.Contains(known, place) {
				f.Add(setting.TemplateField(kind, "fields"), "channels.fault.wechat_fields")
				break
			}
		}
	}
	return f.Err()
}

// accountKinds are the kinds of message about signing in.
var accountKinds = []outbox.Kind{
	outbox.SignInCode, outbox.PhoneCode, outbox.RecipientCode, outbox.NewDevice, outbox.Invitation, outbox.PhoneChanged, outbox.PhoneRequest,
	outbox.PasswordSet, outbox.AccountClosed, outbox.Membership,
}

// wechatKinds are the kinds of message that go by WeChat.
func wechatKinds() (kinds []string) {
	for _, k := range notice.Kinds {
		kinds = append(kinds, string(k))
	}
	return append(kinds, string(notice.TestMessage))
}

// messageKinds are all kinds of message.
func messageKinds() []string {
	kinds := wechatKinds()
	for _, k := range accountKinds {
		kinds = append(kinds, string(k))
	}
	return kinds
}

// placesOf are the names under which a provider's template can show what a kind
// of message says.
func placesOf(kind string, c notice.Channel) []string {
	switch k := outbox.Kind(kind); {
	case k == outbox.SignInCode, k == outbox.PhoneCode, k == outbox.RecipientCode:
		return []string{"code"}
	case k == notice.TestMessage && c == notice.WeChat:
		return []string{"what", "note"}
	case k == notice.TestMessage:
		return []string{"operator"}
	case notice.Kind(kind).Known():
		return notify.Places(notice.Kind(kind), c)
	}
	return nil
}

// placesText lists what a template of a kind of message can show.
func placesText(p *i18n.Printer, kind string, c notice.Channel) string {
	var all []string
	for _, place := range placesOf(kind, c) {
		if name := notify.PlaceName(p, place); name != "" {
			place = p.T("channels.places.named", "place", place, "name", name)
		}
		all = append(all, place)
	}
	if len(all) == 0 {
		return p.T("channels.places.none")
	}
	return p.T("channels.places.text", "places", p.List(all))
}
