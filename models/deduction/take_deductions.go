package deduction

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/id"
	"github.com/mingbai/mingbai/models/merchant/intake"
	"github.com/mingbai/mingbai/models/money"
)

// Row is what the core system says of a deduction. Its amount may be anything,
// zero and less included: what was taken is a fact, and judged as one.
type Row struct {
	Ref           string // the core system's number
	SN            string
	Item          fee.Item
	Plan          string // the plan's code; empty: not said
	Amount        money.Fen
	At            time.Time // UTC
	PeriodFrom    date.Date // first day of the cycle meant; zero: not said
	State         fee.State // authorized, posted, reversed, refunded or waived
	Origin        string    // core, agent or import
	Sale          *money.Fen
	SettlementRef string
	OrderRef      string
}

// deductionStage gives each row its id and its place in the order of arrival.
func deductionStage(now time.Time) intake.Table[Row] {
	var hash digest
	return intake.Table[Row]{
		Name: deductionClaims.stage,
		Keys: "ref, sn, plan, settlement_ref",
		Columns: []intake.Column{
			{Name: "line", Type: intake.Number}, {Name: "id", Type: intake.Code}, {Name: "ref", Type: intake.Code}, {Name: "digest", Type: intake.Bytes},
			{Name: "sn", Type: intake.Code}, {Name: "item", Type: intake.Text}, {Name: "plan", Type: intake.Code},
			{Name: "amount_fen", Type: intake.Number}, {Name: "at", Type: intake.Instant}, {Name: "on_date", Type: intake.Day},
			{Name: "period_from", Type: intake.Day}, {Name: "state", Type: intake.Text}, {Name: "origin", Type: intake.Text},
			{Name: "sale_fen", Type: intake.Number}, {Name: "settlement_ref", Type: intake.Code}, {Name: "order_ref", Type: intake.Code},
			{Name: "seq", Type: intake.Number},
		},
		Values: func(v *intake.Record, line int, r *Row) {
			v.Number(int64(line))
			v.Text(id.New("d", now))
			v.Text(r.Ref)
			v.Bytes(hash.begin().text(r.SN).text(string(r.Item)).text(r.Plan).fen(r.Amount).instant(r.At).day(r.PeriodFrom).
				text(string(r.State)).text(r.Origin).optional(r.Sale).text(r.SettlementRef).text(r.OrderRef).sum())
			v.Text(r.SN)
			v.Text(string(r.Item))
			v.TextOrNull(r.Plan)
			v.Number(int64(r.Amount))
			v.Instant(r.At)
			v.Day(date.Of(r.At))
			v.Day(r.PeriodFrom)
			v.Text(string(r.State))
			v.Text(r.Origin)
			intake.NumberOrNull(v, r.Sale)
			v.TextOrNull(r.SettlementRef)
			v.TextOrNull(r.OrderRef)
			v.Number(now.UnixMicro() + int64(line))
		},
		Day: func(r *Row) date.Date { return date.Of(r.At) },
	}
}

var deductionClaims = claims{stage: "staged_deductions", table: "deduction_refs", id: "deduction_id", day: "at", column: "deduction_ref"}

// StageDeductions reads deductions, for TakeDeductions in the same transaction.
func StageDeductions(ctx context.Context, tx *db.Tx, rows intake.Rows[Row], now time.Time) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, deductionStage(now), rows)
}

// TakeDeductions adds the staged deductions. One that is there already is left
// alone if the row says the same, and is refused otherwise. Where a row names no
// plan it means the one of its item that the terminal is enrolled in; a terminal
// that is enrolled in none keeps the deduction without a plan. The settlement
// that a row explains must be known.
func TakeDeductions(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (intake.Taken, intake.Problems, error) {
	taken, problems, err := takeDeductions(ctx, tx, s, now)
	if err != nil {
		err = fmt.Errorf("deduction: taking deductions: %w", err)
	}
	return taken, problems, err
}

func takeDeductions(ctx context.Context, tx *db.Tx, s *intake.Stage, now time.Time) (taken intake.Taken, problems intake.Problems, err error) {
	claimed, err := deductionClaims.take(ctx, tx, s, &problems)
	taken = intake.Taken{Rows: s.Rows, Added: claimed, Unchanged: s.Rows - claimed}
	if err != nil || claimed == 0 {
		return taken, problems, err
	}
	if err := findUnknownSettlements(ctx, tx, &problems); err != nil {
		return taken, problems, err
	}
	added, err := tx.Exec(ctx, `
		insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, period_from, state, origin,
			sale_fen, settlement_ref, order_ref, seq, recorded_at)
		select s.id, t.merchant_id, t.id, coalesce(p.id, o.plan_id), s.item, s.ref, s.amount_fen, s.at, s.period_from, s.state, s.origin,
			s.sale_fen, s.settlement_ref, s.order_ref, s.seq, $1
		from staged_deductions s
		join terminals t on t.sn = s.sn
		left join plans p on p.code = s.plan and p.item = s.item
		left join `+enrolledIn("staged_deductions")+` o on s.plan is null and o.terminal_id = t.id and o.item = s.item
		where (s.plan is null or p.id is not null) and coalesce(o.plans, 1) = 1`, now)
	if err != nil {
		return taken, problems, err
	}
	if added < claimed {
		if err := problems.Find(ctx, tx, planRules("staged_deductions")...); err != nil {
			return taken, problems, err
		}
	}
	if problems.Found() {
		return taken, problems, nil
	}
	return taken, problems, touchDeductions(ctx, tx)
}

// findUnknownSettlements notes deductions that explain a settlement which is not
// there, or another merchant's.
func findUnknownSettlements(ctx context.Context, tx *db.Tx, problems *intake.Problems) error {
	return problems.Find(ctx, tx,
		intake.Rule{Column: "settlement_ref", Key: "import.reference.settlement", Query: `
			select s.line, s.settlement_ref
			from staged_deductions s
			where s.settlement_ref is not null
				and not exists (select 1 from settlement_refs r where r.ref = s.settlement_ref)`},
		intake.Rule{Column: "settlement_ref", Key: "import.reference.other_merchant", Query: `
			select s.line, s.settlement_ref
			from staged_deductions s
			join terminals t on t.sn = s.sn
			join settlement_refs r on r.ref = s.settlement_ref
			where not exists (
				select 1 from settlements x
				where x.merchant_id = t.merchant_id and x.id = r.settlement_id and x.settled_on = r.settled_on)`})
}

// touchDeductions has the terminals judged again from their first new deduction
// on, and from the day of a settlement that one explains.
func touchDeductions(ctx context.Context, tx *db.Tx) error {
	err := intake.Touch(ctx, tx, `
		select t.id, s.since
		from (select sn, min(on_date) as since from staged_deductions group by sn) s
		join terminals t on t.sn = s.sn`)
	if err != nil {
		return err
	}
	return intake.Touch(ctx, tx, `
		select t.id, s.since
		from (
			select d.sn, min(r.settled_on) as since
			from staged_deductions d
			join settlement_refs r on r.ref = d.settlement_ref
			group by d.sn) s
		join terminals t on t.sn = s.sn`)
}
