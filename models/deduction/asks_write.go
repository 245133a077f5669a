package deduction

import (
	"context"
	"fmt"
	"strings"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// readCharges reads the deductions on which later verdicts may rest, of each
// terminal in a list but for those of single sales.
func readCharges(ctx context.Context, tx *db.Tx, in string) (map[int64][]Deduction, error) {
	charges := map[int64][]Deduction{}
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var terminalID int64
			var d Deduction
			var at db.Time
			var order, verdict db.Text
			err := rows.Scan(&terminalID, &d.ID, &d.Item, &d.PlanID, &d.Amount, &d.Refunded, &at, &d.PeriodFrom, &d.State, &d.Origin, &d.Sale, &order, &d.Seq, &d.Gate, &verdict)
			if err != nil {
				return err
			}
			d.At, d.OrderRef = at.Time, string(order)
			d.Verdict, err = readVerdict(string(verdict))
			charges[terminalID] = append(charges[terminalID], d)
			return err
		})
	}, `select c.terminal_id, c.deduction_id, c.item, c.plan_id, c.amount_fen, c.refunded_fen, c.at, c.period_from, c.state, c.origin, c.sale_fen, c.order_ref, c.seq, c.gate, c.verdict
		from terminals t join plan_charges c on c.merchant_id = t.merchant_id and c.terminal_id = t.id where t.id in `+in+` and c.item not in ($1, $2) order by c.terminal_id, c.at, c.seq`, string(fee.Transaction), string(fee.Withdrawal))
	return charges, err
}

// writeAsks keeps what the gate reads of terminals, as it was after their changes
// were counted.
func writeAsks(ctx context.Context, tx *db.Tx, terminals []*Terminal, changes map[int64]int64) error {
	if len(terminals) == 0 {
		return nil
	}
	ids := make([]int64, len(terminals))
	for i, t := range terminals {
		ids[i] = t.ID
	}
	charges, err := readCharges(ctx, tx, idList(ids))
	if err != nil {
		return err
	}
	var statement strings.Builder
	statement.WriteString("insert into terminal_asks (terminal_id, merchant_id, changes, facts) values ")
	args := make([]any, 0, 4*len(terminals))
	for i, t := range terminals {
		facts, err := encodeAsk(t, charges[t.ID])
		if err != nil {
			return err
		}
		if i > 0 {
			statement.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&statement, "($%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4)
		args = append(args, t.ID, t.MerchantID, changes[t.ID], facts)
	}
	statement.WriteString(` on conflict (terminal_id) do update set merchant_id = excluded.merchant_id, changes = excluded.changes, facts = excluded.facts`)
	_, err = tx.Exec(ctx, statement.String(), args...)
	return err
}
