package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// unit is what a text is made of for a search: one Chinese character, or one word
// or number of other scripts. It stands for the bytes from..to of the text.
type unit struct {
	text     string // folded; a word by its stem
	from, to int
	han      bool
	joined   bool // nothing stands between it and the unit before
}

// longestText is how much of a text is looked at, in bytes.
const longestText = 1 << 16

// unitsOf takes a text apart. The ranges of its units lie within the text, in
// its order, and begin and end at characters.
func unitsOf(text string) (units []unit) {
	end := 0 // of the unit before
	add := func(from, to int, folded string, han bool) {
		u := unit{text: folded, from: from, to: to, han: han, joined: from == end && len(units) > 0}
		if !han {
			u.text = stem(folded)
		}
		if u.text != "" {
			units = append(units, u)
			end = to
		}
	}
	var word strings.Builder
	start := 0
	flush := func(at int) {
		if word.Len() > 0 {
			add(start, at, trimWord(word.String()), false)
			word.Reset()
		}
	}
	for i := 0; i < len(text) && i < longestText; {
		typed, size := utf8.DecodeRuneInString(text[i:])
		r := fold(typed)
		switch {
		case unicode.Is(unicode.Han, r):
			flush(i)
			add(i, i+size, string(r), true)
		case r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if word.Len() == 0 {
				start = i
			}
			word.WriteRune(r)
		case word.Len() > 0 && isWithin(typed) && wordGoesOn(text[i+size:]):
			word.WriteRune(r)
		default:
			flush(i)
		}
		i += size
	}
	flush(min(len(text), longestText))
	return units
}

// fold makes full-width letters plain and capitals small.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	if unicode.Is(unicode.Han, r) {
		return r
	}
	if r == '\u2019' {
		return '\''
	}
	if folded := width.LookupRune(r).Folded(); folded != 0 {
		r = folded
	}
	return unicode.ToLower(r)
}

// isWithin reports whether a sign may stand within a word or number: don't,
// 1,204.50, t+1, top-up.
func isWithin(r rune) bool {
	return r == '\'' || r == '\u2019' || r == '.' || r == ',' || r == '+' || r == '-'
}

func wordGoesOn(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	r = fold(r)
	return r != utf8.RuneError && !unicode.Is(unicode.Han, r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// trimWord writes a number as people say it: 1,204.50 as 1204.5, 36.00 as 36.
func trimWord(word string) string {
	if word[0] < '0' || word[0] > '9' {
		return word
	}
	word = strings.ReplaceAll(word, ",", "")
	if strings.Contains(word, ".") && !strings.ContainsFunc(word, unicode.IsLetter) {
		word = strings.TrimSuffix(strings.TrimRight(word, "0"), ".")
	}
	return word
}

// stem cuts the endings off an English word, so that charge, charges, charged and
// charging are one. It need not be right, only the same for the same word.
func stem(word string) string {
	if len(word) < 4 || word[0] >= utf8.RuneSelf || strings.ContainsAny(word, "0123456789") {
		return word
	}
	word = strings.TrimSuffix(word, "'s")
	switch {
	case len(word) > 4 && strings.HasSuffix(word, "ies"):
		word = word[:len(word)-3] + "y"
	case len(word) > 4 && (strings.HasSuffix(word, "ches") || strings.HasSuffix(word, "shes") || strings.HasSuffix(word, "sses") || strings.HasSuffix(word, "xes")):
		word = word[:len(word)-2]
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && !strings.HasSuffix(word, "is"):
		word = word[:len(word)-1]
	}
	switch {
	case len(word) > 5 && strings.HasSuffix(word, "ing"):
		word = single(word[:len(word)-3])
	case len(word) > 4 && strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "eed"):
		word = single(word[:len(word)-2])
	}
	if len(word) > 4 && strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "ee") {
		word = word[:len(word)-1]
	}
	return word
}

// single undoes the doubling in stopped.
func single(word string) string {
	n := len(word)
	if n < 4 || word[n-1] != word[n-2] {
		return word
	}
	if strings.IndexByte("bdgmnprt", word[n-1]) >= 0 || word[n-1] == 'l' && n > 5 { // cancelled, but called
		return word[:n-1]
	}
	return word
}
