package staff

import (
	"context"
	"errors"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// SignInWithTOTP takes the second step with a code of an app: it opens a
// verified session. A code serves once.
//
// It returns fault.Invalid for the field "code", fault.TooMany with "wait", and
// fault.Unauthenticated where the first step is over.
func (p *People) SignInWithTOTP(ctx context.Context, half Session, code string, b Browser) error {
	return p.second(ctx, half, "totp", b, func(tx *db.Tx, now time.Time) (refusal, err error) {
		ok, err := p.useTOTP(ctx, tx, half.Actor.ID, code, now)
		switch {
		case errors.Is(err, errLocked):
			return err, nil
		case err == nil && !ok:
			refusal = fieldFault("code", "staff.login.code_wrong")
		}
		return refusal, err
	})
}

// SignInWithRecoveryCode takes the second step with one of the codes for when
// nothing else is at hand. Each serves once.
//
// It returns fault.Invalid for the field "recovery", and else what
// SignInWithTOTP does.
func (p *People) SignInWithRecoveryCode(ctx context.Context, half Session, code string, b Browser) error {
	return p.second(ctx, half, "recovery code", b, func(tx *db.Tx, now time.Time) (refusal, err error) {
		ok, err := p.useRecoveryCode(ctx, tx, half.Actor, code, now)
		if err == nil && !ok {
			refusal = fieldFault("recovery", "staff.login.recovery_wrong")
		}
		return refusal, err
	})
}

// second holds the limits of the second step, and opens a verified session where
// show refuses nothing. A refusal is apart from an error, for its count is to be
// committed.
func (p *People) second(ctx context.Context, half Session, way string, b Browser, show func(tx *db.Tx, now time.Time) (refusal, err error)) error {
	var refusal error
	err := p.d.Write(ctx, func(tx *db.Tx) (err error) {
		now := p.clock.Now()
		if err := mayTry(ctx, tx, factorFor(half.Actor.ID), factorFrom(b.Address), now); err != nil {
			return err
		}
		if err := mustBeHalf(ctx, tx, half, now, true); err != nil {
			return err
		}
		if refusal, err = show(tx, now); err != nil {
			return err
		}
		if refusal != nil {
			return refused(ctx, tx, half.Actor.ID, way, b, now)
		}
		if err := attempt.Clear(ctx, tx, factorFor(half.Actor.ID)); err != nil {
			return err
		}
		if err := endHalf(ctx, tx, half, now); err != nil {
			return err
		}
		return p.startVerified(ctx, tx, half.Actor.ID, way, b, now)
	})
	if err != nil {
		return err
	}
	return refusal
}

// mustBeHalf checks, at this moment, that a session is alive and waits for the
// second factor of someone who has one, or who has none yet.
func mustBeHalf(ctx context.Context, r db.Reader, half Session, now time.Time, hasOne bool) error {
	var own, has bool
	err := r.QueryRow(ctx, `
		select p.given_until is null, `+hasFactor+`
		from staff_sessions s join staff p on p.id = s.staff_id
		where s.id = $1 and s.staff_id = $2 and s.verified_at is null and s.ended_at is null and s.expires_at > $3 and p.disabled_at is null`,
		half.Actor.SessionID, half.Actor.ID, now).Scan(&own, &has)
	switch {
	case db.NotFound(err), err == nil && (!own || has != hasOne):
		return fault.New(fault.Unauthenticated, "")
	}
	return err
}

// endHalf ends a session that the verified one follows, so that neither it nor
// the form that it stood behind serves again.
func endHalf(ctx context.Context, tx *db.Tx, half Session, now time.Time) error {
	_, err := tx.Exec(ctx, `update staff_sessions set ended_at = $2, challenge = null where id = $1`, half.Actor.SessionID, now)
	return err
}
