package staff

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/password"
)

// Manager is who names the staff: an operator, or someone at the server's
// command line.
type Manager struct {
	who       audit.Actor
	personID  string // empty at the command line
	requestID string
}

// ManagerOf returns the manager that an actor is, or fault.Forbidden.
func ManagerOf(a Actor) (Manager, error) {
	return Manager{who: a.Audit(), personID: a.ID, requestID: a.RequestID}, a.Must(ManageStaff)
}

// AtCommandLine returns the manager that someone at the command line is.
func AtCommandLine(who audit.Actor) Manager { return Manager{who: who} }

func (m Manager) entry(now time.Time, action, subject string, details map[string]any) audit.Entry {
	return audit.Entry{At: now, Actor: m.who, Action: action, Subject: subject, Details: details, RequestID: m.requestID}
}

// GivenLasts is how long a password that someone was given serves.
const GivenLasts = 72 * time.Hour

// newID makes an identifier.
func newID(prefix string, now time.Time) string { return id.New(prefix, now) }

// givenPassword makes a password to give to someone, who has to replace it.
func givenPassword(ctx context.Context) (plain, hash string, err error) {
	plain = grouped(strings.ToLower(rand.Text()[:20]))
	hash, err = password.Hash(ctx, plain)
	return plain, hash, err
}

// Newcomer is someone to be added.
type Newcomer struct {
	Login string // what they sign in with: an e-mail address or a name
	Name  string // as others see it; empty: the login
	Roles []Role
}

// Add adds someone, and returns their id and the password to give them, which
// serves until they set their own.
//
// It returns fault.Invalid for the fields "login", "name" and "roles"; a name to
// sign in with that someone has is refused.
func (p *People) Add(ctx context.Context, m Manager, n Newcomer) (staffID, given string, err error) {
	n.Login, n.Name = loginOf(n.Login), strings.TrimSpace(n.Name)
	if n.Name == "" {
		n.Name = n.Login
	}
	var fields fault.Fields
	if key := loginFault(n.Login); key != "" {
		fields.Add("login", key)
	}
	if utf8.RuneCountInString(n.Name) > MaxName {
		fields.Add("name", "staff.people.name_long", "n", MaxName)
	}
	if key := rolesFault(n.Roles); key != "" {
		fields.Add("roles", key)
	}
	if err := fields.Err(); err != nil {
		return "", "", err
	}
	given, hash, err := givenPassword(ctx)
	if err != nil {
		return "", "", err
	}
	err = p.d.Write(ctx, func(tx *db.Tx) error {
		now := p.clock.Now()
		staffID, err = p.add(ctx, tx, m, n, hash, db.At(now.Add(GivenLasts)), now)
		return err
	})
	return staffID, given, err
}

// add writes someone's row and roles.
func (p *People) add(ctx context.Context, tx *db.Tx, m Manager, n Newcomer, hash string, givenUntil db.Time, now time.Time) (string, error) {
	staffID := newID("st", now)
	_, err := tx.Exec(ctx, `insert into staff (id, login, name, password_hash, given_until, created_at) values ($1, $2, $3, $4, $5, $6)`,
		staffID, n.Login, n.Name, hash, givenUntil, now)
	if db.Duplicate(err) {
		return "", fieldFault("login", "staff.people.login_taken")
	}
	if err != nil {
		return "", err
	}
	if err := audit.Write(ctx, tx, m.entry(now, "staff.add", staffID, nil)); err != nil {
		return "", err
	}
	return staffID, changeRoles(ctx, tx, m, staffID, nil, n.Roles, now)
}

func rolesFault(roles []Role) string {
	switch {
	case len(roles) == 0:
		return "staff.people.roles_empty"
	case slices.ContainsFunc(roles, func(r Role) bool { return !r.Known() }):
		return "staff.people.roles_wrong"
	}
	return ""
}

// changeRoles writes which roles someone gets and loses, and records it.
func changeRoles(ctx context.Context, tx *db.Tx, m Manager, staffID string, before, after []Role, now time.Time) error {
	var got, lost []string
	for _, r := range AllRoles {
		had, has := slices.Contains(before, r), slices.Contains(after, r)
		if had == has {
			continue
		}
		_, err := tx.Exec(ctx, `insert into staff_role_changes (staff_id, role, granted, at, by_kind, by_id) values ($1, $2, $3, $4, $5, $6)`,
			staffID, string(r), has, now, string(m.who.Kind), m.who.ID)
		if err != nil {
			return err
		}
		if has {
			got = append(got, string(r))
		} else {
			lost = append(lost, string(r))
		}
	}
	if len(got)+len(lost) == 0 {
		return nil
	}
	return audit.Write(ctx, tx, m.entry(now, "staff.roles", staffID, map[string]any{"granted": got, "taken": lost}))
}

