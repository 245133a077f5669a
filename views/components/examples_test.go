package components

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/static"
	"github.com/mingbai/mingbai/views/components/viewtest"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

func examplePage(l i18n.Locale) page.Page {
	return page.Page{T: i18n.For(l), Title: "Mingbai", Path: "/demo/components", CSRF: "token"}
}

var notInNames = regexp.MustCompile(`[^a-z]+`)

func TestExamplesLookAsTheyDid(t *testing.T) {
	for _, l := range i18n.Locales {
		for _, e := range Examples() {
			name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(e.Name), "-"), "-")
			t.Run(string(l)+"/"+name, func(t *testing.T) {
				html := viewtest.Render(t, e.View(examplePage(l)))
				viewtest.Sound(t, e.Name, html)
				viewtest.Golden(t, name+"."+string(l), html)
			})
		}
	}
}

func TestTheGalleryIsOneSoundPageOfAllExamples(t *testing.T) {
	for _, l := range i18n.Locales {
		html := viewtest.Render(t, Gallery(examplePage(l)))
		viewtest.Sound(t, "gallery", html)
		for _, e := range Examples() {
			if !strings.Contains(html, ">"+e.Name+"</h2>") {
				t.Errorf("%s: the gallery has no %s", l, e.Name)
			}
		}
		if got := strings.Count(html, "<h1>"); got != 1 {
			t.Errorf("%s: got %d headings of the first level, want 1", l, got)
		}
	}
}

func TestAnEnglishExampleHoldsNoChinese(t *testing.T) {
	for _, e := range Examples() {
		html := viewtest.Render(t, e.View(examplePage(i18n.En)))
		if i := strings.IndexFunc(html, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }); i >= 0 {
			t.Errorf("%s: got Chinese at %q", e.Name, html[i:min(i+30, len(html))])
		}
	}
}

func TestEveryClassOfAnExampleIsInTheStyleSheet(t *testing.T) {
	css, err := static.Files.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range Examples() {
		for _, class := range viewtest.Classes(viewtest.Render(t, e.View(examplePage(i18n.ZhCN)))) {
			if !regexp.MustCompile(`\.` + regexp.QuoteMeta(class) + `[^\w-]`).Match(css) {
				t.Errorf("%s uses the class %q, which css/app.css does not have", e.Name, class)
			}
		}
	}
}

func TestColoursOfDrawingsAreTokensOfTheStyleSheet(t *testing.T) {
	css, err := static.Files.ReadFile("css/app.css")
	if err != nil {
		t.Fatal(err)
	}
	for token, colour := range map[string]string{
		"ink": ink, "ink-2": ink2, "card": white, "line": line, "jade": jade, "jade-mid": jadeMid, "jade-pale": jadePale,
		"sand": sand, "field": field, "amber": amber, "red": red, "blue": blue,
	} {
		if want := "--" + token + ": " + colour + ";"; !strings.Contains(string(css), want) {
			t.Errorf("a drawing uses %s, want the style sheet to say %q", colour, want)
		}
	}
}

