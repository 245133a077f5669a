package report

import (
	"fmt"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fee"
)

// Line is a line of the bill with the name of its terminal. Of the line itself
// it holds what a list shows.
type Line struct {
	deduction.Line
	SN    string
	Alias string // the merchant's own name for the terminal, else the core system's
	Shop  string
}

// selectLines reads what scan scans.
const selectLines = `
	select l.id, l.terminal_id, l.kind, l.item, l.plan_id, l.at, l.on_date, l.amount_fen, l.refunded_fen, l.sale_fen, l.sale_count, l.state,
		l.decision, l.reasons, l.expected_fen, l.version, l.cycle_index, l.cycle_from, l.cycle_to,
		t.sn, coalesce(t.own_alias, t.alias), p.name
	from bill_lines l
	join terminals t on t.id = l.terminal_id
	join shops p on p.id = t.shop_id`

func (l *Line) scan(rows db.Rows) error {
	var planID *int64
	var at db.Time
	var reasons string
	var version, cycle *int
	v := &l.Verdict
	err := rows.Scan(&l.ID, &l.TerminalID, &l.Kind, &l.Item, &planID, &at, &l.On, &l.Amount, &l.Refunded, &l.Sale, &l.SaleCount, &l.State,
		&v.Decision, &reasons, &v.Expected, &version, &cycle, &v.Cycle.From, &v.Cycle.To,
		&l.SN, &l.Alias, &l.Shop)
	if err != nil {
		return err
	}
	var known bool
	if v.Reasons, known = fee.ParseCodes(reasons); !known {
		return fmt.Errorf("report: line %s was judged by a rule that is not known here: %s", l.ID, reasons)
	}
	l.At, l.PlanID, v.Version, v.Cycle.Index = at.Time, orZero(planID), orZero(version), orZero(cycle)
	return nil
}

// readLines returns a reader that collects lines, and how many there are at
// most; one more than that says that there are others.
func readLines(into *[]Line) func(db.Rows) error {
	return func(rows db.Rows) error {
		return db.Each(rows, func() error {
			*into = append(*into, Line{})
			return (*into)[len(*into)-1].scan(rows)
		})
	}
}

func orZero[T int | int64](n *T) T {
	if n == nil {
		return 0
	}
	return *n
}
