package i18n

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// root is the module's folder, seen from this one.
const root = "../.."

func TestBothLanguagesHaveTheSameKeys(t *testing.T) {
	for _, l := range Locales {
		theirs := For(l.Other()).entries
		for key, e := range For(l).entries {
			if theirs[key] == nil {
				t.Errorf("%s is in %s only (%s): translate it or take it out", key, l, e.defined)
			}
		}
	}
}

func TestBothLanguagesHaveTheSamePlaceholders(t *testing.T) {
	for key, zh := range For(ZhCN).entries {
		en := For(En).entries[key]
		if en == nil {
			continue // the test of keys says so
		}
		if want, got := slices.Sorted(maps.Keys(zh.names())), slices.Sorted(maps.Keys(en.names())); !slices.Equal(got, want) {
			t.Errorf("%s: Chinese fills %v (%s), English %v (%s)", key, want, zh.defined, got, en.defined)
		}
	}
}

func TestNoMessageIsEmptyOrPadded(t *testing.T) {
	for _, m := range messages() {
		l, key, text := m.locale, m.key, m.text
		if strings.HasPrefix(key, "common.format.list.") {
			continue // the words between names need their spaces
		}
		if text == "" || strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
			t.Errorf("%s in %s is %q: no message is empty, padded or doubly spaced", key, l, text)
		}
	}
}

func TestChineseIsPunctuatedInFullWidth(t *testing.T) {
	for _, m := range messages() {
		l, key, text := m.locale, m.key, m.text
		if l != ZhCN {
			continue
		}
		runes := []rune(text)
		for i, r := range runes {
			if !strings.ContainsRune(`,.?!:;()"'`, r) {
				continue
			}
			before, after := i > 0 && isHan(runes[i-1]), i+1 < len(runes) && isHan(runes[i+1])
			if before || after {
				t.Errorf("%s has the half-width %q beside a Chinese character: %q", key, r, text)
			}
		}
	}
}

// chineseInEnglish are the Chinese words that English messages may show: the
// name of the language, and terms a reader will meet on paper in Chinese only.
var chineseInEnglish = []string{"中文", "明白账", "发票"}

func TestEnglishHasNoChineseInIt(t *testing.T) {
	for _, m := range messages() {
		l, key, text := m.locale, m.key, m.text
		if l != En {
			continue
		}
		rest := text
		for _, word := range chineseInEnglish {
			rest = strings.ReplaceAll(rest, word, "")
		}
		if i := strings.IndexFunc(rest, func(r rune) bool { return isHan(r) || strings.ContainsRune("，。？！：；（）、《》", r) }); i >= 0 {
			t.Errorf("%s in English has Chinese text or punctuation: %q", key, text)
		}
	}
}

// staffAreas are the catalogues that only the acquirer's own people read; words
// of the trade are allowed there.
var staffAreas = map[string]bool{"import": true, "demo": true, "staff": true, "admin_holds": true, "api": true, "keys": true, "imports": true, "jobs": true}

// jargon is what a merchant must never meet without its plain name in the same
// message.
var jargon = []struct {
	term  *regexp.Regexp
	plain string
}{
	{regexp.MustCompile(`贷记卡`), "信用卡"},
	{regexp.MustCompile(`秒到|\bD0\b`), "当天到账"},
	{regexp.MustCompile(`T\+1`), "下一个工作日到账"},
	{regexp.MustCompile(`\bMDR\b|电签|鉴权|报文|通道|(?i)\bppm\b|\bfen\b|(?i)cycle index|\bICCID\b`), ""},
	{regexp.MustCompile(`[a-z]+_[a-z_]+`), ""}, // a rule's code
	{regexp.MustCompile(`系统|相关|进行|根据有关规定|敬请谅解`), ""},
	{regexp.MustCompile(`您`), ""}, // 您 is for letters, from a person
}

// letters are what a person writes to the merchant.
const letters = "complaints.letter."

func TestAMerchantMeetsNoJargon(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z0-9_]+\}`)
	for _, m := range messages() {
		l, key, text := m.locale, m.key, m.text
		if area, _, _ := strings.Cut(key, "."); staffAreas[area] {
			continue
		}
		plain := placeholder.ReplaceAllString(text, "")
		for _, j := range jargon {
			if strings.HasPrefix(key, letters) && j.term.String() == "您" {
				continue
			}
			if word := j.term.FindString(plain); word != "" && (j.plain == "" || !strings.Contains(plain, j.plain)) {
				t.Errorf("%s in %s says %q, which a shop owner need not know: %q", key, l, word, text)
			}
		}
	}
}

// longestSentence is how many characters a person reads standing, between two
// customers. Values that fill placeholders are not counted.
const longestSentence = 40

func TestAChineseSentenceIsShort(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z0-9_]+\}`)
	for _, m := range messages() {
		l, key, text := m.locale, m.key, m.text
		if l != ZhCN {
			continue
		}
		for _, sentence := range strings.FieldsFunc(placeholder.ReplaceAllString(text, ""), func(r rune) bool { return strings.ContainsRune("。！？\n", r) }) {
			if n := len([]rune(sentence)); n > longestSentence {
				t.Errorf("%s has a sentence of %d characters, more than %d: %q", key, n, longestSentence, sentence)
			}
		}
	}
}

