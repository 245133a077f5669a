package gate

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// row is a deduction that was asked for or reported, as it stands.
type row struct {
	ID         string
	MerchantID int64
	TerminalID int64
	PlanID     int64
	Item       fee.Item
	Ref        string
	Digest     []byte
	Amount     money.Fen
	Origin     string
	At         time.Time
	Cycle      int
	State      fee.State
	Refunded   money.Fen
	ExpiresAt  time.Time
	UngatedAt  time.Time
	BatchID    string
	By         audit.Actor
	AskedAt    time.Time
	SN         string

	taken  *deduction.TakenIn // as a file said it; nil: it was asked for or reported here
	number int                // of its latest decision, if it was read
	steps  int                // how many there are
	latest decision
}

// decision is one as it is kept.
type decision struct {
	at       time.Time
	rules    string
	decision fee.Decision
	reasons  string
	facts    string
}

// rowColumns are what scanRow scans, of gate_requests as g with its terminal t
// and its latest decision d.
const rowColumns = `g.deduction_id, g.merchant_id, g.terminal_id, g.plan_id, g.item, g.ref, g.digest, g.amount_fen, g.origin, g.at, g.cycle, g.state, g.refunded_fen,
	g.expires_at, g.ungated_at, g.batch_id, g.asked_kind, g.asked_by, g.asked_at, t.sn, d.number,
	(select count(*) from gate_steps s where s.merchant_id = g.merchant_id and s.deduction_id = g.deduction_id), d.at, d.rules, d.decision, d.reasons, d.facts`

const rowFrom = `gate_requests g
	join terminals t on t.id = g.terminal_id
	join gate_decisions d on d.merchant_id = g.merchant_id and d.deduction_id = g.deduction_id
		and d.number = (select max(l.number) from gate_decisions l where l.merchant_id = g.merchant_id and l.deduction_id = g.deduction_id)`

func (r *row) scan(rows db.Rows) error {
	var planID *int64
	var cycle *int
	var at, expires, ungated, asked, decided db.Time
	var batch db.Text
	err := rows.Scan(&r.ID, &r.MerchantID, &r.TerminalID, &planID, &r.Item, &r.Ref, &r.Digest, &r.Amount, &r.Origin, &at, &cycle, &r.State, &r.Refunded,
		&expires, &ungated, &batch, &r.By.Kind, &r.By.ID, &asked, &r.SN, &r.number, &r.steps, &decided, &r.latest.rules, &r.latest.decision, &r.latest.reasons, &r.latest.facts)
	if planID != nil {
		r.PlanID = *planID
	}
	if cycle != nil {
		r.Cycle = *cycle
	}
	r.At, r.ExpiresAt, r.UngatedAt, r.AskedAt, r.BatchID, r.latest.at = at.Time, expires.Time, ungated.Time, asked.Time, string(batch), decided.Time
	return err
}

// readRow reads one by its id or by the core system's number. It returns
// fault.NotFound.
func readRow(ctx context.Context, r db.Reader, id string) (*row, error) {
	var found *row
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			found = &row{}
			return found.scan(rows)
		})
	}, `select `+rowColumns+` from `+rowFrom+` where g.deduction_id = $1 or g.ref = $1 order by case when g.deduction_id = $1 then 1 else 0 end`, id)
	if err == nil && found == nil {
		err = fault.New(fault.NotFound, "errors.not_found.deduction")
	}
	return found, err
}

// lockRow reads one by its id while nobody else decides on its terminal.
func lockRow(ctx context.Context, tx *db.Tx, id string) (*row, error) {
	if tx.Dialect == db.Postgres {
		_, err := tx.Exec(ctx, `select id from terminals where id in (select terminal_id from gate_requests where deduction_id = $1 or ref = $1) order by id for no key update`, id)
		if err != nil {
			return nil, err
		}
	}
	return readRow(ctx, tx, id)
}

// lock lets nobody else decide on the terminals until the transaction ends, and
// reads which references are taken, and which permissions for these terminals
// have ended without anybody having noticed yet. What else is to be read of the
// terminals goes along.
func lock(ctx context.Context, tx *db.Tx, now time.Time, sns, refs []string, along func(b *db.Batch, snList string)) (taken map[string]*row, ended []string, err error) {
	snList, refList := listText(sns), listText(refs)
	taken = map[string]*row{}
	b := db.NewBatch()
	list := `(select value from json_each($1))`
	if tx.Dialect == db.Postgres {
		list = `(select json_array_elements_text(cast($1 as json)))`
		b.Add(`select id from terminals where sn in `+list+` order by id for no key update`, []any{snList}, func(rows db.Rows) error {
			return db.Each(rows, func() error { return nil })
		})
	}
	b.Add(`select ref from deduction_refs where ref in `+list, []any{refList}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var ref string
			err := rows.Scan(&ref)
			taken[ref] = nil
			return err
		})
	})
	b.Add(`select g.deduction_id from gate_requests g join terminals t on t.id = g.terminal_id
		where g.state = 'authorized' and g.expires_at < $2 and t.sn in `+list, []any{snList, now}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ended = append(ended, id)
			return err
		})
	})
	along(b, snList)
	if err := tx.Read(ctx, b); err != nil || len(taken) == 0 {
		return taken, ended, err
	}
	return taken, ended, tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			r := &row{}
			err := r.scan(rows)
			taken[r.Ref] = r
			return err
		})
	}, `select `+rowColumns+` from `+rowFrom+` where g.ref in `+list, refList)
}

