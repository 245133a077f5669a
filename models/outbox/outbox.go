// Package outbox keeps every message that is to leave the house and what became
// of it. A use case queues a message in its own transaction; once that is
// committed a job takes messages up in batches, hands them to a gateway, and
// tries again where the gateway can't take them yet.
package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/id"
)

// Kind says what a message is about.
type Kind string

// The kinds of message.
const (
	SignInCode    Kind = "sign_in_code"    // the code with which someone signs in
	PhoneCode     Kind = "phone_code"      // the code that shows that a new number is one's own
	NewDevice     Kind = "new_device"      // someone signed in on a device not seen before
	Invitation    Kind = "invitation"      // someone may now see a merchant's account
	PhoneChanged  Kind = "phone_changed"   // another number signs in from now on
	PhoneRequest  Kind = "phone_request"   // a request for another number has arrived
	PasswordSet   Kind = "password_set"    // the password was set, changed or removed
	AccountClosed Kind = "account_closed"  // someone closed their own sign-in
	Membership    Kind = "membership_ends" // someone may no longer see a merchant's account
)

// secret reports whether a message holds what nobody may read later. Its text
// is wiped as soon as there will be no other try.
func (k Kind) secret() bool { return k == SignInCode || k == PhoneCode }

// lifetime is how long it makes sense to send a message: a code no longer than
// it is valid, the rest for as long as it is news.
func (k Kind) lifetime() time.Duration {
	if k.secret() {
		return 5 * time.Minute
	}
	return 3 * 24 * time.Hour
}

// Message is a text to a phone.
type Message struct {
	Kind   Kind
	To     string // E.164
	Locale string // BCP 47 tag of the text's language
	Text   string // as the reader gets it, signature included
}

// DeliverArgs asks the worker to deliver what is due. It names no message: one
// job takes up whatever waits.
type DeliverArgs struct{}

// Kind names the job.
func (DeliverArgs) Kind() string { return "deliver_messages" }

// Queue puts a message into the outbox and wakes the worker, both if and only if
// tx is committed. It returns the message's id.
func Queue(ctx context.Context, tx *db.Tx, jobs event.Queue, now time.Time, m Message) (string, error) {
	name := id.New("m", now)
	_, err := tx.Exec(ctx, `
		insert into messages (id, kind, channel, recipient, locale, body, created_at, not_after, state, next_at)
		values ($1, $2, 'sms', $3, $4, $5, $6, $7, 'queued', $6)`,
		name, string(m.Kind), m.To, m.Locale, m.Text, now, now.Add(m.Kind.lifetime()))
	if err != nil {
		return "", fmt.Errorf("outbox: queueing a message: %w", err)
	}
	return name, jobs.Insert(ctx, tx, DeliverArgs{}, nil)
}
