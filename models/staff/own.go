package staff

import (
	"context"
	"strings"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/password"
)

// Recent is how long after signing in someone may change what guards their
// account: a screen that was left is no invitation.
const Recent = 30 * time.Minute

// mustBeRecent says that who signed in too long ago has to do so again.
func mustBeRecent(ctx context.Context, r db.Reader, a Actor, now time.Time) error {
	var at db.Time
	err := r.QueryRow(ctx, `select verified_at from staff_sessions where id = $1 and staff_id = $2 and ended_at is null`, a.SessionID, a.ID).Scan(&at)
	switch {
	case db.NotFound(err), err == nil && now.Sub(at.Time) > Recent:
		return fault.New(fault.Unauthenticated, "staff.own.again")
	}
	return err
}

// Factor is a second factor that someone has.
type Factor struct {
	ID      string
	Passkey bool // otherwise an app of codes
	Name    string
	AddedAt time.Time
	UsedAt  time.Time // of a passkey; zero: never
}

// OpenSession is a place where someone is signed in.
type OpenSession struct {
	ID      string
	Device  string // as account.ParseDevice reads it
	Address string
	Began   time.Time
	Seen    time.Time
}

// Own is what someone has to sign in with, and where they are signed in.
type Own struct {
	Login         string
	Recent        bool // signed in recently enough to change it
	Factors       []Factor
	RecoveryCodes int // that are left
	Sessions      []OpenSession
}

// ReadOwn returns what guards someone's account, in one round trip.
func (p *People) ReadOwn(ctx context.Context, a Actor) (o Own, err error) {
	now := p.clock.Now()
	b := db.NewBatch()
	b.Add(`
		select p.login, (select count(*) from staff_recovery_codes c where c.staff_id = p.id and c.used_at is null), s.verified_at
		from staff p join staff_sessions s on s.staff_id = p.id
		where p.id = $1 and s.id = $2`, []any{a.ID, a.SessionID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var at db.Time
			err := rows.Scan(&o.Login, &o.RecoveryCodes, &at)
			o.Recent = now.Sub(at.Time) <= Recent
			return err
		})
	})
	b.Add(`
		select id, false, name, added_at, null from staff_totps where staff_id = $1 and removed_at is null
		union all
		select id, true, name, added_at, used_at from staff_passkeys where staff_id = $1 and removed_at is null
		order by 4, 2, 1`, []any{a.ID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var f Factor
			var used db.Time
			err := rows.Scan(&f.ID, &f.Passkey, &f.Name, &f.AddedAt, &used)
			f.UsedAt = used.Time
			o.Factors = append(o.Factors, f)
			return err
		})
	})
	b.Add(`
		select id, device, address, created_at, last_seen_at from staff_sessions
		where staff_id = $1 and verified_at is not null and ended_at is null and expires_at > $2 and last_seen_at > $3
		order by created_at desc, id`, []any{a.ID, now, now.Add(-SessionIdle)}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s OpenSession
			err := rows.Scan(&s.ID, &s.Device, &s.Address, &s.Began, &s.Seen)
			o.Sessions = append(o.Sessions, s)
			return err
		})
	})
	return o, p.d.Read(ctx, b)
}

// ChangePassword gives someone another password, and signs them out everywhere
// else. It takes a recent sign-in and the present password, and returns
// fault.Invalid for the fields "present" and "password".
func (p *People) ChangePassword(ctx context.Context, a Actor, present, chosen string) error {
	who, err := personByID(ctx, p.d, a.ID)
	if err != nil {
		return err
	}
	if err := weakness(chosen, who.login); err != nil {
		return err
	}
	if err := p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := mustBeRecent(ctx, tx, a, now); err != nil {
			return err
		}
		tried := attempt.Password{Of: passwordFor(who.login), By: attempt.SignedIn(), At: now}
		return tried.Try(ctx, tx, "staff.login.wait", "staff.login.wait")
	}); err != nil {
		return err
	}
	match, err := password.Matches(ctx, present, who.passwordHash)
	if err != nil {
		return err
	}
	if !match {
		return fieldFault("present", "staff.own.present_wrong")
	}
	hash, err := password.Hash(ctx, chosen)
	if err != nil {
		return err
	}
	return p.change(ctx, a, "staff.password.set", a.ID, nil, func(tx *db.Tx, now time.Time) error {
		n, err := tx.Exec(ctx, `update staff set password_hash = $2 where id = $1 and password_hash = $3`, a.ID, hash, who.passwordHash)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "")
		}
		_, err = endOthers(ctx, tx, a, now)
		return err
	})
}

