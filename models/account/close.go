package account

import (
	"context"
	"fmt"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/outbox"
)

// ReadHandOver returns the names of the merchants for which someone has to name
// another owner before closing their account: those with other people and no
// other owner. It tells too whether they signed in recently enough to close it,
// in one round trip.
func (a *Accounts) ReadHandOver(ctx context.Context, w Who) (names []string, recent bool, err error) {
	b := db.NewBatch()
	b.Add(handOverQuery, []any{w.UserID}, func(rows db.Rows) (err error) {
		names, err = readNames(rows)
		return err
	})
	g, err := a.readGuarded(ctx, w, b)
	return names, g.Recent, err
}

const handOverQuery = `
	select m.name
	from memberships x join merchants m on m.id = x.merchant_id
	where x.user_id = $1 and x.role = 'owner' and x.ended_at is null
		and exists (select 1 from memberships o where o.merchant_id = x.merchant_id and o.user_id <> $1 and o.ended_at is null)
		and not exists (select 1 from memberships o where o.merchant_id = x.merchant_id and o.user_id <> $1 and o.ended_at is null and o.role = 'owner')
	order by m.name`

func handOver(ctx context.Context, r db.Reader, userID string) (names []string, err error) {
	err = r.Query(ctx, func(rows db.Rows) (err error) {
		names, err = readNames(rows)
		return err
	}, handOverQuery, userID)
	return names, err
}

func readNames(rows db.Rows) (names []string, err error) {
	err = db.Each(rows, func() error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

// Close ends someone's access for good, as far as they themselves are concerned:
// all memberships and sessions end, and name, password, e-mail address and known
// devices are removed. The phone number stays with the records that have to be
// kept, so that an import does not make its user an owner again. It takes a
// recent sign-in, and returns fault.Conflict where someone else would be left
// without an owner.
func (a *Accounts) Close(ctx context.Context, w Who) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := a.mustBeRecent(ctx, tx, &w, now); err != nil {
			return err
		}
		if err := lockMerchantsOf(ctx, tx, w.UserID); err != nil {
			return err
		}
		left, err := handOver(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return fault.New(fault.Conflict, "account.close.hand_over", "merchant", left[0])
		}
		u, err := userByID(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		for _, s := range []string{
			`update memberships set ended_at = $2 where user_id = $1 and ended_at is null`,
			`update sessions set ended_at = $2 where user_id = $1 and ended_at is null`,
		} {
			if _, err := tx.Exec(ctx, s, u.id, now); err != nil {
				return err
			}
		}
		for _, s := range []string{
			`update users set name = '', email = null, password_hash = null where id = $1`,
			`delete from devices where user_id = $1`,
		} {
			if _, err := tx.Exec(ctx, s, u.id); err != nil {
				return err
			}
		}
		if err := a.tell(ctx, tx, u.phone, u.localeOr(w.Locale), outbox.AccountClosed, now, "account.sms.closed", "at", now); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, "user.close", u.id, nil))
	})
}

// lockMerchantsOf holds the members of all merchants of a user, in one order.
func lockMerchantsOf(ctx context.Context, tx *db.Tx, userID string) error {
	var ids []int64
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var n int64
			err := rows.Scan(&n)
			ids = append(ids, n)
			return err
		})
	}, `select merchant_id from memberships where user_id = $1 and ended_at is null order by merchant_id`, userID)
	if err != nil {
		return err
	}
	for _, n := range ids {
		if err := tx.Lock(ctx, fmt.Sprintf("members of %d", n)); err != nil {
			return err
		}
	}
	return nil
}
