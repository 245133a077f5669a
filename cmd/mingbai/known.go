package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/guide"
	"github.com/mingbai/mingbai/models/ingest"
	"github.com/mingbai/mingbai/models/search"
	"github.com/mingbai/mingbai/models/setting"
)

// known is what every page needs and few ever change: published plans, guides
// and what they are found by, the policy, and when data last came in. It is
// kept in memory and read anew every few seconds, so that a page spends no
// question on it.
type known struct {
	db       *db.DB
	clock    clock.Clock
	plans    *disclosure.Catalogue
	guides   *guide.Catalogue
	search   *search.Catalogue
	misses   *search.Misses // of searches, kept every few seconds
	policies atomic.Pointer[setting.Policies]
	latest   atomic.Int64 // microseconds since 1970
}

const knownFor = 10 * time.Second

func newKnown(ctx context.Context, d *db.DB, c clock.Clock) (*known, error) {
	k := &known{db: d, clock: c, plans: disclosure.NewCatalogue(d), guides: guide.NewCatalogue(d), misses: search.NewMisses(d)}
	k.search = search.NewCatalogue(k.guides, k.plans)
	if _, err := guide.Ship(ctx, d, c.Now()); err != nil {
		return nil, err
	}
	return k, k.refresh(ctx)
}

func (k *known) refresh(ctx context.Context) error {
	policies, err := setting.GetPolicies(ctx, k.db)
	if err == nil {
		k.policies.Store(&policies)
	}
	latest, err2 := ingest.Latest(ctx, k.db)
	if err2 == nil && !latest.IsZero() {
		k.latest.Store(latest.UnixMicro())
	}
	_, err3 := k.guides.Refresh(ctx)
	return errors.Join(err, err2, err3, k.plans.Refresh(ctx), k.misses.Flush(ctx))
}

// watch refreshes until the context ends.
func (k *known) watch(ctx context.Context) {
	tick := time.NewTicker(knownFor)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := k.refresh(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "what every page needs could not be read anew", "error", err)
			}
		}
	}
}

// keep stores what is still only counted, at the end.
func (k *known) keep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := k.misses.Flush(ctx); err != nil {
		slog.WarnContext(ctx, "searches that found nothing are lost", "error", err)
	}
}

// policy is the one in force now.
func (k *known) policy() fee.Policy {
	return deduction.PolicyAt(*k.policies.Load(), k.clock.Now())
}

// plan returns a published plan, or nil.
func (k *known) plan(id int64) *fee.Plan { return k.plans.Plans().Fee(id) }

// asOf is when deductions or settlements last came in; zero: never.
func (k *known) asOf() time.Time {
	if at := k.latest.Load(); at != 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}
