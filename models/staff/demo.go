package staff

import (
	"context"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Demo lets made-up staff in with one click, as if they had shown a second
// factor. The demo makes one, and nothing else may: without it no session is
// verified but by a factor.
type Demo struct {
	people *People
}

// NewDemo returns the demo's way in to the staff given.
func NewDemo(p *People) *Demo { return &Demo{p} }

// demoLogin ends the names of made-up staff. Nobody else is let in without a
// factor, even where the demo's database has others.
const demoLogin = "@demo.invalid"

// demoManager adds the demo's staff.
var demoManager = Manager{who: audit.Actor{Kind: audit.System, ID: "demo"}}

// Add adds someone made up, under a short name.
func (d *Demo) Add(ctx context.Context, short, name string, roles ...Role) error {
	_, hash, err := givenPassword(ctx) // which nobody is told
	if err != nil {
		return err
	}
	return d.people.d.Write(ctx, func(tx *db.Tx) error {
		_, err := d.people.add(ctx, tx, demoManager, Newcomer{Login: short + demoLogin, Name: name, Roles: roles}, hash, db.Time{}, d.people.clock.Now())
		return err
	})
}

// People lists the made-up staff in the order they were added.
func (d *Demo) People(ctx context.Context) ([]Colleague, error) {
	return d.people.colleagues(ctx, `
		select `+colleagueColumns+`, r.role
		from staff p left join staff_role_changes r on r.staff_id = p.id and r.granted and `+isLatest+`
		where p.login like $1 and p.disabled_at is null order by p.id, r.seq`, "%"+demoLogin)
}

// SignIn opens a verified session for one of the made-up staff.
func (d *Demo) SignIn(ctx context.Context, staffID string, b Browser) error {
	return d.people.d.Write(ctx, func(tx *db.Tx) error {
		var known bool
		err := tx.QueryRow(ctx, `select count(*) > 0 from staff where id = $1 and login like $2 and disabled_at is null`, staffID, "%"+demoLogin).Scan(&known)
		if err != nil {
			return err
		}
		if !known {
			return fault.New(fault.NotFound, "staff.people.gone")
		}
		return d.people.startVerified(ctx, tx, staffID, "demo", b, d.people.clock.Now())
	})
}
