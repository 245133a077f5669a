// Package plain reads a text as a shop owner does, standing, between two
// customers, and says where it is not plain: a sentence too long, a word of the
// trade without its plain name beside it, a phrase that says nothing.
package plain

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Rule names what a text breaks.
type Rule string

// The rules.
const (
	TooLong Rule = "too_long" // a sentence of more than 40 Chinese characters or 25 English words
	Jargon  Rule = "jargon"   // a word of the trade without its plain name in the same sentence
	Code    Rule = "code"     // the name of a rule of the program
	Empty   Rule = "empty"    // a phrase that says nothing
	Formal  Rule = "formal"   // a form of address that belongs in letters
)

// Finding is one place where a text is not plain.
type Finding struct {
	Rule     Rule
	Sentence string // in which it stands
	Word     string // what is wrong; of a sentence that is too long, nothing
	Plain    string // what to write beside the word or in its place; empty: nothing is known
	Length   int    // of a sentence that is too long, in characters or words
	Longest  int    // that it may have
}

// Check returns what is not plain in a text, in its order. The locale is zh-CN
// or en; lines end sentences, so that headings and list items are read by
// themselves.
func Check(locale, text string) (findings []Finding) {
	w := words[locale]
	if w == nil {
		return nil
	}
	for _, sentence := range w.sentences(text) {
		if n := w.length(sentence); n > w.Longest {
			findings = append(findings, Finding{Rule: TooLong, Sentence: sentence, Length: n, Longest: w.Longest})
		}
		findings = w.check(findings, sentence)
	}
	return findings
}

func (w *language) check(findings []Finding, sentence string) []Finding {
	for _, j := range w.Jargon {
		if at := j.find(sentence); at && !containsAny(sentence, j.Plain) {
			found := Finding{Rule: Jargon, Sentence: sentence, Word: j.Term}
			if len(j.Plain) > 0 {
				found.Plain = j.Plain[0]
			}
			findings = append(findings, found)
		}
	}
	for _, phrase := range w.Never {
		if strings.Contains(sentence, phrase) {
			findings = append(findings, Finding{Rule: Empty, Sentence: sentence, Word: phrase})
		}
	}
	for _, word := range w.LettersOnly {
		if strings.Contains(sentence, word) {
			findings = append(findings, Finding{Rule: Formal, Sentence: sentence, Word: word})
		}
	}
	if code := codes.FindString(sentence); code != "" {
		findings = append(findings, Finding{Rule: Code, Sentence: sentence, Word: code})
	}
	return findings
}

// codes finds names such as notice_missing.
var codes = regexp.MustCompile(`\b[a-z]+(?:_[a-z]+)+\b`)

// language is what is asked of one language's texts.
type language struct {
	Ends        string   `yaml:"ends"` // characters that end a sentence wherever they stand
	Longest     int      `yaml:"longest"`
	Never       []string `yaml:"never"`
	LettersOnly []string `yaml:"letters_only"`
	Jargon      []jargon `yaml:"jargon"`
}

type jargon struct {
	Term  string   `yaml:"term"`
	Plain []string `yaml:"plain"`
}

//go:embed words.yaml
var listed []byte

var words = func() map[string]*language {
	var all map[string]*language
	if err := yaml.Unmarshal(listed, &all); err != nil {
		panic(err) // it is part of the program
	}
	return all
}()

// find reports whether a sentence holds the term; one in Latin letters is a word
// of its own there.
func (j *jargon) find(sentence string) bool {
	for rest, from := sentence, 0; ; {
		i := strings.Index(rest, j.Term)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(sentence[:from+i])
		after, _ := utf8.DecodeRuneInString(rest[i+len(j.Term):])
		if !isLatin(rune(j.Term[0])) || !isLatin(before) && !isLatin(after) {
			return true
		}
		from += i + len(j.Term)
		rest = sentence[from:]
	}
}

func isLatin(r rune) bool {
	return r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
}

func containsAny(text string, all []string) bool {
	for _, s := range all {
		if strings.Contains(strings.ToLower(text), strings.ToLower(s)) {
			return true
		}
	}
	return false
}

// length counts characters where sentences end with characters of their own, as
// in Chinese, and words elsewhere.
func (w *language) length(sentence string) int {
	if w.Ends != "" {
		return utf8.RuneCountInString(sentence)
	}
	return len(strings.Fields(sentence))
}

// sentences parts a text where sentences end: at a line's end, at a character
// that ends one, or in languages without such at a full stop before a space.
func (w *language) sentences(text string) (all []string) {
	add := func(s string) {
		if s = strings.TrimFunc(s, unicode.IsSpace); s != "" {
			all = append(all, s)
		}
	}
	start := 0
	for i, r := range text {
		next := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			next = i + 1
		}
		ends := r == '\n' || strings.ContainsRune(w.Ends, r)
		if w.Ends == "" && strings.ContainsRune(".!?", r) {
			after, _ := utf8.DecodeRuneInString(text[next:])
			ends = unicode.IsSpace(after)
		}
		if ends {
			add(text[start:i])
			start = next
		}
	}
	add(text[start:])
	return all
}

// longNumber finds what may be the number of a phone, a card or a terminal, and
// address an e-mail address.
var (
	longNumber = regexp.MustCompile(`\d(?:[ \-]?\d){5,}`)
	address    = regexp.MustCompile(`[\w.+\-]+@[\w.\-]*\w`)
)

// Mask returns a text that someone typed without what may be personal in it:
// each digit of a number of six digits or more, and each e-mail address, becomes
// a star.
func Mask(text string) string {
	text = address.ReplaceAllString(text, "*")
	return longNumber.ReplaceAllStringFunc(text, func(number string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return '*'
			}
			return r
		}, number)
	})
}