// SetRoles gives someone other roles; they hold from their next request on. It
// returns fault.Invalid for the field "roles", fault.Forbidden for one's own, and
// fault.Conflict where nobody would be left to name the staff.
func (p *People) SetRoles(ctx context.Context, m Manager, staffID string, roles []Role) error {
	if key := rolesFault(roles); key != "" {
		return fieldFault("roles", key)
	}
	return p.manage(ctx, m, staffID, func(tx *db.Tx, now time.Time) error {
		before, err := rolesOf(ctx, tx, staffID)
		if err != nil {
			return err
		}
		if err := changeRoles(ctx, tx, m, staffID, before, roles, now); err != nil {
			return err
		}
		if slices.Contains(before, Operator) && !slices.Contains(roles, Operator) {
			return mustLeaveOperator(ctx, tx)
		}
		return nil
	})
}

// manage does something to someone else, one at a time.
func (p *People) manage(ctx context.Context, m Manager, staffID string, do func(tx *db.Tx, now time.Time) error) error {
	if m.personID == staffID {
		return fault.New(fault.Forbidden, "staff.people.oneself")
	}
	return p.d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "staff"); err != nil {
			return err
		}
		if _, err := personByID(ctx, tx, staffID); err != nil {
			return err
		}
		return do(tx, p.clock.Now())
	})
}

// rolesOf returns someone's roles now.
func rolesOf(ctx context.Context, r db.Reader, staffID string) (roles []Role, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var role string
			err := rows.Scan(&role)
			roles = append(roles, Role(role))
			return err
		})
	}, `select r.role from staff_role_changes r where r.staff_id = $1 and r.granted and `+isLatest+` order by r.seq`, staffID)
	return roles, err
}

// mustLeaveOperator refuses what would leave nobody to name the staff.
func mustLeaveOperator(ctx context.Context, tx *db.Tx) error {
	var left bool
	err := tx.QueryRow(ctx, `
		select count(*) > 0 from staff p join staff_role_changes r on r.staff_id = p.id and r.role = 'operator' and r.granted and `+isLatest+`
		where p.disabled_at is null`).Scan(&left)
	if err == nil && !left {
		return fault.New(fault.Conflict, "staff.people.last_operator")
	}
	return err
}

// Disable lets someone sign in no more, and signs them out at once. It returns
// fault.Forbidden for oneself, and fault.Conflict for the last operator.
func (p *People) Disable(ctx context.Context, m Manager, staffID string) error {
	return p.manage(ctx, m, staffID, func(tx *db.Tx, now time.Time) error {
		n, err := tx.Exec(ctx, `update staff set disabled_at = $2 where id = $1 and disabled_at is null`, staffID, now)
		if err != nil || n == 0 {
			return err
		}
		if err := endAll(ctx, tx, staffID, now); err != nil {
			return err
		}
		if err := mustLeaveOperator(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, m.entry(now, "staff.disable", staffID, nil))
	})
}

// Enable lets someone sign in again.
func (p *People) Enable(ctx context.Context, m Manager, staffID string) error {
	return p.manage(ctx, m, staffID, func(tx *db.Tx, now time.Time) error {
		n, err := tx.Exec(ctx, `update staff set disabled_at = null where id = $1 and disabled_at is not null`, staffID)
		if err != nil || n == 0 {
			return err
		}
		return audit.Write(ctx, tx, m.entry(now, "staff.enable", staffID, nil))
	})
}

// Reset takes someone's password, factors and recovery codes away, signs them
// out, and returns a password to give them, with which they begin anew. It is
// the way back in for who has lost their phone.
func (p *People) Reset(ctx context.Context, m Manager, staffID string) (given string, err error) {
	given, hash, err := givenPassword(ctx)
	if err != nil {
		return "", err
	}
	err = p.manage(ctx, m, staffID, func(tx *db.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `update staff set password_hash = $2, given_until = $3 where id = $1`, staffID, hash, now.Add(GivenLasts)); err != nil {
			return err
		}
		if err := endAll(ctx, tx, staffID, now); err != nil { // after whoever just signs in with the old one
			return err
		}
		for _, table := range []string{"staff_totps", "staff_passkeys"} {
			if _, err := tx.Exec(ctx, `update `+table+` set removed_at = $2 where staff_id = $1 and removed_at is null`, staffID, now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `delete from staff_recovery_codes where staff_id = $1`, staffID); err != nil {
			return err
		}
		return audit.Write(ctx, tx, m.entry(now, "staff.reset", staffID, nil))
	})
	if err != nil {
		return "", err
	}
	return given, nil
}

func endAll(ctx context.Context, tx *db.Tx, staffID string, now time.Time) error {
	_, err := tx.Exec(ctx, `update staff_sessions set ended_at = $2, challenge = null where staff_id = $1 and ended_at is null`, staffID, now)
	return err
}
