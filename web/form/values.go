// Package form takes a form apart into strings and puts it back together for
// the reader: with what they typed, and with what is wrong in their words.
package form

import (
	"errors"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/width"

	"github.com/mingbai/mingbai/web/page"
)

// WrittenField is the field in which a form names those of its fields that hold
// what somebody wrote, and would not like to write again.
const WrittenField = "written"

// Values are what a form sent, by field, as the reader typed it.
type Values url.Values

// Read takes a form from a request: from the body of a POST, else from the
// query. A body that is too long, no form or no text is a page.Refusal.
func Read(c echo.Context) (Values, error) {
	if r := c.Request(); r.Method == http.MethodGet || r.Method == http.MethodHead {
		return Values(c.QueryParams()), nil
	}
	if _, err := c.FormParams(); err != nil {
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong || errors.Is(err, echo.ErrStatusRequestEntityTooLarge) || errors.Is(err, multipart.ErrMessageTooLarge) {
			return nil, &page.Refusal{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Cause: err}
		}
		return nil, &page.Refusal{Status: http.StatusBadRequest, Kind: "invalid", Cause: err}
	}
	sent := Values(c.Request().PostForm)
	if !sent.areText() {
		return nil, &page.Refusal{Status: http.StatusBadRequest, Kind: "invalid"}
	}
	return sent, nil
}

func (v Values) areText() bool {
	for name, all := range v {
		if !page.IsText(name) || slices.ContainsFunc(all, func(value string) bool { return !page.IsText(value) }) {
			return false
		}
	}
	return true
}

// Get returns the first value of a field without the spaces around it, and
// nothing where none of it is to be seen, such as a space without width, which
// some keyboards leave behind.
func (v Values) Get(name string) string {
	text := strings.TrimSpace(v.Raw(name))
	if !strings.ContainsFunc(text, shows) {
		return ""
	}
	return text
}

// shows reports whether a character is to be seen.
func shows(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// Raw returns the first value of a field as it was typed, for a password.
func (v Values) Raw(name string) string {
	if all := v[name]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// Digits returns the first value of a field as a number is meant: full-width
// digits, which a Chinese keyboard gives, become plain ones, and spaces and
// hyphens go. Other characters stay, for the rules to refuse.
func (v Values) Digits(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '\u2010' || r == '\u2011' || r == '\u2013' {
			return -1
		}
		return r
	}, width.Fold.String(v.Raw(name)))
}

// Amount returns the first value of a field as an amount is meant: in plain digits
// and without spaces. A hyphen before it is a minus, and stays for the rules to
// refuse.
func (v Values) Amount(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, width.Fold.String(v.Raw(name)))
}

// Number returns the first value of a field as a whole number from 0 to
// 999,999,999, in plain or full-width digits with or without spaces, and -1 where
// it is none, for the rules to refuse: a hyphen before it is a minus, and goes with
// no digits.
func (v Values) Number(name string) int {
	n, err := strconv.ParseUint(v.Amount(name), 10, 32)
	if err != nil || n > 999_999_999 {
		return -1
	}
	return int(n)
}

// Count returns what a page itself put into a form as a number, and 0 where it is
// none.
func (v Values) Count(name string) int { return max(v.Number(name), 0) }

// All returns every value of a field.
func (v Values) All(name string) []string { return v[name] }

// Has reports whether the form sent the field, even empty.
func (v Values) Has(name string) bool { return len(v[name]) > 0 }

// Without returns the values without some fields: passwords and codes never go
// back to the page.
func (v Values) Without(names ...string) Values {
	kept := maps.Clone(v)
	for _, name := range names {
		delete(kept, name)
	}
	return kept
}
