package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/outbox"
)

// warnAhead is how long before it is for good who closed an account is told so
// again.
const warnAhead = 3 * day

// closing is an account that was closed and can still be had back.
type closing struct {
	id, kind, userID string
	merchantID       sql.NullInt64
	at               time.Time
}

const closingOpen = `c.undone_at is null and c.erased_at is null`

// comesBack are those who see a merchant no more since an account was closed, and
// will once whoever may have that back signs in: user_id, merchant_id, at, at which
// their membership ended, and erase_at, until when it can be.
const comesBack = `
	select m.user_id, m.merchant_id, c.at, c.erase_at from closing_members m join closings c on c.id = m.closing_id
	where ` + closingOpen + ` and (c.kind = '` + closingUser + `' or exists (select 1 from closing_members o where o.closing_id = c.id and o.role = '` + string(Owner) + `'))`

// stayAway sees to it that somebody does not come to see a merchant again by having
// a closed account back, and returns of how many closings.
func stayAway(ctx context.Context, tx *db.Tx, userID string, merchantID int64) (int64, error) {
	return tx.Exec(ctx, `delete from closing_members where user_id = $1 and merchant_id = $2 and closing_id in (select c.id from closings c where `+closingOpen+`)`,
		userID, merchantID)
}

// mayHaveBack is a condition for a closing c, and for the user $1 who signs in: it was
// their own way in, or they owned the merchant.
const mayHaveBack = `(c.kind = '` + closingUser + `' and c.user_id = $1 or c.kind = '` + closingMerchant + `'
	and exists (select 1 from closing_members m where m.closing_id = c.id and m.user_id = $1 and m.role = '` + string(Owner) + `'))`

// nothingWaits is a condition for a closing c: of somebody's own way in, or of a
// merchant's account of which nothing is under way.
const nothingWaits = `(c.kind = '` + closingUser + `' or
	not exists (select 1 from cases x where x.merchant_id = c.merchant_id and x.under_way)
	and not exists (select 1 from refund_proposals x where x.merchant_id = c.merchant_id and x.state in ('proposed', 'approved', 'sent'))
	and not exists (select 1 from gate_requests x where x.merchant_id = c.merchant_id and x.state = 'held'))`

func readClosings(ctx context.Context, r db.Reader, where string, args ...any) (all []closing, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c closing
			err := rows.Scan(&c.id, &c.kind, &c.userID, &c.merchantID, &c.at)
			all = append(all, c)
			return err
		})
	}, `select c.id, c.kind, c.user_id, c.merchant_id, c.at from closings c where `+closingOpen+` and `+where+` order by c.id`, args...)
	return all, err
}

// reopen gives somebody who signs in again their account back, and that of each
// merchant that they own, where it was closed and its time is not over.
func (a *Accounts) reopen(ctx context.Context, tx *db.Tx, u user, b Browser, now time.Time) error {
	err := lockMerchants(ctx, tx, `
		select distinct x.merchant_id from closing_members x join closings c on c.id = x.closing_id
		where `+closingOpen+` and `+mayHaveBack+` order by x.merchant_id`, u.id)
	if err != nil {
		return err
	}
	all, err := readClosings(ctx, tx, mayHaveBack, u.id)
	if err != nil {
		return err
	}
	for i := range all {
		if err := a.undo(ctx, tx, &all[i], u, b, now); err != nil {
			return err
		}
	}
	return nil
}

func (a *Accounts) undo(ctx context.Context, tx *db.Tx, c *closing, by user, b Browser, now time.Time) error {
	n, err := tx.Exec(ctx, `update closings set undone_at = $2, undone_by = $3 where id = $1 and undone_at is null and erased_at is null`, c.id, now, by.id)
	if err != nil || n == 0 {
		return err
	}
	if err := giveBack(ctx, tx, c); err != nil {
		return err
	}
	told := []member{{user: by, role: Owner}}
	if c.kind == closingMerchant {
		if told, err = membersOf(ctx, tx, `closing_members where closing_id = $1`, c.id); err != nil {
			return err
		}
	}
	for _, m := range told {
		if err := a.tell(ctx, tx, m.phone, m.localeOr(b.Locale), outbox.AccountClosed, now, "retention.sms.undone"); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: byUser(by.id), MerchantID: c.merchantID.Int64, Action: "closing.undo", Subject: c.id, RequestID: b.RequestID,
	})
}

