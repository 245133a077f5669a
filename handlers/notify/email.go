package notify

import (
	"context"
	"strings"

	"github.com/mingbai/mingbai/models/notice"
	views "github.com/mingbai/mingbai/views/email"
)

// whys say why a mail came, by the choice that it follows.
var whys = map[notice.Event]string{
	notice.EventUpcoming: "notices.mail.why.upcoming", notice.EventTaken: "notices.mail.why.taken", notice.EventFailed: "notices.mail.why.failed",
	notice.EventStopped: "notices.mail.why.stopped", notice.EventFeeChange: "notices.mail.why.fee_change", notice.EventUsage: "notices.mail.why.sim_usage",
	notice.EventLowBalance: "notices.mail.why.low_balance", notice.EventComplaint: "notices.mail.why.complaint", notice.EventSecurity: "notices.mail.why.security",
}

// email writes a letter as a mail.
func (d *draft) email() (notice.Content, error) {
	return d.mail(d.subject(), d.body(), whys[d.letter.Kind.Event()])
}

// mail puts around paragraphs what every mail has: whom it is for, why it came,
// how to check it and to end such mails, and who sent it. The text and the HTML
// say the same.
func (d *draft) mail(subject string, body []paragraph, why string) (notice.Content, error) {
	m := views.Mail{Lang: string(d.p.Locale()), Subject: subject, Why: d.p.T(why, "merchant", oneLine(d.letter.Merchant)), From: d.in(d.operator.Name)}
	if d.letter.Merchant != "" {
		m.Hello = d.p.T("notices.mail.hello", "merchant", oneLine(d.letter.Merchant))
	}
	if d.operator.Hotline != "" {
		m.Hotline = d.p.T("notices.hotline", "hotline", d.operator.Hotline)
	}
	for _, p := range body {
		m.Body = append(m.Body, views.Paragraph{Text: p.text, List: p.list})
	}
	if d.code != "" {
		m.Code = d.p.T("notices.mail.code", "code", d.code)
	}
	if d.code != "" && d.o.Base != "" && d.letter.ID != "" {
		m.Open = views.Link{Label: d.p.T("notices.mail.open"), Href: d.o.Base + "/s/" + d.code}
	}
	if d.code != "" && d.o.Base != "" {
		m.Check = views.Link{Label: d.p.T("notices.mail.check"), Href: d.o.Base + "/receipts/" + d.code}
	}
	if d.to.Unsubscribe != "" {
		m.Stop = views.Link{Label: d.p.T("notices.mail.stop"), Href: d.to.Unsubscribe}
	}
	var html strings.Builder
	if err := views.Letter(m).Render(context.Background(), &html); err != nil {
		return notice.Content{}, err
	}
	return notice.Content{Subject: subject, Body: d.plainMail(&m, body), HTML: html.String()}, nil
}

// plainMail writes a mail as plain text.
func (d *draft) plainMail(m *views.Mail, body []paragraph) string {
	var parts []string
	add := func(lines ...string) {
		var said []string
		for _, l := range lines {
			if l != "" {
				said = append(said, l)
			}
		}
		if len(said) > 0 {
			parts = append(parts, strings.Join(said, "\n"))
		}
	}
	link := func(l views.Link) string {
		if l.Href == "" {
			return ""
		}
		return d.p.T("notices.field.line", "name", l.Label, "value", l.Href)
	}
	add(m.Hello)
	add(written(body, "\n\n"))
	add(link(m.Open))
	add(m.From, m.Hotline)
	add("--", m.Why, m.Code, link(m.Check), link(m.Stop))
	return strings.Join(parts, "\n\n") + "\n"
}
