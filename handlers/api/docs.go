package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/views/api"
	"github.com/mingbai/mingbai/views/components"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

const openAPIPath = "/api/openapi.json"

// openAPI answers GET /api/openapi.json: the OpenAPI 3.1 document.
func (a *API) openAPI(c echo.Context) error {
	document, err := a.huma.OpenAPI().MarshalJSON()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mediaJSON, document)
}

// docs answers GET /api/docs: the same for people, from the same declarations.
func (a *API) docs(c echo.Context) error {
	frame := a.Frame(c)
	frame.Title = frame.T.T("api.docs.title")
	w := docsWriter{p: frame.T, api: a}
	props := api.DocsProps{Document: openAPIPath, Rules: strings.Split(overview, "\n\n"), Shapes: w.shapes()}
	for _, g := range groups {
		group := api.Group{ID: strings.ToLower(string(g.Group)), Name: string(g.Group), About: g.about}
		for _, op := range a.operations {
			if op.Group == g.Group {
				group.Operations = append(group.Operations, w.operation(op))
			}
		}
		props.Groups = append(props.Groups, group)
	}
	return page.Render(c, http.StatusOK, api.Docs(frame, props))
}

// docsWriter puts declarations into the words of the page.
type docsWriter struct {
	p   *i18n.Printer
	api *API
}

func (w *docsWriter) operation(op *Operation) api.Operation {
	statuses := make([]string, 0, len(op.Errors)+10)
	for _, status := range op.errors() {
		statuses = append(statuses, strconv.Itoa(status))
	}
	return api.Operation{
		ID: op.ID, Method: op.Method, Address: op.pattern(), Summary: op.Summary, Text: strings.Split(op.Description, "\n\n"),
		Facts: components.Facts{
			{Term: w.p.T("api.docs.scope"), Text: string(op.Scope)},
			{Term: w.p.T("api.docs.errors"), Text: w.p.T("api.docs.errors_text", "list", strings.Join(statuses, ", "))},
		},
		Parameters: w.parameters(op.spec.Parameters), Body: w.body(op), Answer: w.answers(op), Example: w.api.curl(op),
	}
}

// places are the keys of where a parameter stands.
var places = map[string]string{"path": "api.docs.places.path", "query": "api.docs.places.query", "header": "api.docs.places.header"}

func (w *docsWriter) parameters(all []*huma.Param) components.Table {
	t := components.Table{Caption: w.p.T("api.docs.parameters"), Columns: []components.Column{
		{Label: w.p.T("api.docs.name")}, {Label: w.p.T("api.docs.kind")}, {Label: w.p.T("api.docs.meaning")},
	}}
	for _, param := range all {
		t.Rows = append(t.Rows, components.Row{Cells: []components.Cell{
			{Text: param.Name, Head: true, Part: w.p.T(places[param.In])}, {Text: w.kindOf(param.Schema), Part: w.requiredText(param.Required)}, {Text: param.Description},
		}})
	}
	return t
}

func (w *docsWriter) requiredText(required bool) string {
	if required {
		return w.p.T("api.docs.required")
	}
	return ""
}

func (w *docsWriter) body(op *Operation) (refs []api.Ref) {
	if op.spec.RequestBody == nil {
		return nil
	}
	content := op.spec.RequestBody.Content
	for _, media := range slices.Sorted(maps.Keys(content)) {
		refs = append(refs, w.ref(media, content[media].Schema))
	}
	return refs
}

func (w *docsWriter) answers(op *Operation) (refs []api.Ref) {
	for _, status := range slices.Sorted(maps.Keys(op.spec.Responses)) {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		for media, content := range op.spec.Responses[status].Content {
			refs = append(refs, w.ref(status+" "+media, content.Schema))
		}
	}
	return refs
}

func (w *docsWriter) ref(before string, s *huma.Schema) api.Ref {
	r := api.Ref{Before: before, Name: w.kindOf(s)}
	for s.Items != nil {
		s = s.Items
	}
	if s.Ref != "" {
		r.Href = "#" + shapeID(nameOfRef(s.Ref))
	}
	return r
}

func nameOfRef(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func shapeID(name string) string { return "shape-" + name }

// kindOf says what a value is: string (date), integer, [UsageRow].
func (w *docsWriter) kindOf(s *huma.Schema) string {
	var kind string
	switch {
	case s.Ref != "":
		return nameOfRef(s.Ref)
	case s.Items != nil:
		return "[" + w.kindOf(s.Items) + "]"
	case s.Format != "" && s.Format != "int64":
		kind = s.Type + " (" + s.Format + ")"
	default:
		kind = s.Type
	}
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprint(v)
		}
		kind += ", " + w.p.T("api.docs.one_of", "list", strings.Join(words, ", "))
	}
	return kind
}

func (w *docsWriter) shapes() (shapes []api.Shape) {
	all := w.api.huma.OpenAPI().Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		shape := api.Shape{ID: shapeID(name), Name: name, Table: components.Table{
			Caption: name, Columns: []components.Column{{Label: w.p.T("api.docs.name")}, {Label: w.p.T("api.docs.kind")}, {Label: w.p.T("api.docs.meaning")}},
		}}
		for _, property := range propertiesOf(s) {
			of := s.Properties[property]
			kind := components.Cell{Text: w.kindOf(of)}
			inner := of
			for inner.Items != nil {
				inner = inner.Items
			}
			if inner.Ref != "" {
				kind.Href = "#" + shapeID(nameOfRef(inner.Ref))
			}
			shape.Table.Rows = append(shape.Table.Rows, components.Row{Cells: []components.Cell{
				{Text: property, Head: true, Part: w.requiredText(slices.Contains(s.Required, property))}, kind, {Text: of.Description},
			}})
		}
		shapes = append(shapes, shape)
	}
	return shapes
}

// propertiesOf lists an object's properties, the required ones first.
func propertiesOf(s *huma.Schema) []string {
	names := slices.Clone(s.Required)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// curl writes the example as a command.
func (a *API) curl(op *Operation) string {
	command := "curl"
	if op.Method != methodGet {
		command += " -X " + op.Method
	}
	command += " '" + a.URL + Prefix + op.Example.Path + "' \\\n  -H \"Authorization: Bearer $KEY\""
	if !op.Writes() {
		return command
	}
	media := op.Example.Media
	if media == "" {
		media = mediaJSON
	}
	return command + " \\\n  -H 'Content-Type: " + media + "' -H 'Idempotency-Key: " + op.ID + "-1' \\\n  --data-binary '" + op.Example.Body + "'"
}
