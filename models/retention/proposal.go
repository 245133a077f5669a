package retention

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// Proposal is terms that somebody proposed, which hold once somebody else has put
// them in force.
type Proposal struct {
	Number     int
	Value      setting.Retention
	Was        setting.Retention // what held when it was made
	Reason     string
	State      ProposalState
	ProposedAt time.Time
	ProposerID string
	Proposer   string    // by name
	EndedAt    time.Time // zero: it is open
	EndedBy    string    // by name
}

// ProposalState says what became of a proposal.
type ProposalState string

// The states.
const (
	ProposalOpen      ProposalState = "open"
	ProposalOn        ProposalState = "on"        // it was put in force
	ProposalWithdrawn ProposalState = "withdrawn" // it came to nothing
)

// ReasonField is the form's field for why terms should be others, and MostReason
// how many characters it may have.
const (
	ReasonField = "reason"
	MostReason  = 500
)

// proposals is held by whoever changes them.
const proposals = "retention.proposals"

// Propose proposes other terms. It returns fault.Forbidden, fault.Conflict where
// another proposal is open or nothing would be different, and fault.Invalid for
// terms that may not be and for the reason.
func Propose(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, value setting.Retention, reason string) error {
	if err := by.Must(staff.SetRetention); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, proposals); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRow(ctx, `select count(*) from retention_proposals where state = 'open'`).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "retention.open_already")
		}
		if err := value.Check(); err != nil {
			return err
		}
		reason := strings.TrimSpace(reason)
		if n := utf8.RuneCountInString(reason); n == 0 || n > MostReason {
			return &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: ReasonField, Key: "retention.check.reason", Args: []any{"most", MostReason}}}}
		}
		was, err := setting.GetRetention(ctx, tx)
		if err != nil {
			return err
		}
		if was == value {
			return fault.New(fault.Conflict, "retention.same")
		}
		next, err1 := json.Marshal(value)
		before, err2 := json.Marshal(was)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("retention: a proposal: %w, %w", err1, err2)
		}
		var number int
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from retention_proposals`).Scan(&number); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into retention_proposals (number, value, was, reason, state, proposed_at, proposed_by, proposed_name) values ($1, $2, $3, $4, 'open', $5, $6, $7)`,
			number, string(next), string(before), reason, now, by.ID, by.Name)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, ofProposal(now, by, "retention.propose", number, value, was))
	})
}

// PutInForce puts what was proposed in place of what holds. It returns
// fault.Forbidden, also to who proposed it, fault.NotFound, and fault.Conflict
// where it is not open any more.
func PutInForce(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int) error {
	return end(ctx, d, now, by, staff.ApproveRetention, number, ProposalOn, func(tx *db.Tx, p *Proposal) error {
		if p.ProposerID == by.ID {
			return fault.New(fault.Forbidden, "retention.own")
		}
		return setting.SetRetentionIn(ctx, tx, by.Audit(), now, p.Value)
	})
}

// Withdraw ends a proposal that comes to nothing. It returns the faults of
// PutInForce.
func Withdraw(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int) error {
	return end(ctx, d, now, by, staff.ApproveRetention, number, ProposalWithdrawn, func(*db.Tx, *Proposal) error { return nil })
}

func end(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, may staff.Permission, number int, state ProposalState, do func(tx *db.Tx, p *Proposal) error) error {
	if err := by.Must(may); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, proposals); err != nil {
			return err
		}
		var found []Proposal
		if err := tx.Query(ctx, scanProposals(&found), proposalColumns+` where number = $1`, number); err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "retention.not_found")
		}
		p := &found[0]
		if p.State != ProposalOpen {
			return fault.New(fault.Conflict, "retention.not_open")
		}
		if err := do(tx, p); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update retention_proposals set state = $2, ended_at = $3, ended_by = $4, ended_name = $5 where number = $1`, number, string(state), now, by.ID, by.Name)
		if err != nil {
			return err
		}
		action := "retention.put_in_force"
		if state == ProposalWithdrawn {
			action = "retention.withdraw"
		}
		return audit.Write(ctx, tx, ofProposal(now, by, action, number, p.Value, p.Was))
	})
}

func ofProposal(now time.Time, by staff.Actor, action string, number int, value, was setting.Retention) audit.Entry {
	return audit.Entry{
		At: now, Actor: by.Audit(), Action: action, Subject: fmt.Sprint("retention ", number), Details: map[string]any{"value": value, "was": was}, RequestID: by.RequestID,
	}
}

const proposalColumns = `select number, value, was, reason, state, proposed_at, proposed_by, proposed_name, ended_at, coalesce(ended_name, '') from retention_proposals`

func scanProposals(all *[]Proposal) func(rows db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p Proposal
			var value, was string
			var ended db.Time
			err := rows.Scan(&p.Number, &value, &was, &p.Reason, &p.State, &p.ProposedAt, &p.ProposerID, &p.Proposer, &ended, &p.EndedBy)
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
