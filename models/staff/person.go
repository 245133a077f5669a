package staff

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// person is a row of staff.
type person struct {
	id, login, name string
	passwordHash    string
	givenUntil      db.Time // zero: the password is their own
	disabledAt      db.Time
}

const personColumns = `id, login, name, password_hash, given_until, disabled_at`

func (p *person) scan(row db.Row) error {
	return row.Scan(&p.id, &p.login, &p.name, &p.passwordHash, &p.givenUntil, &p.disabledAt)
}

// mayTry reports whether the person's password is worth anything at all.
func (p *person) mayTry() bool { return p.id != "" && p.disabledAt.IsZero() }

// gone reports whether the password was given by someone else, too long ago.
func (p *person) gone(now time.Time) bool {
	return !p.givenUntil.IsZero() && !now.Before(p.givenUntil.Time)
}

// personByLogin returns who signs in with a name, or the zero person.
func personByLogin(ctx context.Context, r db.Reader, login string) (p person, err error) {
	err = p.scan(r.QueryRow(ctx, `select `+personColumns+` from staff where login = $1`, login))
	if db.NotFound(err) {
		return person{}, nil
	}
	return p, err
}

// personByID returns a person, or fault.NotFound.
func personByID(ctx context.Context, r db.Reader, id string) (p person, err error) {
	return onePerson(ctx, r, id, "")
}

// holdPerson is personByID for who begins a session by what it reads: whoever
// changes the password meanwhile waits, and then ends the session too.
func holdPerson(ctx context.Context, tx *db.Tx, id string) (p person, err error) {
	if tx.Dialect == db.Postgres {
		return onePerson(ctx, tx, id, " for no key update")
	}
	return personByID(ctx, tx, id)
}

func onePerson(ctx context.Context, r db.Reader, id, hold string) (p person, err error) {
	err = p.scan(r.QueryRow(ctx, `select `+personColumns+` from staff where id = $1`+hold, id))
	if db.NotFound(err) {
		return person{}, fault.New(fault.NotFound, "staff.people.gone")
	}
	return p, err
}

// The longest name to sign in with and to be known by, in characters.
const (
	MaxLogin = 100
	MaxName  = 40
)

// loginOf writes a name to sign in with as it is stored.
func loginOf(written string) string { return strings.ToLower(strings.TrimSpace(written)) }

// loginFault returns the message key of what is wrong with a name to sign in
// with, or nothing.
func loginFault(login string) string {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_@+", r)
	}
	switch {
	case login == "":
		return "staff.people.login_empty"
	case utf8.RuneCountInString(login) > MaxLogin, strings.ContainsFunc(login, func(r rune) bool { return !ok(r) }):
		return "staff.people.login_wrong"
	}
	return ""
}
