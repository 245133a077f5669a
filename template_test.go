package mingbai_test

import (
	"bytes"
	"fmt"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/a-h/templ/parser/v2"
	"github.com/a-h/templ/parser/v2/visitor"
)

// Why templates keep to their rules.
const (
	whyNoProse = "what a person reads stands in both languages in the catalogues: write { p.T.T(\"area.key\") }"
	whyCSP     = "the content security policy blocks inline styles and scripts: use a class, an SVG presentation attribute, or a file under static"
	whyData    = "it is no attribute of HTML, and the page would not be valid: write it with data- before it, which htmx reads just as well"
	whyDocs    = "whoever uses a component should not have to read it: say above it what it shows and when to use it"
)

// mails holds the templates of mails: no policy of ours reaches them, and many
// mail programs read no style but what stands in an element.
const mails = "views/email/"

// proseAttributes are the attributes whose values are read to a person.
var proseAttributes = []string{
	"alt", "title", "placeholder", "label", "abbr", "data-label",
	"aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "aria-placeholder",
}

// templateFaults lists what one template file does that templates may not.
func templateFaults(name, text string) ([]string, error) {
	file, err := parser.ParseString(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var faults []string
	report := func(what, why string) {
		if why == whyCSP && what == "the attribute style" && strings.HasPrefix(name, mails) {
			return
		}
		faults = append(faults, fmt.Sprintf("%s: %s: %s", name, what, why))
	}

	v := visitor.New()
	v.HTMLComment = func(*parser.HTMLComment) error { return nil }
	v.Text = func(n *parser.Text) error {
		if strings.ContainsFunc(withoutEntities(n.Value), unicode.IsLetter) {
			report(fmt.Sprintf("the text %q", n.Value), whyNoProse)
		}
		return nil
	}
	v.StringExpression = func(n *parser.StringExpression) error {
		if isLiteralProse(n.Expression.Value) {
			report("the text "+n.Expression.Value, whyNoProse)
		}
		return nil
	}
	v.BoolConstantAttribute = func(n *parser.BoolConstantAttribute) error {
		checkKey(n.Key.String(), report)
		return nil
	}
	v.BoolExpressionAttribute = func(n *parser.BoolExpressionAttribute) error {
		checkKey(n.Key.String(), report)
		return nil
	}
	v.ConstantAttribute = func(n *parser.ConstantAttribute) error {
		checkKey(n.Key.String(), report)
		if slices.Contains(proseAttributes, n.Key.String()) && strings.ContainsFunc(n.Value, unicode.IsLetter) {
			report(n.String(), whyNoProse)
		}
		return nil
	}
	v.ExpressionAttribute = func(n *parser.ExpressionAttribute) error {
		checkKey(n.Key.String(), report)
		if slices.Contains(proseAttributes, n.Key.String()) && isLiteralProse(n.Expression.Value) {
			report("the text "+n.Expression.Value, whyNoProse)
		}
		return nil
	}
	v.RawElement = func(n *parser.RawElement) error { report("a <"+n.Name+"> element", whyCSP); return nil }
	v.CSSTemplate = func(n *parser.CSSTemplate) error { report("css "+n.Name, whyCSP); return nil }
	v.ScriptTemplate = func(n *parser.ScriptTemplate) error { report("script "+n.Name.Value, whyCSP); return nil }
	v.ScriptElement = func(n *parser.ScriptElement) error {
		if len(n.Contents) > 0 {
			report("a script with contents", whyCSP)
		}
		for _, a := range n.Attributes {
			if err := a.Visit(v); err != nil {
				return err
			}
		}
		return nil
	}
	if err := file.Visit(v); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, line := range strings.Split(text, "\n") {
		code, _, _ := strings.Cut(line, "//")
		if strings.ContainsFunc(code, isHan) {
			report(fmt.Sprintf("line %d holds Chinese", i+1), whyNoProse)
		}
	}
	for i, n := range file.Nodes {
		component, ok := n.(*parser.HTMLTemplate)
		if ok && ast.IsExported(componentName(component)) && !documented(file.Nodes[:i]) {
			report("templ "+componentName(component)+" has no doc comment", whyDocs)
		}
	}
	return faults, nil
}

func checkKey(key string, report func(what, why string)) {
	switch bare := strings.TrimPrefix(key, "data-"); {
	case key == "style", strings.HasPrefix(key, "on"), strings.HasPrefix(bare, "hx-on"):
		report("the attribute "+key, whyCSP)
	case strings.HasPrefix(key, "hx-"):
		report("the attribute "+key, whyData)
	}
}

var entity = regexp.MustCompile(`&#?\w+;`)

// withoutEntities leaves out signs such as &nbsp; that are written in letters.
func withoutEntities(text string) string { return entity.ReplaceAllString(text, "") }

// isLiteralProse reports whether a Go expression is nothing but a text with
// letters in it.
func isLiteralProse(expression string) bool {
	x, err := goparser.ParseExpr(strings.TrimSpace(expression))
	if err != nil {
		return false
	}
	text, ok := x.(*ast.BasicLit)
	return ok && text.Kind == token.STRING && strings.ContainsFunc(text.Value, unicode.IsLetter)
}

// componentName is the name in "Card(p Props)" or "(p Props) Card()".
func componentName(c *parser.HTMLTemplate) string {
	signature := c.Expression.Value
	if rest, ok := strings.CutPrefix(signature, "("); ok {
		_, signature, _ = strings.Cut(rest, ")")
	}
	name, _, _ := strings.Cut(strings.TrimSpace(signature), "(")
	return name
}

// documented reports whether the last of the nodes before a component ends in
// a comment that belongs to it.
func documented(before []parser.TemplateFileNode) bool {
	if len(before) == 0 {
		return false
	}
	code, ok := before[len(before)-1].(*parser.TemplateFileGoExpression)
	if !ok {
		return false
	}
	lines := strings.Split(strings.TrimRight(code.Expression.Value, "\n"), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	return strings.HasPrefix(last, "//") || strings.HasSuffix(last, "*/")
}

func TestTemplatesHoldNoProseStyleOrScript(t *testing.T) {
	for _, name := range listFiles(t, ".go", ".templ") {
		if !strings.HasSuffix(name, ".templ") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		faults, err := templateFaults(name, string(text))
		if err != nil {
			t.Error(err)
		}
		for _, fault := range faults {
			t.Error(fault)
		}
	}
}

// TestTemplateRulesFindTheirFaults shows each rule a template that it must
// refuse and one like it that it must let pass.
func TestTemplateRulesFindTheirFaults(t *testing.T) {
	tests := []struct {
		body string
		want []string
	}{
		{`<p>Deductions</p>`, []string{whyNoProse}},
		{`<p>{ "Deductions" }</p>`, []string{whyNoProse}},
		{`<p title="Deductions">·</p>`, []string{whyNoProse}},
		{`<p aria-label={ "Deductions" }>·</p>`, []string{whyNoProse}},
		{"if true {\n<p>No</p>\n} else {\n<p title=\"No\">1</p>\n}", []string{whyNoProse, whyNoProse}},
		{"<p title={ pick(\"扣费\") }>1</p>", []string{whyNoProse}},
		{`<p style="color:red">1</p>`, []string{whyCSP}},
		{`<p style={ css() }>1</p>`, []string{whyCSP}},
		{`<p onclick="go()">1</p>`, []string{whyCSP}},
		{`<p hx-on:click="go()">1</p>`, []string{whyCSP}},
		{`<p data-hx-on:click="go()">1</p>`, []string{whyCSP}},
		{`<p hx-get="/x">1</p>`, []string{whyData}},
		{`<p if true { style="color:red" }>1</p>`, []string{whyCSP}},
		{`<script>alert(1)</script>`, []string{whyCSP}},
		{`<style>p { color: red }</style>`, []string{whyCSP}},
		{`<p class="muted" data-kind="fee" data-hx-get="/x">¥1,204.50&nbsp;· { p.T.T("fees.deduction") }</p>`, nil},
		{`<input type="text" title={ p.T.T("fees.deduction") } placeholder="138 0000 0000"/>`, nil},
		{`<script src={ assets.URL("htmx.min.js") } defer></script>`, nil},
		{"// 扣费 is a deduction.\n<p>1</p>", nil},
	}
	for _, tt := range tests {
		got, err := templateFaults("a.templ", "package a\n\ntempl page() {\n"+tt.body+"\n}\n")
		if err != nil {
			t.Errorf("%s: %v", tt.body, err)
			continue
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: got %q, want %d faults", tt.body, got, len(tt.want))
			continue
		}
		for i, why := range tt.want {
			if !strings.Contains(got[i], why) {
				t.Errorf("%s: got %q, want a fault that says %q", tt.body, got[i], why)
			}
		}
	}
}

func TestOnlyAMailMayHaveStylesInItsElements(t *testing.T) {
	const styled = "package a\n\ntempl page() {\n<p style=\"color:red\" onclick=\"go()\">1</p>\n}\n"
	for name, want := range map[string]int{"views/email/letter.templ": 1, "views/portal/home.templ": 2} {
		if got, err := templateFaults(name, styled); err != nil || len(got) != want {
			t.Errorf("%s: got %q, %v; want %d faults", name, got, err, want)
		}
	}
}

func TestAComponentWithoutADocCommentIsFound(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"package a\n\ntempl Card() {\n<p></p>\n}\n", true},
		{"package a\n\nvar a = 1 // a is.\n\nvar b = 2\n\ntempl Card() {\n<p></p>\n}\n", true},
		{"package a\n\n// Card is a sheet.\ntempl Card() {\n<p></p>\n}\n", false},
		{"package a\n\ntempl card() {\n<p></p>\n}\n", false},
		{"package a\n\n// Card is a sheet.\ntempl (p Props) Card() {\n<p></p>\n}\n", false},
		{"package a\n\ntempl (p Props) Card() {\n<p></p>\n}\n", true},
	}
	for _, tt := range tests {
		got, err := templateFaults("a.templ", tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if found := len(got) == 1 && strings.Contains(got[0], whyDocs); found != tt.want {
			t.Errorf("got %q, want found %t\n%s", got, tt.want, tt.text)
		}
	}
}

// TestTemplatesAreFormattedAndTheirCodeIsFresh holds each template against the
// tools that `make generate` runs.
func TestTemplatesAreFormattedAndTheirCodeIsFresh(t *testing.T) {
	out, err := exec.Command("go", "tool", "-n", "templ").Output()
	if err != nil {
		t.Fatalf("go tool -n templ: %v", err)
	}
	templ := strings.TrimSpace(string(out))
	files := listFiles(t, ".go", ".templ")
	for _, name := range files {
		if stem, ok := strings.CutSuffix(name, ".templ"); ok {
			isOutputOf(t, name, templ, "fmt", "-stdout", name)
			isOutputOf(t, stem+"_templ.go", templ, "generate", "-f", name, "-stdout")
		}
		if stem, ok := strings.CutSuffix(name, "_templ.go"); ok && !slices.Contains(files, stem+".templ") {
			t.Errorf("%s has no template any more: delete it", name)
		}
	}
}

func isOutputOf(t *testing.T, name, command string, args ...string) {
	t.Helper()
	want, err := exec.Command(command, args...).Output()
	if err != nil {
		t.Errorf("templ %s: %v", strings.Join(args, " "), err)
		return
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what templ %s writes: run make generate and commit what it changes", name, args[0])
	}
}
