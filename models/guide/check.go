package guide

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/plain"
)

// The names of a guide's form fields. A field of one language begins with its
// prefix.
const (
	SlugField      = "slug"
	CategoryField  = "category"
	OrderField     = "order"
	ItemsField     = "items"
	CodesField     = "codes"
	TitleField     = "title"
	SummaryField   = "summary"
	QuestionsField = "questions"
	BodyField      = "body"
	CommentField   = "comment"
)

// FieldIn returns the name of a field in one language.
func FieldIn(locale, field string) string {
	if locale == En {
		return "en_" + field
	}
	return "zh_" + field
}

// How long the parts of a guide may be, in characters.
const (
	MaxTitle     = 80
	MaxSummary   = 240
	MaxQuestion  = 80
	MaxQuestions = 20
	MaxBody      = 6000
	MaxComment   = 1000
	maxOrder     = 1000
)

// Check returns what keeps a guide from being submitted, field by field: what is
// missing or too long, and every place where a text is not plain. Nothing is
// found in a guide that may be published.
func Check(c *Content) fault.Fields {
	fields := checkShape(c)
	for _, locale := range []string{ZhCN, En} {
		text := c.In(locale)
		missing := func(field string, is bool) {
			if is {
				fields.Add(FieldIn(locale, field), "guides.check.missing")
			}
		}
		missing(TitleField, text.Title == "")
		missing(SummaryField, text.Summary == "")
		missing(QuestionsField, len(text.Questions) == 0)
		missing(BodyField, text.Body == "")
		checkWords(&fields, locale, TitleField, text.Title)
		checkWords(&fields, locale, SummaryField, text.Summary)
		checkWords(&fields, locale, BodyField, Read(text.Body).Text())
	}
	zh, en := Read(c.ZhCN.Body), Read(c.En.Body)
	if len(zh.Sections) != len(en.Sections) {
		fields.Add(FieldIn(En, BodyField), "guides.check.sections", "zh", len(zh.Sections), "en", len(en.Sections))
	}
	return fields
}

// checkShape returns what keeps a guide from being kept at all.
func checkShape(c *Content) (fields fault.Fields) {
	if !c.Category.Known() {
		fields.Add(CategoryField, "guides.check.category")
	}
	if c.Order < 0 || c.Order > maxOrder {
		fields.Add(OrderField, "guides.check.order", "most", maxOrder)
	}
	if slices.ContainsFunc(c.Items, func(i fee.Item) bool { return !i.Known() }) {
		fields.Add(ItemsField, "guides.check.items")
	}
	if slices.ContainsFunc(c.Codes, func(code string) bool { return !isCode(code) }) {
		fields.Add(CodesField, "guides.check.codes")
	}
	for _, locale := range []string{ZhCN, En} {
		text := c.In(locale)
		long := func(field, value string, most int) {
			if utf8.RuneCountInString(value) > most {
				fields.Add(FieldIn(locale, field), "guides.check.long", "most", most)
			}
		}
		long(TitleField, text.Title, MaxTitle)
		long(SummaryField, text.Summary, MaxSummary)
		long(BodyField, text.Body, MaxBody)
		if len(text.Questions) > MaxQuestions {
			fields.Add(FieldIn(locale, QuestionsField), "guides.check.questions", "most", MaxQuestions)
		}
		for _, q := range text.Questions {
			long(QuestionsField, q, MaxQuestion)
		}
		for _, line := range []struct{ field, value string }{{TitleField, text.Title}, {SummaryField, text.Summary}} {
			if strings.ContainsAny(line.value, "\r\n") {
				fields.Add(FieldIn(locale, line.field), "guides.check.line")
			}
		}
	}
	return fields
}

func checkWords(fields *fault.Fields, locale, field, text string) {
	for _, f := range plain.Check(locale, text) {
		name := FieldIn(locale, field)
		switch f.Rule {
		case plain.TooLong:
			fields.Add(name, "guides.check.too_long", "sentence", start(f.Sentence), "length", f.Length, "longest", f.Longest)
		case plain.Jargon:
			if f.Plain != "" {
				fields.Add(name, "guides.check.jargon", "word", f.Word, "plain", f.Plain)
			} else {
				fields.Add(name, "guides.check.word", "word", f.Word)
			}
		default:
			fields.Add(name, "guides.check.word", "word", f.Word)
		}
	}
}

// shownOfSentence is how much of a sentence tells which one it is.
const shownOfSentence = 20

func start(sentence string) string {
	runes := []rune(sentence)
	return string(runes[:min(len(runes), shownOfSentence)])
}

// isCode reports whether a rule has the name.
func isCode(name string) bool {
	var c fee.Code
	return c.UnmarshalText([]byte(name)) == nil
}
