package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/overage"
	"github.com/mingbai/mingbai/models/topup"
)

// simDemo has the owner of the first merchant let data beyond the allowance cost
// something at the busy counter, and pay into the other SIM.
func simDemo(ctx context.Context, d *db.DB, now time.Time) error {
	plans, err := disclosure.Load(ctx, d)
	if err != nil {
		return fmt.Errorf("demo: SIMs: %w", err)
	}
	var who overage.Who
	var counter, till string
	err = d.QueryRow(ctx, `
		select m.id, u.id, u.name, (select sn from terminals t where t.merchant_id = m.id and t.alias = '前台'),
			(select sn from terminals t where t.merchant_id = m.id and t.alias = '收银台')
		from merchants m join memberships x on x.merchant_id = m.id and x.role = 'owner' join users u on u.id = x.user_id
		where m.ref = 'M1001' order by x.created_at limit 1`).Scan(&who.MerchantID, &who.UserID, &who.Name, &counter, &till)
	if err != nil {
		return fmt.Errorf("demo: SIMs: %w", err)
	}
	if _, err := overage.Set(ctx, d, plans.Fee, now.Add(-26*time.Hour), who, counter, overage.OfTerminal, 20_00); err != nil {
		return fmt.Errorf("demo: SIMs: %w", err)
	}
	_, err = topup.Record(ctx, d, now, audit.Actor{Kind: audit.API, ID: "payment-page"}, topup.Paid{
		Ref: "P-20778", SN: till, Amount: 30_00, At: now.Add(-50 * time.Hour),
	})
	if err != nil {
		return fmt.Errorf("demo: SIMs: %w", err)
	}
	return nil
}
