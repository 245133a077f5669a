// Package spreadsheet writes CSV that spreadsheets read as it is meant: its
// characters as UTF-8, a number that is only a name with all its digits, and no
// text as a formula.
package spreadsheet

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"
)

// byteOrderMark stands first: without it spreadsheets read the machine's old
// encoding.
const byteOrderMark = "\ufeff"

// Writer writes rows.
type Writer struct{ rows *csv.Writer }

// New begins a file. Its first row is to name the columns.
func New(to io.Writer) (*Writer, error) {
	_, err := io.WriteString(to, byteOrderMark)
	w := &Writer{csv.NewWriter(to)}
	w.rows.UseCRLF = true
	return w, err
}

// Row writes a row. What did not come from us goes through Text or Code before.
func (w *Writer) Row(cells ...string) error { return w.rows.Write(cells) }

// Flush hands on what is held back still, and says whether all was written.
func (w *Writer) Flush() error {
	w.rows.Flush()
	return w.rows.Error()
}

// Write writes a whole file: the names of its columns, and the rows that each
// adds, one after another.
func Write(to io.Writer, heads []string, each func(add func(cells ...string) error) error) error {
	w, err := New(to)
	if err != nil {
		return err
	}
	if err := w.Row(heads...); err != nil {
		return err
	}
	if err := each(w.Row); err != nil {
		return err
	}
	return w.Flush()
}

// formula are the characters with which a formula begins, as spreadsheets read
// it: those of a Chinese keyboard too, and white space that they pass over.
const formula = "=+-@\t\r\n＝＋－＠"

// Text marks a text as text where a spreadsheet would take it for a formula.
func Text(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune(formula, first) {
		return "'" + s
	}
	return s
}

// Code keeps a number that is only a name, such as a serial number, from becoming
// an amount, which would lose zeros in front and digits behind. With a tab behind
// it, which can't be seen there, a spreadsheet takes it for text.
func Code(s string) string {
	if s != "" && strings.Trim(s, "0123456789") == "" {
		return s + "\t"
	}
	return Text(s)
}