func TestEveryVerdictHasASignAndAClass(t *testing.T) {
	for _, v := range []Verdict{OK, Wait, Bad, Info, None, "unheard of"} {
		html := viewtest.Render(t, Tag{v, "x"})
		if !strings.Contains(html, "<svg") || !strings.Contains(html, `class="tag `+v.class()+`"`) {
			t.Errorf("%q: got %s, want a sign and a class", v, html)
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	const bad = `<b>"&`
	for name, html := range map[string]string{
		"Tag":       viewtest.Render(t, Tag{OK, bad}),
		"Money":     viewtest.Render(t, Money{Text: bad, Why: bad}),
		"Time":      viewtest.Render(t, Time{Text: bad, Machine: bad, Full: bad}),
		"Reference": viewtest.Render(t, Reference{bad}),
		"Heading":   viewtest.Render(t, Heading{bad, bad}),
		"Text":      viewtest.Render(t, Text(bad)),
		"Facts":     viewtest.Render(t, Facts{{Term: bad, Text: bad, Part: bad, Key: bad}}),
		"Table":     viewtest.Render(t, Table{Caption: bad, Columns: []Column{{Label: bad}}, Rows: []Row{{Cells: []Cell{{Text: bad, Href: "/" + bad, Part: bad}}}}}),
		"Checks":    viewtest.Render(t, Checks{{Title: bad, Word: bad, Items: []Check{{Word: bad, Text: bad, Part: bad}}}}),
		"Meter":     viewtest.Render(t, Meter{Label: bad, Text: bad, Part: bad}),
		"Stack":     viewtest.Render(t, Stack{Title: bad, Parts: []StackPart{{bad, bad, bad, 1}}}),
		"Columns":   viewtest.Render(t, Columns{Title: bad, Parts: []string{bad}, Columns: [][]int64{{1}}, First: bad, Last: bad, Most: bad}),
		"Button":    viewtest.Render(t, Button{Label: bad, Name: bad, Value: bad}),
		"Link":      viewtest.Render(t, ButtonLink{Label: bad, Href: "/" + bad}),
		"Hidden":    viewtest.Render(t, Hidden{bad, bad}),
		"Timeline": viewtest.Render(t, Timeline{
			ID: bad, Title: bad, Summary: bad, Last: 9, Now: bad, NowAt: Time{Text: bad, Machine: bad}, Heads: TimelineHeads{bad, bad, bad, bad},
			Spans: []TimelineSpan{{To: 9, Label: bad}},
			Marks: []TimelineMark{{Date: bad, Note: bad, What: bad, Href: "/" + bad, Amount: Money{Text: bad}, Check: Tag{OK, bad}}},
			Bells: []TimelineBell{{1, Time{Text: bad}, bad}},
		}),
	} {
		if strings.Contains(html, "<b>\"") || strings.Contains(html, `"&"`) {
			t.Errorf("%s writes a text as HTML: %s", name, html)
		}
	}
}

func TestAnAddressThatRunsAScriptLeadsNowhere(t *testing.T) {
	for name, html := range map[string]string{
		"ButtonLink": viewtest.Render(t, ButtonLink{Label: "x", Href: "javascript:alert(1)"}),
		"Table":      viewtest.Render(t, Table{Columns: []Column{{}}, Rows: []Row{{Cells: []Cell{{Text: "x", Href: "javascript:alert(1)"}}}}}),
		"Pager":      viewtest.Render(t, Pager{i18n.For(i18n.En), "javascript:alert(1)", ""}),
	} {
		if strings.Contains(html, "javascript:") {
			t.Errorf("%s: got %s", name, html)
		}
	}
}

func TestAShortRowHasEmptyCells(t *testing.T) {
	html := viewtest.Render(t, Table{
		Columns: []Column{{Label: "a"}, {Label: "b"}, {Label: "c"}},
		Rows:    []Row{{Cells: []Cell{{Text: "1"}}}},
	})
	if got := strings.Count(html, "<td"); got != 3 {
		t.Errorf("got %d cells, want 3: %s", got, html)
	}
}

func TestABarOfNothingIsNotDrawn(t *testing.T) {
	for name, html := range map[string]string{
		"a stack of zeros":          viewtest.Render(t, Stack{Parts: []StackPart{{"a", "¥0.00", "", 0}, {"b", "−¥1.00", "", -100}}}),
		"columns of zeros":          viewtest.Render(t, Columns{Parts: []string{"a"}, Columns: [][]int64{{0}, {-1}}}),
		"a meter without allowance": viewtest.Render(t, Meter{Label: "a", Text: "b", Value: 3}),
	} {
		if strings.Contains(html, "<svg") {
			t.Errorf("%s: got a bar: %s", name, html)
		}
	}
	if html := viewtest.Render(t, Meter{Value: 300, Max: 100}); !strings.Contains(html, `width="100.00%"`) {
		t.Errorf("more than the allowance: got %s, want a full bar", html)
	}
}

func TestWhatStandsInEveryRowCostsNoAllocation(t *testing.T) {
	var m discard
	for name, write := range map[string]func() error{
		"Tag":   func() error { return Tag{OK, "As agreed"}.Render(t.Context(), m) },
		"Money": func() error { return Money{Text: "¥36.00", Why: "not taken"}.Render(t.Context(), m) },
		"Time":  func() error { return Time{"3 Dec", "2025-12-03", "2025-12-03 10:14"}.Render(t.Context(), m) },
		"Icon":  func() error { return Icon("home").Render(t.Context(), m) },
		"Text":  func() error { return Text("As agreed").Render(t.Context(), m) },
	} {
		if got := testing.AllocsPerRun(100, func() { _ = write() }); got > 0 {
			t.Errorf("%s: got %v allocations, want none", name, got)
		}
	}
}

// discard is a writer that takes strings, as the buffers of pages do.
type discard struct{}

func (discard) Write(b []byte) (int, error)       { return len(b), nil }
func (discard) WriteString(s string) (int, error) { return len(s), nil }
