package gate

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
)

// Posted says that the money of a deduction has moved.
type Posted struct {
	Token string    // the permission
	At    time.Time // when it moved; zero: now. It counts where there was no permission
}

// PostIn takes in that a deduction was taken. With its permission it stands as it
// was allowed. Where there is none, or it has ended, the money has moved all the
// same: it is kept as taken without asking, judged as of now, and raises an alarm.
// It returns fault.Invalid for the field "token" where the token is not this
// deduction's, and for "at" where that can't be, fault.Conflict where it was taken
// before, and fault.NotFound.
func (g *Gate) PostIn(ctx context.Context, tx *db.Tx, by By, id string, p Posted) (Answer, error) {
	if !p.At.IsZero() && !possible(p.At) {
		return Answer{}, wrongField("at", "gate.at_wrong")
	}
	now := g.clock.Now()
	r, err := lockAny(ctx, tx, id)
	if err != nil {
		return Answer{}, unavailable(err)
	}
	ended := r.State == fee.Authorized && now.After(r.ExpiresAt)
	switch r.State {
	case fee.Authorized, fee.Voided, fee.Held, fee.Denied:
	case fee.Posted:
		if p.Token != "" && g.key.verify(p.Token, r) == nil {
			return Answer{}, usedBefore()
		}
		return Answer{}, fault.New(fault.Conflict, "gate.posted_before")
	default:
		return Answer{}, fault.New(fault.Conflict, "gate.returned_before")
	}
	if r.State == fee.Authorized && !ended || p.Token != "" {
		if err := g.key.verify(p.Token, r); err != nil {
			return Answer{}, err
		}
	}
	if r.State == fee.Authorized && !ended {
		r.State = fee.Posted
		if err := r.became(ctx, tx, now, by, r.At, nil, step{name: "posted"}); err != nil {
			return Answer{}, unavailable(err)
		}
		return g.after(ctx, tx, r, now)
	}
	return g.ungate(ctx, tx, by, now, r, p)
}

// stands answers how a deduction stands after a step.
func (g *Gate) stands(r *row, now time.Time) (Answer, error) {
	v, err := r.latest.read()
	if err != nil {
		return Answer{}, err
	}
	return r.answer(g, v, now), nil
}

// ungate takes in that money moved for what had no permission, or none any more.
func (g *Gate) ungate(ctx context.Context, tx *db.Tx, by By, now time.Time, r *row, p Posted) (Answer, error) {
	if r.State == fee.Authorized && r.taken == nil {
		if err := r.expire(ctx, tx, now); err != nil {
			return Answer{}, unavailable(err)
		}
	}
	request, err := r.request()
	if err != nil {
		return Answer{}, err
	}
	request.At = now
	if !p.At.IsZero() {
		request.At = p.At.UTC().Truncate(time.Microsecond)
	}
	request.Waived, request.Approved = 0, false
	v, err := g.judgeNow(ctx, tx, now, r, request)
	if err != nil {
		return Answer{}, unavailable(err)
	}
	was := r.At
	r.State, r.UngatedAt, r.At, r.Cycle, r.ExpiresAt = fee.Posted, now, request.At, v.Settles(), time.Time{}
	if err := r.keepUngated(ctx, tx, now, v); err != nil {
		return Answer{}, unavailable(err)
	}
	if err := r.became(ctx, tx, now, by, was, nil, step{name: "ungated"}); err != nil {
		return Answer{}, unavailable(err)
	}
	return r.answer(g, v, now), nil
}

// judgeNow judges a request for the deduction's fee by what is known now.
func (g *Gate) judgeNow(ctx context.Context, tx *db.Tx, now time.Time, r *row, request fee.Request) (*verdict, error) {
	key := deduction.Asked{SN: r.SN, Item: r.Item}
	known, err := g.read(ctx, tx, now, min(date.Of(request.At), r.on()), []deduction.Asked{key})
	if err != nil {
		return nil, err
	}
	t := known.Terminal(key)
	if t == nil {
		return nil, wrongField("sn", "import.reference.terminal")
	}
	if r.taken != nil {
		t.Forget(r.ID) // it is among what is known, and is not what settled its own cycle
	}
	c, err := t.Ask(known.plans.Fee, known.plans.Fee(r.PlanID), r.PlanID, r.Item, known.Policy, request)
	if err != nil {
		return nil, err
	}
	return judge(c, nil)
}

// keepUngated writes down the verdict on what was taken without asking, holds the
// cycle that it settles, and raises the alarm.
func (r *row) keepUngated(ctx context.Context, tx *db.Tx, now time.Time, v *verdict) error {
	if err := r.decide(ctx, tx, now, v); err != nil {
		return err
	}
	if _, err := r.claim(ctx, tx); err != nil {
		return err
	}
	return r.alarm(ctx, tx, now)
}

func (r *row) alarm(ctx context.Context, tx *db.Tx, now time.Time) error {
	return alarm.Raise(ctx, tx, alarm.Alarm{
		Kind: alarm.Ungated, Subject: r.ID, Ref: r.ID, At: now, Facts: alarm.Facts{SN: r.SN, Item: string(r.Item), On: r.on(), Amount: r.Amount},
	})
}

// RecordIn takes in a deduction that was taken and never asked for. It is never
// refused for what it is: it is judged as a request, and raises an alarm. The
// same reference and content give the same answer. It returns the faults of
// Authorize.
func (g *Gate) RecordIn(ctx context.Context, tx *db.Tx, by By, request Request) (Answer, error) {
	d := deciding{g: g, now: g.clock.Now(), by: by, requests: []Request{request}, ungated: true}
	if err := d.judge(ctx, tx); err != nil {
		return Answer{}, unavailable(err)
	}
	a := &d.all[0]
	if a.err != nil {
		return Answer{}, unavailable(a.err)
	}
	if a.before {
		if a.row.UngatedAt.IsZero() {
			return Answer{}, fault.New(fault.Conflict, "gate.asked_before")
		}
		return a.answer(g, d.now), nil
	}
	a.row.State, a.row.UngatedAt, a.row.ExpiresAt = fee.Posted, d.now, time.Time{}
	if err := d.keep(ctx, tx); err != nil {
		return Answer{}, unavailable(err)
	}
	if _, err := a.row.claim(ctx, tx); err != nil {
		return Answer{}, unavailable(err)
	}
	if err := a.row.alarm(ctx, tx, d.now); err != nil {
		return Answer{}, unavailable(err)
	}
	return a.answer(g, d.now), nil
}

// Find returns a deduction that was asked for or reported, by its id or the core
// system's number, with its permission while that lasts. It returns
// fault.NotFound.
func (g *Gate) Find(ctx context.Context, id string) (Answer, error) {
	r, err := readRow(ctx, g.db, id)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return Answer{}, err
		}
		return Answer{}, unavailable(err)
	}
	return g.stands(r, g.clock.Now())
}
