// Package fault is how the domain says no. A fault carries a kind, which
// decides the status of the answer, and message keys, which the edge renders in
// the reader's language. It never carries a sentence, and what its cause says
// is for the log alone.
package fault

import (
	"errors"
	"strings"
)

// Kind says what sort of no it is.
type Kind string

// The kinds, each with the HTTP status it becomes.
const (
	NotFound        Kind = "not_found"       // 404: not there, or not yours
	Invalid         Kind = "invalid"         // 422: the input is wrong, field by field
	Conflict        Kind = "conflict"        // 409: right input, wrong moment
	Forbidden       Kind = "forbidden"       // 403: you may not
	Unauthenticated Kind = "unauthenticated" // 401: who are you?
	TooMany         Kind = "too_many"        // 429: wait
	TooLarge        Kind = "too_large"       // 413: more than we take
	Unavailable     Kind = "unavailable"     // 503: we can't know now, so we don't guess
	Internal        Kind = "internal"        // 500: our mistake
)

// Error is a fault.
type Error struct {
	Kind   Kind
	Key    string  // message key of the whole; may be empty for Invalid with fields
	Args   []any   // name, value, name, value…: what the message's placeholders stand for, unformatted
	Fields []Field // what is wrong with which field, in the order of the form
	Cause  error   // for the log, never for the reader
}

// Field says what is wrong with one field.
type Field struct {
	Name string // name of the form field or JSON property
	Key  string
	Args []any
}

// New returns a fault of the kind with its message key and the values of the
// message's placeholders, as name and value in turn.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// Wrap returns a fault that hides its cause from the reader and keeps it for
// the log.
func Wrap(cause error, kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args, Cause: cause}
}

// Error names kind, key and cause, for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	for _, f := range e.Fields {
		b.WriteString(": " + f.Name + " " + f.Key)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the fault in err's chain: Internal for an error
// that is no fault, and the empty kind for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool { return KindOf(err) == kind }

// Fields collects what is wrong with a form; its zero value is ready.
type Fields struct{ list []Field }

// Add notes a fault of one field.
func (f *Fields) Add(name, key string, args ...any) {
	f.list = append(f.list, Field{Name: name, Key: key, Args: args})
}

// Take notes the fields of a fault that is Invalid, and returns every other error.
func (f *Fields) Take(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != Invalid || len(e.Fields) == 0 {
		return err
	}
	f.list = append(f.list, e.Fields...)
	return nil
}

// Err returns an Invalid fault with all that was added, or nil.
func (f *Fields) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Fields: f.list}
}
