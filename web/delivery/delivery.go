// Package delivery is the shape in which the client of every channel (mail,
// text messages, WeChat) tells what became of one try to hand over a message:
// a Receipt where the provider took it, a *Failure where not. That a provider
// took a message is no word that it arrived.
package delivery

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Receipt is a provider's word that it took a message.
type Receipt struct {
	ProviderID string // the provider's own name for the message; empty where it gives none
}

// Reason says what kind of thing stands in the way, as far as the provider
// lets one know.
type Reason string

// What a failure can come from.
const (
	Other        Reason = ""              // the provider says no more
	Unreachable  Reason = "unreachable"   // no connection, no answer in time, or the line was cut
	Busy         Reason = "busy"          // the provider can't take it now
	Limited      Reason = "limited"       // a limit of the provider on how much is sent
	Recipient    Reason = "recipient"     // nobody can be reached there, or messages are refused there
	NotFollowing Reason = "not_following" // the person does not follow the account, or blocked its messages
	Content      Reason = "content"       // the message itself is refused
	Settings     Reason = "settings"      // our account, key, template, balance or security there: each message would fail
)

// Failure says why a message was not taken, or that nobody knows whether it
// was. Its text holds no address, number, content or secret.
type Failure struct {
	Channel    string        // what the client is for, such as mail
	Permanent  bool          // another try would fail likewise
	Unsure     bool          // the provider may have taken it: another try may send it twice
	Reason     Reason        // what stands in the way
	RetryAfter time.Duration // what the provider asks to wait, or zero
	Stage      string        // where in the exchange it happened, such as recipient; empty where there is one step
	Status     int           // HTTP status or SMTP reply, or zero where there was no answer
	Code       string        // the provider's own code, such as 5.1.1 or 43004, or empty
	Cause      error         // what happened; never nil in what a client returns
}

// Error says what happened, for the log.
func (f *Failure) Error() string {
	var text strings.Builder
	if f.Channel != "" {
		text.WriteString(f.Channel + ": ")
	}
	if f.Permanent {
		text.WriteString("permanent failure")
	} else {
		text.WriteString("temporary failure")
	}
	if f.Stage != "" {
		text.WriteString(" at " + f.Stage)
	}
	if f.Status != 0 {
		fmt.Fprintf(&text, ", answered %d", f.Status)
	}
	if f.Code != "" {
		text.WriteString(" with " + f.Code)
	}
	if f.Unsure {
		text.WriteString(", it may have been taken")
	}
	fmt.Fprintf(&text, ": %v", f.Cause)
	return text.String()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// IsPermanent reports whether another try of the message is pointless.
func IsPermanent(err error) bool {
	f, ok := errors.AsType[*Failure](err)
	return ok && f.Permanent
}

// IsUnsure reports whether the provider may have taken the message in spite of
// the error, so that another try may send it a second time.
func IsUnsure(err error) bool {
	f, ok := errors.AsType[*Failure](err)
	return ok && f.Unsure
}
