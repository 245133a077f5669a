package staff

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/password"
)

// MinPassword is how many characters a password has at least.
const MinPassword = 12

// SetFirstPassword replaces the password that someone was given by their own. It
// returns fault.Invalid for the field "password", and fault.Unauthenticated where
// the session is over.
func (p *People) SetFirstPassword(ctx context.Context, half Session, chosen string) error {
	who, err := personByID(ctx, p.d, half.Actor.ID)
	if err != nil {
		return err
	}
	if err := weakness(chosen, who.login); err != nil {
		return err
	}
	same, err := password.Matches(ctx, chosen, who.passwordHash)
	if err != nil {
		return err
	}
	if same {
		return fieldFault("password", "staff.password.same")
	}
	hash, err := password.Hash(ctx, chosen)
	if err != nil {
		return err
	}
	return p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		n, err := tx.Exec(ctx, `
			update staff set password_hash = $3, given_until = null
			where id = $1 and given_until is not null and disabled_at is null and exists (
				select 1 from staff_sessions s
				where s.id = $2 and s.staff_id = staff.id and s.verified_at is null and s.ended_at is null and s.expires_at > $4)`,
			half.Actor.ID, half.Actor.SessionID, hash, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Unauthenticated, "")
		}
		// Whoever else signed in with the password that was given is out.
		if _, err := tx.Exec(ctx, `update staff_sessions set ended_at = $3 where staff_id = $1 and id <> $2 and ended_at is null`, half.Actor.ID, half.Actor.SessionID, now); err != nil {
			return err
		}
		return audit.Write(ctx, tx, half.Actor.entry(now, "staff.password.set", half.Actor.ID, map[string]any{"first": true}))
	})
}

// FinishSetUpWithTOTP adds the first second factor, an app of codes, and opens a
// verified session. It returns the recovery codes, which are shown once.
//
// It returns fault.Invalid for the fields "name" and "code".
func (p *People) FinishSetUpWithTOTP(ctx context.Context, half Session, name, code string, b Browser) ([]string, error) {
	return p.finishSetUp(ctx, half, "totp", b, func(tx *db.Tx, now time.Time) (id string, refusal, err error) {
		id, err = p.addTOTP(ctx, tx, half.Actor, strings.TrimSpace(name), code, now)
		if fault.Is(err, fault.Invalid) {
			return "", err, nil
		}
		return id, nil, err
	})
}

// FinishSetUpWithPasskey is the same with a passkey's answer.
//
// It returns fault.Invalid for the fields "name" and "passkey".
func (p *People) FinishSetUpWithPasskey(ctx context.Context, half Session, name string, answer []byte, b Browser) ([]string, error) {
	if p.passkeys == nil {
		return nil, errNoPasskeys
	}
	return p.finishSetUp(ctx, half, "passkey", b, func(tx *db.Tx, now time.Time) (string, error, error) {
		return p.addPasskey(ctx, tx, half.Actor, strings.TrimSpace(name), answer, now)
	})
}

func (p *People) finishSetUp(ctx context.Context, half Session, way string, b Browser, add func(tx *db.Tx, now time.Time) (id string, refusal, err error)) (codes []string, err error) {
	var refusal error
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := mayTry(ctx, tx, factorFor(half.Actor.ID), factorFrom(b.Address), now); err != nil {
			return err
		}
		if err := mustBeHalf(ctx, tx, half, now, false); err != nil {
			return err
		}
		var id string
		var err error
		if id, refusal, err = add(tx, now); err != nil || refusal != nil {
			return err
		}
		if err := attempt.Clear(ctx, tx, factorFor(half.Actor.ID)); err != nil {
			return err
		}
		if err := audit.Write(ctx, tx, half.Actor.entry(now, "staff.factor.add", id, map[string]any{"kind": way})); err != nil {
			return err
		}
		if codes, err = p.makeRecoveryCodes(ctx, tx, half.Actor.ID, now); err != nil {
			return err
		}
		if err := endHalf(ctx, tx, half, now); err != nil {
			return err
		}
		return p.startVerified(ctx, tx, half.Actor.ID, way, b, now)
	})
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		return nil, refusal
	}
	return codes, nil
}

// weakness says what makes a password too easy to guess: its length, the name it
// belongs to, or hardly any different characters.
func weakness(chosen, login string) error {
	name, _, _ := strings.Cut(login, "@")
	key := ""
	switch {
	case chosen == "":
		key = "staff.password.empty"
	case utf8.RuneCountInString(chosen) < MinPassword:
		key = "staff.password.short"
	case len(chosen) > password.Longest:
		key = "staff.password.long"
	case strings.Contains(strings.ToLower(chosen), name) && len(name) > 2, password.Easy(chosen):
		key = "staff.password.easy"
	default:
		return nil
	}
	return fieldFault("password", key, "n", MinPassword)
}

// nameFault says what is wrong with the name of a factor.
func nameFault(name string) error {
	switch {
	case name == "":
		return fieldFault("name", "staff.own.name_empty")
	case utf8.RuneCountInString(name) > MaxName:
		return fieldFault("name", "staff.own.name_long", "n", MaxName)
	}
	return nil
}
