package complaint

import (
	"context"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/staff"
)

// Reachable is somebody of a merchant's, with how to reach them: personal data,
// to be masked where it is shown unless by Unmask.
type Reachable struct {
	Name  string
	Role  account.Role // empty: the contact that the core system has
	Phone string       // E.164, or as the core system has it; empty: none
	Call  bool         // they asked to be called at this number
}

// reachableOf finds them for the case $1: first who wants to be called at another
// number, in it or in one that was merged into it.
var reachableOf = `
	select c.filed_name, '', c.call_phone, true from cases c
	where c.call_phone <> '' and (c.number = $1 or c.merged_into = (select id from cases where number = $1))
	union all
	select contact, '', coalesce(phone, ''), false from merchants where id = (select merchant_id from cases where number = $1)
	union all
	select ` + account.Called("x", "u") + `, x.role, u.phone, false from memberships x join users u on u.id = x.user_id
	where x.merchant_id = (select merchant_id from cases where number = $1) and x.ended_at is null
	order by 4 desc, 2, 1 limit 20`

func scanReachable(all *[]Reachable) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p Reachable
			err := rows.Scan(&p.Name, &p.Role, &p.Phone, &p.Call)
			*all = append(*all, p)
			return err
		})
	}
}

// MayUnmask returns what Unmask would before it is given a reason:
// fault.Forbidden, or fault.NotFound where there is no such case.
func MayUnmask(ctx context.Context, r db.Reader, by staff.Actor, number string) error {
	if err := by.Must(staff.Unmask); err != nil {
		return err
	}
	var there bool
	err := r.QueryRow(ctx, `select count(*) > 0 from cases where number = $1`, number).Scan(&there)
	if err == nil && !there {
		err = errNotFound
	}
	return err
}

// Unmask returns who a case's merchant can be reached by, whole, for a reason; who
// looked and why goes on record first. It returns fault.Invalid for the field
// "reason", fault.Forbidden, and fault.NotFound.
func (c *Cases) Unmask(ctx context.Context, by staff.Actor, number, reason string) (all []Reachable, err error) {
	if err := by.Must(staff.Unmask); err != nil {
		return nil, err
	}
	reason, err = checkWords(reason, "reason", "case.unmask_reason_missing", MaxRemark)
	if err != nil {
		return nil, err
	}
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		all = nil
		h, err := readHead(ctx, tx, `c.number = $1`, number)
		if err != nil {
			return err
		}
		if err := h.record(ctx, tx, c.clock.Now(), ofStaff(by), "unmask", map[string]any{"reason": reason}); err != nil {
			return err
		}
		return tx.Query(ctx, scanReachable(&all), reachableOf, number)
	})
	return all, err
}

// ForgetNumbers takes out of all cases that somebody filed the number at which they
// wanted to be called. It belongs into the transaction that erases their account.
func ForgetNumbers(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := tx.Exec(ctx, `update cases set call_phone = '' where filed_by = $1 and filed_kind = 'user' and call_phone <> ''`, userID)
	return err
}
