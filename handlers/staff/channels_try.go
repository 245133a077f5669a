package staff

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/delivery"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
)

// tryLasts is how long somebody waits for a provider's word.
const tryLasts = 25 * time.Second

// tryKind is the kind of a message that shows whether a part works.
const tryKind outbox.Kind = "try"

// Fields of the form for a message to see whether a part works.
const (
	toName       = "to"
	templateName = "template"
)

// tryOf is the message that a form asks for.
func (h *ChannelPages) tryOf(p *i18n.Printer, part setting.ChannelPart, v form.Values) (outbox.Outgoing, error) {
	if len(part.Missing()) > 0 {
		return outbox.Outgoing{}, fault.New(fault.Conflict, "channels.fault.not_whole")
	}
	m := outbox.Outgoing{
		Kind: tryKind, To: v.Get(toName), Locale: string(p.Locale()), Subject: p.T("channels.try.subject"), Text: p.T("channels.try.body"),
	}
	var f fault.Fields
	switch part := part.(type) {
	case *setting.Email:
		if !strings.Contains(m.To, "@") {
			f.Add(toName, "channels.fault.mail_address")
		}
	case *setting.Hook, *setting.Aliyun:
		number, ok := account.ParsePhone(m.To)
		if !ok {
			f.Add(toName, "channels.fault.phone")
		}
		m.To = number
		if aliyun, ok := part.(*setting.Aliyun); ok {
			kind, locale, _ := strings.Cut(v.Get(templateName), " ")
			codes := aliyun.Templates[kind]
			if codes.ZhCN == "" && locale == string(i18n.ZhCN) || codes.En == "" && locale == string(i18n.En) {
				f.Add(templateName, "channels.fault.choice")
			}
			m.Kind, m.Locale, m.Fields = outbox.Kind(kind), locale, examples(p, kind, notice.SMS)
		}
	case *setting.WeChat:
		if m.To == "" {
			f.Add(toName, "channels.fault.needed")
		}
		kind := v.Get(templateName)
		if part.Templates[kind].ID == "" {
			f.Add(templateName, "channels.fault.choice")
		}
		m.Kind, m.Fields = outbox.Kind(kind), examples(p, kind, notice.WeChat)
	}
	return m, f.Err()
}

// exampleKeys are the keys of what stands in a template's places in a message
// that only shows whether a part works.
var exampleKeys = map[string]string{
	"date": "channels.example.date", "amount": "channels.example.amount", "item": "channels.example.item", "terminal": "channels.example.terminal",
	"before_date": "channels.example.before_date", "before": "channels.example.before", "after": "channels.example.after", "reason": "channels.example.reason",
	"month": "channels.example.month", "percent": "channels.example.percent", "number": "channels.example.number", "at": "channels.example.at",
	"what": "channels.example.what", "note": "channels.example.note", "operator": "channels.example.operator",
	"n": "channels.example.n", "code": "channels.example.code",
}

func examples(p *i18n.Printer, kind string, c notice.Channel) map[string]string {
	fields := map[string]string{}
	for _, place := range placesOf(kind, c) {
		if key, ok := exampleKeys[place]; ok {
			fields[place] = p.T(key)
		}
	}
	return fields
}

// try asks for a message to see whether a part works, and says what became of
// the one that was sent.
func (h *ChannelPages) try(p *i18n.Printer, part setting.ChannelPart, s form.State, asked bool, receipt *outbox.Receipt) *views.ChannelTry {
	if !asked {
		s = form.State{}
	}
	to := views.ChannelField{Field: components.Field{
		Name: toName, Label: p.T("channels.try.to"), Value: s.Value(toName), Error: s.Error(toName), Required: true, Autocomplete: "off",
	}}
	t := &views.ChannelTry{Action: partHref(part.Name()) + "/try"}
	var templates []components.Option
	switch part := part.(type) {
	case *setting.Email:
		to.Label, to.Type = p.T("channels.try.to_address"), "email"
	case *setting.Hook, *setting.Aliyun:
		to.Label, to.Type = p.T("channels.try.to_number"), "tel"
		if aliyun, ok := part.(*setting.Aliyun); ok {
			for _, kind := range messageKinds() {
				codes := aliyun.Templates[kind]
				if codes.ZhCN != "" {
					templates = append(templates, components.Option{Value: kind + " " + string(i18n.ZhCN), Label: p.T("channels.template.of", "kind", messageKind(p, kind), "what", p.T("channels.template.chinese"))})
				}
				if codes.En != "" {
					templates = append(templates, components.Option{Value: kind + " " + string(i18n.En), Label: p.T("channels.template.of", "kind", messageKind(p, kind), "what", p.T("channels.template.english"))})
				}
			}
		}
	case *setting.WeChat:
		to.Label, to.Hint = p.T("channels.try.to_openid"), p.T("channels.try.to_openid_hint")
		for _, kind := range wechatKinds() {
			if part.Templates[kind].ID != "" {
				templates = append(templates, components.Option{Value: kind, Label: messageKind(p, kind)})
			}
		}
	}
	t.Fields = append(t.Fields, to)
	if len(templates) > 0 {
		t.Fields = append(t.Fields, views.ChannelField{Look: views.ChannelSelect, Options: templates, Field: components.Field{
			Name: templateName, Label: p.T("channels.try.template"), Value: s.Value(templateName), Error: s.Error(templateName),
		}})
	}
	if receipt != nil {
		t.Tone, t.Answer, t.Detail = answerOf(p, receipt)
	}
	return t
}

// answerOf says what became of a try, and in what words of the provider's.
func answerOf(p *i18n.Printer, r *outbox.Receipt) (tone components.Verdict, answer, detail string) {
	if r.Err == nil {
		if r.ProviderID == "" {
			return components.OK, p.T("channels.try.taken"), ""
		}
		return components.OK, p.T("channels.try.taken_as", "id", r.ProviderID), ""
	}
	answer = reasonText(p, r.Reason)
	if r.Unsure {
		answer = p.T("channels.try.unsure", "reason", answer)
	}
	f, ok := errors.AsType[*delivery.Failure](r.Err)
	if !ok {
		return components.Bad, answer, ""
	}
	var said []string
	if f.Status > 0 {
		said = append(said, strconv.Itoa(f.Status))
	}
	if f.Code != "" && !slices.Contains(said, f.Code) {
		said = append(said, f.Code)
	}
	step := stageText(p, f.Stage)
	switch words := strings.Join(said, " "); {
	case step != "" && words != "":
		detail = p.T("channels.try.step_said", "step", step, "words", words)
	case step != "":
		detail = p.T("channels.try.step", "step", step)
	case words != "":
		detail = p.T("channels.try.said", "words", words)
	}
	return components.Bad, answer, detail
}
