package report

import (
	"strings"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
)

// gapOf is by how much a settlement's payout differs from its sales less its
// fees.
const gapOf = `(paid_out_fen - (card_fen + qr_fen - card_fee_fen - qr_fee_fen - payout_fee_fen - other_fee_fen))`

// settledColumns are what settled_months holds of a terminal's month, in the
// order in which Settled.into takes it.
var settledColumns = [...]string{
	"settlements", "card_count", "card_fen", "card_fee_fen", "qr_count", "qr_fen", "qr_fee_fen",
	"payout_count", "payout_fee_fen", "other_fee_fen", "paid_out_fen", "gaps", "gap_fen",
}

func sum(column string) string { return "cast(sum(" + column + ") as bigint)" }

// sumSettled and readSettled write the sums over rows of settled_months, and
// those of one that may not be there.
func sumSettled() string {
	var b strings.Builder
	for _, column := range settledColumns {
		b.WriteString(", " + sum(column))
	}
	return b.String()
}

func readSettled(from string) string {
	var b strings.Builder
	for _, column := range settledColumns {
		b.WriteString(", coalesce(" + from + "." + column + ", 0)")
	}
	return b.String()
}

// into lists where the sums of settlements go.
func (s *Settled) into() []any {
	return []any{
		&s.Settlements, &s.CardCount, &s.Card, &s.CardFee, &s.QRCount, &s.QR, &s.QRFee,
		&s.PayoutCount, &s.PayoutFee, &s.OtherFee, &s.PaidOut, &s.Gaps, &s.Gap,
	}
}

// span is the months that a statement reads, of one merchant.
type span struct {
	merchantID int64
	from, next date.Date // first days of months; next is the first day after them
}

// days are the arguments of statements about settlements, and about months: $1
// to $3.
func (s span) days() []any { return []any{s.merchantID, s.from, s.next} }

// instants are those of statements about lines of the bill: $1 to $3.
func (s span) instants() []any { return []any{s.merchantID, s.from.Start(), s.next.Start()} }

// taken are the states of deductions whose amount was taken, or is about to be.
// What was given back of them is counted by itself.
const taken = `('posted', 'authorized', 'refunded')`

// monthOf writes the month of a date column, such as 2026-10.
func monthOf(column string) string { return "substr(cast(" + column + " as text), 1, 7)" }

// apartLines are the deductions that were taken apart from settlements.
const apartLines = `merchant_id = $1 and kind = 'deduction' and settlement_ref is null and state in ` + taken

// settledByMonth adds up settlements.
var settledByMonth = `select ` + monthOf("month") + sumSettled() + `
	from settled_months where merchant_id = $1 and month >= $2 and month < $3
	group by 1`

// otherFees adds up the deductions that say what settlements' other fees were
// for, on the day of the settlement. It begins at the deductions, which are few.
var otherFees = `select ` + monthOf("s.settled_on") + `, s.terminal_id, l.item, ` + sum("l.amount_fen") + `
	from bill_lines l
	cross join settlement_refs r
	join settlements s on s.merchant_id = l.merchant_id and s.id = r.settlement_id and s.settled_on = r.settled_on and s.terminal_id = l.terminal_id
	where l.merchant_id = $1 and l.kind = 'deduction' and l.settlement_ref is not null and l.item not in ('transaction', 'withdrawal')
		and l.state in ` + taken + ` and r.ref = l.settlement_ref and r.settled_on >= $2 and r.settled_on < $3
	group by 1, 2, 3`

// apartFees adds up the deductions that were taken apart.
var apartFees = `select ` + monthOf("on_date") + `, terminal_id, item, coalesce(plan_id, 0), state, ` + sum("amount_fen") + `
	from bill_lines where ` + apartLines + ` and at >= $2 and at < $3
	group by 1, 2, 3, 4, 5`

// returned adds up what was given back, in the month in which it was taken.
var returned = `select ` + monthOf("on_date") + `, terminal_id, ` + sum("case when state = 'refunded' then amount_fen else refunded_fen end") + `
	from bill_lines
	where merchant_id = $1 and at >= $2 and at < $3 and (state = 'refunded' or refunded_fen > 0) and state in ` + taken + `
	group by 1, 2`

// totals collects what months came to, and what terminals did in them.
type totals struct {
	plans  *disclosure.Plans
	months map[string]*Total
	// terminals are those whose part is wanted too. Where every is set, they are
	// added as they come up.
	terminals map[cell]*Total
	every     bool
}

// cell is a terminal in a month, such as 2026-10.
type cell struct {
	month      string
	terminalID int64
}

func newTotals(plans *disclosure.Plans) *totals {
	return &totals{plans: plans, months: map[string]*Total{}}
}

// add puts the statements into a batch.
func (t *totals) add(b *db.Batch, s span) {
	b.Add(settledByMonth, s.days(), t.readSettled)
	t.addFees(b, s)
}

// addFees puts those into a batch that say what terminals paid beside the
// settlements' own columns.
func (t *totals) addFees(b *db.Batch, s span) {
	b.Add(otherFees, s.days(), t.readOtherFees)
	b.Add(apartFees, s.instants(), t.readApart)
	b.Add(returned, s.instants(), t.readReturned)
}

func (t *totals) month(name string) *Total {
	known := t.months[name]
	if known == nil {
		known = &Total{}
		t.months[name] = known
	}
	return known
}

// each calls add with the total of the month, and with that of the terminal
// in it where that is wanted.
func (t *totals) each(c cell, add func(*Total)) {
	add(t.month(c.month))
	of := t.terminals[c]
	if of == nil && t.every {
		of = &Total{}
		t.terminals[c] = of
	}
	if of != nil {
		add(of)
	}
}

func (t *totals) readSettled(rows db.Rows) error {
	var month string
	var s Settled
	into := append([]any{&month}, s.into()...)
	return db.Each(rows, func() error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		t.month(month).addSettled(&s)
		return nil
	})
}

func (t *totals) readOtherFees(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c cell
		var item fee.Item
		var amount money.Fen
		if err := rows.Scan(&c.month, &c.terminalID, &item, &amount); err != nil {
			return err
		}
		t.each(c, func(of *Total) { of.addExplained(item, amount) })
		return nil
	})
}

func (t *totals) readApart(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c cell
		var item fee.Item
		var planID int64
		var state fee.State
		var amount money.Fen
		if err := rows.Scan(&c.month, &c.terminalID, &item, &planID, &state, &amount); err != nil {
			return err
		}
		method := methodOf(t.plans, planID)
		t.each(c, func(of *Total) { of.addApart(item, method, state, amount) })
		return nil
	})
}

func (t *totals) readReturned(rows db.Rows) error {
	return db.Each(rows, func() error {
		var c cell
		var amount money.Fen
		if err := rows.Scan(&c.month, &c.terminalID, &amount); err != nil {
			return err
		}
		t.each(c, func(of *Total) { of.Returned = of.Returned.Plus(amount) })
		return nil
	})
}

// of returns a month's total, finished.
func (t *totals) of(month date.Date) Total {
	total := *t.month(MonthOf(month).String())
	total.finish()
	return total
}

// begun returns the months of a span that have begun by a date.
func (t *totals) begun(s span, today date.Date) (months []MonthTotal) {
	for month := s.from; month < s.next && month <= today; month = month.AddMonths(1) {
		months = append(months, MonthTotal{month, t.of(month)})
	}
	return months
}

func methodOf(plans *disclosure.Plans, planID int64) fee.Method {
	if plan := plans.Fee(planID); plan != nil {
		return plan.Method
	}
	return fee.AnyMethod
}
