package staff

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Colleague is a member of staff as operators see them.
type Colleague struct {
	ID         string
	Login      string
	Name       string
	Roles      []Role
	CreatedAt  time.Time
	DisabledAt time.Time // zero: may sign in
	GivenUntil time.Time // until when the password they were given serves; zero: they have set their own
	HasFactor  bool
	SeenAt     time.Time // when they last signed in; zero: never
}

const colleagueColumns = `p.id, p.login, p.name, p.created_at, p.disabled_at, p.given_until, ` + hasFactor + `,
		(select max(s.created_at) from staff_sessions s where s.staff_id = p.id and s.verified_at is not null)`

// List returns staff by the name they sign in with, after the one given, at most
// so many, and whether there are more. It asks one query.
func (p *People) List(ctx context.Context, after string, most int) (all []Colleague, more bool, err error) {
	all, err = p.colleagues(ctx, `
		select `+colleagueColumns+`, r.role
		from (select * from staff where login > $1 order by login limit $2) p
		left join staff_role_changes r on r.staff_id = p.id and r.granted and `+isLatest+`
		order by p.login, r.seq`, after, most+1)
	if len(all) > most {
		return all[:most], true, err
	}
	return all, false, err
}

// Find returns one of the staff, by id, or fault.NotFound.
func (p *People) Find(ctx context.Context, staffID string) (Colleague, error) {
	return p.findBy(ctx, "id", staffID)
}

// FindLogin is the same by the name they sign in with.
func (p *People) FindLogin(ctx context.Context, login string) (Colleague, error) {
	return p.findBy(ctx, "login", loginOf(login))
}

func (p *People) findBy(ctx context.Context, column, value string) (Colleague, error) {
	all, err := p.colleagues(ctx, `
		select `+colleagueColumns+`, r.role
		from staff p left join staff_role_changes r on r.staff_id = p.id and r.granted and `+isLatest+`
		where p.`+column+` = $1 order by r.seq`, value)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "staff.people.gone")
	}
	if err != nil {
		return Colleague{}, err
	}
	return all[0], nil
}

func (p *People) colleagues(ctx context.Context, query string, args ...any) (all []Colleague, err error) {
	err = p.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Colleague
			var disabled, given, seen db.Time
			var role db.Text
			if err := rows.Scan(&c.ID, &c.Login, &c.Name, &c.CreatedAt, &disabled, &given, &c.HasFactor, &seen, &role); err != nil {
				return err
			}
			c.DisabledAt, c.GivenUntil, c.SeenAt = disabled.Time, given.Time, seen.Time
			if n := len(all); n == 0 || all[n-1].ID != c.ID {
				all = append(all, c)
			}
			if role != "" {
				last := &all[len(all)-1]
				last.Roles = append(last.Roles, Role(role))
			}
			return nil
		})
	}, query, args...)
	return all, err
}

// RoleChange is a role that someone got or lost.
type RoleChange struct {
	Role    Role
	Granted bool
	At      time.Time
	ByName  string // of the member of staff who did it; empty: the command line
}

// mostChanges bounds the history that is shown.
const mostChanges = 200

// History returns which roles someone got and lost, the latest first.
func (p *People) History(ctx context.Context, staffID string) (all []RoleChange, err error) {
	err = p.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c RoleChange
			var role string
			var by db.Text
			err := rows.Scan(&role, &c.Granted, &c.At, &by)
			c.Role, c.ByName = Role(role), string(by)
			all = append(all, c)
			return err
		})
	}, `
		select c.role, c.granted, c.at, b.name
		from staff_role_changes c left join staff b on c.by_kind = 'staff' and b.id = c.by_id
		where c.staff_id = $1 order by c.seq desc limit $2`, staffID, mostChanges)
	return all, err
}
