package ingest

import (
	"context"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/setting"
)

// Judge makes the bills anew of the terminals that wait for it, under the policy
// in force, and tells progress, which may be nil, how many are done. It returns
// how many there were. What an interrupted one leaves, the next takes up.
func Judge(ctx context.Context, d *db.DB, c clock.Clock, progress func(done int)) (int, error) {
	p, err := setting.GetPolicy(ctx, d, c.Now())
	if err != nil {
		return 0, err
	}
	policy := fee.Policy{NoticeHours: p.NoticeHours, NoticeMaxDays: p.NoticeMaxDays, DisclosureDays: p.DisclosureDays}
	return deduction.JudgePending(ctx, d, c, policy, progress)
}
