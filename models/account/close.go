package account

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/outbox"
	"github.com/mingbai/mingbai/models/setting"
)

// The kinds of closing.
const (
	closingUser     = "user"     // somebody's own way in
	closingMerchant = "merchant" // a merchant's account, with everybody's way into it
)

// CloseChoice is what somebody may close, and what that would come to.
type CloseChoice struct {
	Recent     bool              // they signed in recently enough to do it
	Own        bool              // their own way in: they leave no merchant without an owner
	LastOwner  []string          // names of merchants whose only owner they are
	Merchant   string            // whose account is open, which they may close; empty: they may not
	Colleagues int               // others who see it
	Cases      int               // of the merchant's, that are not decided
	Refunds    int               // that were promised and are not paid
	Held       int               // deductions that wait to be checked
	Terms      setting.Retention // for how long what is kept stays
}

// ReadClosing returns what the reader may close, in one round trip. Role is what
// they are to the merchant whose account is open.
func (a *Accounts) ReadClosing(ctx context.Context, w Who, role Role) (c CloseChoice, err error) {
	b := db.NewBatch()
	setting.ReadRetention(b, &c.Terms)
	b.Add(lastOwnerQuery, []any{w.UserID, string(Owner)}, func(rows db.Rows) (err error) {
		c.LastOwner, err = readNames(rows)
		return err
	})
	if Can(role, ManageColleagues) {
		b.Add(`
			select m.name,
				(select count(*) from memberships x where x.merchant_id = m.id and x.ended_at is null and x.user_id <> $2),
				(select count(*) from cases c where c.merchant_id = m.id and c.under_way),
				(select count(*) from refund_proposals p where p.merchant_id = m.id and p.state in ('proposed', 'approved', 'sent')),
				(select count(*) from gate_requests g where g.merchant_id = m.id and g.state = 'held')
			from merchants m where m.id = $1`, []any{w.MerchantID, w.UserID}, func(rows db.Rows) error {
			return db.First(rows, &c.Merchant, &c.Colleagues, &c.Cases, &c.Refunds, &c.Held)
		})
	}
	g, err := a.readGuarded(ctx, w, b)
	c.Recent, c.Own = g.Recent, len(c.LastOwner) == 0
	return c, err
}

const lastOwnerQuery = `
	select m.name
	from memberships x join merchants m on m.id = x.merchant_id
	where x.user_id = $1 and x.role = $2 and x.ended_at is null
		and not exists (select 1 from memberships o where o.merchant_id = x.merchant_id and o.user_id <> $1 and o.ended_at is null and o.role = $2)
	order by m.name`

func readNames(rows db.Rows) (names []string, err error) {
	err = db.Each(rows, func() error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

// CloseOwn ends somebody's own way in: they see no merchant's account any more,
// and are signed out everywhere. Who signs in again before the time is over has
// everything back; then what names them is removed, where nothing says that it has
// to be kept. It takes a recent sign-in, and returns fault.Conflict where a
// merchant would be left without an owner.
func (a *Accounts) CloseOwn(ctx context.Context, w Who) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := a.mustBeRecent(ctx, tx, &w, now); err != nil {
			return err
		}
		if err := lockMerchants(ctx, tx, `select merchant_id from memberships where user_id = $1 and ended_at is null order by merchant_id`, w.UserID); err != nil {
			return err
		}
		var left []string
		err := tx.Query(ctx, func(rows db.Rows) (err error) {
			left, err = readNames(rows)
			return err
		}, lastOwnerQuery, w.UserID, string(Owner))
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return fault.New(fault.Conflict, "retention.close.last_owner", "merchant", left[0])
		}
		closing, until, err := openClosing(ctx, tx, now, closingUser, &w)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into closing_members (closing_id, user_id, merchant_id, role) select $2, user_id, merchant_id, role from memberships where user_id = $1 and ended_at is null`,
			w.UserID, closing)
		if err != nil {
			return err
		}
		for _, s := range []string{
			`update memberships set ended_at = $2 where user_id = $1 and ended_at is null`,
			`update sessions set ended_at = $2 where user_id = $1 and ended_at is null`,
		} {
			if _, err := tx.Exec(ctx, s, w.UserID, now); err != nil {
				return err
			}
		}
		if err := a.leaveAll(ctx, tx, &w, closing, now); err != nil {
			return err
		}
		u, err := userByID(ctx, tx, w.UserID)
		if err != nil {
			return err
		}
		if err := a.tell(ctx, tx, u.phone, u.localeOr(w.Locale), outbox.AccountClosed, now, "retention.sms.closed_own", "until", until); err != nil {
			return err
		}
		return audit.Write(ctx, tx, w.entry(now, "user.close", u.id, map[string]any{"closing": closing}))
	})
}

// CloseMerchant closes the account that is open, for everybody who sees it: all
// are signed out of it. An owner who signs in again before the time is over has it
// back with all who saw it. Who had closed their own way in is one of them, and sees
// it once both are had back. What is under way goes on: complaints are decided,
// refunds paid, and held deductions checked. It takes an owner who signed in
// recently.
func (a *Accounts) CloseMerchant(ctx context.Context, w Who) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		if err := a.mayManage(ctx, tx, &w, now); err != nil {
			return err
		}
		closing, until, err := openClosing(ctx, tx, now, closingMerchant, &w)
		if err != nil {
			return err
		}
		members, err := membersOf(ctx, tx, `memberships where merchant_id = $1 and ended_at is null`, w.MerchantID)
		if err != nil {
			return err
		}
		if err := takeIn(ctx, tx, closing, w.MerchantID, now); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update sessions set ended_at = $2 where ended_at is null and user_id in (select user_id from closing_members where closing_id = $3)
				and (merchant_id = $1 or not exists (select 1 from memberships x where x.user_id = sessions.user_id and x.ended_at is null))`, w.MerchantID, now, closing)
		if err != nil {
			return err
		}
		if err := a.leave(ctx, tx, &w, w.MerchantID, Owner, now); err != nil {
			return err
		}
		for _, m := range members {
			kind, key := outbox.AccountClosed, "retention.sms.closed"
			if m.role != Owner {
				kind, key = outbox.Membership, "retention.sms.closed_colleague"
			}
			if err := a.tellMember(ctx, tx, &w, m.user, kind, now, key, "until", until); err != nil {
				return err
			}
		}
		return audit.Write(ctx, tx, w.entry(now, "merchant.close", closing, map[string]any{"people": len(members)}))
	})
}

