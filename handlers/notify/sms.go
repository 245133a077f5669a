package notify

import (
	"regexp"
	"strings"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// sms writes a text message of one segment where that can be: first whole, then
// with the terminal's number alone, then without its last sentence, which names
// neither amount nor date.
func (d *draft) sms() notice.Content {
	v := d.of()
	v.short, v.sms = true, true
	template := d.part(notice.One, notice.Many)
	text := d.filledSMS(template, v)
	if !notice.FitsOneSMS(text) {
		v.tailOnly = true
		text = d.filledSMS(template, v)
	}
	if shorter, ok := withoutLast(text); ok && !notice.FitsOneSMS(text) {
		text = shorter
	}
	return notice.Content{Body: text, Fields: d.fields(v)}
}

func (d *draft) filledSMS(template string, v values) string {
	text := notice.Fill(template, v.value)
	if d.p.Locale() == i18n.ZhCN {
		text = closeUp(text)
	}
	return text
}

// closeUp takes the spaces out that stand between Chinese and other characters:
// in a text message each costs.
func closeUp(text string) string {
	text = hanThenOther.ReplaceAllString(text, "$1$2")
	return otherThenHan.ReplaceAllString(text, "$1$2")
}

var (
	hanThenOther = regexp.MustCompile(`(\p{Han}) +([!-~¥])`)
	otherThenHan = regexp.MustCompile(`([!-~]) +(\p{Han})`)
)

// withoutLast leaves the last sentence of a text out, if it has another.
func withoutLast(text string) (string, bool) {
	for _, end := range []string{"。", ". "} {
		if at := strings.LastIndex(strings.TrimSuffix(text, end), end); at > 0 {
			return strings.TrimSpace(text[:at+len(end)]), true
		}
	}
	return text, false
}
