package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/retention"
)

// closingMerchant is the merchant whose owner closed its account a few days ago
// in the demo, and can still have it back.
const closingMerchant = "M1006"

// closingDemo lets an owner close their merchant's account, and what is over be
// removed for the first time.
func closingDemo(ctx context.Context, d *db.DB, accounts *account.Accounts, at *clock.Set, now time.Time) error {
	defer at.MoveTo(now)
	at.MoveTo(now.Add(-4 * 24 * time.Hour))
	who := account.Who{Visit: account.Visit{Address: "192.0.2.6", Locale: "zh-CN"}}
	err := d.QueryRow(ctx, `
		select m.id, x.user_id from merchants m join memberships x on x.merchant_id = m.id and x.role = 'owner' and x.ended_at is null
		where m.ref = $1 order by x.created_at, x.user_id limit 1`, closingMerchant).Scan(&who.MerchantID, &who.UserID)
	if err != nil {
		return fmt.Errorf("demo: closing an account: %w", err)
	}
	token, device := sha256.Sum256([]byte("closing")), sha256.Sum256([]byte("closing device"))
	who.DeviceHash = device[:]
	b := account.Browser{Visit: who.Visit, TokenHash: token[:]}
	session, err := accounts.StartSession(ctx, who.UserID, "demo", b)
	if err != nil {
		return fmt.Errorf("demo: closing an account: %w", err)
	}
	who.SessionID = session.SessionID
	if err := accounts.CloseMerchant(ctx, who); err != nil {
		return fmt.Errorf("demo: closing an account: %w", err)
	}
	at.MoveTo(now)
	_, err = retention.Run(ctx, d, at, nil)
	return err
}
