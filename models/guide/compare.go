package guide

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Difference is a field in which two versions differ.
type Difference struct {
	Field string // as a form names it
	Lines []Line
}

// Line is a line of a field.
type Line struct {
	Change Change
	Text   string
}

// Change says what became of a line.
type Change string

// The changes.
const (
	Kept    Change = ""
	Added   Change = "added"
	Removed Change = "removed"
)

// Compare returns the fields in which a version differs from the one before, in
// the order of the form, line by line. Without one before everything is new.
func Compare(was, is *Content) (all []Difference) {
	if was == nil {
		was = &Content{}
	}
	before, now := fieldsOf(was), fieldsOf(is)
	for i, f := range now {
		if old := before[i].text; old != f.text {
			all = append(all, Difference{Field: f.name, Lines: linesBetween(old, f.text)})
		}
	}
	return all
}

type fieldText struct{ name, text string }

// fieldsOf writes a content field by field, as its editor sees it.
func fieldsOf(c *Content) []fieldText {
	var items []string
	for _, item := range c.Items {
		items = append(items, string(item))
	}
	order := ""
	if c.Category != "" {
		order = strconv.Itoa(c.Order)
	}
	all := []fieldText{
		{CategoryField, string(c.Category)}, {OrderField, order},
		{ItemsField, strings.Join(items, "\n")}, {CodesField, strings.Join(c.Codes, "\n")},
	}
	for _, locale := range []string{ZhCN, En} {
		t := c.In(locale)
		all = append(all,
			fieldText{FieldIn(locale, TitleField), t.Title}, fieldText{FieldIn(locale, SummaryField), t.Summary},
			fieldText{FieldIn(locale, QuestionsField), strings.Join(t.Questions, "\n")}, fieldText{FieldIn(locale, BodyField), t.Body})
	}
	return all
}

func linesBetween(was, is string) (lines []Line) {
	was, is = ended(was), ended(is)
	add := func(change Change, text string) {
		for line := range strings.Lines(text) {
			lines = append(lines, Line{change, strings.TrimSuffix(line, "\n")})
		}
	}
	at := 0
	edits := udiff.Lines(was, is)
	slices.SortFunc(edits, func(a, b udiff.Edit) int { return a.Start - b.Start })
	for _, e := range edits {
		add(Kept, was[at:e.Start])
		add(Removed, was[e.Start:e.End])
		add(Added, e.New)
		at = e.End
	}
	add(Kept, was[at:])
	return lines
}

// ended ends the last line of a text that has any.
func ended(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
