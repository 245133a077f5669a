package account

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// passwordParams are what a password's hash costs: 19 MiB and two passes, which
// OWASP recommends for argon2id on one lane.
var passwordParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashing bounds how many passwords are worked on at once, and so the memory
// that a flood of them can take.
var hashing = make(chan struct{}, max(2, runtime.NumCPU()))

// nobodysHash is compared where a user has no password or there is no user, so
// that either takes as long as a wrong password.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$" + "c29tZXNhbHRzb21lc2FsdA" + "$" + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// comparePassword reports whether a password has the hash. It takes a while.
func comparePassword(ctx context.Context, password, hash string) (bool, error) {
	if hash == "" {
		hash = nobodysHash
	}
	if err := enterHashing(ctx); err != nil {
		return false, err
	}
	defer leaveHashing()
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("account: comparing a password: %w", err)
	}
	return match && hash != nobodysHash, nil
}

func enterHashing(ctx context.Context) error {
	select {
	case hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func leaveHashing() { <-hashing }

func passwordFor(phone string) string    { return "password for " + phone }
func passwordFrom(address string) string { return "password from " + neighbourhood(address) }

// SignInWithPassword signs in the user of a phone number, as written, who knows
// their password, and starts a session. A number that nobody has, or whose user
// set no password, is answered as a wrong password is, after the same work.
//
// It returns fault.Invalid for the fields "phone" and "password", and
// fault.TooMany with "wait": after five wrong passwords in a day a number waits
// one minute, then two, and so on up to an hour. A code signs in all the same.
func (a *Accounts) SignInWithPassword(ctx context.Context, written, password string, b Browser) (s SignedIn, err error) {
	phone, err := phoneField(written)
	if err != nil {
		return s, err
	}
	if password == "" {
		return s, wrongPassword("login.password.empty")
	}
	if len(password) > longestPassword {
		return s, wrongPassword("login.password.wrong")
	}
	u, err := a.tryPassword(ctx, phone, b.Visit)
	if err != nil {
		return s, err
	}
	match, err := comparePassword(ctx, password, u.passwordHash)
	if err != nil {
		return s, err
	}
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if !match {
			return audit.Write(ctx, tx, audit.Entry{At: now, Actor: byUser(u.id), Action: "session.refuse", Subject: "password", RequestID: b.RequestID})
		}
		// What was compared must still hold: it may have been changed meanwhile.
		fresh, err := userByID(ctx, tx, u.id)
		if err != nil {
			return err
		}
		if fresh.passwordHash != u.passwordHash {
			return fault.New(fault.Conflict, "")
		}
		if _, err := tx.Exec(ctx, `delete from attempts where key = $1`, passwordFor(phone)); err != nil {
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
// wrong, and returns who it may be. Counting first keeps many tries at the same
// moment within the limit.
func (a *Accounts) tryPassword(ctx context.Context, phone string, v Visit) (u user, err error) {
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		of, from := passwordFor(phone), passwordFrom(v.Address)
		for _, key := range []string{of, from} {
			if err := tx.Lock(ctx, key); err != nil {
				return err
			}
		}
		wrong, err := attempts(ctx, tx, of, now.Add(-day), passwordsFree+12)
		if err != nil {
			return err
		}
		if err := waitUntil(nextPasswordAt(wrong), now, "login.password.wait"); err != nil {
			return err
		}
		if err := withinLimit(ctx, tx, from, wrongPasswordsFrom, hour, now, "login.code.busy"); err != nil {
			return err
		}
		for _, key := range []string{of, from} {
			if err := noteAttempt(ctx, tx, key, now); err != nil {
				return err
			}
		}
		u, _, err = userByPhone(ctx, tx, phone)
		return err
	})
	return u, err
}

// nextPasswordAt returns from when on another password may be tried, after the
// wrong ones of the last day, the newest first.
func nextPasswordAt(wrong []time.Time) time.Time {
	over := len(wrong) - passwordsFree
	if over < 0 {
		return time.Time{}
	}
	return wrong[0].Add(min(time.Minute<<min(over, 6), longestPasswordBan))
}

// longestPassword bounds what is hashed, in bytes.
const longestPassword = 256