// change does something to what guards someone's account, for which they have to
// have signed in recently, and records it.
func (p *People) change(ctx context.Context, a Actor, action, subject string, details map[string]any, do func(tx *db.Tx, now time.Time) error) error {
	return p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := mustBeRecent(ctx, tx, a, now); err != nil {
			return err
		}
		if err := do(tx, now); err != nil {
			return err
		}
		return audit.Write(ctx, tx, a.entry(now, action, subject, details))
	})
}

// AddTOTP adds the app that was offered in the session. It returns fault.Invalid
// for the fields "name" and "code".
func (p *People) AddTOTP(ctx context.Context, a Actor, name, code string) error {
	return p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := mustBeRecent(ctx, tx, a, now); err != nil {
			return err
		}
		id, err := p.addTOTP(ctx, tx, a, strings.TrimSpace(name), code, now)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, a.entry(now, "staff.factor.add", id, map[string]any{"kind": "totp"}))
	})
}

// AddPasskey adds the passkey that answered what AskNewPasskey asked. It returns
// fault.Invalid for the fields "name" and "passkey".
func (p *People) AddPasskey(ctx context.Context, a Actor, name string, answer []byte) error {
	if p.passkeys == nil {
		return errNoPasskeys
	}
	var refusal error
	err := p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if err := mustBeRecent(ctx, tx, a, now); err != nil {
			return err
		}
		var id string
		var err error
		if id, refusal, err = p.addPasskey(ctx, tx, a, strings.TrimSpace(name), answer, now); err != nil || refusal != nil {
			return err
		}
		return audit.Write(ctx, tx, a.entry(now, "staff.factor.add", id, map[string]any{"kind": "passkey"}))
	})
	if err != nil {
		return err
	}
	return refusal
}

// RemoveFactor takes a second factor away, but never the last one. It returns
// fault.NotFound where it is none of theirs, and fault.Conflict for the last.
func (p *People) RemoveFactor(ctx context.Context, a Actor, factorID string) error {
	return p.change(ctx, a, "staff.factor.remove", factorID, nil, func(tx *db.Tx, now time.Time) error {
		if err := tx.Lock(ctx, factorFor(a.ID)); err != nil {
			return err
		}
		removed := int64(0)
		for _, table := range []string{"staff_totps", "staff_passkeys"} {
			n, err := tx.Exec(ctx, `update `+table+` set removed_at = $3 where id = $1 and staff_id = $2 and removed_at is null`, factorID, a.ID, now)
			if err != nil {
				return err
			}
			removed += n
		}
		if removed == 0 {
			return fault.New(fault.NotFound, "staff.own.factor_gone")
		}
		var left bool
		if err := tx.QueryRow(ctx, `select `+hasFactor+` from staff p where p.id = $1`, a.ID).Scan(&left); err != nil {
			return err
		}
		if !left {
			return fault.New(fault.Conflict, "staff.own.last_factor")
		}
		return nil
	})
}

// NewRecoveryCodes voids someone's recovery codes and returns new ones, which
// are shown once.
func (p *People) NewRecoveryCodes(ctx context.Context, a Actor) (codes []string, err error) {
	err = p.change(ctx, a, "staff.recovery.new", a.ID, nil, func(tx *db.Tx, now time.Time) (err error) {
		codes, err = p.makeRecoveryCodes(ctx, tx, a.ID, now)
		return err
	})
	return codes, err
}

// EndOneSession signs someone out in another place. It returns fault.NotFound
// where the session is none of theirs or is over.
func (p *People) EndOneSession(ctx context.Context, a Actor, sessionID string) error {
	return p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		n, err := tx.Exec(ctx, `update staff_sessions set ended_at = $3, challenge = null where id = $1 and staff_id = $2 and ended_at is null`, sessionID, a.ID, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "staff.own.session_gone")
		}
		return audit.Write(ctx, tx, a.entry(now, "staff.session.end", sessionID, nil))
	})
}

// EndOtherSessions signs someone out everywhere but here, and returns in how
// many places.
func (p *People) EndOtherSessions(ctx context.Context, a Actor) (n int64, err error) {
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if n, err = endOthers(ctx, tx, a, now); err != nil || n == 0 {
			return err
		}
		return audit.Write(ctx, tx, a.entry(now, "staff.session.end_others", a.SessionID, map[string]any{"count": n}))
	})
	return n, err
}

func endOthers(ctx context.Context, tx *db.Tx, a Actor, now time.Time) (int64, error) {
	return tx.Exec(ctx, `update staff_sessions set ended_at = $3, challenge = null where staff_id = $1 and id <> $2 and ended_at is null`, a.ID, a.SessionID, now)
}
