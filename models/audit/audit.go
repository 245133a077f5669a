// Package audit keeps the record of who did what and when. An entry is written
// in the transaction of the deed, so that neither exists without the other;
// nothing changes or removes one. A job seals entries in batches: each seal's
// hash covers its entries and the seal before, so that a changed, missing or
// slipped-in entry shows, and with a head that was kept outside the database,
// so does a chain that lost its end.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// ActorKind says what sort of actor did it.
type ActorKind string

// The kinds of actor.
const (
	User   ActorKind = "user"   // someone of a merchant's
	Staff  ActorKind = "staff"  // someone of the acquirer's
	System ActorKind = "system" // a job
	CLI    ActorKind = "cli"    // someone at the server's command line
	API    ActorKind = "api"    // another system, by its key
)

// Actor is who did it. ID names the user, member of staff, job, account on the
// machine or key; it is never a phone number or a name.
type Actor struct {
	Kind ActorKind
	ID   string
}

// Entry is one deed.
type Entry struct {
	At         time.Time // when, in UTC
	Actor      Actor
	MerchantID int64          // whose affair it is; 0 where it is no merchant's
	Action     string         // what was done, such as "session.start"
	Subject    string         // to what: an id
	Details    map[string]any // what else is worth knowing; no personal data, no floating point
	RequestID  string         // of the request that caused it, if any
}

// errIncomplete says that an entry does not name who did what when.
var errIncomplete = errors.New("audit: an entry needs a time, an actor and an action")

// Write records a deed in the transaction that does it. Write it last in a
// long transaction: entries are sealed when they are a quarter of an hour old.
func Write(ctx context.Context, tx *db.Tx, e Entry) error {
	if e.At.IsZero() || e.Actor.Kind == "" || e.Actor.ID == "" || e.Action == "" {
		return errIncomplete
	}
	details := []byte("{}")
	if e.Details != nil {
		var err error
		if details, err = json.Marshal(e.Details); err != nil {
			return fmt.Errorf("audit: details of %s: %w", e.Action, err)
		}
	}
	var merchant *int64
	if e.MerchantID != 0 {
		merchant = &e.MerchantID
	}
	_, err := tx.Exec(ctx, `
insert into audit_entries (id, at, actor_kind, actor_id, merchant_id, action, subject, details, request_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id.New("a", e.At), e.At, string(e.Actor.Kind), e.Actor.ID, merchant, e.Action, e.Subject, db.JSON(details), db.Text(e.RequestID))
	if err != nil {
		return fmt.Errorf("audit: writing %s: %w", e.Action, err)
	}
	return nil
}