// listText writes texts as a JSON array.
func listText(texts []string) string {
	b, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts
	}
	return string(b)
}

// step is something that became of a deduction.
type step struct {
	name   string
	amount *money.Fen
	reason string
}

// stepRow is a step as it is kept.
func (r *row) stepRow(now time.Time, by By, s step) []any {
	r.steps++
	return []any{r.ID, r.steps, r.MerchantID, now, s.name, (*int64)(s.amount), s.reason, string(by.Actor.Kind), by.Actor.ID}
}

var stepColumns = []string{"deduction_id", "number", "merchant_id", "at", "step", "amount_fen", "reason", "by_kind", "by_id"}

// decisionRow is the next decision on a deduction as it is kept.
func (r *row) decisionRow(now time.Time, d *verdict) ([]any, error) {
	facts, err := json.Marshal(&d.Decided)
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(d.Answer())
	if err != nil {
		return nil, err
	}
	r.number++
	r.latest = decision{at: now, rules: fee.RulesVersion, decision: d.decision(), reasons: d.reasons(), facts: string(facts)}
	return []any{r.ID, r.number, r.MerchantID, now, r.latest.rules, string(r.latest.decision), r.latest.reasons, string(answer), r.latest.facts}, nil
}

var decisionColumns = []string{"deduction_id", "number", "merchant_id", "at", "rules", "decision", "reasons", "answer", "facts"}

// decide writes down one more decision on a deduction.
func (r *row) decide(ctx context.Context, tx *db.Tx, now time.Time, d *verdict) error {
	kept, err := r.decisionRow(now, d)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, "gate_decisions", decisionColumns, [][]any{kept})
}

// became writes down how a deduction stands from now on, and the step to there.
func (r *row) became(ctx context.Context, tx *db.Tx, now time.Time, by By, was time.Time, verdict *fee.Verdict, s step) error {
	err := deduction.ChangeRecorded(ctx, tx, deduction.Outcome{
		MerchantID: r.MerchantID, TerminalID: r.TerminalID, ID: r.ID, Ref: r.Ref, Was: was, At: r.At, State: r.State, Refunded: int64(r.Refunded), Gate: r.came(), Verdict: verdict,
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update gate_requests set state = $2, refunded_fen = $3, expires_at = $4, ungated_at = $5, at = $6, cycle = $7, changed_at = $8 where deduction_id = $1`,
		r.ID, string(r.State), int64(r.Refunded), db.At(r.ExpiresAt), db.At(r.UngatedAt), r.At, orNull(r.Cycle), now)
	if err != nil {
		return err
	}
	if err := tx.Insert(ctx, "gate_steps", stepColumns, [][]any{r.stepRow(now, by, s)}); err != nil {
		return err
	}
	if err := r.tell(ctx, tx, now, s); err != nil {
		return err
	}
	details := map[string]any{"ref": r.Ref, "amount_fen": int64(r.Amount)}
	if s.amount != nil {
		details["given_back_fen"] = int64(*s.amount)
	}
	if s.reason != "" {
		details["reason"] = s.reason
	}
	return audit.Write(ctx, tx, by.entry(now, r.MerchantID, "gate."+s.name, r.ID, details))
}

// claim holds the deduction's cycle, and reports whether it could.
func (r *row) claim(ctx context.Context, tx *db.Tx) (bool, error) {
	if r.Cycle == 0 || r.PlanID == 0 {
		return true, nil
	}
	n, err := tx.Exec(ctx, `insert into gate_claims (terminal_id, plan_id, cycle, deduction_id) values ($1, $2, $3, $4) on conflict do nothing`,
		r.TerminalID, r.PlanID, r.Cycle, r.ID)
	return n == 1, err
}

// unclaim gives the cycle back.
func (r *row) unclaim(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `delete from gate_claims where terminal_id = $1 and plan_id = $2 and cycle = $3 and deduction_id = $4`,
		r.TerminalID, r.PlanID, r.Cycle, r.ID)
	return err
}

func orNull[T int | int64](n T) *T {
	if n == 0 {
		return nil
	}
	return &n
}

// on is the date of the deduction.
func (r *row) on() date.Date { return date.Of(r.At) }
