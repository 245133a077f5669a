package ingest

import (
	"context"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/setting"
)

// Judge makes the bills anew of the terminals that wait for it, under the policy
// in force, and tells progress, which may be nil, how many are done. It returns
// how many there were. What an interrupted one leaves, the next takes up.
func Judge(ctx context.Context, d *db.DB, c clock.Clock, progress func(done int)) (int, error) {
	all, err := setting.GetPolicies(ctx, d)
	if err != nil {
		return 0, err
	}
	return deduction.JudgePending(ctx, d, c, deduction.PolicyAt(all, c.Now()), progress)
}
