package gate

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// longestReason is how long a reason may be, in characters.
const longestReason = 500

func checkReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", wrongField("reason", "import.value.missing")
	case utf8.RuneCountInString(reason) > longestReason:
		return "", wrongField("reason", "gate.too_long", "n", longestReason)
	}
	return reason, nil
}

// VoidIn takes in that a deduction that was allowed, or waits, will not be taken,
// whether it was asked for here or came with a file. Its cycle is open again. It returns fault.Conflict where it was taken, and
// fault.NotFound.
func (g *Gate) VoidIn(ctx context.Context, tx *db.Tx, by By, id string) (Answer, error) {
	now := g.clock.Now()
	r, err := lockAny(ctx, tx, id)
	if err != nil {
		return Answer{}, unavailable(err)
	}
	switch r.State {
	case fee.Authorized, fee.Held:
	case fee.Voided, fee.Denied:
		return Answer{}, fault.New(fault.Conflict, "gate.not_open")
	default:
		return Answer{}, fault.New(fault.Conflict, "gate.posted_before")
	}
	if err := r.void(ctx, tx, now, by, "voided"); err != nil {
		return Answer{}, unavailable(err)
	}
	return g.after(ctx, tx, r, now)
}

// void opens the cycle again.
func (r *row) void(ctx context.Context, tx *db.Tx, now time.Time, by By, name string) error {
	r.State = fee.Voided
	if err := r.unclaim(ctx, tx); err != nil {
		return err
	}
	return r.became(ctx, tx, now, by, r.At, nil, step{name: name})
}

// itself is who ends permissions whose time is over.
var itself = By{Actor: audit.Actor{Kind: audit.System, ID: "gate"}}

func (r *row) expire(ctx context.Context, tx *db.Tx, now time.Time) error {
	return r.void(ctx, tx, now, itself, "expired")
}

// Expire voids what was allowed and not taken in time, each in a transaction of
// its own, and returns how many there were.
func Expire(ctx context.Context, d *db.DB, c clock.Clock) (n int, err error) {
	now := c.Now()
	for {
		var ids []string
		err := d.Query(ctx, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var id string
				err := rows.Scan(&id)
				ids = append(ids, id)
				return err
			})
		}, `select deduction_id from gate_requests where state = 'authorized' and expires_at < $1 order by expires_at, deduction_id limit 200`, now)
		if err != nil || len(ids) == 0 {
			return n, err
		}
		for _, id := range ids {
			err := d.Write(ctx, func(tx *db.Tx) error {
				r, err := lockRow(ctx, tx, id)
				if err != nil || r.State != fee.Authorized || !now.After(r.ExpiresAt) {
					return err // somebody was quicker
				}
				return r.expire(ctx, tx, now)
			})
			if err != nil {
				return n, err
			}
			n++
		}
	}
}

// ReverseIn takes in that a deduction that was taken has come back as if it had
// never been. Its cycle is open again. It returns fault.Invalid for the field
// "reason", fault.Conflict where it was not taken, and fault.NotFound.
func (g *Gate) ReverseIn(ctx context.Context, tx *db.Tx, by By, id, reason string) (Answer, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Answer{}, err
	}
	now := g.clock.Now()
	r, err := lockAny(ctx, tx, id)
	if err == nil && r.State != fee.Posted {
		err = notTaken(r)
	}
	if err == nil && r.Refunded > 0 {
		err = fault.New(fault.Conflict, "gate.refunded_in_part")
	}
	if err != nil {
		return Answer{}, unavailable(err)
	}
	r.State = fee.Reversed
	if err := r.unclaim(ctx, tx); err != nil {
		return Answer{}, unavailable(err)
	}
	if err := r.became(ctx, tx, now, by, r.At, nil, step{name: "reversed", amount: &r.Amount, reason: reason}); err != nil {
		return Answer{}, unavailable(err)
	}
	return g.after(ctx, tx, r, now)
}

// notTaken says why nothing can be given back.
func notTaken(r *row) error {
	if r.State == fee.Reversed || r.State == fee.Refunded {
		return fault.New(fault.Conflict, "gate.returned_before")
	}
	return fault.New(fault.Conflict, "gate.not_taken")
}

// RefundIn takes in that money was given back: so much of it, or all that is left
// where amount is nil. The cycle stays settled. It returns fault.Invalid for the
// fields "reason" and "amount_fen", fault.Conflict where it was not taken, and
// fault.NotFound.
func (g *Gate) RefundIn(ctx context.Context, tx *db.Tx, by By, id, reason string, amount *money.Fen) (Answer, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Answer{}, err
	}
	now := g.clock.Now()
	r, err := lockAny(ctx, tx, id)
	if err == nil && r.State != fee.Posted {
		err = notTaken(r)
	}
	if err != nil {
		return Answer{}, unavailable(err)
	}
	left := r.Amount.Minus(r.Refunded)
	back := left
	if amount != nil {
		back = *amount
	}
	if back <= 0 || back > left {
		return Answer{}, wrongField("amount_fen", "gate.refund_amount", "left", left)
	}
	r.Refunded = r.Refunded.Plus(back)
	if r.Refunded == r.Amount {
		r.State = fee.Refunded
	}
	if err := r.became(ctx, tx, now, by, r.At, nil, step{name: "refunded", amount: &back, reason: reason}); err != nil {
		return Answer{}, unavailable(err)
	}
	return g.after(ctx, tx, r, now)
}