// takeIn notes who sees a merchant's account that is being closed, or would have
// come back to it, and ends it for all of them.
func takeIn(ctx context.Context, tx *db.Tx, closingID string, merchantID int64, now time.Time) error {
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{`insert into closing_members (closing_id, user_id, merchant_id, role) select $1, x.user_id, x.merchant_id, x.role from memberships x
			where x.merchant_id = $2 and (x.ended_at is null
				or exists (select 1 from (` + comesBack + `) b where b.user_id = x.user_id and b.merchant_id = x.merchant_id and b.at = x.ended_at))`, []any{closingID, merchantID}},
		{`delete from closing_members where closing_id <> $1 and merchant_id = $2 and closing_id in (select c.id from closings c where ` + closingOpen + `)`, []any{closingID, merchantID}},
		{`update memberships set ended_at = $3 where merchant_id = $2 and user_id in (select m.user_id from closing_members m where m.closing_id = $1)`, []any{closingID, merchantID, now}},
	} {
		if _, err := tx.Exec(ctx, s.statement, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// openClosing notes that an account was closed, and until when it can be had
// back.
func openClosing(ctx context.Context, tx *db.Tx, now time.Time, kind string, w *Who) (closingID string, until time.Time, err error) {
	terms, err := setting.GetRetention(ctx, tx)
	if err != nil {
		return "", until, err
	}
	var merchant *int64
	if kind == closingMerchant {
		merchant = &w.MerchantID
	}
	closingID, until = id.New("cl", now), now.AddDate(0, 0, terms.GraceDays)
	_, err = tx.Exec(ctx, `insert into closings (id, kind, user_id, merchant_id, at, erase_at) values ($1, $2, $3, $4, $5, $6)`, closingID, kind, w.UserID, merchant, now, until)
	return closingID, until, err
}

// member is somebody who sees, or saw, a merchant's account.
type member struct {
	user
	role Role
}

// membersOf returns those of a table of members, under the condition that follows
// its name.
func membersOf(ctx context.Context, r db.Reader, from string, args ...any) (all []member, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var m member
			var locale db.Text
			var role string
			err := rows.Scan(&m.id, &m.phone, &locale, &role)
			m.locale, m.role = string(locale), Role(role)
			all = append(all, m)
			return err
		})
	}, `select u.id, u.phone, u.locale, s.role from users u join (select user_id, role from `+from+`) s on s.user_id = u.id order by u.id`, args...)
	return all, err
}

// lockMerchants holds the members of all merchants that a query returns, in its
// order, which is that of their numbers.
func lockMerchants(ctx context.Context, tx *db.Tx, query string, args ...any) error {
	var ids []int64
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var n int64
			err := rows.Scan(&n)
			ids = append(ids, n)
			return err
		})
	}, query, args...)
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
