package account

import (
	"context"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/password"
)

func passwordFor(phone string) string    { return "password for " + phone }
func passwordFrom(address string) string { return "password from " + attempt.Neighbourhood(address) }

// SignInWithPassword signs in the user of a phone number, as written, who knows
// their password, and starts a session. A number that nobody has, or whose user
// set no password, is answered as a wrong password is, after the same work.
//
// It returns fault.Invalid for the fields "phone" and "password", and
// fault.TooMany with "wait", as attempt.Password.Try does: a device that has
// signed in to the number before waits for nobody's wrong passwords but its own.
// A code signs in all the same.
func (a *Accounts) SignInWithPassword(ctx context.Context, written, typed string, b Browser) (s SignedIn, err error) {
	phone, err := phoneField(written)
	if err != nil {
		return s, err
	}
	if typed == "" {
		return s, wrongPassword("login.password.empty")
	}
	if len(typed) > password.Longest {
		return s, wrongPassword("login.password.wrong")
	}
	u, tried, err := a.tryPassword(ctx, phone, b.Visit)
	if err != nil {
		return s, err
	}
	match, err := password.Matches(ctx, typed, u.passwordHash)
	if err != nil {
		return s, err
	}
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if !match {
			return audit.Write(ctx, tx, audit.Entry{At: now, Actor: byUser(u.id), Action: "session.refuse", Subject: "password", RequestID: b.RequestID})
		}
		// What was compared must still hold: it may have been changed meanwhile.
		fresh, err := holdUser(ctx, tx, u.id)
		if err != nil {
			return err
		}
		if fresh.passwordHash != u.passwordHash {
			return fault.New(fault.Conflict, "")
		}
		if err := tried.Right(ctx, tx); err != nil {
			return err
		}
		s, err = a.startSession(ctx, tx, fresh, "password", b)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if !match {
		return SignedIn{}, wrongPassword("login.password.wrong")
	}
	return s, nil
}

func wrongPassword(key string) error {
	return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "password", Key: key}}}
}

// tryPassword holds the limits of passwords, counts this try as if it were
// wrong, and returns who it may be.
func (a *Accounts) tryPassword(ctx context.Context, phone string, v Visit) (u user, tried attempt.Password, err error) {
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		if u, _, err = userByPhone(ctx, tx, phone); err != nil {
			return err
		}
		by, err := askerOf(ctx, tx, u, v)
		if err != nil {
			return err
		}
		tried = attempt.Password{Of: passwordFor(phone), From: passwordFrom(v.Address), By: by, At: a.clock.Now()}
		return tried.Try(ctx, tx, "login.password.wait", "login.code.busy")
	})
	return u, tried, err
}
