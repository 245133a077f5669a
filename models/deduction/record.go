package deduction

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// Recorded is a deduction that the gate writes down, taken or not.
type Recorded struct {
	MerchantID int64
	TerminalID int64
	SN         string
	Plan       string // the plan's code, where the core system said it
	Agent      string // who sold the terminal; empty: no agent
	Deduction
}

// Record adds deductions, in the order in which they came, and has their
// terminals judged again. An error for which db.Duplicate is true says that a
// reference is taken. A file that later says of one that it was taken is no news.
func Record(ctx context.Context, tx *db.Tx, now time.Time, rows []Recorded) error {
	var hash digest
	refs, lines := make([][]any, len(rows)), make([][]any, len(rows))
	ids, since := make([]int64, len(rows)), date.Last
	for i := range rows {
		r := &rows[i]
		taken := Row{
			Ref: r.Ref, SN: r.SN, Item: r.Item, Plan: r.Plan, Amount: r.Amount, At: r.At, PeriodFrom: r.PeriodFrom, State: fee.Posted, Origin: r.Origin,
			Sale: r.Sale, SettlementRef: r.SettlementRef, OrderRef: r.OrderRef,
		}
		verdict, err := verdictText(r.Verdict)
		if err != nil {
			return err
		}
		refs[i] = []any{r.Ref, r.ID, r.At, hash.row(&taken)}
		lines[i] = []any{
			r.ID, r.MerchantID, r.TerminalID, orNull(r.PlanID), string(r.Item), r.Ref, int64(r.Amount), r.At, r.PeriodFrom, string(r.State), r.Origin,
			(*int64)(r.Sale), db.Text(r.SettlementRef), db.Text(r.OrderRef), now.UnixMicro() + int64(i), now,
			int64(r.Refunded), db.Text(r.Method), r.SaleCount, (*int64)(r.SaleNet), int(r.Gate), db.Text(verdict),
		}
		ids[i], since = r.TerminalID, min(since, date.Of(r.At))
	}
	if err := tx.Insert(ctx, "deduction_refs", []string{"ref", "deduction_id", "at", "digest"}, refs); err != nil {
		return err
	}
	err := tx.Insert(ctx, "deductions", []string{
		"id", "merchant_id", "terminal_id", "plan_id", "item", "ref", "amount_fen", "at", "period_from", "state", "origin",
		"sale_fen", "settlement_ref", "order_ref", "seq", "recorded_at", "refunded_fen", "method", "sale_count", "sale_net_fen", "gate", "verdict",
	}, lines)
	if err != nil {
		return err
	}
	if err := noteRecorded(ctx, tx, rows); err != nil {
		return err
	}
	if err := countRecorded(ctx, tx, rows); err != nil {
		return err
	}
	return pend(ctx, tx, ids, since)
}

// Outcome is what became of a recorded deduction.
type Outcome struct {
	MerchantID int64
	TerminalID int64
	ID         string
	Ref        string    // the core system's number
	Was, At    time.Time // its instant until now, and from now on
	State      fee.State
	Refunded   int64 // in fen
	Gate       Gate
	Verdict    *fee.Verdict // of the gate, if it is another; nil leaves that of what was asked first
}

// ChangeRecorded writes down what became of a recorded deduction, and has its
// terminal judged again.
func ChangeRecorded(ctx context.Context, tx *db.Tx, c Outcome) error {
	verdict, err := verdictText(c.Verdict)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update deductions 
		set state = $4, refunded_fen = $5, gate = $6, verdict = case when $6 = 1 then coalesce(cast($7 as text), verdict) end, at = $8
		where merchant_id = $1 and id = $2 and at = $3`,
		c.MerchantID, c.ID, c.Was, string(c.State), c.Refunded, int(c.Gate), db.Text(verdict), c.At)
	if err == nil && n != 1 {
		err = fmt.Errorf("deduction: %d deductions are %s", n, c.ID)
	}
	if err != nil {
		return err
	}
	if !c.At.Equal(c.Was) {
		if _, err := tx.Exec(ctx, `update deduction_refs set at = $2 where ref = $1`, c.Ref, c.At); err != nil {
			return err
		}
	}
	if err := noteOutcome(ctx, tx, &c); err != nil {
		return err
	}
	return pend(ctx, tx, []int64{c.TerminalID}, min(date.Of(c.Was), date.Of(c.At)))
}

// verdictText writes a verdict of the gate as readVerdict reads it.
func verdictText(v *fee.Verdict) (string, error) {
	if v == nil {
		return "", nil
	}
	text, err := json.Marshal(v.Answer())
	return string(text), err
}

// pend has terminals judged again from a day on, and those that took their
// place.
func pend(ctx context.Context, tx *db.Tx, ids []int64, since date.Date) error {
	slices.Sort(ids)
	in := idList(slices.Compact(ids))
	_, err := tx.Exec(ctx, `
		insert into judge_pending (terminal_id, since)
		select id, $1 from (
			select id from terminals where id in `+in+`
			union
			select later.id from terminals old join terminals later on later.replaces_sn = old.sn and later.replaces_sn is not null where old.id in `+in+`
		) touched
		where true
		order by id -- so that two never wait for each other
		on conflict (terminal_id) do update
		set since = case when excluded.since < judge_pending.since then excluded.since else judge_pending.since end`, since)
	if err != nil {
		return fmt.Errorf("deduction: terminals to be judged again: %w", err)
	}
	return nil
}
