package page

import (
	"fmt"
	"strconv"
	"time"
)

// Refusal is how the HTTP machinery says no: a status and the key of the
// message for the reader. The domain has faults for what it refuses.
type Refusal struct {
	Status int
	Key    string
	Wait   time.Duration // when to try again, or zero
	Cause  error         // for the log, never for the reader
}

// Error names status, key and cause, for the log.
func (r *Refusal) Error() string {
	text := strconv.Itoa(r.Status) + " " + r.Key
	if r.Cause != nil {
		return fmt.Sprintf("%s: %v", text, r.Cause)
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }
