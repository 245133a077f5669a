package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// EndOneSession signs someone out on one of their other devices. It returns
// fault.NotFound where the session is none of theirs or is over.
func (a *Accounts) EndOneSession(ctx context.Context, w Who, sessionID string) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		now := a.clock.Now()
		n, err := tx.Exec(ctx, `update sessions set ended_at = $3 where id = $1 and user_id = $2 and ended_at is null`, sessionID, w.UserID, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "account.sessions.gone")
		}
		return audit.Write(ctx, tx, w.entry(now, "session.end", sessionID, nil))
	})
}

// EndOtherSessions signs someone out everywhere but here, and returns on how
// many devices.
func (a *Accounts) EndOtherSessions(ctx context.Context, w Who) (n int64, err error) {
	err = a.d.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = endOtherSessions(ctx, tx, &w, a.clock.Now())
		return err
	})
	return n, err
}

func endOtherSessions(ctx context.Context, tx *db.Tx, w *Who, now time.Time) (int64, error) {
	n, err := tx.Exec(ctx, `update sessions set ended_at = $3 where user_id = $1 and id <> $2 and ended_at is null`, w.UserID, w.SessionID, now)
	if err != nil || n == 0 {
		return 0, err
	}
	return n, audit.Write(ctx, tx, w.entry(now, "session.end_others", w.SessionID, map[string]any{"count": n}))
}

// OpenMerchant opens the account of another merchant in this session. It returns
// fault.NotFound where the user does not belong to it.
func (a *Accounts) OpenMerchant(ctx context.Context, w Who, merchantID int64) error {
	return a.d.Write(ctx, func(tx *db.Tx) error {
		role, err := roleOf(ctx, tx, w.UserID, merchantID)
		if err != nil {
			return err
		}
		if role == "" {
			return fault.New(fault.NotFound, "account.merchants.gone")
		}
		n, err := tx.Exec(ctx, `update sessions set merchant_id = $3 where id = $1 and user_id = $2 and ended_at is null`, w.SessionID, w.UserID, merchantID)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Unauthenticated, "")
		}
		w.MerchantID = merchantID
		return audit.Write(ctx, tx, w.entry(a.clock.Now(), "session.switch", w.SessionID, nil))
	})
}
