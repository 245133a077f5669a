package notice

import "strings"

// Part is one text of a template.
type Part string

// The parts. Those that end in _many are for a letter of several notices.
const (
	One         Part = "one" // a text message
	Many        Part = "many"
	Subject     Part = "subject" // of a mail, and in the portal
	SubjectMany Part = "subject_many"
	Body        Part = "body" // a line a paragraph
	BodyMany    Part = "body_many"
	What        Part = "what" // in WeChat, a few words each
	WhatMany    Part = "what_many"
	Note        Part = "note"
)

// PartsOf returns the parts that a channel's templates have, in order.
func PartsOf(c Channel) []Part {
	switch c {
	case SMS:
		return []Part{One, Many}
	case WeChat:
		return []Part{What, WhatMany, Note}
	}
	return []Part{Subject, SubjectMany, Body, BodyMany}
}

// Wording is what a template says in one language, part by part.
type Wording map[Part]string

// Words is what a template says in both.
type Words struct {
	ZhCN Wording `json:"zh-CN"`
	En   Wording `json:"en"`
}

// In returns the wording in a locale; any but "en" reads the Chinese.
func (w *Words) In(locale string) Wording {
	if locale == "en" {
		return w.En
	}
	return w.ZhCN
}

// Fill puts values into the places of a text. A line with a place that has
// nothing to say is left out as a whole.
func Fill(text string, value func(place string) string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		filled, ok := fillLine(line, value)
		if !ok {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(filled)
	}
	return b.String()
}

func fillLine(line string, value func(place string) string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, _ := strings.Cut(rest, "}")
		filled := value(name)
		if filled == "" {
			return "", false
		}
		b.WriteString(filled)
		line = after
	}
}

// Templates are the words that are sent now.
type Templates struct {
	live map[templateName]live
}

type templateName struct {
	kind    Kind
	channel Channel
}

type live struct {
	version int
	words   *Words
}

// Live returns the wording of a kind of notice on a channel and the number of
// its version; 0 is what the program brings. Nil templates have nothing else.
func (t *Templates) Live(k Kind, c Channel, locale string) (w Wording, version int) {
	if t != nil {
		if l, ok := t.live[templateName{k, c}]; ok {
			return l.words.In(locale), l.version
		}
	}
	shipped := Shipped(k, c)
	return shipped.In(locale), 0
}
