package ingest

import (
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/money"
)

// How long texts may be, in characters.
const (
	longestName = 200
	longestRef  = 100
	longestSN   = 64
)

// known reads what parse reads into a pointer, for fields in which nothing is
// not the same as zero.
func known[V any](parse func(string) (V, *problem)) func(string) (*V, *problem) {
	return func(s string) (*V, *problem) {
		v, p := parse(s)
		if p != nil {
			return nil, p
		}
		return &v, nil
	}
}

// text reads a name or remark of at most so many characters.
func text(most int) func(string) (string, *problem) {
	return func(s string) (string, *problem) {
		if utf8.RuneCountInString(s) > most {
			return "", because("import.value.too_long", "limit", most)
		}
		if strings.ContainsFunc(s, unicode.IsControl) {
			return "", because("import.value.control")
		}
		return s, nil
	}
}

var (
	name = text(longestName)
	ref  = text(longestRef)
)

// code reads what machines name things by: visible ASCII without spaces.
func code(s string) (string, *problem) {
	if len(s) > longestSN {
		return "", because("import.value.too_long", "limit", longestSN)
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			return "", because("import.value.not_code")
		}
	}
	return s, nil
}

// yuan reads an amount in yuan.
func yuan(s string) (money.Fen, *problem) {
	amount, err := money.ParseYuan(s)
	switch {
	case errors.Is(err, money.ErrDecimals):
		return 0, because("import.value.decimals")
	case errors.Is(err, money.ErrRange), err == nil && (amount > money.Most || amount < -money.Most):
		return 0, because("import.value.too_large")
	case err != nil:
		return 0, because("import.value.not_money")
	}
	return amount, nil
}

// saleYuan reads the amount of a sale in yuan, which is never below zero.
func saleYuan(s string) (money.Fen, *problem) {
	amount, p := yuan(s)
	if p == nil && amount < 0 {
		return 0, because("import.value.below_zero")
	}
	return amount, p
}

// noticeYuan reads the amount that a notice names.
func noticeYuan(s string) (money.Fen, *problem) {
	amount, p := yuan(s)
	if p == nil && amount <= 0 {
		return 0, because("import.value.not_positive")
	}
	return amount, p
}

// mostCounted is the highest number that is taken in of anything: totals of more
// could leave int64.
const mostCounted = 1_000_000_000

// count reads a whole number from 0.
func count(s string) (int64, *problem) {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, because("import.value.too_large")
	case err != nil || n < 0 || s[0] == '+' || s[0] == '-':
		return 0, because("import.value.not_count")
	case n > mostCounted:
		return 0, because("import.value.too_large")
	}
	return n, nil
}

// version reads the number of a version, from 1.
func version(s string) (int, *problem) {
	const most = 1_000_000
	n, p := count(s)
	if p != nil {
		return 0, p
	}
	if n < 1 || n > most {
		return 0, because("import.value.not_version")
	}
	return int(n), nil
}

// What is earlier or later is a slip of the keyboard, and would make a cycle of
// a century.
var (
	firstDay = date.New(1990, time.January, 1)
	lastDay  = date.New(2100, time.December, 31)
)

// day reads a date in Shanghai.
func day(s string) (date.Date, *problem) {
	d, err := date.Parse(s)
	switch {
	case err != nil:
		return 0, because("import.value.not_date")
	case d < firstDay || d > lastDay:
		return 0, because("import.value.century")
	}
	return d, nil
}

// instant reads a moment with its zone and returns it in UTC, to the
// microsecond.
func instant(s string) (time.Time, *problem) {
	// The library also takes an hour of one digit and a decimal comma.
	const hour = len("2006-01-02T15")
	if len(s) <= hour || s[hour] != ':' || strings.Contains(s, ",") {
		return time.Time{}, because("import.value.not_instant")
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		if _, err := time.Parse(time.RFC3339, s+"Z"); err == nil {
			return time.Time{}, because("import.value.no_zone")
		}
		return time.Time{}, because("import.value.not_instant")
	}
	if d := date.Of(t); d < firstDay || d > lastDay {
		return time.Time{}, because("import.value.century")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// choice reads one of a few words.
func choice[T ~string](words ...T) func(string) (T, *problem) {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	known := strings.Join(names, ", ")
	return func(s string) (T, *problem) {
		if !slices.Contains(words, T(s)) {
			return "", because("import.value.not_choice", "choices", known)
		}
		return T(s), nil
	}
}

// phonePattern lets pass what people write as a telephone number: mobile,
// international, with an area code or an extension. It is kept as written.
var phonePattern = regexp.MustCompile(`^\+?[0-9(][0-9 ()-]{3,22}[0-9]$`)

func phone(s string) (string, *problem) {
	digits := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			digits++
		}
	}
	if !phonePattern.MatchString(s) || digits < 5 || digits > 18 {
		return "", because("import.value.not_phone")
	}
	return s, nil
}

func email(s string) (string, *problem) {
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || len(s) > longestName {
		return "", because("import.value.not_email")
	}
	return s, nil
}

// channelPattern is how a channel is named: a word such as sms, email, wechat.
var channelPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

func channel(s string) (string, *problem) {
	if !channelPattern.MatchString(s) {
		return "", because("import.value.not_channel")
	}
	return s, nil
}
