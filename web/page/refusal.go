package page

import (
	"fmt"
	"strconv"
	"time"
)

// Refusal is how the HTTP machinery says no, as opposed to the domain, which
// has faults. Its kind, one of those of Problem, decides what the reader is told.
type Refusal struct {
	Status int
	Kind   string
	Wait   time.Duration // when to try again, or zero
	Cause  error         // for the log, never for the reader
}

// Error names status, kind and cause, for the log.
func (r *Refusal) Error() string {
	text := strconv.Itoa(r.Status) + " " + r.Kind
	if r.Cause != nil {
		return fmt.Sprintf("%s: %v", text, r.Cause)
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }
