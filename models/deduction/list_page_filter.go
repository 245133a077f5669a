package deduction

import (
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// ListFilter narrows a merchant's bill. Its zero value lets all of it through.
type ListFilter struct {
	SN     string // of a terminal
	Item   fee.Item
	From   date.Date // first day
	To     date.Date // last day
	Check  Check
	Amount *money.Fen // as it was asked for
}

// Check is how lines of a bill came out. Each line is in exactly one.
type Check string

// The ways a line came out.
const (
	CheckAgreed    Check = "agreed"     // as agreed
	CheckNotAgreed Check = "not_agreed" // not as agreed, or someone has to look at it
	CheckUnchecked Check = "unchecked"  // it can't be told
	CheckNotTaken  Check = "not_taken"  // stopped, put off, waived or undone: no money is gone
)

// checkConditions are the ways as conditions on bill_lines, of which exactly
// one holds for each line.
var checkConditions = map[Check]string{
	CheckAgreed:    isTaken + ` and l.decision = 'allow' and not ` + isUnchecked,
	CheckNotAgreed: isTaken + ` and l.decision <> 'allow'`,
	CheckUnchecked: isTaken + ` and l.decision = 'allow' and ` + isUnchecked,
	CheckNotTaken:  `not ` + isTaken,
}

const (
	isTaken     = `(l.state in ('posted', 'authorized', 'refunded'))`
	isUnchecked = `(l.reasons like '%not_itemised%')`
)

// Known reports whether the check is one.
func (c Check) Known() bool { return checkConditions[c] != "" }

// whereClause is an SQL condition with its arguments, the merchant's id first.
type whereClause struct {
	where string
	args  []any
}

// and adds a condition; each ? in it stands for the next argument.
func (w *whereClause) and(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", "$"+itoa(len(w.args)), 1)
	}
	w.where += " and " + condition
}

// lines is the filter as a condition on bill_lines.
func (f *ListFilter) lines(merchantID int64) *whereClause {
	w := f.common(merchantID)
	if f.Item != "" && f.Item != fee.Transaction && f.SN == "" {
		w.and(`l.item <> 'transaction'`) // which says that an index past the many lines for sales will do
	}
	if !f.From.IsZero() {
		w.and(`l.at >= ?`, db.At(f.From.Start()))
	}
	if !f.To.IsZero() {
		w.and(`l.at < ?`, db.At(f.To.AddDays(1).Start()))
	}
	if condition := checkConditions[f.Check]; condition != "" {
		w.and(condition)
	}
	switch {
	case f.Amount == nil:
	case f.SN == "":
		w.and(`l.amount_fen = ?`, int64(*f.Amount))
	default:
		w.and(`+l.amount_fen = ?`, int64(*f.Amount)) // the plus keeps SQLite to the terminal's lines, which are few
	}
	return w
}

// months is the filter as a condition on bill_months.
func (f *ListFilter) months(merchantID int64) *whereClause {
	w := f.common(merchantID)
	if !f.From.IsZero() {
		w.and(`l.month >= ?`, f.From)
	}
	if !f.To.IsZero() {
		w.and(`l.month <= ?`, f.To)
	}
	return w
}

// common is what the filter says of lines and of months alike.
func (f *ListFilter) common(merchantID int64) *whereClause {
	w := &whereClause{where: `l.merchant_id = $1`, args: []any{merchantID}}
	if f.SN != "" {
		w.and(`l.terminal_id = (select id from terminals where merchant_id = $1 and sn = ?)`, f.SN)
	}
	if f.Item != "" {
		w.and(`l.item = ?`, string(f.Item))
	}
	return w
}

// summedMonths is for how many months of all terminals a sum is read.
const summedMonths = 12

// summedByMonth reports whether sums by month tell what the filter lets through,
// and are few: those of one terminal, or of a year.
func (f *ListFilter) summedByMonth() bool {
	if f.Check != "" || f.Amount != nil {
		return false
	}
	whole := (f.From.IsZero() || isMonthStart(f.From)) && (f.To.IsZero() || isMonthStart(f.To.AddDays(1)))
	bounded := !f.From.IsZero() && !f.To.IsZero() && f.To < f.From.AddMonths(summedMonths)
	return whole && (f.SN != "" || bounded)
}

func isMonthStart(d date.Date) bool { return d == d.MonthStart() }
