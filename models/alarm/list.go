package alarm

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Raised is an alarm with what became of it.
type Raised struct {
	Alarm
	ID         string    // al_…
	AnsweredAt time.Time // zero: it waits
	AnsweredBy string    // name of the member of staff; empty where it is not known any more
	Remark     string
}

// Shown is how many a list shows at once.
const Shown = 50

const columns = `select id, kind, subject, ref, facts, at, answered_at, coalesce(answered_name, ''), coalesce(remark, '') from alarms`

func scan(rows db.Rows) (r Raised, err error) {
	var at, answered db.Time
	var facts string
	if err = rows.Scan(&r.ID, &r.Kind, &r.Subject, &r.Ref, &facts, &at, &answered, &r.AnsweredBy, &r.Remark); err != nil {
		return r, err
	}
	r.At, r.AnsweredAt = at.Time, answered.Time
	if err = json.Unmarshal([]byte(facts), &r.Facts); err != nil {
		err = fmt.Errorf("alarm: facts of %s: %w", r.ID, err)
	}
	return r, err
}

// List returns alarms, the latest first, before one of them unless that is empty,
// and whether there are more. Answered takes those that were answered in place of
// those that wait; kind those of one kind, or all where it is empty.
func List(ctx context.Context, r db.Reader, answered bool, kind Kind, before string) (all []Raised, more bool, err error) {
	state := "null"
	if answered {
		state = "not null"
	}
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			one, err := scan(rows)
			all = append(all, one)
			return err
		})
	}, columns+` where answered_at is `+state+` and ($1 = '' or kind = $1) and ($2 = '' or id < $2) order by id desc limit $3`, string(kind), before, Shown+1)
	if len(all) > Shown {
		all, more = all[:Shown], true
	}
	return all, more, err
}

// Read returns one alarm, or fault.NotFound.
func Read(ctx context.Context, r db.Reader, id string) (*Raised, error) {
	var found *Raised
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			one, err := scan(rows)
			found = &one
			return err
		})
	}, columns+` where id = $1`, id)
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, "alarms.not_found")
	}
	return found, err
}

// CountOpen adds to a batch how many alarms wait for an answer.
func CountOpen(b *db.Batch, n *int) {
	b.Add(`select count(*) from alarms where answered_at is null`, nil, func(rows db.Rows) error { return db.First(rows, n) })
}
