package account

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/password"
)

// MinPassword is how many characters a password has at least.
const MinPassword = 8

// SetPassword gives someone a password, or another one, signs them out
// everywhere else, and tells them by text message. They must have signed in
// recently. It returns fault.Invalid for the field "password".
func (a *Accounts) SetPassword(ctx context.Context, w Who, chosen string) error {
	u, err := userByID(ctx, a.d, w.UserID)
	if err != nil {
		return err
	}
	if key := weakness(chosen, u.phone); key != "" {
		return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "password", Key: key, Args: []any{"n", MinPassword}}}}
	}
	if err := a.mustBeRecent(ctx, a.d, &w, a.clock.Now()); err != nil {
		return err // before the work of hashing
	}
	hash, err := password.Hash(ctx, chosen)
	if err != nil {
		return err
	}
	return a.keepPassword(ctx, w, hash, "password.set", "account.sms.password_set")
}

// RemovePassword takes someone's password away, so that only a code signs in.
// They must have signed in recently.
func (a *Accounts) RemovePassword(ctx context.Context, w Who) error {
	return a.keepPassword(ctx, w, "", "password.remove", "account.sms.password_removed")
}

func (a *Accounts) keepPassword(ctx context.Context, w Who, hash, action, message string) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := a.mustBeRecent(ctx, tx, &w, now); err != nil {
			return err
		}
		u, err := userByID(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		if hash == "" && u.passwordHash == "" {
			return nil
		}
		if _, err := tx.Exec(ctx, `update users set password_hash = $2 where id = $1`, u.id, db.Text(hash)); err != nil {
			return err
		}
		if err := attempt.ClearAll(ctx, tx, passwordFor(u.phone)); err != nil {
			return err
		}
		if _, err := endOtherSessions(ctx, tx, &w, now); err != nil {
			return err
		}
		if err := a.tell(ctx, tx, u.phone, u.localeOr(w.Locale), outbox.PasswordSet, now, message, "at", now); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, action, u.id, nil))
	})
}

// tell queues a text message to a number.
func (a *Accounts) tell(ctx context.Context, tx *db.Tx, phone, locale string, kind outbox.Kind, now time.Time, key string, args ...any) error {
	_, err := outbox.Queue(ctx, tx, a.jobs, now, outbox.Message{Kind: kind, To: phone, Locale: locale, Text: a.words(locale, key, args...)})
	return err
}

// weakness returns the message key of what makes a password too easy to guess,
// or nothing: its length, its own phone number, or hardly any different
// characters, runs such as 12345678 counting as one.
func weakness(chosen, phone string) string {
	switch {
	case chosen == "":
		return "account.password.empty"
	case utf8.RuneCountInString(chosen) < MinPassword:
		return "account.password.short"
	case len(chosen) > password.Longest:
		return "account.password.long"
	case strings.Contains(phone, strings.TrimSpace(chosen)), strings.Contains(chosen, strings.TrimPrefix(phone, "+86")):
		return "account.password.phone"
	case password.Easy(chosen):
		return "account.password.easy"
	}
	return ""
}
