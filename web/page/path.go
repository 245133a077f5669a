package page

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// IsText reports whether what a reader sent is text: valid UTF-8 without the
// character zero, which no keyboard gives and PostgreSQL does not store.
func IsText(s string) bool {
	return utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

// longestPath bounds a path that comes back to us as a parameter.
const longestPath = 2000

// LocalPath returns a path of this site as it may be redirected to, or false.
// What a browser would take for another site, such as //example.com, is not
// one, nor is anything with a backslash or a control character.
func LocalPath(path string) (string, bool) {
	if path == "" || path[0] != '/' || len(path) > longestPath {
		return "", false
	}
	if strings.HasPrefix(path, "//") || strings.ContainsFunc(path, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }) {
		return "", false
	}
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || u.Opaque != "" || u.User != nil {
		return "", false
	}
	return path, true
}
