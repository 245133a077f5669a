package deduction

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// linesOf are the columns that scanLine scans, of bill_lines as l.
const linesOf = `l.id, l.merchant_id, l.terminal_id, l.kind, l.item, l.plan_id, l.method, l.at, l.on_date, l.seq, l.amount_fen, l.refunded_fen,
	l.sale_fen, l.sale_count, l.state, l.origin, l.order_ref, l.settlement_ref, l.period_from,
	l.decision, l.reasons, l.expected_fen, l.version, l.cycle_index, l.cycle_from, l.cycle_to, l.settles, l.gate`

// selectLines reads what scanLine scans.
const selectLines = `select ` + linesOf + ` from bill_lines l`

func scanLine(rows db.Rows, l *Line) error {
	var planID *int64
	var method, order, settlement db.Text
	var at db.Time
	var reasons string
	var version, cycle *int
	v := &l.Verdict
	err := rows.Scan(&l.ID, &l.MerchantID, &l.TerminalID, &l.Kind, &l.Item, &planID, &method, &at, &l.On, &l.Seq, &l.Amount, &l.Refunded,
		&l.Sale, &l.SaleCount, &l.State, &l.Origin, &order, &settlement, &l.PeriodFrom,
		&v.Decision, &reasons, &v.Expected, &version, &cycle, &v.Cycle.From, &v.Cycle.To, &l.Settles, &l.Gate)
	if err != nil {
		return err
	}
	var known bool
	if v.Reasons, known = fee.ParseCodes(reasons); !known {
		return fmt.Errorf("deduction: line %s was judged by a rule that is not known here: %s", l.ID, reasons)
	}
	l.PlanID, v.Version, v.Cycle.Index = orZero(planID), orZero(version), orZero(cycle)
	l.Method, l.At, l.OrderRef, l.SettlementRef = fee.Method(method), at.Time, string(order), string(settlement)
	return nil
}

// readVerdict reads the verdict of the gate beside a deduction; nil where there
// is none.
func readVerdict(text string) (*fee.Verdict, error) {
	if text == "" {
		return nil, nil
	}
	var a fee.Answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return nil, fmt.Errorf("deduction: a verdict of the gate: %w", err)
	}
	v := a.Verdict()
	return &v, nil
}

func orZero[T int | int64 | money.Fen](n *T) T {
	if n == nil {
		return 0
	}
	return *n
}

func itoa(n int) string { return strconv.Itoa(n) }
