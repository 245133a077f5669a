package staff

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/password"
)

// wrongFrom is how many wrong tries of the second step an address has in an hour.
const wrongFrom = 30

func passwordFor(login string) string { return "staff password for " + login }
func passwordFrom(address string) string {
	return "staff password from " + attempt.Neighbourhood(address)
}
func factorFor(staffID string) string  { return "staff factor for " + staffID }
func factorFrom(address string) string { return "staff factor from " + attempt.Neighbourhood(address) }

// SignIn takes the first step: it opens a session that opens nothing yet for who
// knows the name's password. A name that nobody has, or whose person may sign in
// no more, is answered as a wrong password is, after the same work.
//
// It returns fault.Invalid for the fields "login" and "password", and
// fault.TooMany with "wait", as attempt.Password.Try does: a browser in which the
// person has shown a second factor before waits for nobody's wrong passwords but
// its own.
func (p *People) SignIn(ctx context.Context, written, typed string, b Browser) error {
	login := loginOf(written)
	var fields fault.Fields
	if login == "" {
		fields.Add("login", "staff.people.login_empty")
	}
	if typed == "" {
		fields.Add("password", "staff.login.password_empty")
	}
	if err := fields.Err(); err != nil {
		return err
	}
	if len(login) > 4*MaxLogin || len(typed) > password.Longest {
		return fieldFault("password", "staff.login.wrong")
	}
	who, tried, err := p.tryPassword(ctx, login, b)
	if err != nil {
		return err
	}
	hash := ""
	if who.mayTry() {
		hash = who.passwordHash
	}
	match, err := password.Matches(ctx, typed, hash)
	if err != nil {
		return err
	}
	var refusal error
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		if refusal = nil; !match {
			refusal = fieldFault("password", "staff.login.wrong")
			return refused(ctx, tx, who.id, "password", b, now)
		}
		// What was compared must still hold: it may have been changed meanwhile.
		fresh, err := holdPerson(ctx, tx, who.id)
		if err != nil {
			return err
		}
		if fresh.passwordHash != who.passwordHash || !fresh.mayTry() {
			return fault.New(fault.Conflict, "")
		}
		if fresh.gone(now) {
			refusal = fieldFault("password", "staff.login.given_over")
			return refused(ctx, tx, who.id, "given password", b, now)
		}
		if err := tried.Right(ctx, tx); err != nil {
			return err
		}
		return p.startHalf(ctx, tx, fresh.id, b, now)
	})
	if err != nil {
		return err
	}
	return refusal
}

// fieldFault is a fault of one field.
func fieldFault(field, key string, args ...any) error {
	return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: field, Key: key, Args: args}}}
}

// refused records a sign-in that failed, and at what.
func refused(ctx context.Context, tx *db.Tx, staffID, at string, b Browser, now time.Time) error {
	return audit.Write(ctx, tx, audit.Entry{At: now, Actor: byPerson(staffID), Action: "staff.session.refuse", Subject: at, RequestID: b.RequestID})
}

// tryPassword holds the limits of passwords, counts this try as if it were
// wrong, and returns who it may be.
func (p *People) tryPassword(ctx context.Context, login string, b Browser) (who person, tried attempt.Password, err error) {
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		if who, err = personByLogin(ctx, tx, login); err != nil {
			return err
		}
		by, err := askerOf(ctx, tx, who, b)
		if err != nil {
			return err
		}
		tried = attempt.Password{Of: passwordFor(login), From: passwordFrom(b.Address), By: by, At: p.clock.Now()}
		return tried.Try(ctx, tx, "staff.login.wait", "staff.login.wait")
	})
	return who, tried, err
}

// askerOf tells a browser in which a person has signed in before, with a second
// factor, from any other. Of a name that nobody has every browser is another,
// after the same work.
func askerOf(ctx context.Context, r db.Reader, who person, b Browser) (attempt.Asker, error) {
	var known bool
	err := r.QueryRow(ctx, `select count(*) > 0 from staff_sessions where staff_id = $1 and device_hash = $2 and verified_at is not null`, who.id, b.DeviceHash).Scan(&known)
	if err != nil || !known {
		return attempt.Stranger(b.Address), err
	}
	return attempt.Device(b.DeviceHash), nil
}

// mayTry holds the limits of a person's second factor and of an address, and counts
// one more try for both. All who try share them, for they have shown the password.
func mayTry(ctx context.Context, tx *db.Tx, of, from string, now time.Time) error {
	for _, key := range []string{of, from} {
		if err := tx.Lock(ctx, key); err != nil {
			return err
		}
	}
	if err := attempt.PasswordMayBeTried(ctx, tx, of, now, "staff.login.wait"); err != nil {
		return err
	}
	if err := attempt.Within(ctx, tx, from, wrongFrom, time.Hour, now, "staff.login.wait"); err != nil {
		return err
	}
	for _, key := range []string{of, from} {
		if err := attempt.Note(ctx, tx, key, now); err != nil {
			return err
		}
	}
	return nil
}
