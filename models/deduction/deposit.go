package deduction

import (
	"context"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/money"
)

// Deposit is how far a terminal has come on the way to its deposit's return.
type Deposit struct {
	PlanID int64
	Goal   money.Fen // settled sales that it takes, …
	From   date.Date // … from the day of its activation …
	Last   date.Date // … to this day
	Sold   money.Fen // by today
	Paid   money.Fen // taken and not given back
	MetOn  date.Date // the day on which enough was sold; zero: it was not

	sold *soldInTime // while it is read
}

// Met reports whether enough was sold in time: the deposit is owed to the
// merchant.
func (d *Deposit) Met() bool { return d.Sold >= d.Goal }

// Needed returns how much is still to be sold.
func (d *Deposit) Needed() money.Fen { return max(0, d.Goal.Minus(d.Sold)) }

// readDeposits returns the deposits of the terminal that come back once enough
// was sold in time, and what was sold by today, by settlements. A terminal
// without such a deposit costs no question; any number of them costs one round
// trip, and none where the tables were read.
func (q *terminalQuery) readDeposits(ctx context.Context, r db.Reader) (all []Deposit, err error) {
	b, asked := db.NewBatch(), false
	for i := range q.fees {
		f := &q.fees[i]
		condition, ok := conditionOf(f)
		if !ok || q.card.ActivatedOn.IsZero() || f.Account.Actual <= 0 {
			continue
		}
		if q.sold[condition] == nil {
			q.askSold(b, condition)
			asked = true
		}
		all = append(all, Deposit{
			PlanID: f.PlanID, Goal: condition.Turnover, From: q.card.ActivatedOn, Last: q.lastDay(condition.Months),
			Paid: f.Account.Actual, sold: q.sold[condition],
		})
	}
	if asked {
		err = r.Read(ctx, b)
	}
	for i := range all {
		d := &all[i]
		if d.Sold = d.sold.amount; d.Met() {
			d.MetOn = d.sold.metOn
		}
		d.sold = nil
	}
	return all, err
}

// soldInTime is what a terminal sold within the time of a deposit, and on which day
// that had come to enough; zero: it never had.
type soldInTime struct {
	amount money.Fen
	metOn  date.Date
}

// askSold adds the question what was sold, by settlements, within the time of a
// deposit.
func (q *terminalQuery) askSold(b *db.Batch, condition disclosure.Deposit) {
	if q.sold == nil {
		q.sold = map[disclosure.Deposit]*soldInTime{}
	}
	sold := &soldInTime{}
	q.sold[condition] = sold
	b.Add(`
		select cast(coalesce(sum(of_day), 0) as bigint), min(case when by_then >= $5 then settled_on end) from (
			select settled_on, card_fen + qr_fen as of_day, sum(card_fen + qr_fen) over (order by settled_on) as by_then from settlements
			where merchant_id = $1 and terminal_id = $2 and settled_on >= $3 and settled_on <= $4) days`,
		[]any{q.merchantID, q.card.ID, q.card.ActivatedOn, min(q.lastDay(condition.Months), q.today), int64(condition.Turnover)},
		func(rows db.Rows) error { return db.First(rows, &sold.amount, &sold.metOn) })
}

// lastDay is the last of so many months from the activation.
func (q *terminalQuery) lastDay(months int) date.Date {
	return q.card.ActivatedOn.AddMonths(months).AddDays(-1)
}

// conditionOf returns on what sales a fee comes back, where it does.
func conditionOf(f *TerminalFee) (disclosure.Deposit, bool) {
	version := 0
	if f.InForce != nil {
		version = f.InForce.Number
	}
	condition := f.Plan.Published(version).Terms.Deposit
	return condition, condition.ComesBackBySales()
}
