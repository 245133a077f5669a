package notify

import (
	"strings"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// widestThing is how many characters WeChat shows in a place for words.
const widestThing = 20

// fieldsOf are the places of a provider's template that a kind of notice fills,
// in the order in which they are read.
var fieldsOf = map[notice.Kind][]string{
	notice.Upcoming:   {"date", "amount", "item", "terminal"},
	notice.Changed:    {"date", "amount", "item", "terminal", "before_date", "before"},
	notice.CalledOff:  {"date", "amount", "item", "terminal"},
	notice.Taken:      {"date", "amount", "item", "terminal"},
	notice.Failed:     {"date", "amount", "item", "terminal"},
	notice.Stopped:    {"date", "amount", "item", "terminal", "reason"},
	notice.OnHold:     {"date", "amount", "item", "terminal", "reason"},
	notice.Refunded:   {"date", "amount", "item", "terminal"},
	notice.FeeChange:  {"date", "item", "before", "after"},
	notice.ChangeOff:  {"date", "item", "before"},
	notice.SIMUsage:   {"date", "terminal", "month", "percent"},
	notice.LowBalance: {"date", "amount", "terminal"},
	notice.TopUp:      {"date", "amount", "terminal"},
	notice.Complaint:  {"date", "number"},
	notice.Security:   {"at", "what"},
}

// fieldNames are what the places are called above their values.
var fieldNames = map[string]string{
	"date": "notices.field.date", "amount": "notices.field.amount", "item": "notices.field.item", "terminal": "notices.field.terminal",
	"before_date": "notices.field.before_date", "before": "notices.field.before", "after": "notices.field.after", "reason": "notices.field.reason",
	"month": "notices.field.month", "percent": "notices.field.percent", "number": "notices.field.number", "at": "notices.field.at",
	"what": "notices.field.what",
}

// fields fills the places of a provider's template. Words are no wider than
// WeChat allows; Aliyun allows more.
func (d *draft) fields(v values) map[string]string {
	fields := map[string]string{"n": v.value("n"), "operator": clipped(v.value("operator"))}
	for _, place := range fieldsOf[d.letter.Kind] {
		text := v.value(place)
		switch place {
		case "date", "before_date", "at":
		case "amount", "before", "after": // digits and a sign: WeChat refuses a comma between
			text = clipped(d.tight(strings.ReplaceAll(text, ",", "")))
		case "terminal":
			text = d.shortTerminal(v)
		case "item":
			if text = d.tight(text); len([]rune(text)) > widestThing {
				text = d.p.N("notices.fees", len(v.lines))
			}
			text = clipped(text)
		default:
			text = clipped(d.tight(text))
		}
		fields[place] = text
	}
	return fields
}

// shortTerminal names the terminal in as much room as a place has: by its number
// alone where its name is too long.
func (d *draft) shortTerminal(v values) string {
	v.sms = true
	text := d.tight(v.value("terminal"))
	if len([]rune(text)) > widestThing {
		v.tailOnly = true
		text = d.tight(v.value("terminal"))
	}
	return clipped(text)
}

// wechat fills the places of a template in WeChat. What it says there is kept as
// text too, a line a place.
func (d *draft) wechat() notice.Content {
	v := d.of()
	v.fields = true
	fields := d.fields(v)
	fields["what"] = clipped(d.tight(notice.Fill(d.part(notice.What, notice.WhatMany), v.value)))
	fields["note"] = clipped(d.tight(notice.Fill(d.wording[notice.Note], v.value)))
	var body strings.Builder
	body.WriteString(fields["what"])
	for _, place := range fieldsOf[d.letter.Kind] {
		if place == "what" {
			continue
		}
		body.WriteByte('\n')
		body.WriteString(d.p.T("notices.field.line", "name", d.p.T(fieldNames[place]), "value", fields[place]))
	}
	body.WriteByte('\n')
	body.WriteString(fields["note"])
	return notice.Content{Body: body.String(), Fields: fields}
}

// tight takes spaces out where there is little room for them.
func (d *draft) tight(text string) string {
	if d.p.Locale() == i18n.ZhCN {
		return closeUp(text)
	}
	return text
}

// clipped cuts words off that have no room, and shows that it did.
func clipped(text string) string {
	r := []rune(text)
	if len(r) <= widestThing {
		return text
	}
	return string(r[:widestThing-1]) + "…"
}
