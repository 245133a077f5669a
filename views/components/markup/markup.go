// Package markup writes HTML by hand, for what stands on every page or in every
// row of a long table: a templ function costs a few allocations a call and two
// for each text, and these cost none. Anything else is better written in templ.
package markup

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// Writer writes HTML and keeps the first error.
type Writer struct {
	to   io.Writer
	text io.StringWriter // to, where it takes texts as they are
	err  error
	room [32]byte // for the digits of numbers
}

// To returns a writer of HTML to w.
func To(w io.Writer) Writer {
	text, _ := w.(io.StringWriter)
	return Writer{to: w, text: text}
}

// Err returns the first error, if there was one.
func (m *Writer) Err() error { return m.err }

// Raw writes what is HTML already. It is for the program's own text alone.
func (m *Writer) Raw(s string) {
	switch {
	case m.err != nil:
	case m.text != nil:
		_, m.err = m.text.WriteString(s)
	default:
		_, m.err = m.to.Write([]byte(s))
	}
}

// Text writes a text, or the value of a quoted attribute. Most hold nothing that
// has to be escaped, which is quicker to see than to try.
func (m *Writer) Text(s string) {
	for i := range len(s) {
		switch s[i] {
		case '&', '<', '>', '"', '\'':
			m.Raw(templ.EscapeString(s))
			return
		}
	}
	m.Raw(s)
}

// Attr writes an attribute, and nothing where it has no value.
func (m *Writer) Attr(name, value string) {
	if value == "" {
		return
	}
	m.Raw(" ")
	m.Raw(name)
	m.Raw(`="`)
	m.Text(value)
	m.Raw(`"`)
}

// Href writes the attribute href. An address that could run a script becomes
// one that leads nowhere.
func (m *Writer) Href(address string) {
	m.Raw(` href="`)
	m.Text(string(templ.URL(address)))
	m.Raw(`"`)
}

// Part writes a component.
func (m *Writer) Part(ctx context.Context, c templ.Component) {
	if m.err == nil {
		m.err = c.Render(ctx, m.to)
	}
}

// Percent writes a share of a whole, from 0 to 1, as a percentage with two
// decimals.
func (m *Writer) Percent(share float64) {
	m.digits(append(strconv.AppendFloat(m.room[:0], share*100, 'f', 2, 64), '%'))
}

// Length writes a length, in px, to a tenth.
func (m *Writer) Length(px float64) {
	m.digits(strconv.AppendFloat(m.room[:0], px, 'f', 1, 64))
}

// Int writes a whole number.
func (m *Writer) Int(n int) { m.digits(strconv.AppendInt(m.room[:0], int64(n), 10)) }

func (m *Writer) digits(b []byte) {
	if m.err == nil {
		_, m.err = m.to.Write(b)
	}
}
