package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Who is someone who is signed in, and where their request comes from.
type Who struct {
	Visit
	UserID     string
	SessionID  string
	MerchantID int64  // whose account is open; 0: none
	Look       string // id of staff's look at the merchant's pages, in which nobody is signed in; mostly empty
}

// entry begins an entry of the record for something that someone did.
func (w *Who) entry(now time.Time, action, subject string, details map[string]any) audit.Entry {
	return audit.Entry{
		At: now, Actor: byUser(w.UserID), MerchantID: w.MerchantID, Action: action, Subject: subject,
		Details: details, RequestID: w.RequestID,
	}
}

// Recent is how long after signing in someone may change what guards the
// account: password, number, colleagues; export its data, or close it. A phone
// that lies open on the counter is no invitation.
const Recent = 30 * time.Minute

// mustBeRecent says that who signed in too long ago has to do so again.
func (a *Accounts) mustBeRecent(ctx context.Context, r db.Reader, w *Who, now time.Time) error {
	return MustBeRecent(ctx, r, *w, now)
}

// MustBeRecent returns fault.Unauthenticated for somebody who signed in longer
// than Recent ago.
func MustBeRecent(ctx context.Context, r db.Reader, w Who, now time.Time) error {
	var began time.Time
	err := r.QueryRow(ctx, `select created_at from sessions where id = $1 and user_id = $2 and ended_at is null`, w.SessionID, w.UserID).Scan(&began)
	switch {
	case db.NotFound(err), err == nil && now.Sub(began) > Recent:
		return fault.New(fault.Unauthenticated, "account.again")
	}
	return err
}

// may checks that someone has the permission for the merchant whose account is
// open, at this moment.
func may(ctx context.Context, r db.Reader, w *Who, p Permission) error {
	if w.Look != "" {
		if !p.Sees() {
			return fault.New(fault.Forbidden, "look.nothing_changes")
		}
		return nil
	}
	role, err := roleOf(ctx, r, w.UserID, w.MerchantID)
	if err != nil {
		return err
	}
	if !Can(role, p) {
		return fault.New(fault.Forbidden, "errors.no_permission")
	}
	return nil
}

// May returns fault.Forbidden unless someone has the permission for the merchant
// whose account is open, at this moment.
func May(ctx context.Context, r db.Reader, w Who, p Permission) error { return may(ctx, r, &w, p) }

// roleOf returns what a user is to a merchant now, or the empty role.
func roleOf(ctx context.Context, r db.Reader, userID string, merchantID int64) (Role, error) {
	var role string
	err := r.QueryRow(ctx, `select role from memberships where user_id = $1 and merchant_id = $2 and ended_at is null`, userID, merchantID).Scan(&role)
	if db.NotFound(err) {
		return "", nil
	}
	return Role(role), err
}

// Guarded is what the forms need to know that change what guards an account.
type Guarded struct {
	Phone       string // E.164
	HasPassword bool
	Recent      bool // signed in recently enough to change it
}

// ReadGuarded returns what guards someone's account, in one query.
func (a *Accounts) ReadGuarded(ctx context.Context, w Who) (Guarded, error) {
	return a.readGuarded(ctx, w, db.NewBatch())
}

// ReadGuardedAlong is ReadGuarded with a batch that a page needs besides, in one
// round trip.
func (a *Accounts) ReadGuardedAlong(ctx context.Context, w Who, b *db.Batch) (Guarded, error) {
	return a.readGuarded(ctx, w, b)
}

// readGuarded reads what guards someone's account together with a batch, in one
// round trip.
func (a *Accounts) readGuarded(ctx context.Context, w Who, b *db.Batch) (g Guarded, err error) {
	var began time.Time
	b.Add(`
		select u.phone, u.password_hash is not null, s.created_at
		from sessions s join users u on u.id = s.user_id
		where s.id = $1 and s.user_id = $2 and s.ended_at is null`, []any{w.SessionID, w.UserID}, func(rows db.Rows) error {
		return db.Each(rows, func() error { return rows.Scan(&g.Phone, &g.HasPassword, &began) })
	})
	if err := a.d.Read(ctx, b); err != nil {
		return g, err
	}
	if began.IsZero() {
		return g, fault.New(fault.Unauthenticated, "")
	}
	g.Recent = a.clock.Now().Sub(began) <= Recent
	return g, nil
}