// giveBack lets those see merchants again who came to see them no more by a closing
// that is undone. Who has closed their own way in does once they have that back too.
func giveBack(ctx context.Context, tx *db.Tx, c *closing) error {
	const own = `select o.user_id, o.id, o.at from closings o where o.kind = '` + closingUser + `' and o.undone_at is null and o.erased_at is null`
	const theirs = ` and exists (select 1 from closing_members m where m.closing_id = $1 and m.user_id = memberships.user_id and m.merchant_id = memberships.merchant_id)`
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{`insert into closing_members (closing_id, user_id, merchant_id, role) select o.id, m.user_id, m.merchant_id, m.role
			from closing_members m join (` + own + `) o on o.user_id = m.user_id where m.closing_id = $1 on conflict do nothing`, []any{c.id}},
		{`update memberships set ended_at = (select max(o.at) from (` + own + `) o where o.user_id = memberships.user_id)
			where ended_at = $2 and user_id in (select o.user_id from (` + own + `) o)` + theirs, []any{c.id, c.at}},
		{`delete from closing_members where closing_id = $1 and user_id in (select o.user_id from (` + own + `) o)`, []any{c.id}},
		{`update memberships set ended_at = null where ended_at = $2` + theirs, []any{c.id, c.at}},
	} {
		if _, err := tx.Exec(ctx, s.statement, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// FinishClosings says to who closed an account that its time is nearly over, and
// removes what names people once it is. A merchant's account waits until its
// complaints are decided, its refunds paid and its held deductions checked. One
// that fails holds up none of the others. It returns how many were finished.
func (a *Accounts) FinishClosings(ctx context.Context) (finished int, err error) {
	now := a.clock.Now()
	warn, err := readClosings(ctx, a.d, `c.warned_at is null and c.erase_at <= $1 and c.erase_at > $2`, now.Add(warnAhead), now)
	if err != nil {
		return 0, err
	}
	var failed []error
	note := func(c *closing, err error) {
		if err != nil {
			failed = append(failed, fmt.Errorf("account: the closing %s: %w", c.id, err))
		}
	}
	for i := range warn {
		note(&warn[i], a.d.Write(ctx, func(tx *db.Tx) error { return a.warn(ctx, tx, &warn[i], now) }))
	}
	due, err := readClosings(ctx, a.d, `c.erase_at <= $1 and `+nothingWaits, now)
	if err != nil {
		return 0, errors.Join(append(failed, err)...)
	}
	for i := range due {
		done := false
		err := a.d.Write(ctx, func(tx *db.Tx) (err error) {
			done, err = a.finish(ctx, tx, &due[i], now)
			return err
		})
		note(&due[i], err)
		if err == nil && done {
			finished++
		}
	}
	return finished, errors.Join(failed...)
}

// closers returns those who can have a closed account back.
func closers(ctx context.Context, r db.Reader, c *closing) ([]member, error) {
	if c.kind == closingMerchant {
		return membersOf(ctx, r, `closing_members where closing_id = $1 and role = $2`, c.id, string(Owner))
	}
	u, err := userByID(ctx, r, c.userID)
	return []member{{user: u}}, err
}

func (a *Accounts) warn(ctx context.Context, tx *db.Tx, c *closing, now time.Time) error {
	var until time.Time
	err := tx.QueryRow(ctx, `update closings set warned_at = $2 where id = $1 and warned_at is null and undone_at is null and erased_at is null returning erase_at`, c.id, now).Scan(&until)
	if db.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := closers(ctx, tx, c)
	for i := 0; err == nil && i < len(all); i++ {
		err = a.tell(ctx, tx, all[i].phone, all[i].localeOr(""), outbox.AccountClosed, now, "retention.sms.soon", "until", until)
	}
	return err
}

// finish removes what names the people of a closed account. Who may still see
// another merchant's, or can have another closed one back, stays.
func (a *Accounts) finish(ctx context.Context, tx *db.Tx, c *closing, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update closings as c set erased_at = $2 where c.id = $1 and `+closingOpen+` and `+nothingWaits, c.id, now)
	if err != nil || n == 0 {
		return false, err
	}
	var gone []member
	if c.kind == closingUser {
		if _, err := tx.Exec(ctx, `update memberships set ended_at = $2 where user_id = $1 and ended_at is null`, c.userID, now); err != nil {
			return false, err
		}
		// A merchant that they owned may be had back by others, and not with them.
		if _, err := tx.Exec(ctx, `delete from closing_members where user_id = $1 and closing_id in (select c.id from closings c where `+closingOpen+`)`, c.userID); err != nil {
			return false, err
		}
		gone, err = closers(ctx, tx, c)
	} else {
		gone, err = membersOf(ctx, tx, `closing_members m where m.closing_id = $1
			and not exists (select 1 from memberships x where x.user_id = m.user_id and x.ended_at is null)
			and not exists (select 1 from closing_members o join closings c on c.id = o.closing_id where o.user_id = m.user_id and `+closingOpen+`)
			and not exists (select 1 from closings c where c.kind = '`+closingUser+`' and c.user_id = m.user_id and `+closingOpen+`)`, c.id)
	}
	if err != nil {
		return false, err
	}
	erased := 0
	for _, m := range gone {
		if _, ok := ParsePhone(m.phone); !ok {
			continue // was erased before
		}
		if err := a.tell(ctx, tx, m.phone, m.localeOr(""), outbox.AccountClosed, now, "retention.sms.erased"); err != nil {
			return false, err
		}
		if err := a.erase(ctx, tx, m.id, now); err != nil {
			return false, err
		}
		erased++
	}
	return true, audit.Write(ctx, tx, audit.Entry{
		At: now, Actor: audit.Actor{Kind: audit.System, ID: "retention"}, MerchantID: c.merchantID.Int64, Action: "closing.finish", Subject: c.id, Details: map[string]any{"people": erased},
	})
}

// erase takes out of a user what names a person. The row stays, so that who did
// what in the record is one and the same, and nobody.
func (a *Accounts) erase(ctx context.Context, tx *db.Tx, userID string, now time.Time) error {
	_, err := tx.Exec(ctx, `update sessions set ended_at = $2 where user_id = $1 and ended_at is null`, userID, now)
	if err != nil {
		return err
	}
	for _, s := range []string{
		`update users set name = '', email = null, password_hash = null, phone = 'erased ' || id where id = $1`,
		`update memberships set name = '' where user_id = $1`,
		`delete from devices where user_id = $1`,
		`delete from entry_links where user_id = $1`,
	} {
		if _, err := tx.Exec(ctx, s, userID); err != nil {
			return err
		}
	}
	if a.erasing == nil {
		return nil
	}
	return a.erasing(ctx, tx, userID)
}
