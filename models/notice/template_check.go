package notice

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/plain"
)

// TemplateField returns the name of a form's field for a part in a language.
func TemplateField(locale string, part Part) string {
	if locale == "en" {
		return "en_" + string(part)
	}
	return "zh_" + string(part)
}

// TemplateCommentField is the field for what a reviewer wants changed.
const TemplateCommentField = "comment"

// The bounds of a template, in characters.
const (
	maxLine     = 300
	maxBody     = 3000
	maxComment  = 1000
	widestThing = 20 // what WeChat shows in a place for words
)

var locales = []string{"zh-CN", "en"}

// CheckTemplate returns what keeps words from being submitted, field by field:
// what is missing, too long or not plain, places that are unknown there or left
// out, and text messages that would not go out in one segment. Nothing is found
// in words that may be sent.
func CheckTemplate(k Kind, c Channel, w *Words) fault.Fields {
	fields := checkTemplateShape(c, w)
	for _, locale := range locales {
		wording := w.In(locale)
		for _, part := range PartsOf(c) {
			name, text := TemplateField(locale, part), wording[part]
			if strings.TrimSpace(text) == "" {
				fields.Add(name, "admin_templates.check.missing")
				continue
			}
			checkPlaces(&fields, name, k, part, text)
			checkRoom(&fields, name, k, locale, part, text)
			checkPlain(&fields, name, locale, text)
		}
	}
	return fields
}

// checkTemplateShape returns what keeps words from being kept at all.
func checkTemplateShape(c Channel, w *Words) (fields fault.Fields) {
	for _, locale := range locales {
		for _, part := range PartsOf(c) {
			most := maxLine
			text := w.In(locale)[part]
			if part == Body || part == BodyMany {
				most = maxBody
			} else if strings.ContainsAny(text, "\r\n") {
				fields.Add(TemplateField(locale, part), "admin_templates.check.line")
			}
			if utf8.RuneCountInString(text) > most {
				fields.Add(TemplateField(locale, part), "admin_templates.check.long", "most", most)
			}
		}
	}
	return fields
}

// placeNames finds the places of a text.
var placeNames = regexp.MustCompile(`\{([^{}]*)\}`)

func checkPlaces(fields *fault.Fields, name string, k Kind, part Part, text string) {
	places := PlacesOf(k, part)
	var named []string
	for _, found := range placeNames.FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(places, func(p Place) bool { return p.Name == found[1] }) {
			fields.Add(name, "admin_templates.check.place", "place", found[1])
		}
		named = append(named, found[1])
	}
	if strings.ContainsAny(placeNames.ReplaceAllString(text, ""), "{}") {
		fields.Add(name, "admin_templates.check.brace")
	}
	for i := range places {
		if p := &places[i]; p.mustStandIn(part) && !slices.Contains(named, p.Name) {
			fields.Add(name, "admin_templates.check.must", "place", p.Name)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, "{"+LinesPlace+"}") && strings.TrimSpace(line) != "{"+LinesPlace+"}" {
			fields.Add(name, "admin_templates.check.alone", "place", LinesPlace)
		}
	}
	if strings.Contains(text, "://") || strings.Contains(text, "www.") {
		fields.Add(name, "admin_templates.check.address")
	}
}

// signatures are how a text message begins, so that one sees who sent it.
var signatures = map[string]string{"zh-CN": "【{operator}】", "en": "[{operator}]"}

// checkRoom fills a text with the longest that its places usually hold. Of a text
// in WeChat the words alone are counted: what fills it is cut to fit.
func checkRoom(fields *fault.Fields, name string, k Kind, locale string, part Part, text string) {
	switch part {
	case One, Many:
		if !strings.HasPrefix(text, signatures[locale]) {
			fields.Add(name, "admin_templates.check.signature")
		}
		places := PlacesOf(k, part)
		filled := placeNames.ReplaceAllStringFunc(text, func(found string) string {
			for i := range places {
				if "{"+places[i].Name+"}" == found {
					return places[i].longest(locale, part)
				}
			}
			return found
		})
		if taken, room := SMSRoom(filled); taken > room {
			fields.Add(name, "admin_templates.check.sms", "taken", taken, "room", room)
		}
	case What, WhatMany, Note:
		if n := utf8.RuneCountInString(placeNames.ReplaceAllString(text, "")); n > widestThing {
			fields.Add(name, "admin_templates.check.long", "most", widestThing)
		}
	}
}

func checkPlain(fields *fault.Fields, name, locale, text string) {
	for _, f := range plain.Check(locale, placeNames.ReplaceAllString(text, "")) {
		switch {
		case f.Rule == plain.TooLong:
			fields.Add(name, "admin_templates.check.too_long", "sentence", start(f.Sentence), "length", f.Length, "longest", f.Longest)
		case f.Plain != "":
			fields.Add(name, "admin_templates.check.jargon", "word", f.Word, "plain", f.Plain)
		default:
			fields.Add(name, "admin_templates.check.word", "word", f.Word)
		}
	}
}

// start returns as much of a sentence as tells which one it is.
func start(sentence string) string {
	runes := []rune(sentence)
	return string(runes[:min(len(runes), 20)])
}
