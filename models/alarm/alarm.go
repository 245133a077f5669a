// Package alarm keeps what staff have to look into: money that moved without
// having been asked about, figures unlike those before, and what could not be
// matched or delivered. Whoever notices raises an alarm in the transaction of what
// they noticed; a member of staff answers it with a remark.
package alarm

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
)

// Kind says what an alarm is about.
type Kind string

// The kinds, each with what Alarm.Ref leads to.
const (
	Ungated           Kind = "ungated"            // money was taken without permission; a deduction
	Spike             Kind = "spike"              // an agent has far more of a plan taken in a day than before; a deduction
	BatchHeld         Kind = "batch_held"         // a batch is unlike those before it; the batch
	ScheduleDiffers   Kind = "schedule_differs"   // what is scheduled is not what was forecast; a terminal's serial number
	SettlementDiffers Kind = "settlement_differs" // a day's settlements don't match what was asked; a day
	WebhookDead       Kind = "webhook_dead"       // another system takes no events any more; an endpoint
	TextsStopped      Kind = "texts_stopped"      // as many messages went to numbers that somebody gave as may in an hour; a day
	Tampered          Kind = "tampered"           // the record of who did what is not sound; a check of it
)

// Kinds lists them.
var Kinds = []Kind{Ungated, Spike, BatchHeld, ScheduleDiffers, SettlementDiffers, WebhookDead, TextsStopped, Tampered}

// Alarm is something to look into.
type Alarm struct {
	Kind    Kind
	Subject string // what is raised once: of the same kind and subject no other alarm ever is. Where it may come again, the day or the like belongs in it
	Ref     string // where it is looked into; see the kinds
	Facts   Facts
	At      time.Time
}

// Facts are what an alarm's words are made of. What does not matter to a kind is
// left out. None is personal data.
type Facts struct {
	Name     string    `json:"name,omitempty"` // of an agent, an endpoint or a file
	SN       string    `json:"sn,omitempty"`
	Item     string    `json:"item,omitempty"`
	Plan     string    `json:"plan,omitempty"` // its code
	On       date.Date `json:"on,omitzero"`
	Count    int64     `json:"count,omitempty"`
	Most     int64     `json:"most,omitempty"`         // that was expected of Count
	Amount   money.Fen `json:"amount_fen,omitempty"`   // asked for, scheduled or taken
	Expected money.Fen `json:"expected_fen,omitempty"` // in its place
	Locked   bool      `json:"locked,omitempty"`       // of an endpoint: its secret can't be read
	Unknown  bool      `json:"unknown,omitempty"`      // of messages to numbers: people who had not signed in gave them
}

// Raise writes down an alarm, unless one of its kind and subject was raised
// before. Whether it was is no error.
func Raise(ctx context.Context, tx *db.Tx, a Alarm) error {
	return RaiseAll(ctx, tx, []Alarm{a})
}

// RaiseAll is Raise for many, in one statement.
func RaiseAll(ctx context.Context, tx *db.Tx, all []Alarm) error {
	if len(all) == 0 {
		return nil
	}
	type row struct {
		ID      string          `json:"id"`
		Kind    Kind            `json:"kind"`
		Subject string          `json:"subject"`
		Ref     string          `json:"ref"`
		Facts   json.RawMessage `json:"facts"`
	}
	// One statement has one moment: alarms that are raised together were noticed
	// together.
	at := all[0].At
	rows := make([]row, 0, len(all))
	for _, a := range all {
		facts, err := json.Marshal(a.Facts)
		if err != nil {
			return fmt.Errorf("alarm: facts of %s: %w", a.Kind, err)
		}
		rows = append(rows, row{id.New("al", at), a.Kind, a.Subject, a.Ref, facts})
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("alarm: %w", err)
	}
	from := `select value->>'id', value->>'kind', value->>'subject', value->>'ref', value->>'facts', $2 from json_each($1) where true`
	if tx.Dialect == db.Postgres {
		from = `select r->>'id', r->>'kind', r->>'subject', r->>'ref', r->>'facts', $2 from json_array_elements(cast($1 as json)) r`
	}
	// In the order of the key, so that two who raise the same never wait for each
	// other.
	_, err = tx.Exec(ctx, `insert into alarms (id, kind, subject, ref, facts, at) `+from+` order by 2, 3 on conflict (kind, subject) do nothing`, string(text), at)
	if err != nil {
		return fmt.Errorf("alarm: raising: %w", err)
	}
	return nil
}
