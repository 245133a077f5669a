package staff

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/handlers/explain"
	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/handlers/notify"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/views/components"
	views "github.com/mingbai/mingbai/views/staff"
	"github.com/mingbai/mingbai/web/form"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// previewed is a letter that words are tried on.
type previewed struct {
	title string
	of    func(p *i18n.Printer) *notice.Letter // for a reader of the language
}

// Preview answers GET /admin/templates/{kind}/{channel}/preview: what the draft,
// or where there is none the words in use, come to on a merchant's latest letter
// or on made-up ones, and what the other channels would say.
func (h *Templates) Preview(c echo.Context) error {
	d, err := h.read(c)
	if err != nil {
		return err
	}
	merchant := strings.TrimSpace(c.QueryParam(notice.MerchantField))
	values := form.Values{notice.MerchantField: {merchant}}
	state, status := form.Filled(values), http.StatusOK
	var real *notice.Letter
	if merchant != "" {
		real, err = h.desk(c).LatestLetter(c.Request().Context(), d.Kind, merchant)
		if refused, code, ok := guard.Refused(c, values, err); ok {
			state, status = refused, code
		} else if err != nil {
			return err
		}
	}
	title := templateTitle(printer(c), d.Kind, d.Channel)
	frame := h.inside(c, views.TemplatesPath, "admin_templates.title", "admin_templates.preview.title", "title", title)
	p, actor := frame.T, guard.StaffOf(c)
	frame.Crumbs = []page.Link{frame.Crumbs[0], {Label: title, Href: templatePath(d.Kind, d.Channel)}, {Label: p.T("admin_templates.preview.crumb")}}
	words, lead := d.Live.Words, p.T("admin_templates.preview.lead_live")
	if d.AtWork != nil {
		words, lead = d.AtWork.Words, p.T("admin_templates.preview.lead_draft")
	}
	props := views.TemplatePreviewProps{
		State: state, Lead: lead, Action: templatePath(d.Kind, d.Channel) + "/preview", MayAsk: actor.Can(staff.WriteTemplates) || actor.Can(staff.ReviewTemplates),
		Merchant: components.Field{
			Name: notice.MerchantField, Label: p.T("admin_templates.preview.merchant"), Hint: p.T("admin_templates.preview.merchant_hint"),
			Value: merchant, Error: state.Error(notice.MerchantField), Size: components.Short, Autocomplete: "off", Required: true,
		},
	}
	for _, l := range h.letters(p, d.Kind, real, merchant) {
		shown := views.TemplateCase{Title: l.title}
		channels := append([]notice.Channel{d.Channel}, slices.DeleteFunc(slices.Clone(templateChannels), func(x notice.Channel) bool { return x == d.Channel })...)
		for _, channel := range channels {
			message, err := h.messages(p, l, channel, words, channel == d.Channel)
			if err != nil {
				return err
			}
			shown.Messages = append(shown.Messages, message)
		}
		props.Cases = append(props.Cases, shown)
	}
	return page.Render(c, status, views.TemplatePreview(frame, props))
}

// letters are what words are tried on: the merchant's own, else one made-up
// notice and several.
func (h *Templates) letters(p *i18n.Printer, k notice.Kind, real *notice.Letter, merchant string) []previewed {
	if real != nil {
		return []previewed{{p.T("admin_templates.preview.real", "merchant", merchant), func(*i18n.Printer) *notice.Letter { return real }}}
	}
	now := h.Clock.Now()
	return []previewed{
		{p.T("admin_templates.preview.made"), func(p *i18n.Printer) *notice.Letter { return notify.Example(p, k, false, now) }},
		{p.T("admin_templates.preview.made_many"), func(p *i18n.Printer) *notice.Letter { return notify.Example(p, k, true, now) }},
	}
}

// messages writes a letter for a channel in both languages: with the words given,
// or with those in use.
func (h *Templates) messages(p *i18n.Printer, l previewed, channel notice.Channel, words *notice.Words, own bool) (views.TemplateMessages, error) {
	shown := views.TemplateMessages{Channel: explain.ChannelName(p, string(channel)), Own: own}
	for _, language := range templateLanguages {
		letter, to := l.of(i18n.For(i18n.Locale(language.locale))), notice.Recipient{Channel: channel, Locale: language.locale}
		var content notice.Content
		var err error
		if own {
			content, err = h.Words.RenderAs(letter, to, "", words)
		} else {
			content, err = h.Words.Render(letter, to, "")
		}
		if err != nil {
			return shown, err
		}
		m := views.TemplateMessage{Lang: language.locale, Name: p.T(language.name), Subject: content.Subject, Lines: strings.Split(strings.TrimSpace(content.Body), "\n")}
		if channel == notice.SMS {
			taken, room := notice.SMSRoom(content.Body)
			m.Room = p.T("admin_templates.preview.sms", "taken", taken, "room", room)
		}
		shown.Messages = append(shown.Messages, m)
	}
	return shown, nil
}
