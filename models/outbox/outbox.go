// Package outbox keeps every message that is to leave the house or to lie in the
// portal, exactly as sent, and what became of it. A use case queues messages in
// its own transaction; once that is committed a job takes them up in batches,
// hands them to the channel's provider, and tries again where that can't take
// them yet.
//
// How far a message has come is never guessed: taken by a provider, delivered,
// read and acknowledged are each noted when somebody says so, and stay.
package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
)

// Kind says what a message is about. Beside those listed here there are the
// kinds of notice, by their names.
type Kind string

// The kinds of message about signing in.
const (
	SignInCode    Kind = "sign_in_code"    // the code with which someone signs in
	PhoneCode     Kind = "phone_code"      // the code that shows that a new number is one's own
	RecipientCode Kind = "recipient_code"  // the code that shows that someone wants a merchant's messages
	NewDevice     Kind = "new_device"      // someone signed in on a device not seen before
	Invitation    Kind = "invitation"      // someone may now see a merchant's account
	PhoneChanged  Kind = "phone_changed"   // another number signs in from now on
	PhoneRequest  Kind = "phone_request"   // a request for another number has arrived
	PasswordSet   Kind = "password_set"    // the password was set, changed or removed
	AccountClosed Kind = "account_closed"  // someone closed their own sign-in
	Membership    Kind = "membership_ends" // someone may no longer see a merchant's account
)

// holdsSecret is what secret reports, of a row.
const holdsSecret = `kind in ('` + string(SignInCode) + `', '` + string(PhoneCode) + `', '` + string(RecipientCode) + `')`

// secret reports whether a message holds what nobody may read later. Its text is
// wiped as soon as there will be no other try, and neither a hash of it nor a
// code to check it by is kept, since either would tell the few digits.
func (k Kind) secret() bool { return k == SignInCode || k == PhoneCode || k == RecipientCode }

// lifetime is how long it makes sense to send a message: a code no longer than
// it is valid, the rest for as long as it is news.
func (k Kind) lifetime() time.Duration {
	switch k {
	case SignInCode, PhoneCode:
		return 5 * time.Minute
	case RecipientCode:
		return 10 * time.Minute
	}
	return 3 * 24 * time.Hour
}

// The channels of messages, as they are stored.
const (
	SMS    = "sms"
	Email  = "email"
	WeChat = "wechat"
	Inbox  = "inbox" // in the portal: there as soon as it is queued
)

// Message is a text to a phone.
type Message struct {
	Kind   Kind
	To     string // E.164
	Locale string // BCP 47 tag of the text's language
	Text   string // as the reader gets it, signature included
}

// DeliverArgs asks the worker to deliver what is due on a channel. It names no
// message: one job takes up whatever waits.
type DeliverArgs struct {
	Channel string `json:"channel"`
}

// Kind names the job.
func (DeliverArgs) Kind() string { return "deliver_messages" }

// Queue puts a text message into the outbox and wakes the worker, both if and
// only if tx is committed. It returns the message's id.
func Queue(ctx context.Context, tx *db.Tx, jobs event.Queue, now time.Time, m Message) (string, error) {
	names, err := QueueAll(ctx, tx, jobs, []New{{Kind: m.Kind, Channel: SMS, To: m.To, Locale: m.Locale, Text: m.Text, CreatedAt: now}})
	if err != nil {
		return "", fmt.Errorf("outbox: queueing a message: %w", err)
	}
	return names[0], nil
}
