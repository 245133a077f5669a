package complaint

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/fault"
)

// mostWanted is how long a line about a call or an invoice may be, in characters.
const mostWanted = 100

// CallWanted is when and where somebody wants to be called back.
type CallWanted struct {
	When  string // in their words
	Phone string // as written, and in E.164 once it is checked; empty: the number that they sign in with
}

// Check trims it and writes the number in E.164. It returns fault.Invalid for the fields "when" and "phone".
func (w *CallWanted) Check() error {
	var wrong fault.Fields
	w.When, w.Phone = strings.TrimSpace(w.When), strings.TrimSpace(w.Phone)
	if n := utf8.RuneCountInString(w.When); n == 0 || n > mostWanted {
		wrong.Add("when", "case.when_missing")
	}
	if w.Phone != "" {
		number, ok := account.ParseLine(w.Phone)
		if !ok {
			wrong.Add("phone", "case.phone_wrong")
		} else {
			w.Phone = number
		}
	}
	return wrong.Err()
}

// InvoiceWanted is what stands on an invoice that somebody wants.
type InvoiceWanted struct {
	Title     string // who it is made out to
	TaxNumber string // of a company or a shop; empty: it is made out to a person
	Months    string // which fees, in their words
}

// Check trims it. It returns fault.Invalid for the fields "title", "tax" and
// "months".
func (w *InvoiceWanted) Check() error {
	var wrong fault.Fields
	w.Title, w.Months = strings.TrimSpace(w.Title), strings.TrimSpace(w.Months)
	w.TaxNumber = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(w.TaxNumber), " ", ""))
	if n := utf8.RuneCountInString(w.Title); n == 0 || n > mostWanted {
		wrong.Add("title", "case.title_missing")
	}
	if w.TaxNumber != "" && !taxNumbers.MatchString(w.TaxNumber) {
		wrong.Add("tax", "case.tax_wrong")
	}
	if n := utf8.RuneCountInString(w.Months); n == 0 || n > mostWanted {
		wrong.Add("months", "case.months_missing")
	}
	return wrong.Err()
}

// taxNumbers are China's: 18 characters since 2015, 15 to 20 before.
var taxNumbers = regexp.MustCompile(`^[0-9A-Z]{15,20}$`)
