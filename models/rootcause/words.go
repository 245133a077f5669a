package rootcause

import (
	"strings"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/fault"
)

// checkText adds a fault of a text that is missing or too long, and trims it.
func checkText(wrong *fault.Fields, text *string, name, missing string, most int) {
	*text = strings.TrimSpace(*text)
	switch n := utf8.RuneCountInString(*text); {
	case n == 0:
		wrong.Add(name, missing)
	case n > most:
		wrong.Add(name, "case.words_long", "n", most)
	}
}
