package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/report"
)

// reportsDemo counts what the demo has come to, so that its figures are there from
// the first moment.
func reportsDemo(ctx context.Context, d *db.DB, now time.Time) error {
	_, err := report.CountCases(ctx, d, now)
	if err == nil {
		_, err = report.CountGate(ctx, d, now)
	}
	if err == nil {
		err = report.CountNotices(ctx, d, now)
	}
	if err != nil {
		return fmt.Errorf("demo: counting: %w", err)
	}
	return nil
}
