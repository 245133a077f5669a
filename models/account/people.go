package account

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
)

// Person is someone who may sign in, with the merchants they belong to.
type Person struct {
	UserID, Name string            // as the first of the merchants calls them
	Merchants    []PersonsMerchant // in the order of their numbers
}

// PersonsMerchant is a merchant that a person belongs to.
type PersonsMerchant struct {
	Ref, Name string
	Role      Role
}

// People lists everyone who belongs to a merchant, in the order of the
// merchants' numbers, as far as their first so many memberships. It is for a
// portal of few people, such as the demo.
func (a *Accounts) People(ctx context.Context, most int) (all []Person, err error) {
	at := map[string]int{}
	err = a.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p Person
			var m PersonsMerchant
			var role string
			if err := rows.Scan(&p.UserID, &p.Name, &m.Ref, &m.Name, &role); err != nil {
				return err
			}
			m.Role = Role(role)
			i, listed := at[p.UserID]
			if !listed {
				i = len(all)
				at[p.UserID] = i
				all = append(all, p)
			}
			all[i].Merchants = append(all[i].Merchants, m)
			return nil
		})
	}, `
		select u.id, `+called+`, m.ref, m.name, x.role
		from memberships x
		join users u on u.id = x.user_id
		join merchants m on m.id = x.merchant_id
		where x.ended_at is null
		order by m.ref, x.created_at, u.id
		limit $1`, most)
	return all, err
}
