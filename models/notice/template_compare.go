package notice

import (
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// TemplateDifference is a field in which two versions of a template differ, line
// by line.
type TemplateDifference struct {
	Field string // as a form names it
	Lines []TemplateLine
}

// TemplateLine is a line of a field; at most one of Added and Removed is set.
type TemplateLine struct {
	Added, Removed bool
	Text           string
}

// CompareTemplates returns the fields in which words differ from those before, in
// the order of the form.
func CompareTemplates(c Channel, was, is *Words) (all []TemplateDifference) {
	for _, locale := range locales {
		for _, part := range PartsOf(c) {
			before, now := was.In(locale)[part], is.In(locale)[part]
			if before != now {
				all = append(all, TemplateDifference{Field: TemplateField(locale, part), Lines: linesBetween(before+"\n", now+"\n")})
			}
		}
	}
	return all
}

func linesBetween(was, is string) (lines []TemplateLine) {
	add := func(as TemplateLine, text string) {
		for line := range strings.Lines(text) {
			as.Text = strings.TrimSuffix(line, "\n")
			lines = append(lines, as)
		}
	}
	at := 0
	edits := udiff.Lines(was, is)
	slices.SortFunc(edits, func(a, b udiff.Edit) int { return a.Start - b.Start })
	for _, e := range edits {
		add(TemplateLine{}, was[at:e.Start])
		add(TemplateLine{Removed: true}, was[e.Start:e.End])
		add(TemplateLine{Added: true}, e.New)
		at = e.End
	}
	add(TemplateLine{}, was[at:])
	return lines
}
