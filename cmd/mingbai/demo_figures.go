package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/event"
	"github.com/mingbai/mingbai/models/report"
	"github.com/mingbai/mingbai/models/staff"
)

// The made-up people who order and release the demo's figures.
var (
	demoCounter  = staff.Actor{ID: "demo-counter", Name: "罗敏", Roles: []staff.Role{staff.Compliance}}
	demoReleaser = staff.Actor{ID: "demo-releaser", Name: "唐立", Roles: []staff.Role{staff.Compliance}}
)

// figuresDemo has the figures of the last two quarters worked out and released.
func figuresDemo(ctx context.Context, d *db.DB, jobs event.Queue, now time.Time) error {
	last := report.QuarterOf(date.Of(now)).Previous()
	for _, q := range []report.Quarter{last.Previous(), last} {
		orderID, err := report.DrawUpFigures(ctx, d, jobs, now, demoCounter, q, disclosure.Text{})
		if err == nil {
			err = report.ReckonFigures(ctx, d, orderID, now)
		}
		var e *report.Edition
		if err == nil {
			e, err = report.ReadEdition(ctx, d, orderID)
		}
		if err == nil {
			err = report.ReleaseFigures(ctx, d, now, demoReleaser, orderID, e.Hash)
		}
		if err != nil {
			return fmt.Errorf("demo: figures of %s: %w", q, err)
		}
	}
	return nil
}
