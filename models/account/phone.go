package account

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/width"
)

// homeRegion is the country of a number that names none.
const homeRegion = "CN"

// ParsePhone reads a phone number as people write it, with spaces, hyphens or
// full-width digits, with or without the country, and returns it in E.164. It
// returns false for what is no number that can receive a text message.
func ParsePhone(written string) (string, bool) {
	n := parseNumber(written)
	if n == nil {
		return "", false
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return phonenumbers.Format(n, phonenumbers.E164), true
	}
	return "", false
}

// ParseLine is ParsePhone for a number at which somebody is called, such as that of
// a shop. It returns false for what can't be dialled, and for one with an extension.
func ParseLine(written string) (string, bool) {
	n := parseNumber(written)
	if n == nil {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// parseNumber returns nil for what is no phone number.
func parseNumber(written string) *phonenumbers.PhoneNumber {
	written = strings.TrimSpace(width.Fold.String(written))
	if written == "" || len(written) > longestWritten {
		return nil
	}
	n, err := phonenumbers.Parse(written, homeRegion)
	if err != nil || n.GetExtension() != "" || !phonenumbers.IsValidNumber(n) {
		return nil
	}
	return n
}

// longestWritten bounds what is taken for a number, in bytes.
const longestWritten = 40
