package api

import (
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// missingKey is the message of a property that has to be there and is not.
const missingKey = "import.value.missing"

// between parts a message's key from its values.
const between = "\x1f"

// nameFaults makes huma name what is wrong by the keys of our messages, the same
// as for files where there is one, in place of its sentences.
func nameFaults() {
	for _, f := range []struct {
		message *string
		key     string
	}{
		{&validation.MsgUnexpectedProperty, "api.value.unknown"},
		{&validation.MsgExpectedRFC3339DateTime, "import.value.not_instant"},
		{&validation.MsgExpectedRFC3339Date, "import.value.not_date"},
		{&validation.MsgExpectedBoolean, "api.value.not_boolean"},
		{&validation.MsgExpectedNumber, "api.value.not_integer"},
		{&validation.MsgExpectedInteger, "api.value.not_integer"},
		{&validation.MsgExpectedString, "api.value.not_text"},
		{&validation.MsgExpectedArray, "api.value.not_list"},
		{&validation.MsgExpectedObject, "api.value.not_object"},
		{&validation.MsgExpectedOneOf, "import.value.not_choice"},
		{&validation.MsgExpectedMinimumNumber, "api.value.too_small"},
		{&validation.MsgExpectedMaximumNumber, "api.value.too_great"},
		{&validation.MsgExpectedMinLength, "api.value.too_short"},
		{&validation.MsgExpectedMaxLength, "api.value.too_long"},
		{&validation.MsgExpectedMinItems, "api.value.too_few"},
		{&validation.MsgExpectedMaxItems, "api.value.too_many"},
		{&validation.MsgExpectedRequiredProperty, missingKey},
	} {
		*f.message = f.key
	}
	huma.ErrorFormatter = func(key string, values ...any) string {
		for _, v := range values {
			key += between + fmt.Sprint(v)
		}
		return key
	}
}

// knownFaults are the messages that huma's errors are named by, with the
// placeholder that stands for the value.
var knownFaults = map[string]string{
	"api.value.unknown": "", "import.value.not_instant": "", "import.value.not_date": "", "api.value.not_boolean": "",
	"api.value.not_integer": "", "api.value.not_text": "", "api.value.not_list": "", "api.value.not_object": "",
	"import.value.not_choice": "choices", "api.value.too_small": "n", "api.value.too_great": "n", "api.value.too_short": "n",
	"api.value.too_long": "n", "api.value.too_few": "n", "api.value.too_many": "n", missingKey: "",
}

// readFault reads what huma says by the names it was given: the message, its
// values, and the property that it is about where huma names that only here.
// What has no name is wrong, and no more can be said.
func readFault(message string) (key string, args []any, property string) {
	key, value, _ := strings.Cut(message, between)
	placeholder, ok := knownFaults[key]
	switch {
	case strings.HasPrefix(message, "required ") && strings.HasSuffix(message, " parameter is missing"):
		return missingKey, nil, ""
	case message == "unknown query parameter":
		return "api.value.unknown", nil, ""
	case message == "invalid integer":
		return "api.value.not_integer", nil, ""
	case !ok:
		return "api.value.wrong", nil, ""
	case key == missingKey:
		return key, nil, value
	case placeholder == "":
		return key, nil, ""
	}
	return key, []any{placeholder, value}, ""
}
