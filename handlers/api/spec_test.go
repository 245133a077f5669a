package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mingbai/mingbai/handlers/api"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/web/webtest"
)

// document is as much of an OpenAPI document as is looked at.
type document struct {
	OpenAPI string
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]struct {
		OperationID, Summary, Description string
		Tags                              []string
		Scope                             string `json:"x-scope"`
		Security                          []map[string][]string
		Parameters                        []struct {
			Name, In, Description string
			Required              bool
			Schema                map[string]any
		}
		RequestBody *struct {
			Required bool
			Content  map[string]struct{ Schema, Example any }
		}
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Schema map[string]any }
		}
	}
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]map[string]string
	}
}

func readDocument(t *testing.T, s *site) (d document, text string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://portal.test/api/openapi.json", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("got %d, %v", w.Code, w.Header())
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d, w.Body.String()
}

var inBraces = regexp.MustCompile(`\{(\w+)\}`)

func TestTheOpenAPIDocumentDeclaresEveryOperationWhole(t *testing.T) {
	s := newSiteOnSQLite(t)
	d, text := readDocument(t, s)
	if d.OpenAPI != "3.1.0" || d.Info.Title == "" || d.Info.Version == "" || d.Components.SecuritySchemes["key"]["scheme"] != "bearer" {
		t.Errorf("got %s %+v %v", d.OpenAPI, d.Info, d.Components.SecuritySchemes)
	}
	for _, ref := range regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllStringSubmatch(text, -1) {
		name, ok := strings.CutPrefix(ref[1], "#/components/schemas/")
		if !ok || d.Components.Schemas[name] == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	seen, scopes := map[string]bool{}, map[string]bool{}
	operations := 0
	for path, methods := range d.Paths {
		if !strings.HasPrefix(path, "/api/v1/") {
			t.Errorf("%s lies elsewhere", path)
		}
		for method, op := range methods {
			operations++
			what := method + " " + path
			if op.OperationID == "" || seen[op.OperationID] || op.Summary == "" || len(op.Description) < 40 || len(op.Tags) != 1 {
				t.Errorf("%s: got %q, %q, %q, %v", what, op.OperationID, op.Summary, op.Description, op.Tags)
			}
			seen[op.OperationID] = true
			if !apikey.Scope(op.Scope).Known() || len(op.Security) != 1 || !slices.Equal(op.Security[0]["key"], []string{op.Scope}) {
				t.Errorf("%s: got the scope %q and the security %v", what, op.Scope, op.Security)
			}
			scopes[op.Scope] = true
			declared := map[string]bool{}
			for _, p := range op.Parameters {
				declared[p.In+" "+p.Name] = true
				if p.Schema["type"] == nil || p.Description == "" {
					t.Errorf("%s: the parameter %s has the schema %v and says %q", what, p.Name, p.Schema, p.Description)
				}
			}
			for _, name := range inBraces.FindAllStringSubmatch(path, -1) {
				if !declared["path "+name[1]] {
					t.Errorf("%s does not declare %s", what, name[1])
				}
			}
			want := []string{"400", "401", "403", "422", "429", "500", "503"}
			if method != "get" {
				want = append(want, "408", "409", "413", "415")
				if !declared["header Idempotency-Key"] {
					t.Errorf("%s does not declare Idempotency-Key", what)
				}
				if op.RequestBody == nil || !op.RequestBody.Required {
					t.Fatalf("%s declares no body", what)
				}
				examples := 0
				for media, content := range op.RequestBody.Content {
					if content.Schema == nil {
						t.Errorf("%s: %s has no schema", what, media)
					}
					if content.Example != nil {
						examples++
					}
				}
				if examples == 0 {
					t.Errorf("%s has no example", what)
				}
			}
			answers := 0
			for status, r := range op.Responses {
				if r.Description == "" {
					t.Errorf("%s: %s says nothing", what, status)
				}
				if strings.HasPrefix(status, "2") && r.Content["application/json"].Schema != nil {
					answers++
				}
			}
			if answers != 1 {
				t.Errorf("%s declares %d answers, want 1", what, answers)
			}
			for _, status := range want {
				if r, ok := op.Responses[status]; !ok || r.Content["application/problem+json"].Schema["$ref"] != "#/components/schemas/Problem" {
					t.Errorf("%s does not declare %s as a problem document", what, status)
				}
			}
		}
	}
	if operations != len(s.api.Operations()) || operations < 10 {
		t.Errorf("got %d operations, want %d", operations, len(s.api.Operations()))
	}
	for _, scope := range apikey.Scopes {
		if !scopes[string(scope)] {
			t.Errorf("nothing needs the scope %s: take it out", scope)
		}
	}
}

func TestEveryRouteOfTheAPINeedsItsOperationsScope(t *testing.T) {
	s := newSiteOnSQLite(t)
	declared := map[string]string{}
	for _, op := range s.api.Operations() {
		declared[op.Method+" "+api.Prefix+strings.NewReplacer("{", ":", "}", "").Replace(op.Path)] = "key: " + string(op.Scope)
	}
	for _, r := range s.Router().Routes() {
		if !strings.HasPrefix(r.Path, api.Prefix) {
			continue
		}
		if want := declared[r.Method+" "+r.Path]; r.Access != want || want == "" {
			t.Errorf("%s: want %q", r, want)
		}
		delete(declared, r.Method+" "+r.Path)
	}
	if len(declared) > 0 {
		t.Errorf("no routes lead to %v", declared)
	}
}

// nothing is the effect of an operation that nobody asks for.
func nothing(context.Context, *db.Tx, *struct{}) (struct{}, error) { return struct{}{}, nil }

func TestAnOperationWithoutAScopeCantBeDeclared(t *testing.T) {
	s := newSiteOnSQLite(t)
	for _, scope := range []apikey.Scope{"", "everything"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", scope)
				}
			}()
			api.Write(s.api, api.Operation{ID: "x", Method: http.MethodPost, Path: "/x", Scope: scope}, nothing)
		}()
	}
}

func TestThePageAboutTheAPIIsThereInBothLanguages(t *testing.T) {
	s := newSiteOnSQLite(t)
	for _, lang := range []string{"zh-CN", "en"} {
		p := webtest.New(t, s, s.Router().Match).Speak(lang).Get("/api/docs").Is(http.StatusOK)
		for _, op := range s.api.Operations() {
			p.Says(op.Method+" "+api.Prefix+strings.NewReplacer("{", ":", "}", "").Replace(op.Path), op.Summary, string(op.Scope))
		}
		if p.Lang() != lang {
			t.Errorf("the page is in %q, want %q", p.Lang(), lang)
		}
	}
}
