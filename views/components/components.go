// Package components holds the small parts that pages are built from. They take
// finished strings in the reader's language and know no rule and no date: who
// calls them has formatted everything. Each has an example; the examples are the
// pages of the gallery and, rendered, the tests.
package components

import (
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// markup writes HTML and keeps the first error. The parts that stand in every
// row of a table are written with it, since a templ function costs several
// allocations a call and these cost none.
type markup struct {
	w    io.Writer
	err  error
	room [32]byte // for the digits of numbers
}

// raw writes what is already HTML.
func (m *markup) raw(s string) {
	if m.err == nil {
		_, m.err = io.WriteString(m.w, s)
	}
}

// text writes a text or the value of a quoted attribute.
func (m *markup) text(s string) { m.raw(templ.EscapeString(s)) }

// attr writes an attribute, and nothing where it has no value.
func (m *markup) attr(name, value string) {
	if value == "" {
		return
	}
	m.raw(" ")
	m.raw(name)
	m.raw(`="`)
	m.text(value)
	m.raw(`"`)
}

// percent writes a share of a drawing's width.
func (m *markup) percent(share float64) {
	m.digits(append(strconv.AppendFloat(m.room[:0], share*100, 'f', 2, 64), '%'))
}

// length writes a length, in px, to a tenth.
func (m *markup) length(px float64) {
	m.digits(strconv.AppendFloat(m.room[:0], px, 'f', 1, 64))
}

// int writes a whole number.
func (m *markup) int(n int) { m.digits(strconv.AppendInt(m.room[:0], int64(n), 10)) }

func (m *markup) digits(b []byte) {
	if m.err == nil {
		_, m.err = m.w.Write(b)
	}
}

// safeURL is an address that is safe to follow: one with a scheme that could run
// a script becomes one that leads nowhere.
func safeURL(address string) string { return string(templ.URL(address)) }
