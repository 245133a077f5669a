package i18n

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Locale is a language the portal speaks, as its BCP 47 tag. It stands in the
// lang attribute, in the cookie and in the user's row.
type Locale string

// The languages the portal speaks. ZhCN is the one a reader gets who states no
// preference, or none of these.
const (
	ZhCN Locale = "zh-CN"
	En   Locale = "en"
)

// Locales are all languages, the default first.
var Locales = []Locale{ZhCN, En}

// Other returns the language that the switch on each page leads to.
func (l Locale) Other() Locale {
	if l == En {
		return ZhCN
	}
	return En
}

// String returns the tag.
func (l Locale) String() string { return string(l) }

// Known reports whether the portal speaks it.
func (l Locale) Known() bool { return l == ZhCN || l == En }

// matcher answers a browser's list of languages; Chinese of any region and
// script is answered with zh-CN.
var matcher = language.NewMatcher([]language.Tag{
	language.MustParse(string(ZhCN)), language.MustParse(string(En)),
})

// longestAcceptLanguage bounds what is parsed of a header that anyone may send.
const longestAcceptLanguage = 512

// Match picks the reader's language: the one the signed-in user has chosen,
// else that of the cookie, else the best of the browser's Accept-Language, else
// zh-CN. Values that are no language of the portal's count as absent.
func Match(user, cookie, acceptLanguage string) Locale {
	if l := Locale(user); l.Known() {
		return l
	}
	if l := Locale(cookie); l.Known() {
		return l
	}
	if acceptLanguage == "" || len(acceptLanguage) > longestAcceptLanguage {
		return ZhCN
	}
	if known, ok := matches.get(acceptLanguage); ok {
		return known
	}
	found := matchBrowser(acceptLanguage)
	matches.keep(acceptLanguage, found)
	return found
}

func matchBrowser(acceptLanguage string) Locale {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return ZhCN
	}
	_, at, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return ZhCN
	}
	return Locales[at]
}

// matches keeps what browsers' lists came to: there are few different ones, and
// finding out costs more than all else that is done to a request before its
// page. Anyone may send anything, so it is bounded.
var matches = matchCache{of: map[string]Locale{}}

const mostMatches = 1000

type matchCache struct {
	mu sync.RWMutex
	of map[string]Locale
}

func (c *matchCache) get(list string) (Locale, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	l, ok := c.of[list]
	return l, ok
}

func (c *matchCache) keep(list string, l Locale) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.of) < mostMatches {
		c.of[strings.Clone(list)] = l // the header's text is part of something larger
	}
}
