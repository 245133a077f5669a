package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// description is the OpenAPI document as integrators' tools read it.
type description struct {
	schemas    map[string]any
	operations map[string][]described // by method
}

// described is an operation that the document describes.
type described struct {
	path    *regexp.Regexp
	exact   bool
	answers map[string]any // by status
}

var parameter = regexp.MustCompile(`\\\{[a-z]+\\\}`)

func readDescription(t testing.TB, s http.Handler) *description {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "https://portal.test/api/openapi.json", nil))
	var read struct {
		Paths      map[string]map[string]struct{ Responses map[string]any }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	d := &description{schemas: read.Components.Schemas, operations: map[string][]described{}}
	for path, methods := range read.Paths {
		pattern := regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$")
		for method, op := range methods {
			method = strings.ToUpper(method)
			d.operations[method] = append(d.operations[method], described{pattern, !strings.Contains(path, "{"), op.Responses})
		}
	}
	for _, all := range d.operations {
		slices.SortStableFunc(all, func(a, b described) int { // what is named comes before what a parameter stands for
			return strings.Compare(strconv.FormatBool(b.exact), strconv.FormatBool(a.exact))
		})
	}
	return d
}

// check fails the test where an answer is not as the document describes it.
func (d *description) check(a *answer) {
	a.t.Helper()
	method, path, _ := strings.Cut(a.what, " ")
	path, _, _ = strings.Cut(path, "?")
	all := d.operations[method]
	i := slices.IndexFunc(all, func(op described) bool { return op.path.MatchString(path) })
	if i < 0 {
		return
	}
	answer, ok := all[i].answers[strconv.Itoa(a.status)].(map[string]any)
	if !ok {
		a.t.Errorf("%s: the document knows no answer of the status %d", a.what, a.status)
		return
	}
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	content, _ := answer["content"].(map[string]any)[media].(map[string]any)
	if content == nil {
		a.t.Errorf("%s: the document knows no %s of the status %d", a.what, media, a.status)
		return
	}
	var value any
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		a.t.Errorf("%s: %v in %s", a.what, err, a.body)
		return
	}
	for _, wrong := range d.wrong("", content["schema"].(map[string]any), value) {
		a.t.Errorf("%s: answered %d not as described: %s", a.what, a.status, wrong)
	}
}

// wrong says where a value is not as its schema says.
func (d *description) wrong(at string, schema map[string]any, value any) (all []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return d.wrong(at, d.schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any), value)
	}
	if kinds := kindsOf(schema); len(kinds) > 0 && !slices.ContainsFunc(kinds, func(kind string) bool { return isOf(kind, value) }) {
		return []string{fmt.Sprintf("%s is %v, not of %v", at, value, kinds)}
	}
	if choices, ok := schema["enum"].([]any); ok && !slices.Contains(choices, value) {
		all = append(all, fmt.Sprintf("%s is %v, none of %v", at, value, choices))
	}
	switch v := value.(type) {
	case string:
		form := map[any]string{"date": time.DateOnly, "date-time": time.RFC3339}[schema["format"]]
		if _, err := time.Parse(form, v); form != "" && err != nil {
			all = append(all, fmt.Sprintf("%s is %q, no %s", at, v, schema["format"]))
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i := range v {
			all = append(all, d.wrong(fmt.Sprintf("%s[%d]", at, i), items, v[i])...)
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				all = append(all, at+" lacks "+name.(string))
			}
		}
		for name, value := range v {
			if property, ok := properties[name].(map[string]any); ok {
				all = append(all, d.wrong(at+"."+name, property, value)...)
			} else if other, ok := schema["additionalProperties"].(map[string]any); ok {
				all = append(all, d.wrong(at+"."+name, other, value)...)
			} else if schema["additionalProperties"] == false {
				all = append(all, at+" has "+name)
			}
		}
	}
	return all
}

func kindsOf(schema map[string]any) (kinds []string) {
	switch t := schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		for _, kind := range t {
			kinds = append(kinds, kind.(string))
		}
	}
	return kinds
}

func isOf(kind string, value any) bool {
	switch v := value.(type) {
	case nil:
		return kind == "null"
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	}
	return kind == "object"
}
