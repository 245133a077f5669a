package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// exact adds what a body's reader would pass over or not name: a property that
// stands in one object twice, of which only the last would count, and a number
// that is not whole or has too many digits. A body that isn't JSON is left to its
// reader.
func exact(body []byte, faults *rowFaults) {
	if !json.Valid(body) {
		return
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	exactValue(d, "", faults)
}

// exactValue looks at the next value, which stands at a place such as
// requests[3].amount_fen.
func exactValue(d *json.Decoder, place string, faults *rowFaults) {
	token, _ := d.Token() // it is JSON
	switch v := token.(type) {
	case json.Number:
		if key := wrongNumber(string(v)); key != "" {
			faults.add(place, key)
		}
	case json.Delim:
		seen := map[string]bool{}
		for i := 0; d.More(); i++ {
			at := place + "[" + strconv.Itoa(i) + "]"
			if v == '{' {
				name, _ := d.Token()
				at = strings.TrimPrefix(place+"."+name.(string), ".")
				if seen[at] {
					faults.add(at, "api.value.twice")
				}
				seen[at] = true
			}
			exactValue(d, at, faults)
		}
		_, _ = d.Token() // its end
	}
}

// wrongNumber returns what is wrong with a number.
func wrongNumber(s string) (key string) {
	_, err := strconv.ParseInt(s, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return "import.value.too_large"
	case err != nil:
		return "api.value.not_integer"
	}
	return ""
}
