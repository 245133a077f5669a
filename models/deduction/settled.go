package deduction

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// gateSince reads from when on the gate is asked; nothing where it never was.
const gateSince = `select asked_at from gate_requests order by deduction_id limit 1`

// tookMoney are the states in which a file says that money has moved.
var tookMoney = fmt.Sprintf("('%s', '%s', '%s')", fee.Posted, fee.Reversed, fee.Refunded)

// askedAt is true of a staged row s whose deduction the gate knows.
const askedAt = `exists (select 1 from gate_requests g where g.ref = s.ref)`

// settling is the staged deductions of a file that are set against what the gate
// was asked for.
type settling struct {
	tx    *db.Tx
	stage *intake.Stage
	now   time.Time
	since time.Time // zero: the gate was never asked
}

// takeSettled takes the staged rows whose deductions the gate knows out of the
// stage, and keeps what they say: they are no deductions more. It returns how
// many of them said something new.
func (s *settling) takeSettled(ctx context.Context) (int64, error) {
	var since db.Time
	err := s.tx.QueryRow(ctx, gateSince).Scan(&since)
	if db.NotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	s.since = date.Of(since.Time).Start()
	n, err := s.keep(ctx, askedAt)
	if err != nil {
		return 0, err
	}
	// What an earlier row or file said otherwise stays in the stage, to be refused.
	_, err = s.tx.Exec(ctx, `
		delete from staged_deductions as s where `+askedAt+` and (s.state = $1
			or exists (select 1 from settled_deductions d where d.ref = s.ref and d.digest = s.digest))`, string(fee.Authorized))
	return n, err
}

// addSettled keeps what the staged rows say whose deductions were added.
func (s *settling) addSettled(ctx context.Context) error {
	if s.since.IsZero() {
		return nil
	}
	_, err := s.keep(ctx, `s.at >= $2`, s.since)
	return err
}

func (s *settling) keep(ctx context.Context, which string, args ...any) (int64, error) {
	n, err := intake.Match(ctx, s.tx, s.stage, "gate_requests", `
		insert into settled_deductions (ref, on_date, sn, item, amount_fen, at, state, settlement_ref, digest, recorded_at)
		select s.ref, coalesce(r.settled_on, s.on_date), s.sn, s.item, s.amount_fen, s.at, s.state, s.settlement_ref, s.digest, $1
		from staged_deductions s
		join (select ref, min(line) as line from staged_deductions group by ref) f on f.line = s.line
		left join settlement_refs r on r.ref = s.settlement_ref
		where s.state in `+tookMoney+` and `+which+`
		order by s.ref
		on conflict (ref) do nothing`, append([]any{s.now}, args...)...)
	if err != nil || n == 0 {
		return n, err
	}
	_, err = s.tx.Exec(ctx, `
		insert into settled_news (ref)
		select s.ref from staged_deductions s join settled_deductions d on d.ref = s.ref and d.digest = s.digest and d.recorded_at = $1
		group by s.ref order by s.ref
		on conflict (ref) do nothing`, s.now)
	return n, err
}

// Settled is a deduction as a file said that it was taken.
type Settled struct {
	Ref           string
	On            date.Date // of its settlement, or else its own
	SN            string
	Item          fee.Item
	Amount        money.Fen
	At            time.Time
	SettlementRef string
}

// SettledColumns are what ScanSettled scans, of settled_deductions as f.
const SettledColumns = `f.ref, f.on_date, f.sn, f.item, f.amount_fen, f.at, f.settlement_ref`

// Dest returns where SettledColumns are scanned to; Done has to be called after.
func (s *Settled) Dest() (dest []any, done func()) {
	at, settlement := &db.Time{}, new(db.Text)
	return []any{&s.Ref, &s.On, &s.SN, &s.Item, &s.Amount, at, settlement}, func() { s.At, s.SettlementRef = at.Time, string(*settlement) }
}

// ForgetSettled takes it off the list of what waits to be matched, in the
// transaction in which it was.
func ForgetSettled(ctx context.Context, tx *db.Tx, refs []string) error {
	text, err := json.Marshal(refs)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `delete from settled_news where ref in (`+listed[tx.Dialect]+`)`, string(text))
	return err
}

// listed are the texts of a JSON array, $1.
var listed = map[db.Dialect]string{
	db.Postgres: "select json_array_elements_text(cast($1 as json))",
	db.SQLite:   "select value from json_each($1)",
}

// Attached says in which settlement a deduction was taken that was asked for
// first.
type Attached struct {
	MerchantID int64     `json:"m"`
	TerminalID int64     `json:"t"`
	ID         string    `json:"d"`
	At         time.Time `json:"at"`
	Settlement string    `json:"s"` // the core system's number of it
}

var attach = map[db.Dialect]string{
	db.Postgres: `update deductions d set settlement_ref = a.s
		from json_to_recordset(cast($1 as json)) as a(m bigint, d text, at timestamptz, s text)
		where d.merchant_id = a.m and d.id = a.d and d.at = a.at and d.settlement_ref is null`,
	db.SQLite: `update deductions as d set settlement_ref = a.value->>'s'
		from json_each($1) a
		where d.merchant_id = a.value->>'m' and d.id = a.value->>'d' and d.settlement_ref is null`,
}

// AttachToSettlements notes of deductions in which settlement they were taken: they
// explain a part of it, and no longer add to it. Since is the first day of all.
func AttachToSettlements(ctx context.Context, tx *db.Tx, all []Attached, since date.Date) error {
	if len(all) == 0 {
		return nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, attach[tx.Dialect], string(text))
	if err != nil || n == 0 {
		return err
	}
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].TerminalID
	}
	return pend(ctx, tx, ids, since)
}

// addGaps keeps the staged settlements that do not add up.
func addGaps(ctx context.Context, tx *db.Tx, now time.Time) error {
	const due = `(s.card_fen + s.qr_fen - s.card_fee_fen - s.qr_fee_fen - s.payout_fee_fen - s.other_fee_fen)`
	_, err := tx.Exec(ctx, `
		insert into settlement_gaps (ref, on_date, merchant_id, terminal_id, due_fen, paid_fen, recorded_at)
		select s.ref, s.settled_on, t.merchant_id, t.id, `+due+`, s.paid_out_fen, $1
		from staged_settlements s join terminals t on t.sn = s.sn
		where s.paid_out_fen <> `+due+`
		order by s.ref
		on conflict (ref) do nothing`, now)
	return err
}
