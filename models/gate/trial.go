package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// Rule is a rule that a proposal is tried by.
type Rule string

// The rules, each with what its counts count.
const (
	RuleSpike  Rule = "spike"      // decisions that an agent's day holds
	RuleBatch  Rule = "batch_band" // batches that are held
	RuleSecond Rule = "second"     // held deductions that take two people
)

// TriedRules lists them.
var TriedRules = []Rule{RuleSpike, RuleBatch, RuleSecond}

// Trial is what a proposal would have done.
type Trial struct {
	Days     []TrialDay // by rule and day
	Examples []TrialExample
}

// TrialDay is what it would have done to a rule on a day.
type TrialDay struct {
	Rule   Rule
	On     date.Date
	Tried  int64 // so many could be tried
	Caught int64 // so many did what the rule says
	Gained int64 // so many more would have
	Lost   int64 // so many would not have any more
}

// TrialExample is one that would have come out otherwise.
type TrialExample struct {
	Rule   Rule
	Gained bool
	Ref    string // the deduction, or the batch
	At     time.Time
}

const (
	triedAtOnce   = 500 // decisions, in a transaction
	batchesAtOnce = 50
	triesAtOnce   = 40              // transactions, in a run of the job
	examplesKept  = 20              // of a rule, each way
	trialLag      = 5 * time.Minute // decisions that are younger may not all be there yet
)

// Try goes on trying the proposal that is open on the decisions since it was last
// tried: from the ones of the last ninety days on, with what is decided from then
// on. It does so much and no more, and returns how many decisions and batches that
// were; the next run goes on where it ended.
func Try(ctx context.Context, d *db.DB, c clock.Clock) (n int, err error) {
	for range triesAtOnce {
		p, err := openProposal(ctx, d)
		if err != nil || p == nil {
			return n, err
		}
		t := &trying{proposal: p, days: map[trialKey]*TrialDay{}}
		now := c.Now()
		if err := t.decisions(ctx, d, now.Add(-trialLag)); err != nil {
			return n, err
		}
		if err := t.batches(ctx, d, now.Add(-trialLag)); err != nil {
			return n, err
		}
		if err := t.keep(ctx, d, now); err != nil {
			return n, err
		}
		n += t.n
		if t.done() {
			return n, nil
		}
	}
	return n, nil
}

// trialKey is what is counted together.
type trialKey struct {
	rule Rule
	on   date.Date
}

// trying is a part of a trial.
type trying struct {
	proposal *Proposal
	n        int
	seen     int // decisions
	batch    int
	triedTo  string
	batchTo  string
	days     map[trialKey]*TrialDay
	examples []TrialExample
}

// done reports whether there was nothing more.
func (t *trying) done() bool { return t.seen < triedAtOnce && t.batch < batchesAtOnce }

// note counts one that did what the rule says, or would have.
func (t *trying) note(rule Rule, at time.Time, ref string, was, would bool) {
	key := trialKey{rule, date.Of(at)}
	day := t.days[key]
	if day == nil {
		day = &TrialDay{Rule: rule, On: key.on}
		t.days[key] = day
	}
	day.Tried++
	switch {
	case was:
		day.Caught++
		if !would {
			day.Lost++
		}
	case would:
		day.Gained++
	}
	if was != would {
		t.examples = append(t.examples, TrialExample{Rule: rule, Gained: would, Ref: ref, At: at})
	}
}

// decisions tries the next decisions, each as it was made at first.
func (t *trying) decisions(ctx context.Context, r db.Reader, before time.Time) error {
	t.triedTo = t.proposal.triedTo
	return r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id, origin, facts string
			var amount money.Fen
			var decision fee.Decision
			var at db.Time
			if err := rows.Scan(&id, &amount, &origin, &at, &decision, &facts); err != nil {
				return err
			}
			t.n, t.seen, t.triedTo = t.n+1, t.seen+1, id
			kept, err := deduction.ParseDecided([]byte(facts))
			if err != nil {
				return fmt.Errorf("gate: trying %s: %w", id, err)
			}
			if day := kept.Day; day != nil {
				u := usual{days: day.Days, level: day.Usual, spread: day.Spread}
				t.note(RuleSpike, at.Time, id, !day.Holds(), day.Deductions > u.most(t.proposal.Value))
			}
			if decision == fee.Hold {
				t.note(RuleSecond, at.Time, id, needsSecond(amount, origin, t.proposal.Was), needsSecond(amount, origin, t.proposal.Value))
			}
			return nil
		})
	}, `select g.deduction_id, g.amount_fen, g.origin, g.asked_at, d.decision, d.facts
		from gate_requests g join gate_decisions d on d.merchant_id = g.merchant_id and d.deduction_id = g.deduction_id and d.number = 1
		where g.deduction_id > $1 and g.asked_at < $2 order by g.deduction_id limit $3`,
		t.proposal.triedTo, before, triedAtOnce)
}

