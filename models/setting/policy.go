package setting

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Policy holds the notice and disclosure rules by which deductions are judged.
type Policy struct {
	Version        int       `json:"version,omitempty"`      // 0: the product's default
	NoticeHours    int       `json:"notice_hours"`           // a deduction is announced at least so many hours ahead
	NoticeMaxDays  int       `json:"notice_max_days"`        // and at most so many days
	DisclosureDays int       `json:"disclosure_days"`        // a version is published at least so many days before it takes effect
	InForceFrom    time.Time `json:"in_force_from,omitzero"` // in UTC; zero: always
}

// DefaultPolicy is in force until the acquirer sets another: announced 24 hours
// to 60 days ahead; published 31 days ahead, which is thirty whole days when
// the day of publication is not counted.
var DefaultPolicy = Policy{NoticeHours: 24, NoticeMaxDays: 60, DisclosureDays: 31}

// Policies is every policy there was, the newest last.
type Policies []Policy

// At returns the policy in force at an instant.
func (p Policies) At(t time.Time) Policy {
	in := DefaultPolicy
	for _, next := range p {
		if next.InForceFrom.After(t) {
			break
		}
		in = next
	}
	return in
}

// Ahead returns the policy by which notices are planned at an instant: the rules
// of notices that are in force or will come to be within the days for which a
// notice counts, of each the one that asks most, so that what is announced now
// still counts then.
func (p Policies) Ahead(t time.Time) Policy {
	in := p.At(t)
	until := t.AddDate(0, 0, in.NoticeMaxDays)
	for _, next := range p {
		if next.InForceFrom.After(t) && !next.InForceFrom.After(until) {
			in.NoticeHours, in.NoticeMaxDays = max(in.NoticeHours, next.NoticeHours), min(in.NoticeMaxDays, next.NoticeMaxDays)
		}
	}
	return in
}

const policiesQuery = "select version, notice_hours, notice_max_days, disclosure_days, in_force_from from policies order by in_force_from"

func scanPolicies(all *Policies) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p Policy
			err := rows.Scan(&p.Version, &p.NoticeHours, &p.NoticeMaxDays, &p.DisclosureDays, &p.InForceFrom)
			*all = append(*all, p)
			return err
		})
	}
}

// GetPolicies returns every policy that was set, in the order of their times.
func GetPolicies(ctx context.Context, r db.Reader) (all Policies, err error) {
	if err := r.Query(ctx, scanPolicies(&all), policiesQuery); err != nil {
		return nil, fmt.Errorf("setting: the policies: %w", err)
	}
	return all, nil
}

// ReadPolicies adds to a batch the reading of what GetPolicies returns.
func ReadPolicies(b *db.Batch, then func(all Policies)) {
	b.Add(policiesQuery, nil, func(rows db.Rows) error {
		var all Policies
		if err := scanPolicies(&all)(rows); err != nil {
			return err
		}
		then(all)
		return nil
	})
}

// GetPolicy returns the policy in force at an instant.
func GetPolicy(ctx context.Context, r db.Reader, t time.Time) (Policy, error) {
	all, err := GetPolicies(ctx, r)
	if err != nil {
		return Policy{}, err
	}
	return all.At(t), nil
}
