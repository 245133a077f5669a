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
		Columns: []intake.Column{
			{Name: "line", Type: intake.Number}, {Name: "id", Type: intake.Code}, {Name: "ref", Type: intake.Code}, {Name: "digest", Type: intake.Bytes},
			{Name: "sn", Type: intake.Code}, {Name: "item", Type: intake.Text}, {Name: "plan", Type: intake.Code},
			{Name: "amount_fen", Type: intake.Number}, {Name: "at", Type: intake.Instant}, {Name: "on_date", Type: intake.Day},
			{Name: "period_from", Type: intake.Day}, {Name: "state", Type: intake.Text}, {Name: "origin", Type: intake.Text},
			{Name: "sale_fen", Type: intake.Number}, {Name: "settlement_ref", Type: intake.Code}, {Name: "order_ref", Type: intake.Code},
		},
		Values: func(v *intake.Record, line int, r *Row) {
			v.Number(int64(line))
			v.Text(id.New("d", now))
			v.Text(r.Ref)
			v.Bytes(hash.row(r))
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
		},
		Day: func(r *Row) date.Date { return date.Of(r.At) },
	}
}

// row condenses what the core system says of a deduction.
func (d *digest) row(r *Row) []byte {
	return d.begin().text(r.SN).text(string(r.Item)).text(r.Plan).fen(r.Amount).instant(r.At).day(r.PeriodFrom).
		text(string(r.State)).text(r.Origin).optional(r.Sale).text(r.SettlementRef).text(r.OrderRef).sum()
}

var deductionClaims = claims{stage: "staged_deductions", table: "deduction_refs", id: "deduction_id", day: "at", column: "deduction_ref"}

// StageDeductions reads deductions, for TakeDeductions in the same transaction.
func StageDeductions(ctx context.Context, tx *db.Tx, rows intake.Rows[Row], now time.Time) (*intake.Stage, error) {
	return intake.Fill(ctx, tx, deductionStage(now), rows)
}

// TakeDeductions adds the staged deductions. One that is there already is left
// alone if the row says the same, and is refused otherwise. Of one that the gate
// knows the row says that it was settled. Where a row names no
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
	settle := settling{tx: tx, stage: s, now: now}
	settled, err := settle.takeSettled(ctx)
	if err != nil {
		return taken, problems, err
	}
	claimed, err := deductionClaims.take(ctx, tx, s, &problems)
	taken = intake.Taken{Rows: s.Rows, Added: claimed + settled, Unchanged: s.Rows - claimed - settled}
	if err != nil || claimed == 0 {
		return taken, problems, err
	}
	added, err := intake.Match(ctx, tx, s, "settlement_refs", `
		insert into deductions (id, merchant_id, terminal_id, plan_id, item, ref, amount_fen, at, period_from, state, origin,
			sale_fen, settlement_ref, order_ref, seq, recorded_at)
		select s.id, t.merchant_id, t.id, coalesce(p.id, o.plan_id), s.item, s.ref, s.amount_fen, s.at, s.period_from, s.state, s.origin,
			s.sale_fen, s.settlement_ref, s.order_ref, $1 + s.line, $2
		from staged_deductions s
		join terminals t on t.sn = s.sn
		left join plans p on p.code = s.plan and p.item = s.item
		left join `+enrolledIn("staged_deductions")+` o on s.plan is null and o.terminal_id = t.id and o.item = s.item
		left join settlement_refs r on r.ref = s.settlement_ref
		left join settlements x on x.merchant_id = t.merchant_id and x.id = r.settlement_id and x.settled_on = r.settled_on and x.terminal_id = t.id
		where (s.plan is null or p.id is not null) and coalesce(o.plans, 1) = 1 and (s.settlement_ref is null or x.id is not null)`,
		now.UnixMicro(), now)
	if err != nil {
		return taken, problems, err
	}
	if added < claimed {
		if err := problems.Find(ctx, tx, append(planRules("staged_deductions"), settlementRules...)...); err != nil {
			return taken, problems, err
		}
	}
	if problems.Found() {
		return taken, problems, nil
	}
	if err := settle.addSettled(ctx); err != nil {
		return taken, problems, err
	}
	if err := noteDeductions(ctx, tx, now); err != nil {
		return taken, problems, err
	}
	if err := countStaged(ctx, tx); err != nil {
		return taken, problems, err
	}
	return taken, problems, touchDeductions(ctx, tx)
}

// settlementRules find deductions that explain a settlement which is not there,
// or another merchant's or terminal's: they can be no part of its columns, and
// would be counted beside them.
var settlementRules = []intake.Rule{
	{Column: "settlement_ref", Key: "import.reference.settlement", Query: `
		select s.line, s.settlement_ref
		from staged_deductions s
		where s.settlement_ref is not null
			and not exists (select 1 from settlement_refs r where r.ref = s.settlement_ref)`},
	{Column: "settlement_ref", Key: "import.reference.other_merchant", Query: `
		select s.line, s.settlement_ref
		from staged_deductions s
		join terminals t on t.sn = s.sn
		join settlement_refs r on r.ref = s.settlement_ref
		where not exists (
			select 1 from settlements x
			where x.merchant_id = t.merchant_id and x.id = r.settlement_id and x.settled_on = r.settled_on)`},
	{Column: "settlement_ref", Key: "import.reference.other_terminal", Args: []string{"terminal"}, Query: `
		select s.line, s.settlement_ref, o.sn
		from staged_deductions s
		join terminals t on t.sn = s.sn
		join settlement_refs r on r.ref = s.settlement_ref
		join settlements x on x.merchant_id = t.merchant_id and x.id = r.settlement_id and x.settled_on = r.settled_on
		join terminals o on o.id = x.terminal_id
		where o.id <> t.id`},
}

// touchDeductions has the terminals judged again from their first new deduction
// on, or from the day of the settlement that it explains.
func touchDeductions(ctx context.Context, tx *db.Tx) error {
	return intake.Touch(ctx, tx, `
		select t.id, min(case when r.settled_on < s.on_date then r.settled_on else s.on_date end)
		from staged_deductions s
		join terminals t on t.sn = s.sn
		left join settlement_refs r on r.ref = s.settlement_ref
		group by t.id`)
}
