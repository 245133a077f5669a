package notify

import (
	"regexp"
	"strings"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// sms writes a text message of one segment where that can be: first whole, then
// with the terminal's number alone, then without its last sentence, which names
// neither amount nor date, and at last with a shorter name of who sends it.
func (d *draft) sms() notice.Content {
	var v values
	body := d.fitted(func(name string) (text string) {
		text, v = d.smsSignedBy(name)
		return text
	})
	return notice.Content{Body: body, Fields: d.fields(v)}
}

// smsSignedBy writes a text message under a name, and returns what it was filled
// with.
func (d *draft) smsSignedBy(name string) (string, values) {
	v := d.of()
	v.short, v.sms, v.signedBy = true, true, name
	template := d.part(notice.One, notice.Many)
	text := d.filledSMS(template, v)
	if !notice.FitsOneSMS(text) {
		v.tailOnly = true
		text = d.filledSMS(template, v)
	}
	if shorter, ok := withoutLast(text); ok && !notice.FitsOneSMS(text) {
		return shorter, v
	}
	return text, v
}

// fitted writes a text message under the acquirer's short name, and where it
// takes more than one segment so, under as much of the name as there is room for.
func (d *draft) fitted(signedBy func(name string) string) string {
	name := d.in(d.operator.ShortName)
	text := signedBy(name)
	for shorter := name; !notice.FitsOneSMS(text); text = signedBy(shorter) {
		var ok bool
		if shorter, ok = shortened(shorter); !ok {
			return signedBy(name) // no name is short enough, and the whole one says more
		}
	}
	return text
}

// shortestName is how many characters of a name still tell who it is.
const shortestName = 4

// shortened leaves the last word of a name out, or of a single word its last
// character.
func shortened(name string) (string, bool) {
	if at := strings.LastIndexByte(name, ' '); at > 0 {
		return strings.TrimSpace(name[:at]), true
	}
	r := []rune(name)
	if len(r) <= shortestName {
		return name, false
	}
	return string(r[:len(r)-1]), true
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
