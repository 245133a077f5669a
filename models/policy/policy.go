// Package policy changes the rules of notices and of disclosure by which
// deductions are judged: one of compliance proposes them, with the day on which they
// begin, and another puts them in force.
package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/setting"
	"github.com/mingbai/mingbai/models/staff"
)

// Proposal is rules that somebody proposed, which hold from their day on once
// somebody else has put them in force.
type Proposal struct {
	Number     int
	Value      setting.Policy
	Was        setting.Policy // in whose place they were to come
	On         date.Date      // the day on which they begin
	Reason     string
	State      ProposalState
	ProposedAt time.Time
	ProposerID string
	Proposer   string    // by name
	EndedAt    time.Time // zero: it is open
	EndedBy    string    // by name
}

// AnswerBy returns the last day on which the proposal can be put in force.
func (p *Proposal) AnswerBy() date.Date { return p.On.AddDays(-LeastAhead) }

// ProposalState says what became of a proposal.
type ProposalState string

// The states.
const (
	ProposalOpen      ProposalState = "open"
	ProposalOn        ProposalState = "on"        // it was put in force
	ProposalWithdrawn ProposalState = "withdrawn" // it came to nothing
)

// The fields of the form besides those of the rules, how many characters a reason
// may have, and how many days lie at least and at most between the day on which
// rules are put in force and the day on which they begin. Whoever is told in the
// portal alone has to be told two weeks ahead under the strictest rules there may
// be: what is still to be taken then can be told in time.
const (
	DayField    = "in_force_on"
	ReasonField = "reason"
	MostReason  = 500
	LeastAhead  = 14
	MostAhead   = 366
)

// proposals is held by whoever changes them.
const proposals = "policy.proposals"

// Propose proposes other rules from a day on. It returns fault.Forbidden,
// fault.Conflict where another proposal is open or nothing would be different, and
// fault.Invalid for rules that may not be, for a day that is too near, too far or not
// after the last change, and for the reason.
func Propose(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, value setting.Policy, on date.Date, reason string) error {
	if err := by.Must(staff.SetNoticeRules); err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, proposals); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRow(ctx, `select count(*) from policy_proposals where state = 'open'`).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "notice_rules.open_already")
		}
		all, err := setting.GetPolicies(ctx, tx)
		if err != nil {
			return err
		}
		reason := strings.TrimSpace(reason)
		value.Version, value.InForceFrom = 0, time.Time{}
		if err := check(value, all, on, now, reason); err != nil {
			return err
		}
		was := all.At(on.Start())
		if value.SameRules(was) {
			return fault.New(fault.Conflict, "notice_rules.same")
		}
		next, err1 := json.Marshal(value)
		before, err2 := json.Marshal(was)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("policy: a proposal: %w, %w", err1, err2)
		}
		var number int
		if err := tx.QueryRow(ctx, `select coalesce(max(number), 0) + 1 from policy_proposals`).Scan(&number); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			insert into policy_proposals (number, value, was, in_force_on, reason, state, proposed_at, proposed_by, proposed_name) values ($1, $2, $3, $4, $5, 'open', $6, $7, $8)`,
			number, string(next), string(before), on, reason, now, by.ID, by.Name)
		if err != nil {
			return err
		}
		p := Proposal{Number: number, Value: value, Was: was, On: on, Reason: reason}
		return audit.Write(ctx, tx, p.entry(now, by, "policy.propose"))
	})
}

// check notes what is wrong with a proposal, field by field.
func check(value setting.Policy, all setting.Policies, on date.Date, now time.Time, reason string) error {
	var f fault.Fields
	value.CheckInto(&f)
	if key, args := dayFault(all, on, now); key != "" {
		f.Add(DayField, key, args...)
	}
	if n := utf8.RuneCountInString(reason); n == 0 || n > MostReason {
		f.Add(ReasonField, "notice_rules.check.reason", "most", MostReason)
	}
	return f.Err()
}

// Earliest returns the first day on which rules may begin that are put in force
// now, which is after the last change.
func Earliest(all setting.Policies, now time.Time) date.Date {
	first := date.Of(now).AddDays(LeastAhead)
	if len(all) > 0 {
		first = max(first, date.Of(all[len(all)-1].InForceFrom).AddDays(1))
	}
	return first
}

func dayFault(all setting.Policies, on date.Date, now time.Time) (key string, args []any) {
	first, last := Earliest(all, now), date.Of(now).AddDays(MostAhead)
	if on < first || on > last {
		return "notice_rules.check.day", []any{"first", first, "last", last}
	}
	return "", nil
}

// PutInForce makes what was proposed the rules from its day on. It returns
// fault.Forbidden, also to who proposed it, fault.NotFound, and fault.Conflict
// where it is not open any more or its day is too near by now.
func PutInForce(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int) error {
	return end(ctx, d, now, by, number, ProposalOn, func(tx *db.Tx, p *Proposal) (version *int, err error) {
		if p.ProposerID == by.ID {
			return nil, fault.New(fault.Forbidden, "notice_rules.own")
		}
		all, err := setting.GetPolicies(ctx, tx)
		if err != nil {
			return nil, err
		}
		if key, _ := dayFault(all, p.On, now); key != "" {
			return nil, fault.New(fault.Conflict, "notice_rules.too_late")
		}
		p.Value.InForceFrom = p.On.Start().UTC()
		added, err := setting.AddPolicyIn(ctx, tx, by.Audit(), p.Value)
		p.Value.Version = added
		return &added, err
	})
}

// Withdraw ends a proposal that comes to nothing. It returns fault.Forbidden,
// fault.NotFound, and fault.Conflict where it is not open any more.
func Withdraw(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int) error {
	return end(ctx, d, now, by, number, ProposalWithdrawn, func(*db.Tx, *Proposal) (*int, error) { return nil, nil })
}

func end(ctx context.Context, d *db.DB, now time.Time, by staff.Actor, number int, state ProposalState, do func(tx *db.Tx, p *Proposal) (version *int, err error)) error {
	if err := by.Must(staff.SetNoticeRules); err != nil {
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
			return fault.New(fault.NotFound, "notice_rules.not_found")
		}
		p := &found[0]
		if p.State != ProposalOpen {
			return fault.New(fault.Conflict, "notice_rules.not_open")
		}
		version, err := do(tx, p)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update policy_proposals set state = $2, ended_at = $3, ended_by = $4, ended_name = $5, version = $6 where number = $1`,
			number, string(state), now, by.ID, by.Name, version)
		if err != nil {
			return err
		}
		action := "policy.put_in_force"
		if state == ProposalWithdrawn {
			action = "policy.withdraw"
		}
		return audit.Write(ctx, tx, p.entry(now, by, action))
	})
}

func (p *Proposal) entry(now time.Time, by staff.Actor, action string) audit.Entry {
	return audit.Entry{
		At: now, Actor: by.Audit(), Action: action, Subject: fmt.Sprint("notice rules ", p.Number), RequestID: by.RequestID,
		Details: map[string]any{"value": p.Value, "was": p.Was, "in_force_on": p.On.String(), "reason": p.Reason},
	}
}
