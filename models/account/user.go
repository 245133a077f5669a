package account

import (
	"cmp"
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// user is a row of users.
type user struct {
	id, phone    string
	locale       string // empty: none chosen
	passwordHash string // empty: none set
	createdAt    time.Time
}

// defaultLocale is the language of who has chosen none.
const defaultLocale = "zh-CN"

// localeOr returns the language that the user has chosen, or another one.
func (u *user) localeOr(other string) string { return cmp.Or(u.locale, other, defaultLocale) }

const userColumns = `id, phone, locale, password_hash, created_at`

func (u *user) scan(row db.Row) error {
	var locale, hash db.Text
	err := row.Scan(&u.id, &u.phone, &locale, &hash, &u.createdAt)
	u.locale, u.passwordHash = string(locale), string(hash)
	return err
}

// userByPhone returns the user of a number in E.164, or false.
func userByPhone(ctx context.Context, r db.Reader, phone string) (u user, known bool, err error) {
	err = u.scan(r.QueryRow(ctx, `select `+userColumns+` from users where phone = $1`, phone))
	if db.NotFound(err) {
		return user{}, false, nil
	}
	return u, err == nil, err
}

// userByID returns a user who must be there.
func userByID(ctx context.Context, r db.Reader, id string) (u user, err error) {
	return oneUser(ctx, r, id, "")
}

// holdUser is userByID for who begins a session by what it reads: whoever changes
// the password meanwhile waits, and then ends the session too.
func holdUser(ctx context.Context, tx *db.Tx, id string) (u user, err error) {
	if tx.Dialect == db.Postgres {
		return oneUser(ctx, tx, id, " for no key update")
	}
	return userByID(ctx, tx, id)
}

func oneUser(ctx context.Context, r db.Reader, id, hold string) (u user, err error) {
	err = u.scan(r.QueryRow(ctx, `select `+userColumns+` from users where id = $1`+hold, id))
	if db.NotFound(err) {
		return user{}, fault.New(fault.NotFound, "")
	}
	return u, err
}

// KeepLocale stores the language that a user switches to, as its BCP 47 tag.
func (a *Accounts) KeepLocale(ctx context.Context, userID, locale string) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update users set locale = $2 where id = $1`, userID, locale)
		return err
	})
}
