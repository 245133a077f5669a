package i18n

import (
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
)

// entry is what stands under a key: one message, or one a plural form.
// forms[plural.Other] is always there.
type entry struct {
	forms   [6]*message
	plural  bool // chosen by {n}
	defined string
}

// message is a text cut at its placeholders when the catalogue is read, so that
// a request only joins the pieces.
type message struct {
	text  string // the text as written; the whole answer where parts is empty
	parts []part
}

// part is a literal, or the name of a placeholder.
type part struct{ literal, name string }

// parseMessage cuts a text at its {placeholders}. A brace that belongs to none
// is an error: the catalogues need no literal braces, and a slip should show.
func parseMessage(text string) (*message, error) {
	m := &message{text: text}
	rest := text
	for {
		open := strings.IndexAny(rest, "{}")
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest, '}')
		if rest[open] == '}' || end < 0 {
			return nil, fmt.Errorf("stray brace in %q", text)
		}
		name := rest[open+1 : end]
		if !isName(name) {
			return nil, fmt.Errorf("%q is no placeholder name in %q", name, text)
		}
		if open > 0 {
			m.parts = append(m.parts, part{literal: rest[:open]})
		}
		m.parts = append(m.parts, part{name: name})
		rest = rest[end+1:]
	}
	if rest != "" && len(m.parts) > 0 {
		m.parts = append(m.parts, part{literal: rest})
	}
	return m, nil
}

// isName reports whether s is a placeholder's name or one step of a key: a
// lower-case letter, then letters, digits and underscores.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && (c == '_' || c >= '0' && c <= '9'):
		default:
			return false
		}
	}
	return s != ""
}

// pluralForms are the names of the plural forms in the catalogues.
var pluralForms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// names returns the placeholders of all forms, each once.
func (e *entry) names() map[string]bool {
	names := map[string]bool{}
	for _, m := range e.forms {
		if m == nil {
			continue
		}
		for _, p := range m.parts {
			if p.name != "" {
				names[p.name] = true
			}
		}
	}
	return names
}
