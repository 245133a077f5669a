package account

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/id"
)

// ownersBatch is how many merchants are looked at together, which bounds the
// memory of a large import.
const ownersBatch = 5000

// EnsureOwners gives every merchant that nobody ever could sign in for its first
// owner: the person at the merchant's phone, who becomes a user where they are
// none. One phone of several merchants is one user. A merchant that has or had
// any membership is left as it is, so that whoever left, was removed or changed
// their number stays so, whatever the core system says later. A phone that
// can't receive a text message makes no user. Who calls themself nothing yet is called
// there as the core system does.
//
// It belongs into the transaction that takes merchants in, and returns how many
// owners there are now more.
func EnsureOwners(ctx context.Context, tx *db.Tx, by audit.Actor, now time.Time) (int64, error) {
	added, err := ensureOwners(ctx, tx, by, now)
	if err != nil {
		return 0, fmt.Errorf("account: giving merchants their owners: %w", err)
	}
	return added, nil
}

func ensureOwners(ctx context.Context, tx *db.Tx, by audit.Actor, now time.Time) (added int64, err error) {
	if err := tx.Stage(ctx, "staged_owners", "merchant_id bigint, phone text, user_id text, name text"); err != nil {
		return 0, err
	}
	for after := int64(0); ; {
		owners, last, err := merchantsWithoutMembers(ctx, tx, after, now)
		if err != nil {
			return 0, err
		}
		if last == after {
			break
		}
		after = last
		if err := stageOwners(ctx, tx, owners); err != nil {
			return 0, err
		}
	}
	// The person of several merchants bears the name of the first of them.
	_, err = tx.Exec(ctx, `
		insert into users (id, phone, name, created_at)
		select s.user_id, s.phone, s.name, $1
		from staged_owners s
		join (select phone, min(merchant_id) as merchant_id from staged_owners group by phone) first
			on first.phone = s.phone and first.merchant_id = s.merchant_id
		where true
		on conflict (phone) do nothing`, now)
	if err != nil {
		return 0, err
	}
	added, err = tx.Exec(ctx, `
		insert into memberships (user_id, merchant_id, role, name, created_at)
		select u.id, s.merchant_id, $1, case when u.name = '' then s.name else '' end, $2
		from staged_owners s
		join users u on u.phone = s.phone
		where not exists (select 1 from memberships m where m.merchant_id = s.merchant_id)
		on conflict (user_id, merchant_id) do nothing`, string(Owner), now)
	if err != nil || added == 0 {
		return 0, err
	}
	return added, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: by, Action: "membership.first_owners", Subject: "memberships",
		Details: map[string]any{"count": added},
	})
}

// firstOwner is who a merchant's phone belongs to, as a user who may exist
// already under another id.
type firstOwner struct {
	merchantID          int64
	phone, userID, name string
}

// merchantsWithoutMembers returns the first owners of some merchants, and the
// last merchant it looked at, which is after itself where there are no more.
func merchantsWithoutMembers(ctx context.Context, tx *db.Tx, after int64, now time.Time) (owners []firstOwner, last int64, err error) {
	last = after
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o firstOwner
			var written string
			if err := rows.Scan(&o.merchantID, &written, &o.name); err != nil {
				return err
			}
			last = o.merchantID
			phone, ok := ParsePhone(written)
			if ok {
				o.phone, o.userID = phone, id.New("u", now)
				owners = append(owners, o)
			}
			return nil
		})
	}, `
		select m.id, m.phone, m.contact
		from merchants m
		where m.id > $1 and m.phone <> '' and not exists (select 1 from memberships x where x.merchant_id = m.id)
		order by m.id limit $2`, after, ownersBatch)
	return owners, last, err
}

func stageOwners(ctx context.Context, tx *db.Tx, owners []firstOwner) error {
	i := 0
	_, err := tx.Bulk(ctx, "staged_owners", []string{"merchant_id", "phone", "user_id", "name"}, func() ([]any, bool, error) {
		if i == len(owners) {
			return nil, false, nil
		}
		o := &owners[i]
		i++
		return []any{o.merchantID, o.phone, o.userID, o.name}, true, nil
	})
	return err
}
