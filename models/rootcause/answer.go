package rootcause

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/staff"
)

// WorkArgs is the job that works actions.
type WorkArgs struct{}

// Kind names the job.
func (WorkArgs) Kind() string { return "work_root_causes" }

// Approve approves an action that somebody else proposed, and has it worked. It
// returns fault.Forbidden, for one's own too, fault.Conflict where it was answered
// before, and fault.NotFound.
func (c *Causes) Approve(ctx context.Context, by staff.Actor, causeID string) error {
	return c.answer(ctx, by, causeID, Working, "")
}

// Refuse refuses an action that somebody else proposed, for a reason. It returns
// the faults of Approve, and fault.Invalid for the field "remark".
func (c *Causes) Refuse(ctx context.Context, by staff.Actor, causeID, remark string) error {
	return c.answer(ctx, by, causeID, Refused, remark)
}

func (c *Causes) answer(ctx context.Context, by staff.Actor, causeID string, to State, remark string) error {
	return c.change(ctx, by, staff.ApproveRefunds, causeID, func(tx *db.Tx, at time.Time, a *Action) error {
		if a.ProposedID == by.ID {
			return fault.New(fault.Forbidden, "root_cause.own")
		}
		if a.secondID == by.ID && (a.State == Refused) == (to == Refused) {
			return nil // sent twice
		}
		if a.State != Proposed {
			return fault.New(fault.Conflict, "root_cause.answered")
		}
		if to == Refused {
			var wrong fault.Fields
			checkText(&wrong, &remark, "remark", "root_cause.remark_missing", MaxRemark)
			if err := wrong.Err(); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `update root_causes set state = $2, second_by = $3, second_name = $4, answered_at = $5, remark = $6 where id = $1`,
			causeID, string(to), by.ID, by.Name, at, remark)
		if err == nil && to == Working {
			err = c.wake(ctx, tx)
		}
		if err != nil {
			return err
		}
		action := "root_cause.approve"
		if to == Refused {
			action = "root_cause.refuse"
		}
		return record(ctx, tx, at, by, action, a)
	})
}

// Halt has no more lines worked after those that are being worked now. It returns
// fault.Forbidden, fault.Conflict where the action is not being worked, and
// fault.NotFound.
func (c *Causes) Halt(ctx context.Context, by staff.Actor, causeID string) error {
	return c.change(ctx, by, staff.WorkCases, causeID, func(tx *db.Tx, at time.Time, a *Action) error {
		switch a.State {
		case Working:
		case Halted:
			return nil
		default:
			return fault.New(fault.Conflict, "root_cause.not_working")
		}
		_, err := tx.Exec(ctx, `update root_causes set state = 'halted', halted_name = $2, halted_at = $3 where id = $1`, causeID, by.Name, at)
		if err != nil {
			return err
		}
		return record(ctx, tx, at, by, "root_cause.halt", a)
	})
}

// Continue has an action worked on that was halted. Who proposed it can't. It
// returns fault.Forbidden, fault.Conflict where it is not halted, and
// fault.NotFound.
func (c *Causes) Continue(ctx context.Context, by staff.Actor, causeID string) error {
	return c.change(ctx, by, staff.ApproveRefunds, causeID, func(tx *db.Tx, at time.Time, a *Action) error {
		if a.ProposedID == by.ID {
			return fault.New(fault.Forbidden, "root_cause.own")
		}
		switch a.State {
		case Halted:
		case Working:
			return nil
		default:
			return fault.New(fault.Conflict, "root_cause.not_halted")
		}
		_, err := tx.Exec(ctx, `update root_causes set state = 'working' where id = $1`, causeID)
		if err == nil {
			err = c.wake(ctx, tx)
		}
		if err != nil {
			return err
		}
		return record(ctx, tx, at, by, "root_cause.continue", a)
	})
}

// change changes an action in one transaction, one after another.
func (c *Causes) change(ctx context.Context, by staff.Actor, p staff.Permission, causeID string, change func(tx *db.Tx, at time.Time, a *Action) error) error {
	if err := by.Must(p); err != nil {
		return err
	}
	at := c.clock.Now()
	return c.d.Write(ctx, func(tx *db.Tx) error {
		a, err := lock(ctx, tx, causeID)
		if err != nil {
			return err
		}
		return change(tx, at, a)
	})
}

// lock reads an action for a change. Who works it waits, and is waited for.
func lock(ctx context.Context, tx *db.Tx, causeID string) (*Action, error) {
	if err := tx.Lock(ctx, "root cause "+causeID); err != nil {
		return nil, err
	}
	all, err := readActions(ctx, tx, `where a.id = $1`, causeID)
	if err == nil && len(all) == 0 {
		err = errNotFound
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

var errNotFound = fault.New(fault.NotFound, "root_cause.not_found")

// wake has the job come up at once.
func (c *Causes) wake(ctx context.Context, tx *db.Tx) error {
	if c.jobs == nil {
		return nil
	}
	return c.jobs.Insert(ctx, tx, WorkArgs{}, &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}})
}

func record(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, action string, a *Action) error {
	return audit.Write(ctx, tx, audit.Entry{
		At: at, Actor: by.Audit(), Action: action, Subject: a.ID, RequestID: by.RequestID, Details: map[string]any{"number": a.Number, "case": a.CaseNumber},
	})
}
