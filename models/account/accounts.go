package account

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
)

// Words writes a message of the catalogues in a language, given as its BCP 47
// tag, with the values of its placeholders as name and value in turn. It adds
// {brand}, the acquirer's short name, itself.
type Words func(locale, key string, args ...any) string

// Options are what the use cases of this package work with.
type Options struct {
	DB     *db.DB
	Clock  clock.Clock
	Jobs   event.Queue
	Words  Words
	Secret []byte // at least 32 bytes, the same on all servers; codes are hashed with what is derived from it
	Given  GivenNumbers

	Leaving FollowLeaving // nil: nothing follows
	Erasing FollowErasing // nil: nothing follows
}

// Accounts signs people in and keeps what belongs to them: sessions, devices,
// passwords, colleagues and numbers. It may be used concurrently.
type Accounts struct {
	d       *db.DB
	clock   clock.Clock
	jobs    event.Queue
	words   Words
	codeKey []byte
	given   GivenNumbers
	leaving FollowLeaving
	erasing FollowErasing
}

// New returns the use cases on a database.
func New(o Options) (*Accounts, error) {
	if len(o.Secret) < 32 {
		return nil, fmt.Errorf("account: the secret has %d bytes, and needs at least 32", len(o.Secret))
	}
	key, err := hkdf.Key(sha256.New, o.Secret, nil, "codes", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	return &Accounts{d: o.DB, clock: o.Clock, jobs: o.Jobs, words: o.Words, codeKey: key, given: o.Given, leaving: o.Leaving, erasing: o.Erasing}, nil
}

// Visit is where a request comes from.
type Visit struct {
	Address    string // IP address
	DeviceHash []byte // SHA-256 of what the browser keeps to be known again; nil: nothing, or it does not matter
	RequestID  string // for the record
	Locale     string // language of the page, for messages to someone who has chosen none
}

// anonymous stands in the record for someone who has not signed in.
const anonymous = "anonymous"

// byUser names a user in the record, or someone who has not signed in.
func byUser(userID string) audit.Actor {
	if userID == "" {
		userID = anonymous
	}
	return audit.Actor{Kind: audit.User, ID: userID}
}
