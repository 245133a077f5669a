package guard

import (
	"cmp"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/page"
	"github.com/mingbai/mingbai/web/server"
)

// DocumentType is the media type of a problem document.
const DocumentType = "application/problem+json"

// Document is a problem document after RFC 9457: what went wrong, for another
// system and who builds it.
type Document struct {
	Type      string          `json:"type" doc:"Always about:blank: the code says which problem it is." example:"about:blank"`
	Title     string          `json:"title" doc:"What happened, in the language of Accept-Language." example:"The request is not right yet"`
	Status    int             `json:"status" doc:"The HTTP status." example:"422"`
	Code      string          `json:"code" doc:"Names the problem. It does not change." example:"invalid"`
	RequestID string          `json:"request_id" doc:"Names the request; our log and the list of a key's requests have it too." example:"7k2m9p4q8r1s3t5v"`
	Errors    []DocumentField `json:"errors,omitempty" doc:"What is wrong with each property of what was sent."`
}

// DocumentField says what is wrong with one property of what was sent.
type DocumentField struct {
	Name   string `json:"name" doc:"The property, such as months or [3].date." example:"opened_on"`
	Code   string `json:"code" doc:"Names what is wrong with it. It does not change." example:"import.value.not_date"`
	Detail string `json:"detail" doc:"What is wrong with it, in the language of Accept-Language."`
}

// codePrefix begins the message keys that were made for codes of the API, which
// don't repeat it.
const codePrefix = "api."

// documentTitles are the keys of what happened, by kind: another system reads no
// page.
var documentTitles = map[fault.Kind]string{
	fault.NotFound:        "api.kinds.not_found",
	fault.Invalid:         "api.kinds.invalid",
	fault.Conflict:        "api.kinds.conflict",
	fault.Forbidden:       "api.kinds.forbidden",
	fault.Unauthenticated: "api.key_missing",
	fault.TooMany:         "api.too_many",
	fault.TooLarge:        "api.kinds.too_large",
	fault.Unavailable:     "api.kinds.unavailable",
	fault.Internal:        "api.kinds.internal",
	forged:                "api.kinds.forbidden",
	wrongMethod:           "api.kinds.method",
}

const documentKey = "guard.document"

// Document returns the problem document that answers an error, logs the error,
// and sets the headers that go with the document.
func (a *Answers) Document(c echo.Context, err error) *Document {
	v, p := a.judge(c, err), page.Printer(c)
	d := &Document{Type: "about:blank", Status: v.status, Code: string(v.kind), RequestID: server.RequestID(c)}
	if v.key != "" {
		d.Code, d.Title = strings.TrimPrefix(v.key, codePrefix), p.T(v.key, v.args...)
	} else {
		d.Title = p.T(cmp.Or(documentTitles[v.kind], documentTitles[fault.Internal]))
	}
	for _, f := range v.fields {
		d.Errors = append(d.Errors, DocumentField{Name: f.Name, Code: strings.TrimPrefix(f.Key, codePrefix), Detail: p.T(f.Key, f.Args...)})
	}
	c.Response().Header().Set("Content-Language", string(p.Locale()))
	if v.kind == fault.Unauthenticated {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	c.Set(documentKey, d)
	return d
}

// ProblemOf returns the code of the problem that a request was answered with, or
// nothing.
func ProblemOf(c echo.Context) string {
	if d, ok := c.Get(documentKey).(*Document); ok {
		return d.Code
	}
	return ""
}

// DocsPath is the page that tells people about the API. Unlike all else under
// /api its errors are pages.
const DocsPath = "/api/docs"

func isForReaders(path string) bool { return path == DocsPath }
