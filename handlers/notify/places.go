package notify

import (
	"slices"

	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/web/i18n"
)

// Places returns the names under which a channel's letters of a kind give their
// values to a provider's template.
func Places(k notice.Kind, c notice.Channel) []string {
	places := slices.Clone(fieldsOf[k])
	if c == notice.WeChat {
		if !slices.Contains(places, "what") {
			places = append(places, "what")
		}
		places = append(places, "note")
	}
	return append(places, "n", "operator")
}

// PlaceName returns what a place is called, or nothing where its name says it
// all.
func PlaceName(p *i18n.Printer, place string) string {
	if key, ok := fieldNames[place]; ok {
		return p.T(key)
	}
	return ""
}
