package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/db"
)

// The methods that operations have.
const (
	methodGet  = http.MethodGet
	methodPut  = http.MethodPut
	methodPost = http.MethodPost
)

// Group is a part of the API that its page explains together.
type Group string

// The groups, in the order in which they are explained.
const (
	GroupFacts      Group = "Facts"
	GroupFiles      Group = "Files"
	GroupDeductions Group = "Deductions"
	GroupTerminals  Group = "Terminals"
	GroupEvents     Group = "Events"
	GroupEntry      Group = "Entry"
)

// groups are the groups with what they are about.
var groups = []struct {
	Group
	about string
}{
	{GroupFacts, "Merchants, terminals, what they are enrolled in, what was settled and used. The same rules hold as for files."},
	{GroupFiles, "Whole files of the core system, taken in behind the request."},
	{GroupDeductions, "What was taken, judged by what was disclosed, agreed and announced."},
	{GroupTerminals, "What is to come of a terminal's fees, and what came of them."},
	{GroupEvents, "What happened here, for whoever has to follow it. The same events go to webhook endpoints, which staff add."},
	{GroupEntry, "Letting a merchant's people in from your own app or menu."},
}

func tags() (all []*huma.Tag) {
	for _, g := range groups {
		all = append(all, &huma.Tag{Name: string(g.Group), Description: g.about})
	}
	return all
}

const securityName = "key"

// Operation declares an operation. All but Status, Body, Errors and Example.Body
// must be given.
type Operation struct {
	ID          string // such as putMerchant
	Method      string // GET, PUT or POST; the last two are writes
	Path        string // below Prefix, such as /merchants/{ref}
	Scope       apikey.Scope
	Group       Group
	Summary     string // a few words
	Description string // what it does, what comes back, and what has to be known
	Status      int    // of the answer; 0 is 200
	Body        int64  // how long the body may be, in bytes; 0 is 1 MB
	Errors      []int  // that it has besides those which all of its kind have
	Example     Example
	Watched     string // the call as which it is measured; empty: it is not

	streams bool     // its body is kept in a file, and read by the operation itself
	media   []string // of its body, in the order of preference; empty: JSON
	spec    *huma.Operation
}

// Example is a request that works once those before it were sent to a server with
// the demo's data. The number of an upload is whatever the server answered.
type Example struct {
	Path  string // with its parameters filled in, such as /merchants/M2001
	Media string // of the body; empty: JSON
	Body  string
}

const defaultBody = 1 << 20

func (op *Operation) bodyLimit() int64 {
	if op.Body == 0 {
		return defaultBody
	}
	return op.Body
}

// Writes reports whether the operation has an effect.
func (op *Operation) Writes() bool { return op.Method != methodGet }

// pattern is the operation's address as the router writes it.
func (op *Operation) pattern() string {
	return Prefix + strings.NewReplacer("{", ":", "}", "").Replace(op.Path)
}

// output is an answer's body where huma looks for it.
type output[B any] struct{ Body B }

// Read declares an operation without an effect. What do returns is the answer's
// body; its errors, faults of the domain as a rule, become problem documents.
func Read[I, B any](a *API, op Operation, do func(ctx context.Context, in *I) (B, error)) {
	register(a, &op, func(ctx context.Context, in *I) (*output[B], error) {
		body, err := do(ctx, in)
		if err != nil {
			return nil, err
		}
		return &output[B]{body}, nil
	})
}

// Located is a body that has an address of its own, which the answer's Location
// names.
type Located interface{ Location() string }

// Secret is a body that lets somebody in, and is kept closed.
type Secret interface{ Secret() bool }

// decided is an answer that brings decisions of the gate.
type decided interface{ decisions() []string }

