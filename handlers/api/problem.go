package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/mingbai/mingbai/handlers/guard"
	"github.com/mingbai/mingbai/models/apikey"
	"github.com/mingbai/mingbai/models/fault"
)

// Problem is a problem document as huma writes it.
type Problem struct{ guard.Document }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// Error names the problem.
func (p *Problem) Error() string { return p.Code }

// ContentType returns the media type of problem documents.
func (p *Problem) ContentType(string) string { return guard.DocumentType }

const answersKey = "api.answers"

// Huma asks these of the program as a whole. All errors pass here, its own and
// those of operations.
func init() {
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		return &Problem{guard.Document{Status: status}}
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		c := humaecho.Unwrap(ctx)
		return &Problem{*c.Get(answersKey).(*guard.Answers).Document(c, faultOf(status, errs))}
	}
	nameFaults()
	huma.ValidateStrictCasing = true // as the document writes names, so that no property stands there twice in other letters
}

// faultOf turns what huma says into a fault: the error of an operation as it is,
// and what is wrong with parameters and the body field by field.
func faultOf(status int, errs []error) error {
	if status == http.StatusInternalServerError && len(errs) > 0 {
		return errors.Join(errs...)
	}
	var fields fault.Fields
	for _, err := range errs {
		detail, ok := errors.AsType[*huma.ErrorDetail](err)
		if !ok {
			continue
		}
		key, args, property := readFault(detail.Message)
		name := nameOf(detail.Location)
		if property != "" {
			name = strings.TrimPrefix(name+"."+property, ".")
		}
		fields.Add(name, key, args...)
	}
	if status == http.StatusBadRequest {
		return guard.WithStatus(status, fault.New(fault.Invalid, "api.not_json"))
	}
	if err := fields.Err(); err != nil {
		return err
	}
	return guard.WithStatus(status, fault.New(fault.Invalid, "api.refused"))
}

// nameOf names a property as whoever sent it knows it: parameters by their name,
// properties of the body by the way to them.
func nameOf(location string) string {
	for _, place := range []string{"body", "path", "query", "header"} {
		if location == place {
			return ""
		}
		if rest, ok := strings.CutPrefix(location, place); ok && (rest[0] == '.' || rest[0] == '[') {
			return strings.TrimPrefix(rest, ".")
		}
	}
	return location
}

// answered is the answer of a write as huma writes it: with an error's freedom to
// choose status and headers.
type answered struct{ apikey.Answer }

// GetStatus returns the HTTP status.
func (a *answered) GetStatus() int { return a.Status }

// Error says what this is, where it is taken for an error.
func (a *answered) Error() string { return "api: an answer" }

// ContentType returns the media type as it is.
func (a *answered) ContentType(media string) string { return media }

// GetHeaders returns what the answer has besides its body.
func (a *answered) GetHeaders() http.Header {
	h := http.Header{}
	if a.Location != "" {
		h.Set("Location", a.Location)
	}
	if a.Again {
		h.Set("Idempotency-Replayed", "true")
	}
	return h
}

// MarshalJSON returns the body.
func (a *answered) MarshalJSON() ([]byte, error) { return a.Body, nil }
