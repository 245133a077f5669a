package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/attempt"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// SendNumberCode sends a code to the number that someone wants to sign in with
// from now on, and returns the number in E.164 and the code's name, as SendCode
// does. Whether someone else has the number is said only to who can read the code.
// It takes a recent sign-in.
//
// It returns fault.Invalid for the field "phone", and fault.TooMany with "wait".
func (a *Accounts) SendNumberCode(ctx context.Context, w Who, written string) (phone, name string, err error) {
	phone, err = phoneField(written)
	if err != nil {
		return "", "", err
	}
	var fields fault.Fields
	a.given.Check(&fields, "phone", phone)
	if err := fields.Err(); err != nil {
		return "", "", err
	}
	code := newCode()
	err = a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := a.mustBeRecent(ctx, tx, &w, now); err != nil {
			return err
		}
		u, err := userByID(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		if u.phone == phone {
			return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "phone", Key: "account.phone.same"}}}
		}
		if err := codeMayGo(ctx, tx, phone, attempt.Stranger(w.Address), w.Address, now); err != nil {
			return err
		}
		if err := a.given.Count(ctx, tx, ByMerchants, now); err != nil {
			return err
		}
		name, err = a.storeCode(ctx, tx, ownNumber(u.id), phone, code, now)
		if err != nil {
			return err
		}
		if err := a.tell(ctx, tx, phone, u.localeOr(w.Locale), outbox.PhoneCode, now, "account.sms.phone_code", "code", code); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, "code.send", name, nil))
	})
	return phone, name, err
}

// ownNumber is the purpose of a code by which a user shows that a number is
// theirs.
func ownNumber(userID string) purpose { return toOwnNumber + purpose(" "+userID) }

// ChangePhone makes the number in E.164 the one that signs someone in, given one of
// the codes named, which SendNumberCode sent to it. They are signed out everywhere
// else, and the old number is told. It takes a recent sign-in.
//
// It returns fault.Invalid for the field "code", and fault.Conflict where the
// number signs in someone else.
func (a *Accounts) ChangePhone(ctx context.Context, w Who, phone string, names []string, code string) error {
	if err := codeField(code); err != nil {
		return err
	}
	var refusal error
	err := a.d.Write(ctx, func(tx *db.Tx) (err error) {
		now := a.clock.Now()
		if err := a.mustBeRecent(ctx, tx, &w, now); err != nil {
			return err
		}
		u, err := userByID(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		if refusal, err = a.checkCode(ctx, tx, typedCode{ownNumber(u.id), phone, names, code, attempt.Stranger(w.Address), w.Address}, now); err != nil {
			return err
		}
		if refusal != nil {
			return audit.Write(ctx, tx, w.entry(now, "phone.refuse", u.id, nil))
		}
		if other, taken, err := userByPhone(ctx, tx, phone); err != nil {
			return err
		} else if taken && other.id != u.id {
			return fault.New(fault.Conflict, "account.phone.taken")
		}
		return a.movePhone(ctx, tx, &w, u, phone, now)
	})
	if err != nil {
		return err
	}
	return refusal
}

func (a *Accounts) movePhone(ctx context.Context, tx *db.Tx, w *Who, u user, phone string, now time.Time) error {
	if _, err := tx.Exec(ctx, `update users set phone = $2 where id = $1`, u.id, phone); err != nil {
		return err
	}
	if _, err := endOtherSessions(ctx, tx, w, now); err != nil {
		return err
	}
	if err := a.tell(ctx, tx, u.phone, u.localeOr(w.Locale), outbox.PhoneChanged, now, "account.sms.phone_changed", "at", now, "tail", lastFour(phone)); err != nil {
		return err
	}
	return audit.Write(ctx, tx, w.entry(now, "phone.change", u.id, nil))
}

func lastFour(phone string) string { return phone[max(0, len(phone)-4):] }