// Write declares an operation whose effect is had in one transaction: the effect
// that is given, its answer, and the note that the request was answered are there
// together or not at all. The effect may be run again after a conflict in the
// database, and must leave nothing behind outside the transaction. Its errors
// become problem documents, and have no effect.
func Write[I, B any](a *API, op Operation, effect func(ctx context.Context, tx *db.Tx, in *I) (B, error)) {
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	register(a, &op, func(ctx context.Context, in *I) (*output[B], error) {
		began, made := a.Clock.Now(), []string(nil)
		given, err := a.once.Do(ctx, began, CallOf(ctx).request, func(tx *db.Tx) (apikey.Answer, error) {
			body, err := effect(ctx, tx, in)
			if err != nil {
				return apikey.Answer{}, err
			}
			answer := apikey.Answer{Status: op.Status}
			if l, ok := any(body).(Located); ok {
				answer.Location = l.Location()
			}
			if s, ok := any(body).(Secret); ok {
				answer.Secret = s.Secret()
			}
			if d, ok := any(body).(decided); ok {
				made = d.decisions()
			}
			answer.Body, err = json.Marshal(body)
			return answer, err
		})
		if op.Watched != "" {
			a.Watch.Note(op.Watched, a.Clock.Now().Sub(began), made, err)
		}
		if err != nil {
			return nil, err
		}
		return nil, &answered{given}
	})
}

// Try declares an operation that takes a body and has no effect whatever, such as
// a dry run.
func Try[I, B any](a *API, op Operation, do func(ctx context.Context, in *I) (B, error)) {
	Read(a, op, do)
}

func register[I, B any](a *API, op *Operation, do func(ctx context.Context, in *I) (*output[B], error)) {
	if !op.Scope.Known() {
		panic("api: " + op.ID + " has no scope: say which a key needs")
	}
	op.spec = &huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: Prefix + op.Path, DefaultStatus: op.Status,
		Summary: op.Summary, Description: op.Description + "\n\nNeeds the scope " + string(op.Scope) + ".",
		Tags: []string{string(op.Group)}, Security: []map[string][]string{{securityName: {string(op.Scope)}}},
		MaxBodyBytes: -1, BodyReadTimeout: -1, // the body was read before
		Errors:     op.errors(),
		Extensions: map[string]any{"x-scope": string(op.Scope)},
	}
	if op.Writes() {
		op.spec.Parameters = append(op.spec.Parameters, idempotencyParameter())
	}
	huma.Register(a.huma, *op.spec, do)
	op.spec = specOf(a.huma.OpenAPI().Paths[Prefix+op.Path], op.Method)
	op.describeBody()
	a.operations = append(a.operations, op)
}

// specOf returns what the document holds of an operation.
func specOf(at *huma.PathItem, method string) *huma.Operation {
	switch method {
	case methodGet:
		return at.Get
	case methodPut:
		return at.Put
	case methodPost:
		return at.Post
	}
	panic("api: no operation has the method " + method)
}

// errors are the statuses with which the operation may refuse.
func (op *Operation) errors() []int {
	all := []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if op.Writes() {
		all = append(all, http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if strings.Contains(op.Path, "{") { // a name that can't be one names nothing
		all = append(all, http.StatusNotFound)
	}
	all = append(all, op.Errors...)
	slices.Sort(all)
	return slices.Compact(all)
}

// describeBody puts the example into the document, and what huma can't know of a
// body that it does not read.
func (op *Operation) describeBody() {
	if op.streams {
		op.spec.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		for _, media := range op.media {
			op.spec.RequestBody.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Description: "The file as it is."}}
		}
	}
	if op.Example.Body == "" || op.spec.RequestBody == nil {
		return
	}
	media := op.Example.Media
	if media == "" {
		media = mediaJSON
	}
	if content := op.spec.RequestBody.Content[media]; content != nil {
		var value any = op.Example.Body
		if media == mediaJSON {
			value = json.RawMessage(op.Example.Body)
		}
		content.Example = value
	}
}

func idempotencyParameter() *huma.Param {
	most := apikey.MaxIdempotencyKey
	return &huma.Param{
		Name: idempotencyHeader, In: "header", Description: "Names this request, at most 255 characters. Sent again it has no further effect and is given the same answer.",
		Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most}, Example: "2026-11-22-0001",
	}
}

// Operations returns what is declared, in the order in which it is explained.
func (a *API) Operations() []*Operation { return a.operations }
