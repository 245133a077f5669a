package notify

import (
	"fmt"
	"slices"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// Test writes the message by which a merchant sees that a channel reaches them.
func (w *Words) Test(to notice.Recipient, code string) (notice.Content, error) {
	d, err := w.bare(to, code)
	if err != nil {
		return notice.Content{}, err
	}
	c := notice.Content{Template: fmt.Sprintf("test.%s@0", to.Channel)}
	switch to.Channel {
	case notice.SMS:
		c.Body, c.Fields = d.signed("notices.test.sms"), map[string]string{"operator": clipped(d.in(d.operator.ShortName))}
	case notice.WeChat:
		c.Fields = map[string]string{"what": d.p.T("notices.test.wechat"), "note": d.p.T("notices.test.note")}
		c.Body = c.Fields["what"] + "\n" + c.Fields["note"]
	case notice.Inbox:
		c.Subject, c.Body = d.p.T("notices.test.inbox"), d.p.T("notices.test.body")+"\n"+d.p.T("notices.test.nothing")
	default:
		template := c.Template
		c, err = d.mail(d.p.T("notices.test.subject"),
			[]paragraph{{text: d.p.T("notices.test.body")}, {text: d.p.T("notices.test.nothing")}}, "notices.test.why")
		c.Template = template
	}
	return c, err
}

// Confirm writes the message with the number by which somebody agrees to get a
// merchant's notices too.
func (w *Words) Confirm(merchant string, to notice.Recipient, number string) (notice.Content, error) {
	d, err := w.bare(to, "")
	if err != nil {
		return notice.Content{}, err
	}
	merchant = oneLine(merchant)
	template := fmt.Sprintf("confirm.%s@0", to.Channel)
	if to.Channel == notice.SMS {
		text := d.signed("notices.confirm.sms", "merchant", merchant, "code", number)
		if !notice.FitsOneSMS(text) {
			text = d.signed("notices.confirm.sms_short", "code", number)
		}
		return notice.Content{Body: text, Template: template, Fields: map[string]string{"code": number, "operator": clipped(d.in(d.operator.ShortName))}}, nil
	}
	c, err := d.mail(d.p.T("notices.confirm.subject", "code", number), []paragraph{
		{text: d.p.T("notices.confirm.body", "merchant", merchant, "code", number)}, {text: d.p.T("notices.confirm.safe")},
	}, "notices.confirm.why")
	c.Template = template
	return c, err
}

// bare is a draft that is about no letter.
func (w *Words) bare(to notice.Recipient, code string) (*draft, error) {
	_, operator, err := w.ready()
	if err != nil {
		return nil, err
	}
	return &draft{
		p: i18n.For(i18n.Match(to.Locale, "", "")), o: &w.o, operator: operator, letter: &notice.Letter{}, to: to, code: code,
	}, nil
}

// signed writes a text message that is about no letter.
func (d *draft) signed(key string, args ...any) string {
	return d.fitted(func(name string) string { return d.tight(d.p.T(key, append(slices.Clip(args), "operator", name)...)) })
}
