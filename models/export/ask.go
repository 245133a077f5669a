package export

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
)

// Ask asks for an export of the merchant whose account is open, in the language
// of who asks. The latest one can be fetched until the new one is made. It returns
// fault.Forbidden, fault.Unauthenticated where who asks signed in too long ago,
// and fault.Conflict while one is being made.
func (x *Exports) Ask(ctx context.Context, w account.Who) (exportID string, err error) {
	now := x.clock.Now()
	exportID = id.New("dx", now)
	err = x.d.Write(ctx, func(tx *db.Tx) error {
		if err := account.May(ctx, tx, w, account.ExportAll); err != nil {
			return err
		}
		if err := account.MustBeRecent(ctx, tx, w, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into data_exports (id, merchant_id, user_id, locale, state, asked_at, next_at) values ($1, $2, $3, $4, $5, $6, $6)`,
			exportID, w.MerchantID, w.UserID, locale(w.Locale), string(Waiting), now)
		if err != nil {
			return err
		}
		if err := x.jobs.Insert(ctx, tx, MakeArgs{}, &river.InsertOpts{MaxAttempts: 1}); err != nil {
			return err
		}
		return audit.Write(ctx, tx, entry(w, now, "data_export.ask", exportID))
	})
	if db.Duplicate(err) {
		return "", fault.New(fault.Conflict, "data_export.under_way")
	}
	return exportID, err
}

func entry(w account.Who, now time.Time, action, exportID string) audit.Entry {
	return audit.Entry{
		At: now, Actor: audit.Actor{Kind: audit.User, ID: w.UserID}, MerchantID: w.MerchantID, Action: action, Subject: exportID, RequestID: w.RequestID,
	}
}

// locale is one that exports are written in.
func locale(tag string) string {
	if tag == "en" {
		return "en"
	}
	return "zh-CN"
}
