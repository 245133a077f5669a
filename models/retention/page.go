package retention

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/setting"
)

// RunDone is one time that what is over was removed.
type RunDone struct {
	ID      string
	At      time.Time
	Removed int64 // rows
}

// Did is what the last run did to a group.
type Did struct {
	Removed int64 // rows
	Months  int64 // partitions
	Coming  int64 // rows that will be over within Ahead days
}

// Overview is what the page of the rules shows.
type Overview struct {
	Now     setting.Retention
	Open    *Proposal  // nil: none is
	Ended   []Proposal // the latest first
	Runs    []RunDone  // the latest first; none: it never ran to its end
	Did     map[Group]Did
	Closing int // accounts that were closed and can be had back
}

// How much of the past the page shows.
const (
	shownProposals = 20
	shownRuns      = 14
)

// ReadOverview reads it, in one round trip.
func ReadOverview(ctx context.Context, r db.Reader) (*Overview, error) {
	o := &Overview{Did: map[Group]Did{}}
	var open []Proposal
	b := db.NewBatch()
	setting.ReadRetention(b, &o.Now)
	b.Add(proposalColumns+` where state = 'open'`, nil, scanProposals(&open))
	b.Add(proposalColumns+` where state <> 'open' order by number desc limit $1`, []any{shownProposals}, scanProposals(&o.Ended))
	b.Add(`select id, at, removed from retention_runs where done_at is not null order by id desc limit $1`, []any{shownRuns}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var run RunDone
			err := rows.Scan(&run.ID, &run.At, &run.Removed)
			o.Runs = append(o.Runs, run)
			return err
		})
	})
	b.Add(`
		select rule, removed, months, coming from retention_counts
		where run_id = (select id from retention_runs where done_at is not null order by id desc limit 1)`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var c Count
			if err := rows.Scan(&c.Rule, &c.Removed, &c.Months, &c.Coming); err != nil {
				return err
			}
			for i := range rules {
				if rules[i].key() == c.Rule {
					did := o.Did[rules[i].group]
					o.Did[rules[i].group] = Did{did.Removed + c.Removed, did.Months + c.Months, did.Coming + c.Coming}
				}
			}
			return nil
		})
	})
	b.Add(`select count(*) from closings where undone_at is null and erased_at is null`, nil, func(rows db.Rows) error { return db.First(rows, &o.Closing) })
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if len(open) > 0 {
		o.Open = &open[0]
	}
	return o, nil
}

// CountProposed adds to a batch how many proposals somebody else than a member of
// staff made, which they may put in force.
func CountProposed(b *db.Batch, staffID string, n *int) {
	b.Add(`select count(*) from retention_proposals where state = 'open' and proposed_by <> $1`, []any{staffID}, func(rows db.Rows) error { return db.First(rows, n) })
}