func TestEveryKeyInTheCodeIsInTheCatalogue(t *testing.T) {
	uses := scan(t)
	for _, key := range slices.Sorted(maps.Keys(uses.asked)) {
		if !For(ZhCN).Has(key) {
			t.Errorf("%s asks for %s, which no catalogue has", uses.asked[key], key)
		}
	}
	prefixes := dynamicPrefixes(t)
	for prefix, at := range uses.prefixes {
		if _, declared := prefixes[prefix]; !declared {
			t.Errorf("%s puts a key together from %q: write whole keys, or declare the prefix with its reason in testdata/dynamic.yaml", at, prefix)
		}
	}
}

func TestEveryKeyOfTheCatalogueIsUsed(t *testing.T) {
	uses, prefixes := scan(t), dynamicPrefixes(t)
	serves := map[string]bool{}
	for key, e := range For(ZhCN).entries {
		used := uses.literals[key]
		for prefix := range prefixes {
			if strings.HasPrefix(key, prefix) {
				used, serves[prefix] = true, true
			}
		}
		if !used {
			t.Errorf("%s is used nowhere (%s): take it out of both languages", key, e.defined)
		}
	}
	for prefix, reason := range prefixes {
		if !serves[prefix] {
			t.Errorf("testdata/dynamic.yaml declares %q (%s), but no key begins with it", prefix, reason)
		}
		if strings.TrimSpace(reason) == "" {
			t.Errorf("testdata/dynamic.yaml declares %q without a reason", prefix)
		}
	}
}

// writtenText is one text of the catalogues.
type writtenText struct {
	locale    Locale
	key, text string
}

// messages lists every text of the catalogues, in the order of the keys.
func messages() (all []writtenText) {
	for _, l := range Locales {
		p := For(l)
		for _, key := range slices.Sorted(maps.Keys(p.entries)) {
			for _, m := range p.entries[key].forms {
				if m != nil {
					all = append(all, writtenText{l, key, m.text})
				}
			}
		}
	}
	return all
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func dynamicPrefixes(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/dynamic.yaml")
	if err != nil {
		t.Fatal(err)
	}
	prefixes := map[string]string{}
	if err := yaml.Unmarshal(text, &prefixes); err != nil {
		t.Fatal(err)
	}
	return prefixes
}

// usage is what the module's code does with keys. Views count through the Go
// code that is generated from them.
type usage struct {
	literals map[string]bool   // every string in the code
	asked    map[string]string // key → where it is asked for
	prefixes map[string]string // beginning of a key put together → where
}

// askers are the functions whose argument of that index is a message key.
var askers = map[string]int{
	"T": 0, "N": 0, // i18n.Printer
	"fault.New": 1, "fault.Wrap": 2, "Add": 1, // fault.Fields
	"page.SetFlash": 2,
	"guard.Page":    1,
}

func scan(t *testing.T) usage {
	t.Helper()
	u := usage{map[string]bool{}, map[string]string{}, map[string]string{}}
	areas := map[string]bool{}
	for key := range For(ZhCN).entries {
		area, _, _ := strings.Cut(key, ".")
		areas[area] = true
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		return u.read(path, areas)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(u.asked) == 0 {
		t.Fatal("no key was found in the code: the scan is broken")
	}
	return u
}

func (u usage) read(path string, areas map[string]bool) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, ok := textOf(n); ok {
				u.literals[s] = true
			}
		case *ast.CallExpr:
			at, ok := keyArgument(n)
			if !ok {
				return true
			}
			where := fmt.Sprint(files.Position(n.Pos()))
			if s, ok := textOf(at); ok && isKey(s, areas) {
				u.asked[s] = where
			}
			if sum, ok := at.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
				if s, ok := textOf(leftmost(sum)); ok && isKey(strings.TrimSuffix(s, "."), areas) {
					u.prefixes[s] = where
				}
			}
		}
		return true
	})
	return nil
}

// keyArgument returns the argument of a call that is a message key, if the
// function takes one. Add is asked for keys only by their form: many things
// have an Add.
func keyArgument(call *ast.CallExpr) (ast.Expr, bool) {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil, false
	}
	name := f.Sel.Name
	if x, ok := f.X.(*ast.Ident); ok {
		if at, ok := askers[x.Name+"."+name]; ok && at < len(call.Args) {
			return call.Args[at], true
		}
	}
	at, ok := askers[name]
	if !ok || at >= len(call.Args) {
		return nil, false
	}
	return call.Args[at], true
}

// isKey reports whether a string is a dotted key of an area that exists, or for
// an unknown area at least has the form of one.
func isKey(s string, areas map[string]bool) bool {
	steps := strings.Split(s, ".")
	for _, step := range steps {
		if !isName(step) {
			return false
		}
	}
	return len(steps) > 1 || areas[s]
}

func leftmost(e ast.Expr) ast.Expr {
	for {
		sum, ok := e.(*ast.BinaryExpr)
		if !ok {
			return e
		}
		e = sum.X
	}
}

func textOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
