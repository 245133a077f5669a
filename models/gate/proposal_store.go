package gate

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
)

const proposalColumns = `select number, value, was, reason, state, proposed_at, proposed_by, proposed_name, ended_at, coalesce(ended_name, ''), since, tried_at, tried_to, batches_to
	from gate_proposals`

func scanProposal(rows db.Rows) (p Proposal, err error) {
	var value, was string
	var proposed, ended, since, tried db.Time
	err = rows.Scan(&p.Number, &value, &was, &p.Reason, &p.State, &proposed, &p.ProposerID, &p.Proposer, &ended, &p.EndedBy, &since, &tried, &p.triedTo, &p.batchesTo)
	if err != nil {
		return p, err
	}
	p.ProposedAt, p.EndedAt, p.Since, p.TriedAt = proposed.Time, ended.Time, since.Time, tried.Time
	if err = json.Unmarshal([]byte(value), &p.Value); err == nil {
		err = json.Unmarshal([]byte(was), &p.Was)
	}
	if err != nil {
		err = fmt.Errorf("gate: proposal %d: %w", p.Number, err)
	}
	return p, err
}

func oneProposal(ctx context.Context, r db.Reader, where string, args ...any) (found *Proposal, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			p, err := scanProposal(rows)
			found = &p
			return err
		})
	}, proposalColumns+where, args...)
	return found, err
}

// openProposal returns the proposal that is open, or nil.
func openProposal(ctx context.Context, r db.Reader) (*Proposal, error) {
	return oneProposal(ctx, r, ` where state = 'open'`)
}

// readProposal returns a proposal, or fault.NotFound.
func readProposal(ctx context.Context, r db.Reader, number int) (*Proposal, error) {
	p, err := oneProposal(ctx, r, ` where number = $1`, number)
	if err == nil && p == nil {
		err = fault.New(fault.NotFound, "admin_gate.not_found")
	}
	return p, err
}

// Rules are the figures by which the gate holds what it does, with what is
// proposed and what was.
type Rules struct {
	Now      setting.Gate
	Open     *Proposal  // nil: none is open
	Trial    *Trial     // of the open one
	Proposed []Proposal // all that ended, the latest first, at most proposalsShown
}

const proposalsShown = 50

// ReadRules reads them, with what the open proposal would have done.
func ReadRules(ctx context.Context, r db.Reader) (*Rules, error) {
	rules := &Rules{}
	var err error
	if rules.Now, err = setting.GetGate(ctx, r); err != nil {
		return nil, err
	}
	b := db.NewBatch()
	b.Add(proposalColumns+` where state = 'open'`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			p, err := scanProposal(rows)
			rules.Open = &p
			return err
		})
	})
	b.Add(proposalColumns+` where state <> 'open' order by number desc limit $1`, []any{proposalsShown}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			p, err := scanProposal(rows)
			rules.Proposed = append(rules.Proposed, p)
			return err
		})
	})
	rules.Trial = readTrial(b)
	return rules, r.Read(ctx, b)
}

// CountProposed adds to a batch how many proposals somebody else than a member of
// staff made, which they may switch on.
func CountProposed(b *db.Batch, staffID string, n *int) {
	b.Add(`select count(*) from gate_proposals where state = 'open' and proposed_by <> $1`, []any{staffID}, func(rows db.Rows) error { return db.First(rows, n) })
}
