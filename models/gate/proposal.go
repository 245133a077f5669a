package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// triedOver is over which time before it was made a proposal is tried.
const triedOver = 90 * 24 * time.Hour

// Proposal is figures by which the gate is to hold what it does. Until somebody
// else than who made it switches it on, it is tried beside what holds.
type Proposal struct {
	Number     int
	Value      setting.Gate
	Was        setting.Gate // what held when it was made
	Reason     string
	State      ProposalState
	ProposedAt time.Time
	ProposerID string
	Proposer   string    // by name
	EndedAt    time.Time // zero: it is open
	EndedBy    string    // by name
	Since      time.Time // of the first decision that it is tried on
	TriedAt    time.Time // when there was last nothing left to try it on; zero: there always was

	triedTo, batchesTo string
}

// ProposalState says what became of a proposal.
type ProposalState string

// The states.
const (
	ProposalOpen      ProposalState = "open"      // it is tried
	ProposalOn        ProposalState = "on"        // it was switched on
	ProposalWithdrawn ProposalState = "withdrawn" // it came to nothing
)

// rulesLock is held by whoever changes proposals.
const rulesLock = "gate.proposals"

// Propose proposes other figures for the gate. It returns fault.Forbidden,
// fault.Conflict where another proposal is open or nothing would be different,
// and fault.Invalid for figures that may not be and for the field "reason".
func Propose(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, value setting.Gate, reason string) error {
	if err := by.Must(staff.SetGateRules); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, rulesLock); err != nil {
			return err
		}
		open, err := openProposal(ctx, tx)
		if err != nil {
			return err
		}
		if open != nil {
			return fault.New(fault.Conflict, "admin_gate.open_already")
		}
		var wrong fault.Fields
		if err := wrong.Take(value.Check()); err != nil {
			return err
		}
		reason, err := checkReason(reason)
		if err := wrong.Take(err); err != nil {
			return err
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		was, err := setting.GetGate(ctx, tx)
		if err != nil {
			return err
		}
		if was == value {
			return fault.New(fault.Conflict, "admin_gate.same")
		}
		since := now.Add(-triedOver)
		var number int
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from gate_proposals`).Scan(&number); err != nil {
			return err
		}
		next, before, err := texts(value, was)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into gate_proposals (number, value, was, reason, state, proposed_at, proposed_by, proposed_name, since, tried_to, batches_to)
			values ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10)`,
			number, next, before, reason, now, by.ID, by.Name, since, id.First("d", since), id.First("gb", since))
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, ofProposal(now, by, "gate.propose_rules", number, map[string]any{"value": value, "was": was, "reason": reason}))
	})
}

// SwitchOn puts what was proposed in place of what holds. It returns
// fault.Forbidden, also to who proposed it; fault.NotFound; and fault.Conflict
// where it is not open any more, or has not been tried on all decisions yet.
func SwitchOn(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int) error {
	return endProposal(ctx, d, now, by, number, func(tx *db.Tx, p *Proposal) (ProposalState, error) {
		if p.ProposerID == by.ID {
			return "", fault.New(fault.Forbidden, "admin_gate.own")
		}
		if p.TriedAt.IsZero() {
			return "", fault.New(fault.Conflict, "admin_gate.being_tried")
		}
		return ProposalOn, setting.SetGateIn(ctx, tx, by.Audit(), now, p.Value)
	})
}

// Withdraw ends a proposal that comes to nothing. It returns the faults of
// SwitchOn.
func Withdraw(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int) error {
	return endProposal(ctx, d, now, by, number, func(*db.Tx, *Proposal) (ProposalState, error) { return ProposalWithdrawn, nil })
}

func endProposal(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int, end func(tx *db.Tx, p *Proposal) (ProposalState, error)) error {
	if err := by.Must(staff.SetGateRules); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, rulesLock); err != nil {
			return err
		}
		p, err := readProposal(ctx, tx, number)
		if err != nil {
			return err
		}
		if p.State != ProposalOpen {
			return fault.New(fault.Conflict, "admin_gate.not_open")
		}
		state, err := end(tx, p)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update gate_proposals set state = $2, ended_at = $3, ended_by = $4, ended_name = $5 where number = $1`, number, string(state), now, by.ID, by.Name)
		if err != nil {
			return err
		}
		action := "gate.rules_on"
		if state == ProposalWithdrawn {
			action = "gate.withdraw_rules"
		}
		return audit.Write(ctx, tx, ofProposal(now, by, action, number, map[string]any{"value": p.Value, "was": p.Was}))
	})
}

func ofProposal(now time.Time, by staff.Actor, action string, number int, details map[string]any) audit.Entry {
	return byStaff(by).entry(now, 0, action, fmt.Sprint("gate rules ", number), details)
}

func texts(value, was setting.Gate) (next, before string, err error) {
	n, err := json.Marshal(value)
	if err != nil {
		return "", "", err
	}
	b, err := json.Marshal(was)
	return string(n), string(b), err
}
