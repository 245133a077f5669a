package rootcause

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/complaint"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/enrolment"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/notice"
	"github.com/mingbai/mingbai/models/staff"
	"github.com/mingbai/mingbai/models/stop"
)

// How many lines are worked in one transaction: each that is given back takes some
// thirty statements, the others few for all together.
var atOnce = map[What]int{Refund: 20, Stop: 500, Tell: 200}

// itself does what nobody did.
var itself = audit.Actor{Kind: audit.System, ID: "root_causes"}

// Work works every action that is approved until it is done or halted, and returns
// how many lines it worked. It may run at any time, in several processes, and may
// be killed: some lines are worked in one transaction with the note that they are.
func (c *Causes) Work(ctx context.Context) (n int, err error) {
	var all []string
	err = c.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			all = append(all, id)
			return err
		})
	}, `select id from root_causes where state = 'working' order by proposed_at, id`)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, id := range all { // one that fails holds up none of the others
		worked, err := c.workOne(ctx, id)
		n += worked
		if err != nil {
			errs = append(errs, fmt.Errorf("rootcause: working %s: %w", id, err))
		}
	}
	return n, errors.Join(errs...)
}

// workOne works an action until nothing is left of it.
func (c *Causes) workOne(ctx context.Context, causeID string) (n int, err error) {
	for {
		worked := 0
		err := c.d.Write(ctx, func(tx *db.Tx) (err error) {
			worked, err = c.workSome(ctx, tx, causeID)
			return err
		})
		n += worked
		if err != nil || worked == 0 {
			return n, err
		}
	}
}

// workSome works the next few lines of an action; none: it is done, or halted.
func (c *Causes) workSome(ctx context.Context, tx *db.Tx, causeID string) (n int, err error) {
	a, err := lock(ctx, tx, causeID)
	if err != nil || a.State != Working {
		return 0, err
	}
	var what What
	err = tx.QueryRow(ctx, `select what from root_cause_lines where cause_id = $1 and state = 'pending' order by what limit 1`, causeID).Scan(&what)
	if db.NotFound(err) {
		return 0, a.finish(ctx, tx, c.clock.Now())
	}
	if err != nil {
		return 0, err
	}
	s, err := takeSome(ctx, tx, c.clock.Now(), a, what)
	if err != nil {
		return 0, err
	}
	switch what {
	case Refund:
		err = s.refund(ctx, tx, c.cases)
	case Stop:
		err = s.stop(ctx, tx)
	default:
		err = s.tell(ctx, tx)
	}
	return len(s.lines), err
}

// finish ends an action of which nothing is left.
func (a *Action) finish(ctx context.Context, tx *db.Tx, at time.Time) error {
	if _, err := tx.Exec(ctx, `update root_causes set state = 'done', done_at = $2 where id = $1`, a.ID, at); err != nil {
		return err
	}
	details := map[string]any{"number": a.Number, "case": a.CaseNumber}
	sums, err := readSums(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	for _, s := range sums {
		key := string(s.What) + "_" + string(s.State)
		before, _ := details[key].(int64)
		details[key] = before + s.Lines
	}
	return audit.Write(ctx, tx, audit.Entry{At: at, Actor: itself, Action: "root_cause.done", Subject: a.ID, Details: details})
}

// some are lines of an action that are worked together.
type some struct {
	*Action
	at    time.Time
	what  What
	lines []pending
}

// pending is a line that is to be worked.
type pending struct {
	merchantID int64
	subject    string
	amount     money.Fen
}

// takeSome reads the next pending lines of one kind.
func takeSome(ctx context.Context, tx *db.Tx, at time.Time, a *Action, what What) (*some, error) {
	s := &some{Action: a, at: at, what: what}
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p pending
			err := rows.Scan(&p.merchantID, &p.subject, &p.amount)
			s.lines = append(s.lines, p)
			return err
		})
	}, `select merchant_id, subject, amount_fen from root_cause_lines where cause_id = $1 and what = $2 and state = 'pending' order by merchant_id, subject limit $3`,
		a.ID, string(what), atOnce[what])
	return s, err
}

// within is a condition for these lines, whose arguments are those of args.
const within = `cause_id = $1 and what = $2 and state = 'pending' and (merchant_id < $3 or merchant_id = $3 and subject <= $4)`

func (s *some) args(more ...any) []any {
	last := &s.lines[len(s.lines)-1]
	return append([]any{s.ID, string(s.what), last.merchantID, last.subject}, more...)
}

