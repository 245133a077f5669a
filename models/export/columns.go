package export

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/spreadsheet"
)

// kind says what a column holds.
type kind string

// The kinds of column.
const (
	words   kind = ""        // a text
	code    kind = "code"    // a number or id that is a name: no spreadsheet is to reckon with it
	contact kind = "contact" // a phone number, mail address or the like, masked where it is not a colleague's
	number  kind = "n"
	fen     kind = "fen" // an amount: fen in JSON, yuan in CSV
	instant kind = "at"  // UTC in JSON, Shanghai in CSV
	day     kind = "day"
	yes     kind = "yes"  // true or false
	doc     kind = "json" // a document
	sum     kind = "sum"  // a hash: hexadecimal
)

// Column is a column of a table.
type Column struct {
	Name string // in JSON, and by which its words are found
	kind kind
}

// columnsOf reads names with their kinds, such as "sn:code on:day words".
func columnsOf(spec string) (all []Column) {
	for field := range strings.FieldsSeq(spec) {
		name, of, _ := strings.Cut(field, ":")
		all = append(all, Column{name, kind(of)})
	}
	return all
}

// colleagues are the numbers and addresses of those who belong to the merchant
// now, and its own.
type colleagues map[string]bool

// shown leaves the end of a number or address that is nobody's of the merchant's.
func (c colleagues) shown(text string) string {
	if text == "" || c[text] {
		return text
	}
	name, host, mail := strings.Cut(text, "@")
	switch n := len(name); {
	case mail && n > 0:
		return name[:1] + "***@" + host
	case n > 4:
		return "****" + name[n-4:]
	}
	return "****"
}

// cell is a value of the present row.
type cell struct {
	kind  kind
	known colleagues

	text db.Text
	n    *int64
	at   db.Time
	on   date.Date
	yes  *bool
	doc  db.JSON
	sum  []byte
}

// into is where a statement's value goes.
func (c *cell) into() any {
	switch c.kind {
	case number, fen:
		return &c.n
	case instant:
		return &c.at
	case day:
		return &c.on
	case yes:
		return &c.yes
	case doc:
		return &c.doc
	case sum:
		return &c.sum
	}
	return &c.text
}

// setNumber gives the cell a number that is there.
func (c *cell) setNumber(n int64) { c.n = &n }

// none is what JSON says of a value that is not there.
const none = "null"

// json writes the value as JSON does.
func (c *cell) json(to []byte) []byte {
	switch c.kind {
	case number, fen:
		if c.n == nil {
			return append(to, none...)
		}
		return strconv.AppendInt(to, *c.n, 10)
	case instant:
		if c.at.IsZero() {
			return append(to, none...)
		}
		to = append(to, '"')
		to = c.at.UTC().AppendFormat(to, time.RFC3339Nano)
		return append(to, '"')
	case day:
		if c.on.IsZero() {
			return append(to, none...)
		}
		return quoted(to, c.on.String())
	case yes:
		if c.yes == nil {
			return append(to, none...)
		}
		return strconv.AppendBool(to, *c.yes)
	case doc:
		if c.doc == nil {
			return append(to, none...)
		}
		var b bytes.Buffer
		if json.Compact(&b, c.doc) != nil {
			return quoted(to, string(c.doc))
		}
		return append(to, b.Bytes()...)
	case sum:
		return quoted(to, hex.EncodeToString(c.sum))
	case contact:
		return quoted(to, c.known.shown(string(c.text)))
	}
	return quoted(to, string(c.text))
}

// csv is the value as a spreadsheet reads it.
func (c *cell) csv() string {
	switch c.kind {
	case number:
		if c.n != nil {
			return strconv.FormatInt(*c.n, 10)
		}
		return ""
	case fen:
		if c.n != nil {
			return money.Fen(*c.n).Yuan()
		}
		return ""
	case instant:
		if c.at.IsZero() {
			return ""
		}
		return c.at.In(date.Shanghai).Format(time.DateTime)
	case day:
		return c.on.String()
	case yes:
		if c.yes != nil {
			return strconv.FormatBool(*c.yes)
		}
		return ""
	case doc:
		return spreadsheet.Text(string(c.doc))
	case sum:
		return spreadsheet.Code(hex.EncodeToString(c.sum))
	case contact:
		return spreadsheet.Code(c.known.shown(string(c.text)))
	case code:
		return spreadsheet.Code(string(c.text))
	}
	return spreadsheet.Text(string(c.text))
}

// quoted writes a text as JSON does.
func quoted(to []byte, s string) []byte {
	if !strings.ContainsFunc(s, mustBeEscaped) {
		to = append(to, '"')
		to = append(to, s...)
		return append(to, '"')
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if out.Encode(s) != nil {
		return append(to, `""`...)
	}
	return append(to, bytes.TrimRight(b.Bytes(), "\n")...)
}

// mustBeEscaped reports whether a text with the rune can't stand in JSON as it is.
func mustBeEscaped(r rune) bool {
	return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError || r == '\u2028' || r == '\u2029'
}
