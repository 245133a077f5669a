package gate

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// releasedFor is how long the permission of what was released serves: the core
// system has to come for it.
const releasedFor = 24 * time.Hour

// never are the holds that no person lifts: they go when the fact arrives.
var never = []fee.Code{fee.NoticeMissing, fee.OpenDispute}

// Released is what a release came to.
type Released struct {
	WaitsForSecond bool // another person has to agree
}

// Release lets through a deduction that is held: it is judged again as of now,
// and the holds that stand are lifted, of which it is kept who lifted them. Where
// it is more than the limit, or not of the core system's own, a second person
// has to agree. It returns fault.Forbidden, also to whoever would be their own
// second; fault.Invalid for the field "reason"; fault.NotFound; and fault.Conflict
// where it is not held any more, where it must not be taken after all, where
// something else holds it than when it was asked for, or where it waits for a
// notice or a dispute.
func (g *Gate) Release(ctx context.Context, by staff.Actor, id, reason string) (out Released, err error) {
	if err := by.Must(staff.AnswerHolds); err != nil {
		return out, err
	}
	err = g.db.Write(ctx, func(tx *db.Tx) error {
		out = Released{}
		now := g.clock.Now()
		r, err := heldRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.inHeldBatch() {
			return fault.New(fault.Conflict, "gate.hold.of_batch")
		}
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		settings, err := setting.GetGate(ctx, tx)
		if err != nil {
			return err
		}
		first, err := openRelease(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		two := needsSecond(r.Amount, r.Origin, settings)
		v, lifted, err := g.lift(ctx, tx, now, r, two)
		if err != nil {
			return err
		}
		if first != nil && first.by == by.ID {
			return fault.New(fault.Forbidden, "gate.hold.own_second")
		}
		if two && first == nil {
			out.WaitsForSecond = true
			return propose(ctx, tx, now, by, r.ID, r.MerchantID, reason, lifted)
		}
		if err := r.release(ctx, tx, now, by, v, reason, lifted); err != nil {
			return err
		}
		return finish(ctx, tx, now, by, first, r.ID, reason, lifted)
	})
	return out, err
}

// DenyHeld stops a deduction that is held, and tells the merchant. It returns the
// faults of Release.
func (g *Gate) DenyHeld(ctx context.Context, by staff.Actor, id, reason string) error {
	if err := by.Must(staff.AnswerHolds); err != nil {
		return err
	}
	return g.db.Write(ctx, func(tx *db.Tx) error {
		now := g.clock.Now()
		r, err := heldRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.inHeldBatch() {
			return fault.New(fault.Conflict, "gate.hold.of_batch")
		}
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		if err := endRelease(ctx, tx, now, r.ID); err != nil {
			return err
		}
		return r.denyHeld(ctx, tx, now, by, reason)
	})
}

// denyHeld stops it.
func (r *row) denyHeld(ctx context.Context, tx *db.Tx, now time.Time, by staff.Actor, reason string) error {
	v, err := r.latest.read()
	if err != nil {
		return err
	}
	r.State, r.Cycle = fee.Denied, 0
	if err := r.became(ctx, tx, now, byStaff(by), r.At, nil, step{name: "denied", reason: reason}); err != nil {
		return err
	}
	n, _ := r.news(now, v)
	return notice.Tell(ctx, tx, now, n)
}

func byStaff(by staff.Actor) By { return By{Actor: by.Audit(), RequestID: by.RequestID} }

// heldRow reads what is held while nobody else decides on its terminal.
func heldRow(ctx context.Context, tx *db.Tx, id string) (*row, error) {
	r, err := lockRow(ctx, tx, id)
	if err == nil && r.State != fee.Held {
		err = fault.New(fault.Conflict, "gate.hold.not_held")
	}
	return r, err
}

// inHeldBatch reports whether it is held as a part of a batch.
func (r *row) inHeldBatch() bool {
	return r.BatchID != "" && slices.Contains(strings.Fields(r.latest.reasons), deduction.OwnBatchBand)
}

// lift judges again what is held, as of now and for the cycle that was asked for,
// and lifts the holds that stood when it was asked for. It returns what holds no
// more with it, and says why where anything else stands in the way.
func (g *Gate) lift(ctx context.Context, tx *db.Tx, now time.Time, r *row, second bool) (*verdict, string, error) {
	before, err := r.latest.read()
	if err != nil {
		return nil, "", err
	}
	request := before.Case.Request
	request.At = now
	if before.Cycle.Index > 0 {
		request.PeriodFrom = before.Cycle.From
	}
	v, err := g.judgeNow(ctx, tx, now, r, request)
	if err != nil {
		return nil, "", err
	}
	var lifted fee.Codes
	for code := range v.Reasons.All() {
		switch {
		case code.Level() == fee.LevelDeny:
			return nil, "", fault.New(fault.Conflict, "gate.hold.denied_now")
		case code.Level() != fee.LevelHold:
		case slices.Contains(never, code):
			return nil, "", fault.New(fault.Conflict, "gate.hold.waits_for_fact")
		case !before.Reasons.Has(code):
			return nil, "", fault.New(fault.Conflict, "gate.hold.new_hold")
		default:
			lifted = lifted.With(code)
		}
	}
	v.Case.Request.Waived, v.Case.Request.Approved = lifted, second
	out, err := judge(v.Case, nil)
	if err != nil {
		return nil, "", err
	}
	out.Day, out.Own = before.Day, waived(before.Own)
	if out.decision() != fee.Allow {
		return nil, "", fault.New(fault.Conflict, "gate.hold.denied_now")
	}
	codes := lifted.String()
	for i := range before.Own {
		if !before.Own[i].Waived {
			codes = strings.TrimPrefix(codes+" "+before.Own[i].Code, " ")
		}
	}
	return out, codes, nil
}

// waived are the gate's own holds as lifted.
func waived(own []deduction.OwnHold) []deduction.OwnHold {
	all := slices.Clone(own)
	for i := range all {
		all[i].Waived = true
	}
	return all
}

// release gives the permission.
func (r *row) release(ctx context.Context, tx *db.Tx, now time.Time, by staff.Actor, v *verdict, reason, lifted string) error {
	was := r.At
	r.State, r.At, r.Cycle, r.ExpiresAt = fee.Authorized, v.Case.Request.At, v.Settles(), wholeSecond(now.Add(releasedFor))
	if err := r.decide(ctx, tx, now, v); err != nil {
		return err
	}
	held, err := r.claim(ctx, tx)
	if err == nil && !held {
		err = fault.New(fault.Conflict, "gate.hold.denied_now")
	}
	if err != nil {
		return err
	}
	said := reason
	if lifted != "" {
		said = lifted + ": " + reason
	}
	return r.became(ctx, tx, now, byStaff(by), was, &v.Verdict, step{name: "released", reason: said})
}

// proposal is a release that waits for a second person.
type proposal struct {
	id, by, name, reason string
	at                   time.Time
}

// openRelease returns the release of a deduction or batch that waits for a second
// person, or nil.
func openRelease(ctx context.Context, r db.Reader, subject string) (*proposal, error) {
	var p proposal
	var at db.Time
	err := r.QueryRow(ctx, `select id, first_id, first_name, first_at, reason from gate_releases where subject = $1 and second_at is null and ended_at is null`, subject).
		Scan(&p.id, &p.by, &p.name, &at, &p.reason)
	if db.NotFound(err) {
		return nil, nil
	}
	p.at = at.Time
	return &p, err
}

// propose writes down that the first of two people would release it.
func propose(ctx context.Context, tx *db.Tx, now time.Time, by staff.Actor, subject string, merchantID int64, reason, lifted string) error {
	_, err := tx.Exec(ctx, `insert into gate_releases (id, subject, reason, waived, first_id, first_name, first_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id.New("gr", now), subject, reason, lifted, by.ID, by.Name, now)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, byStaff(by).entry(now, merchantID, "gate.propose_release", subject, map[string]any{"reason": reason}))
}

// finish writes down who released it.
func finish(ctx context.Context, tx *db.Tx, now time.Time, by staff.Actor, first *proposal, subject, reason, lifted string) error {
	if first != nil {
		_, err := tx.Exec(ctx, `update gate_releases set second_id = $2, second_name = $3, second_at = $4, waived = $5 where id = $1`, first.id, by.ID, by.Name, now, lifted)
		return err
	}
	_, err := tx.Exec(ctx, `insert into gate_releases (id, subject, reason, waived, first_id, first_name, first_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7, $7)`,
		id.New("gr", now), subject, reason, lifted, by.ID, by.Name, now)
	return err
}

// endRelease ends a release that waits for a second person.
func endRelease(ctx context.Context, tx *db.Tx, now time.Time, subject string) error {
	_, err := tx.Exec(ctx, `update gate_releases set ended_at = $2 where subject = $1 and second_at is null and ended_at is null`, subject, now)
	return err
}

// needsSecond reports whether two people have to release it.
func needsSecond(amount money.Fen, origin string, s setting.Gate) bool {
	return amount > s.SecondAbove || origin != fee.OriginCore
}
