// Package i18n speaks to the reader in their language. Its catalogues are YAML
// files, one an area and language, read once; a Printer turns their keys into
// finished texts and money, dates and moments into the words a shop owner says.
//
// Every moment is shown in Asia/Shanghai. A missing key or placeholder is a
// mistake in the program: in a test it panics, in production it is logged and
// the page still comes.
package i18n

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Printer writes one language. It is immutable and shared by all requests.
type Printer struct {
	locale  Locale
	tag     language.Tag
	entries map[string]*entry
	format  *formats
	noted   *sync.Map // mistakes already logged
	texts   *texts    // where texts are written to; nil: each for itself
}

func newPrinter(l Locale, entries map[string]*entry) (*Printer, error) {
	p := &Printer{locale: l, tag: language.MustParse(string(l)), entries: entries, noted: &sync.Map{}}
	format, err := readFormats(entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l, err)
	}
	p.format = &format
	return p, nil
}

// ForPage returns a printer for one page: it writes the same texts side by side
// into shared memory, so that a page of many texts costs few allocations. All of
// that memory lasts as long as any of the texts. It is for one goroutine.
func (p *Printer) ForPage() *Printer {
	q := *p
	q.texts = &texts{}
	return &q
}

// Locale returns the printer's language.
func (p *Printer) Locale() Locale { return p.locale }

// Other returns the printer of the other language.
func (p *Printer) Other() *Printer { return For(p.locale.Other()) }

// Has reports whether the catalogue has the key.
func (p *Printer) Has(key string) bool { return p.entries[key] != nil }

// T returns the message of a key with its placeholders filled. args are name
// and value in turn. A value is written by its type: a string as it is, an int
// or int64 as a count (1,204), Yuan() as money, Civil() as a date, a time.Time
// as a moment in Shanghai, a time.Duration as a span of time, rounded up. A
// year or a number that is no count is given as a string. A message with plural
// forms chooses by the value of n.
func (p *Printer) T(key string, args ...any) string {
	return p.write(key, count{}, args)
}

// N is T for a message that counts: n chooses the plural form and fills {n}.
func (p *Printer) N(key string, n int, args ...any) string {
	return p.write(key, count{n: int64(n), given: true}, args)
}

// count is the value of {n} where it is given apart.
type count struct {
	n     int64
	given bool
}

func (p *Printer) write(key string, n count, args []any) string {
	e := p.entries[key]
	if e == nil {
		return p.missing(key)
	}
	m := e.forms[plural.Other]
	if e.plural {
		m = p.choose(e, key, n, args)
	}
	if len(m.parts) == 0 {
		return m.text
	}
	var buffer [192]byte
	return p.text(p.fill(buffer[:0], m, key, n, args))
}

func (p *Printer) choose(e *entry, key string, counted count, args []any) *message {
	other := e.forms[plural.Other]
	n := counted.n
	if !counted.given {
		value, ok := lookUp(args, "n")
		if !ok {
			p.mistake(key, "needs n to choose its plural form")
			return other
		}
		if n, ok = asCount(value); !ok {
			p.mistake(key, fmt.Sprintf("n is a %T, not a count", value))
			return other
		}
	}
	if n < 0 {
		n = -n
	}
	if n >= 1_000_000 {
		n = 1_000_000 + n%1_000_000 // the rules look at the last digits, and at whether there are others
	}
	form := plural.Cardinal.MatchPlural(p.tag, int(n), 0, 0, 0, 0)
	if m := e.forms[form]; m != nil {
		return m
	}
	return other
}

func (p *Printer) fill(b []byte, m *message, key string, n count, args []any) []byte {
	for _, part := range m.parts {
		if part.name == "" {
			b = append(b, part.literal...)
			continue
		}
		if n.given && part.name == "n" {
			b = appendGrouped(b, n.n)
			continue
		}
		value, ok := lookUp(args, part.name)
		if !ok {
			p.mistake(key, "no value for {"+part.name+"}")
			b = append(b, absent...)
			continue
		}
		b = p.appendValue(b, key, value)
	}
	return b
}

// absent stands where a value is missing in production.
const absent = "…"

func lookUp(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if given, ok := args[i].(string); ok && given == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func asCount(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	}
	return 0, false
}

// missing notes a key that the catalogue does not have and returns its last
// part, which often says enough to go on with.
func (p *Printer) missing(key string) string {
	p.mistake(key, "is not in the catalogue")
	last := key[strings.LastIndexByte(key, '.')+1:]
	return strings.ReplaceAll(last, "_", " ")
}

// mistake panics in a test, and is logged once in production.
func (p *Printer) mistake(key, what string) {
	if testing.Testing() {
		panic(fmt.Sprintf("i18n: %s: %s %s", p.locale, key, what))
	}
	if _, known := p.noted.LoadOrStore(key+" "+what, true); !known {
		slog.Error("a message can't be written", "locale", p.locale, "key", key, "what", what)
	}
}
