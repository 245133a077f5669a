package guard

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/web/i18n"
	"github.com/mingbai/mingbai/web/page"
)

// verdict is an error as far as its answer goes.
type verdict struct {
	kind   fault.Kind
	status int
	key    string // the message of the whole, or empty
	args   []any
	fields []fault.Field
	wait   time.Duration // when to try again, or zero
}

// statuses are the HTTP statuses of the kinds.
var statuses = map[fault.Kind]int{
	fault.NotFound:        http.StatusNotFound,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Conflict:        http.StatusConflict,
	fault.Forbidden:       http.StatusForbidden,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Internal:        http.StatusInternalServerError,
}

// Status returns the HTTP status that answers a fault of the kind.
func Status(k fault.Kind) int {
	if status, ok := statuses[k]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// otherStatus is a fault that is answered with another status than its kind's.
type otherStatus struct {
	status int
	fault  *fault.Error
}

// WithStatus returns the fault, to be answered with another status than its
// kind's.
func WithStatus(status int, f *fault.Error) error { return &otherStatus{status, f} }

// Error names the fault, for the log.
func (o *otherStatus) Error() string { return o.fault.Error() }

// Unwrap returns the fault.
func (o *otherStatus) Unwrap() error { return o.fault }

// Kinds that the domain does not know.
const (
	wrongMethod fault.Kind = "method" // a path asked in a way it does not answer
	looking     fault.Kind = "look"   // what staff can't do who see what a merchant sees
	forged      fault.Kind = "forged" // a form without the token of our page
)

// unavailableFor is how long a reader waits before trying again what can't be
// known now.
const unavailableFor = time.Minute

// verdictOf judges an error of the domain, of the HTTP machinery or of echo.
// Anything else is our mistake.
func verdictOf(err error) verdict {
	if s, ok := errors.AsType[*otherStatus](err); ok {
		v := verdictOf(s.fault)
		v.status = s.status
		return v
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		v := verdict{kind: f.Kind, status: Status(f.Kind), key: f.Key, args: f.Args, fields: f.Fields, wait: waitOf(f.Args)}
		if v.wait == 0 && f.Kind == fault.Unavailable {
			v.wait = unavailableFor
		}
		return v
	}
	if r, ok := errors.AsType[*page.Refusal](err); ok {
		return verdict{kind: fault.Kind(r.Kind), status: r.Status, wait: r.Wait}
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok {
		return verdict{kind: kindOf(h.Code), status: h.Code}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return verdict{kind: fault.Unavailable, status: http.StatusServiceUnavailable, wait: unavailableFor}
	}
	return verdict{kind: fault.Internal, status: http.StatusInternalServerError}
}

// kindOf returns the kind that a status belongs to.
func kindOf(status int) fault.Kind {
	if status == http.StatusMethodNotAllowed {
		return wrongMethod
	}
	for kind, s := range statuses {
		if s == status {
			return kind
		}
	}
	if status >= http.StatusInternalServerError {
		return fault.Internal
	}
	return fault.Invalid
}

// waitOf returns how long a fault asks to wait: its value named wait.
func waitOf(args []any) time.Duration {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "wait" {
			if wait, ok := args[i+1].(time.Duration); ok {
				return wait
			}
		}
	}
	return 0
}

// words are the message keys of a kind: what happened, what it means, what to
// do.
type words struct{ title, text, advice string }

var wordsOf = map[fault.Kind]words{
	fault.NotFound:        {"errors.page.not_found.title", "errors.page.not_found.text", "errors.page.not_found.advice"},
	fault.Invalid:         {"errors.page.invalid.title", "errors.page.invalid.text", "errors.page.invalid.advice"},
	fault.Conflict:        {"errors.page.conflict.title", "errors.page.conflict.text", "errors.page.conflict.advice"},
	fault.Forbidden:       {"errors.page.forbidden.title", "errors.page.forbidden.text", "errors.page.forbidden.advice"},
	fault.Unauthenticated: {"errors.page.unauthenticated.title", "errors.page.unauthenticated.text", "errors.page.unauthenticated.advice"},
	fault.TooMany:         {"errors.page.too_many.title", "errors.page.too_many.text", "errors.page.too_many.advice"},
	fault.TooLarge:        {"errors.page.too_large.title", "errors.page.too_large.text", "errors.page.too_large.advice"},
	fault.Unavailable:     {"errors.page.unavailable.title", "errors.page.unavailable.text", "errors.page.unavailable.advice"},
	fault.Internal:        {"errors.page.internal.title", "errors.page.internal.text", "errors.page.internal.advice"},
	looking:               {"look.nothing_changes", "look.text", "look.advice"},
	forged:                {"errors.page.forged.title", "errors.page.forged.text", "errors.page.forged.advice"},
	wrongMethod:           {"errors.page.method.title", "errors.page.method.text", "errors.page.method.advice"},
}

// wordsForStaff are the words of kinds that staff can't do with those of merchants
// for: they have no account, no owner and no hotline.
var wordsForStaff = map[fault.Kind]words{
	fault.NotFound:        {"errors_staff.not_found.title", "errors_staff.not_found.text", "errors_staff.not_found.advice"},
	fault.Forbidden:       {"errors_staff.forbidden.title", "errors_staff.forbidden.text", "errors_staff.forbidden.advice"},
	fault.Unauthenticated: {"errors_staff.unauthenticated.title", "errors_staff.unauthenticated.text", "errors_staff.unauthenticated.advice"},
	fault.Unavailable:     {"errors_staff.unavailable.title", "errors_staff.unavailable.text", "errors_staff.unavailable.advice"},
	fault.Internal:        {"errors_staff.internal.title", "errors_staff.internal.text", "errors_staff.internal.advice"},
}

// problem puts the verdict into the reader's words. A message of its own says
// what happened better than the kind's title does.
func (v verdict) problem(p *i18n.Printer, readers Audience) page.Problem {
	kind := v.kind
	if _, ok := wordsOf[kind]; !ok {
		kind = fault.Internal
	}
	w := wordsOf[kind]
	if own, ok := wordsForStaff[kind]; ok && readers.PrepareStaff != nil {
		w = own
	}
	problem := page.Problem{
		Status: v.status, Kind: string(v.kind),
		Title: p.T(w.title), Text: p.T(w.text), Advice: p.T(w.advice),
		Actions: []page.Link{{Label: p.T("errors.home"), Href: cmp.Or(readers.Home, "/")}},
	}
	if v.key != "" {
		problem.Title = p.T(v.key, v.args...)
	} else if len(v.fields) > 0 {
		problem.Title = p.T(v.fields[0].Key, v.fields[0].Args...)
	}
	if v.kind == fault.Unauthenticated {
		problem.Actions = []page.Link{{Label: p.T("errors.sign_in"), Href: readers.signIn()}}
	}
	return problem
}
