package gate

import (
	"context"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
)

// ReleaseBatch lets through a batch that is held as a whole, once two people have
// said so. Each of its deductions is judged again as of then: what is in order has
// its permission, what something else holds waits by itself, and what must not be
// taken is denied. It returns the faults of Release.
func (g *Gate) ReleaseBatch(ctx context.Context, by staff.Actor, id, reason string) (out Released, err error) {
	if err := by.Must(staff.AnswerHolds); err != nil {
		return out, err
	}
	err = g.db.Write(ctx, func(tx *db.Tx) error {
		out = Released{}
		now := g.clock.Now()
		if err := heldBatch(ctx, tx, id); err != nil {
			return err
		}
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		first, err := openRelease(ctx, tx, id)
		if err != nil {
			return err
		}
		if first == nil {
			out.WaitsForSecond = true
			return propose(ctx, tx, now, by, id, 0, reason, deduction.OwnBatchBand)
		}
		if first.by == by.ID {
			return fault.New(fault.Forbidden, "gate.hold.own_second")
		}
		if err := finish(ctx, tx, now, by, first, id, reason, deduction.OwnBatchBand); err != nil {
			return err
		}
		return answerBatch(ctx, tx, now, by, id, "release", reason)
	})
	if err != nil || out.WaitsForSecond {
		return out, err
	}
	_, err = settleBatches(ctx, g)
	return out, err
}

// DenyBatch stops a batch that is held as a whole. It returns the faults of
// Release.
func (g *Gate) DenyBatch(ctx context.Context, by staff.Actor, id, reason string) error {
	if err := by.Must(staff.AnswerHolds); err != nil {
		return err
	}
	err := g.db.Write(ctx, func(tx *db.Tx) error {
		now := g.clock.Now()
		if err := heldBatch(ctx, tx, id); err != nil {
			return err
		}
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		if err := endRelease(ctx, tx, now, id); err != nil {
			return err
		}
		return answerBatch(ctx, tx, now, by, id, "deny", reason)
	})
	if err != nil {
		return err
	}
	_, err = settleBatches(ctx, g)
	return err
}

// heldBatch returns nil where the batch waits for an answer, and locks it.
func heldBatch(ctx context.Context, tx *db.Tx, id string) error {
	query := `select held and answer is null from gate_batches where id = $1`
	if tx.Dialect == db.Postgres {
		query += ` for update`
	}
	var waits bool
	err := tx.QueryRow(ctx, query, id).Scan(&waits)
	switch {
	case db.NotFound(err):
		return fault.New(fault.NotFound, "gate.hold.no_batch")
	case err == nil && !waits:
		return fault.New(fault.Conflict, "gate.hold.not_held")
	}
	return err
}

func answerBatch(ctx context.Context, tx *db.Tx, now time.Time, by staff.Actor, id, answer, reason string) error {
	_, err := tx.Exec(ctx, `update gate_batches set answer = $2, answered_at = $3, answered_by = $4, reason = $5 where id = $1`, id, answer, now, by.ID, reason)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, byStaff(by).entry(now, 0, "gate.batch_"+answer, id, map[string]any{"reason": reason}))
}

// Tend does what time brings about: it voids what was allowed and not taken, and
// goes on with batches whose answer has not reached all their deductions. It
// returns how many deductions it changed.
func Tend(ctx context.Context, d *db.DB, c clock.Clock) (int, error) {
	n, err := Expire(ctx, d, c)
	if err != nil {
		return n, err
	}
	settled, err := settleBatches(ctx, &Gate{db: d, clock: c})
	return n + settled, err
}

// heldByBand is true of a request r that its batch holds by its latest decision:
// what the answer has reached is held by something else, if at all.
const heldByBand = `exists (
	select 1 from gate_decisions d where d.merchant_id = r.merchant_id and d.deduction_id = r.deduction_id and ' ' || d.reasons || ' ' like '% ` + deduction.OwnBatchBand + ` %'
		and d.number = (select max(l.number) from gate_decisions l where l.merchant_id = r.merchant_id and l.deduction_id = r.deduction_id))`

// settleBatches gives the answer to a batch to each of its deductions, each in a
// transaction of its own, so that whoever asks about one of them need not wait
// for all.
func settleBatches(ctx context.Context, g *Gate) (n int, err error) {
	type waiting struct{ id, answer, by, reason string }
	for {
		var all []waiting
		err := g.db.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var w waiting
				err := rows.Scan(&w.id, &w.answer, &w.by, &w.reason)
				all = append(all, w)
				return err
			})
		}, `select r.deduction_id, b.answer, b.answered_by, b.reason from gate_batches b join gate_requests r on r.batch_id = b.id
			where b.held and b.answer is not null and r.state = 'held' and `+heldByBand+` limit 200`)
		if err != nil || len(all) == 0 {
			return n, err
		}
		for _, w := range all {
			by := staff.Actor{ID: w.by}
			err := g.db.Write(ctx, func(tx *db.Tx) error {
				r, err := lockRow(ctx, tx, w.id)
				if err != nil || r.State != fee.Held || !r.inHeldBatch() {
					return err // somebody was quicker
				}
				if w.answer == "deny" {
					return r.denyHeld(ctx, tx, g.clock.Now(), by, w.reason)
				}
				return g.releaseOfBatch(ctx, tx, r, by, w.reason)
			})
			if err != nil {
				return n, err
			}
			n++
		}
	}
}

// releaseOfBatch judges again what was held with its batch.
func (g *Gate) releaseOfBatch(ctx context.Context, tx *db.Tx, r *row, by staff.Actor, reason string) error {
	now := g.clock.Now()
	before, err := r.latest.read()
	if err != nil {
		return err
	}
	request := before.Case.Request
	request.At = now
	if before.Cycle.Index > 0 {
		request.PeriodFrom = before.Cycle.From
	}
	v, err := g.judgeNow(ctx, tx, now, r, request)
	if err != nil {
		return err
	}
	// What holds it by itself stays.
	v.Day, v.Own = before.Day, slices.Clone(before.Own)
	for i := range v.Own {
		v.Own[i].Waived = v.Own[i].Code == deduction.OwnBatchBand
	}
	if v.decision() == fee.Allow {
		return r.release(ctx, tx, now, by, v, reason, "")
	}
	was := r.At
	r.State, r.At = v.state(), now
	if err := r.decide(ctx, tx, now, v); err != nil {
		return err
	}
	if err := r.became(ctx, tx, now, byStaff(by), was, &v.Verdict, step{name: string(r.State), reason: reason}); err != nil {
		return err
	}
	if r.State != fee.Denied {
		return nil
	}
	n, _ := r.news(now, v)
	return notice.Tell(ctx, tx, now, n)
}
