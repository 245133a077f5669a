package gate

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/staff"
)

// ReconcileArgs order that what files say was taken is matched.
type ReconcileArgs struct{}

// Kind names the job.
func (ReconcileArgs) Kind() string { return "reconcile_settlements" }

// OrderReconcile has what waits matched now, not only when its time comes. It
// returns fault.Forbidden.
func OrderReconcile(ctx context.Context, d *db.DB, jobs event.Queue, now time.Time, by staff.Actor) error {
	if err := by.Must(staff.AnswerAlarms); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		once := &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}}}
		if err := jobs.Insert(ctx, tx, ReconcileArgs{}, once); err != nil {
			return err
		}
		return audit.Write(ctx, tx, byStaff(by).entry(now, 0, "gate.reconcile", "settlements", nil))
	})
}
