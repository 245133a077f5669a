package policy

import (
	"context"
	"encoding/json"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/setting"
)

const proposalColumns = `select number, value, was, in_force_on, reason, state, proposed_at, proposed_by, proposed_name, ended_at, coalesce(ended_name, '') from policy_proposals`

func scanProposals(all *[]Proposal) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p Proposal
			var value, was string
			var ended db.Time
			err := rows.Scan(&p.Number, &value, &was, &p.On, &p.Reason, &p.State, &p.ProposedAt, &p.ProposerID, &p.Proposer, &ended, &p.EndedBy)
			if err == nil {
				err = json.Unmarshal([]byte(value), &p.Value)
			}
			if err == nil {
				err = json.Unmarshal([]byte(was), &p.Was)
			}
			p.EndedAt = ended.Time
			*all = append(*all, p)
			return err
		})
	}
}

// Overview is the rules that were, are and will be in force, with what is
// proposed and what was.
type Overview struct {
	All   setting.Policies
	Open  *Proposal  // nil: none is
	Ended []Proposal // the latest first
}

// shownProposals is how many that ended are shown.
const shownProposals = 20

// ReadOverview reads it, in one round trip.
func ReadOverview(ctx context.Context, r db.Reader) (*Overview, error) {
	o := &Overview{}
	var open []Proposal
	b := db.NewBatch()
	setting.ReadPolicies(b, func(all setting.Policies) { o.All = all })
	b.Add(proposalColumns+` where state = 'open'`, nil, scanProposals(&open))
	b.Add(proposalColumns+` where state <> 'open' order by number desc limit $1`, []any{shownProposals}, scanProposals(&o.Ended))
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
	b.Add(`select count(*) from policy_proposals where state = 'open' and proposed_by <> $1`, []any{staffID}, func(rows db.Rows) error { return db.First(rows, n) })
}
