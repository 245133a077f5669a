package setting

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// The names of the profile's fields, in forms.
const (
	NameZhField  = "name_zh"
	NameEnField  = "name_en"
	ShortZhField = "short_zh"
	ShortEnField = "short_en"
	HotlineField = "hotline"
	ColourField  = "colour"
)

// How long names may be, in characters. What signs a text message has two
// characters at least and twelve at most where providers register it, and takes
// its room from the message.
const (
	MostName       = 60
	FewestShort    = 2
	MostShortZh    = 12
	MostShortEn    = 20
	fewestDigits   = 5 // such as 95516
	mostDigits     = 15
	longestHotline = 25
)

// plainLatin is what a text message of 160 characters can hold of a name.
var plainLatin = regexp.MustCompile(`^[A-Za-z0-9 &'.,+-]*$`)

// telephone is a number as people write it: groups of digits, an area code in
// brackets maybe, and a plus before the country.
var telephone = regexp.MustCompile(`^\+?(\([0-9]{2,4}\)|[0-9]+)([ -]?[0-9]+)*$`)

// Tidy returns the profile as it is kept: without spaces around, in plain digits.
func (o Operator) Tidy() Operator {
	for _, text := range []*string{&o.Name.ZhCN, &o.Name.En, &o.ShortName.ZhCN, &o.ShortName.En} {
		*text = strings.Join(strings.Fields(*text), " ")
	}
	o.Hotline = strings.Join(strings.Fields(width.Fold.String(o.Hotline)), " ")
	o.Colour = strings.ToLower(strings.TrimSpace(width.Fold.String(o.Colour)))
	return o
}

// Check returns fault.Invalid for the fields of a profile under which nobody can
// write to merchants.
func (o Operator) Check() error {
	var f faults
	for _, name := range []struct{ field, text string }{{NameZhField, o.Name.ZhCN}, {NameEnField, o.Name.En}} {
		f.unless(name.text != "", name.field, "admin_operator.fault.needed")
		f.unless(isName(name.text), name.field, "admin_operator.fault.sign")
		f.unlessLong(name.text, 1, MostName, name.field)
	}
	for _, name := range []struct {
		field, text string
		most        int
	}{{ShortZhField, o.ShortName.ZhCN, MostShortZh}, {ShortEnField, o.ShortName.En, MostShortEn}} {
		f.unless(name.text != "", name.field, "admin_operator.fault.needed")
		f.unless(isName(name.text) && !strings.ContainsAny(name.text, "【】[]"), name.field, "admin_operator.fault.sign")
		f.unlessLong(name.text, FewestShort, name.most, name.field)
	}
	f.unless(plainLatin.MatchString(o.ShortName.En), ShortEnField, "admin_operator.fault.latin")
	f.unless(o.Hotline == "" || isTelephone(o.Hotline), HotlineField, "admin_operator.fault.hotline")
	if o.Colour != "" {
		contrast, ok := OnWhite(o.Colour)
		f.unless(ok, ColourField, "admin_operator.fault.colour")
		if ok && contrast < LeastContrast {
			f.Add(ColourField, "admin_operator.fault.contrast", "ratio", strconv.FormatFloat(math.Floor(contrast*10)/10, 'f', 1, 64))
		}
	}
	return f.Err()
}

// unlessLong notes that a text is not as long as it may be, from and to.
func (f *faults) unlessLong(text string, fewest, most int, field string) {
	if n := utf8.RuneCountInString(text); (n < fewest || n > most) && !f.has(field) {
		f.Add(field, "admin_operator.fault.length", "fewest", fewest, "most", most)
	}
}

// isName reports whether a text is one that can be read aloud: no signs that can't
// be seen, and a letter at least.
func isName(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) && strings.ContainsFunc(text, unicode.IsLetter)
}

func isTelephone(text string) bool {
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return telephone.MatchString(text) && digits >= fewestDigits && digits <= mostDigits && len(text) <= longestHotline
}
