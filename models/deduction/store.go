package deduction

import (
	"fmt"
	"strconv"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// selectLines reads what scanLine scans.
const selectLines = `select id, merchant_id, terminal_id, kind, item, plan_id, method, at, on_date, amount_fen, refunded_fen,
	sale_fen, sale_count, state, origin, order_ref, settlement_ref, period_from,
	decision, reasons, expected_fen, version, cycle_index, cycle_from, cycle_to, settles from bill_lines`

func scanLine(rows db.Rows, l *Line) error {
	var planID *int64
	var method, order, settlement db.Text
	var at db.Time
	var reasons string
	var version, cycle *int
	v := &l.Verdict
	err := rows.Scan(&l.ID, &l.MerchantID, &l.TerminalID, &l.Kind, &l.Item, &planID, &method, &at, &l.On, &l.Amount, &l.Refunded,
		&l.Sale, &l.SaleCount, &l.State, &l.Origin, &order, &settlement, &l.PeriodFrom,
		&v.Decision, &reasons, &v.Expected, &version, &cycle, &v.Cycle.From, &v.Cycle.To, &l.Settles)
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

func orZero[T int | int64 | money.Fen](n *T) T {
	if n == nil {
		return 0
	}
	return *n
}

func itoa(n int) string { return strconv.Itoa(n) }