// batches tries the next batches.
func (t *trying) batches(ctx context.Context, r db.Reader, before time.Time) error {
	t.batchTo = t.proposal.batchesTo
	type weighed struct {
		id, alike            string
		at                   time.Time
		held                 bool
		count, total, denied int64
	}
	var all []weighed
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var w weighed
			var at db.Time
			err := rows.Scan(&w.id, &w.alike, &at, &w.held, &w.count, &w.total, &w.denied)
			w.at = at.Time
			all = append(all, w)
			return err
		})
	}, `select id, like_key, at, held, requests, total_fen, denied from gate_batches where id > $1 and at < $2 order by id limit $3`,
		t.proposal.batchesTo, before, batchesAtOnce)
	if err != nil {
		return err
	}
	t.batch = len(all)
	t.n += len(all)
	for _, w := range all {
		t.batchTo = w.id
		alike, err := alikeBefore(ctx, r, w.alike, w.id, w.at)
		if err != nil {
			return err
		}
		band := &deduction.BatchBand{
			Count: deduction.Band{Got: w.count}, Total: deduction.Band{Got: w.total}, Denied: deduction.Band{Got: w.denied * whole / max(w.count, 1)},
		}
		if alike.expect(t.proposal.Value.BatchWidth, band); band.Batches >= batchesNeeded || w.held {
			t.note(RuleBatch, w.at, w.id, w.held, len(band.Outside) > 0)
		}
	}
	return nil
}

// alikeBefore reads what a batch was compared with when it came.
func alikeBefore(ctx context.Context, r db.Reader, alike, id string, at time.Time) (b alikeBatches, err error) {
	err = r.Query(ctx, b.scan, `select requests, total_fen, denied from gate_batches where like_key = $1 and at <= $2 and id <> $3
		and (not held or answer = 'release' and answered_at <= $2) order by at desc, id desc limit $4`, alike, at, id, batchesCompared)
	return b, err
}

// keep writes down what was tried, unless somebody else did or the proposal ended
// meanwhile.
func (t *trying) keep(ctx context.Context, d *db.DB, now time.Time) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		tried := db.Time{Time: t.proposal.TriedAt}
		if t.done() {
			tried.Time = now
		}
		n, err := tx.Exec(ctx, `update gate_proposals set tried_to = $2, batches_to = $3, tried_at = $4 where number = $1 and state = 'open' and tried_to = $5 and batches_to = $6`,
			t.proposal.Number, t.triedTo, t.batchTo, tried, t.proposal.triedTo, t.proposal.batchesTo)
		if err != nil || n == 0 {
			return err
		}
		for _, day := range t.days {
			_, err := tx.Exec(ctx, `insert into gate_trial_days (proposal, rule, on_date, tried, caught, gained, lost) values ($1, $2, $3, $4, $5, $6, $7)
				on conflict (proposal, rule, on_date) do update set tried = gate_trial_days.tried + excluded.tried, caught = gate_trial_days.caught + excluded.caught,
					gained = gate_trial_days.gained + excluded.gained, lost = gate_trial_days.lost + excluded.lost`,
				t.proposal.Number, string(day.Rule), day.On, day.Tried, day.Caught, day.Gained, day.Lost)
			if err != nil {
				return err
			}
		}
		return t.keepExamples(ctx, tx)
	})
}

func (t *trying) keepExamples(ctx context.Context, tx *db.Tx) error {
	if len(t.examples) == 0 {
		return nil
	}
	type side struct {
		rule   Rule
		gained bool
	}
	kept := map[side]int{}
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var s side
			var n int
			err := rows.Scan(&s.rule, &s.gained, &n)
			kept[s] = n
			return err
		})
	}, `select rule, gained, count(*) from gate_trial_examples where proposal = $1 group by rule, gained`, t.proposal.Number)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, e := range t.examples {
		s := side{e.Rule, e.Gained}
		if kept[s] == examplesKept {
			continue
		}
		kept[s]++
		rows = append(rows, []any{t.proposal.Number, string(e.Rule), e.Gained, kept[s], e.Ref, e.At})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Insert(ctx, "gate_trial_examples", []string{"proposal", "rule", "gained", "place", "ref", "at"}, rows)
}

// readTrial adds to a batch what the open proposal would have done.
func readTrial(b *db.Batch) *Trial {
	t := &Trial{}
	b.Add(`select t.rule, t.on_date, t.tried, t.caught, t.gained, t.lost from gate_trial_days t join gate_proposals p on p.number = t.proposal
		where p.state = 'open' order by t.rule, t.on_date`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d TrialDay
			err := rows.Scan(&d.Rule, &d.On, &d.Tried, &d.Caught, &d.Gained, &d.Lost)
			t.Days = append(t.Days, d)
			return err
		})
	})
	b.Add(`select t.rule, t.gained, t.ref, t.at from gate_trial_examples t join gate_proposals p on p.number = t.proposal
		where p.state = 'open' order by t.rule, t.gained, t.place`, nil, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e TrialExample
			var at db.Time
			err := rows.Scan(&e.Rule, &e.Gained, &e.Ref, &at)
			e.At = at.Time
			t.Examples = append(t.Examples, e)
			return err
		})
	})
	return t
}
