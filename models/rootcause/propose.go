package rootcause

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/staff"
)

// Seen is what somebody saw of a cause before they proposed anything.
type Seen struct {
	Lines int64
	Due   money.Fen
}

// Proposal is an action that somebody proposes.
type Proposal struct {
	Token    string // of the form: sent twice, it proposes once
	Case     string // number of the case that the cause was found in
	Criteria Criteria
	Plan     Plan
	Seen     Seen
}

// Propose proposes an action against what the criteria find, and returns its id.
// Every line is written down as it stands: those that need nothing are skipped
// with the reason, and nobody can approve more than what is written. It returns
// the faults of Criteria.Check, fault.Invalid for the fields "what", "reason" and
// "words", fault.Conflict where nothing is to be done, too much, or other than was
// seen, fault.Forbidden, and fault.NotFound.
func (c *Causes) Propose(ctx context.Context, by staff.Actor, p Proposal) (causeID string, err error) {
	if err := by.Must(staff.WorkCases); err != nil {
		return "", err
	}
	if err := p.Criteria.Check(); err != nil {
		return "", err
	}
	if err := p.Plan.check(); err != nil {
		return "", err
	}
	at := c.clock.Now()
	err = c.d.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock(ctx, "root cause numbers"); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `select id from root_causes where token = $1`, p.Token).Scan(&causeID)
		if !db.NotFound(err) {
			return err // sent twice
		}
		causeID = id.New("rc", at)
		return propose(ctx, tx, at, by, causeID, &p)
	})
	return causeID, err
}

func (p *Plan) check() error {
	var wrong fault.Fields
	if !p.Refund && !p.Stop && !p.Tell {
		wrong.Add("what", "root_cause.what_missing")
	}
	checkText(&wrong, &p.Reason, "reason", "case.root_cause_missing", MaxReason)
	checkText(&wrong, &p.Words, "words", "root_cause.words_missing", MaxWords)
	return wrong.Err()
}

func propose(ctx context.Context, tx *db.Tx, at time.Time, by staff.Actor, causeID string, p *Proposal) error {
	var caseID string
	err := tx.QueryRow(ctx, `select id from cases where number = $1`, p.Case).Scan(&caseID)
	if db.NotFound(err) {
		return fault.New(fault.NotFound, "case.not_found")
	}
	if err != nil {
		return err
	}
	var found Found
	b := db.NewBatch()
	found.addSums(b, &p.Criteria, date.Of(at))
	if err := tx.Read(ctx, b); err != nil {
		return err
	}
	switch {
	case p.Seen != found.Seen():
		return fault.New(fault.Conflict, "root_cause.changed_since")
	case found.Lines > MaxLines:
		return fault.New(fault.Conflict, "root_cause.too_many", "n", MaxLines)
	}
	number, err := nextNumber(ctx, tx, date.Of(at))
	if err != nil {
		return err
	}
	k, plan := &p.Criteria, &p.Plan
	_, err = tx.Exec(ctx, `
		insert into root_causes (id, number, token, case_id, plan_id, version, agent_ref, batch_id, rule, from_on, to_on, refund, stop, tell, reason, words, state, proposed_by, proposed_name, proposed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'proposed', $17, $18, $19)`,
		causeID, number, p.Token, caseID, k.PlanID, k.Version, k.Agent, k.Batch, k.Rule, k.From, k.To, plan.Refund, plan.Stop, plan.Tell, plan.Reason, plan.Words, by.ID, by.Name, at)
	if err != nil {
		return err
	}
	if err := writeLines(ctx, tx, causeID, p, date.Of(at)); err != nil {
		return err
	}
	var pending int64
	if err := tx.QueryRow(ctx, `select count(*) from root_cause_lines where cause_id = $1 and state = 'pending' and (what <> 'tell' or $2)`, causeID, plan.Tell).Scan(&pending); err != nil {
		return err
	}
	if pending == 0 {
		return fault.New(fault.Conflict, "root_cause.nothing_to_do")
	}
	return audit.Write(ctx, tx, audit.Entry{At: at, Actor: by.Audit(), Action: "root_cause.propose", Subject: causeID, RequestID: by.RequestID, Details: map[string]any{
		"number": number, "case": p.Case, "plan": k.PlanID, "version": k.Version, "agent": k.Agent, "batch": k.Batch, "rule": k.Rule, "from": k.From.String(), "to": k.To.String(),
		"refund": plan.Refund, "stop": plan.Stop, "tell": plan.Tell, "lines": found.Lines, "due_fen": int64(found.Due), "reason": plan.Reason,
	}})
}

// Seen is what somebody who looks at it now sees.
func (f *Found) Seen() Seen { return Seen{f.Lines, f.Due} }

// nextNumber is the next number of a day.
func nextNumber(ctx context.Context, tx *db.Tx, today date.Date) (string, error) {
	year, month, day := today.Civil()
	prefix := fmt.Sprintf("R%04d-%02d%02d-", year, month, day)
	var n int
	err := tx.QueryRow(ctx, `select count(*) from root_causes where number >= $1 and number < $2`, prefix, prefix+":").Scan(&n)
	return fmt.Sprintf("%s%02d", prefix, n+1), err
}

// writeLines writes down all that is to be done, and what is not with why, in a
// statement for each kind.
func writeLines(ctx context.Context, tx *db.Tx, causeID string, p *Proposal, today date.Date) error {
	const into = `insert into root_cause_lines (cause_id, what, merchant_id, subject, terminal_id, plan_id, taken_fen, amount_fen, state, why) select `
	write := func(selected, rest string) error {
		q := &query{}
		q.add(into, q.arg(causeID), selected, ` from (`)
		q.hit(&p.Criteria, today)
		q.add(`) h`, rest)
		_, err := tx.Exec(ctx, q.text.String(), q.args...)
		return err
	}
	if p.Plan.Refund {
		err := write(`, 'refund', h.merchant_id, h.id, h.terminal_id, nullif(h.plan_id, 0), h.amount_fen, case when h.why = '' then h.due else 0 end,
			case when h.why = '' then 'pending' else 'skipped' end, h.why`, ``)
		if err != nil {
			return err
		}
	}
	if p.Plan.Stop {
		err := write(`, 'stop', min(h.merchant_id), case when h.enrolment_id = 0 then 't' || cast(h.terminal_id as text) else cast(h.enrolment_id as text) end,
			h.terminal_id, nullif(min(h.plan_id), 0), 0, 0, case when min(h.unstopped) = '' then 'pending' else 'skipped' end, min(h.unstopped)`, ` group by h.terminal_id, h.enrolment_id`)
		if err != nil {
			return err
		}
	}
	if !p.Plan.Stop && !p.Plan.Tell {
		return nil // who gets money back is told by the case
	}
	return write(`, 'tell', h.merchant_id, cast(h.merchant_id as text), cast(null as bigint), cast(null as bigint), 0, 0, 'pending', ''`, ` group by h.merchant_id`)
}
