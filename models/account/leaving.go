package account

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
)

// Left is a merchant of which somebody may no more choose how it is told: they were
// removed or lost that permission, or closed their account or the merchant's.
type Left struct {
	MerchantID int64
	At         time.Time
	By         audit.Actor // who saw to it
	RequestID  string
}

// FollowLeaving ends what they could go on reading with that needs no sign-in. It
// belongs into the transaction in which they leave.
type FollowLeaving func(ctx context.Context, tx *db.Tx, l Left) error

// FollowErasing takes out of what somebody left elsewhere what names them, in the
// transaction in which their account is erased.
type FollowErasing func(ctx context.Context, tx *db.Tx, userID string) error

// leave has what follows done where somebody was to a merchant what lets them choose
// how it is told, and is it no more.
func (a *Accounts) leave(ctx context.Context, tx *db.Tx, w *Who, merchantID int64, was Role, now time.Time) error {
	if a.leaving == nil || !Can(was, ChooseMessages) {
		return nil
	}
	return a.leaving(ctx, tx, Left{MerchantID: merchantID, At: now, By: byUser(w.UserID), RequestID: w.RequestID})
}

// leaveAll is leave for all merchants that somebody sees no more by closing their own
// way in.
func (a *Accounts) leaveAll(ctx context.Context, tx *db.Tx, w *Who, closingID string, now time.Time) error {
	was := map[int64]Role{}
	var order []int64
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var merchantID int64
			var role string
			err := rows.Scan(&merchantID, &role)
			was[merchantID], order = Role(role), append(order, merchantID)
			return err
		})
	}, `select merchant_id, role from closing_members where closing_id = $1 order by merchant_id`, closingID)
	for i := 0; err == nil && i < len(order); i++ {
		err = a.leave(ctx, tx, w, order[i], was[order[i]], now)
	}
	return err
}