// note notes of these lines, as far as a condition is true of them too, that they
// were worked.
func (s *some) note(ctx context.Context, tx *db.Tx, state LineState, why Why, condition string) error {
	_, err := tx.Exec(ctx, `update root_cause_lines set state = $5, why = $6, worked_at = $7 where `+within+condition, s.args(string(state), string(why), s.at)...)
	return err
}

// refund gives money back of lines of the bill.
func (s *some) refund(ctx context.Context, tx *db.Tx, cases *complaint.Cases) error {
	var lines []complaint.Righting
	for _, p := range s.lines {
		lines = append(lines, complaint.Righting{MerchantID: p.merchantID, LineID: p.subject, Most: p.amount})
	}
	became, err := cases.PutRightIn(ctx, tx, complaint.Together{
		RootCause: s.Plan.Reason, Reason: s.Plan.Words,
		By: staff.Actor{ID: s.ProposedID, Name: s.ProposedBy}, Second: staff.Actor{ID: s.secondID, Name: s.SecondBy},
	}, lines)
	if err != nil {
		return err
	}
	for i := range became {
		state, why := LineDone, Why(became[i].Why)
		if why != "" {
			state = LineSkipped
		}
		_, err := tx.Exec(ctx, `
			update root_cause_lines set state = $5, why = $6, amount_fen = $7, case_number = $8, worked_at = $9
			where cause_id = $1 and what = $2 and merchant_id = $3 and subject = $4`,
			s.ID, string(s.what), lines[i].MerchantID, lines[i].LineID, string(state), string(why), int64(became[i].Amount), became[i].Number, s.at)
		if err != nil {
			return err
		}
	}
	return nil
}

// stop ends fees of terminals from today on.
func (s *some) stop(ctx context.Context, tx *db.Tx) error {
	today := date.Of(s.at)
	_, err := tx.Exec(ctx, `update root_cause_lines set state = 'skipped', why = $5, worked_at = $6 where `+within+`
		and not exists (select 1 from enrolments e where cast(e.id as text) = subject and (e.cancelled_on is null or e.cancelled_on > $7))`,
		s.args(string(StoppedBefore), s.at, today)...)
	if err != nil {
		return err
	}
	which := enrolment.Which{Query: `select cast(subject as bigint) from root_cause_lines where ` + within, Args: s.args()}
	if err := stop.EndIn(ctx, tx, s.at, s.Number, which, today); err != nil {
		return err
	}
	// Each merchant's record says that its fees were stopped, and why.
	var entries []audit.Entry
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			e := audit.Entry{At: s.at, Actor: itself, Action: "root_cause.stop", Subject: s.ID}
			var terminals int64
			err := rows.Scan(&e.MerchantID, &terminals)
			e.Details = map[string]any{"number": s.Number, "terminals": terminals, "on": today.String(), "proposed_by": s.ProposedID, "approved_by": s.secondID}
			entries = append(entries, e)
			return err
		})
	}, `select merchant_id, count(*) from root_cause_lines where `+within+` group by merchant_id order by merchant_id`, s.args()...)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := audit.Write(ctx, tx, e); err != nil {
			return err
		}
	}
	return s.note(ctx, tx, LineDone, "", "")
}

// tell tells merchants what went wrong, and whether a fee was stopped for them.
func (s *some) tell(ctx context.Context, tx *db.Tx) error {
	const stopped = `exists (select 1 from root_cause_lines o where o.cause_id = $1 and o.what = 'stop' and o.state = 'done' and o.merchant_id = root_cause_lines.merchant_id)`
	if !s.Plan.Tell {
		if err := s.note(ctx, tx, LineSkipped, NothingForThem, ` and not `+stopped); err != nil {
			return err
		}
	}
	var news []notice.News
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			n := notice.News{Kind: notice.Complaint, Ref: s.Number, Facts: notice.Facts{At: s.at, Number: s.Number, Step: "cause_told", Text: s.Plan.Words}}
			var was bool
			err := rows.Scan(&n.MerchantID, &was)
			if was {
				n.Facts.Step = "cause_stopped"
			}
			news = append(news, n)
			return err
		})
	}, `select merchant_id, `+stopped+` from root_cause_lines where `+within+` order by merchant_id`, s.args()...)
	if err != nil {
		return err
	}
	if err := notice.Tell(ctx, tx, s.at, news...); err != nil {
		return err
	}
	return s.note(ctx, tx, LineDone, "", "")
}
