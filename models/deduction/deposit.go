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

	sold *money.Fen // while it is read
}

// Met reports whether enough was sold in time: the deposit is owed to the
// merchant.
func (d *Deposit) Met() bool { return d.Sold >= d.Goal }

// Needed returns how much is still to be sold.
func (d *Deposit) Needed() money.Fen { return max(0, d.Goal.Minus(d.Sold)) }

// readDeposits returns the deposits of the terminal that come back once enough
// was sold in time, and what was sold by today, by settlements. A terminal
// without such a deposit costs no question; any number of them costs one round
// trip, and none where the tables were read; once enough was sold, the day of it
// costs another.
func (q *terminalQuery) readDeposits(ctx context.Context, r db.Reader) (all []Deposit, err error) {
	b, asked := db.NewBatch(), false
	for i := range q.fees {
		f := &q.fees[i]
		condition, ok := conditionOf(f)
		if !ok || q.card.ActivatedOn.IsZero() || f.Account.Actual <= 0 {
			continue
		}
		if q.sold[condition.Months] == nil {
			q.askSold(b, condition.Months)
			asked = true
		}
		all = append(all, Deposit{
			PlanID: f.PlanID, Goal: condition.Turnover, From: q.card.ActivatedOn, Last: q.lastDay(condition.Months),
			Paid: f.Account.Actual, sold: q.sold[condition.Months],
		})
	}
	if asked {
		err = r.Read(ctx, b)
	}
	for i := range all {
		all[i].Sold, all[i].sold = *all[i].sold, nil
	}
	if err != nil {
		return nil, err
	}
	return all, q.readMet(ctx, r, all)
}

// readMet finds the day on which enough was sold for each deposit that is owed.
func (q *terminalQuery) readMet(ctx context.Context, r db.Reader, all []Deposit) error {
	b, asked := db.NewBatch(), false
	for i := range all {
		d := &all[i]
		if !d.Met() {
			continue
		}
		asked = true
		b.Add(`
			select min(settled_on) from (
				select settled_on, sum(card_fen + qr_fen) over (order by settled_on) as sold from settlements
				where merchant_id = $1 and terminal_id = $2 and settled_on >= $3 and settled_on <= $4) days
			where sold >= $5`,
			[]any{q.merchantID, q.card.ID, d.From, min(d.Last, q.today), int64(d.Goal)}, func(rows db.Rows) error { return db.First(rows, &d.MetOn) })
	}
	if !asked {
		return nil
	}
	return r.Read(ctx, b)
}

// askSold adds the question what was sold, by settlements, within so many months
// of the activation.
func (q *terminalQuery) askSold(b *db.Batch, months int) {
	if q.sold == nil {
		q.sold = map[int]*money.Fen{}
	}
	sold := new(money.Fen)
	q.sold[months] = sold
	b.Add(`
		select cast(coalesce(sum(card_fen + qr_fen), 0) as bigint) from settlements
		where merchant_id = $1 and terminal_id = $2 and settled_on >= $3 and settled_on <= $4`,
		[]any{q.merchantID, q.card.ID, q.card.ActivatedOn, min(q.lastDay(months), q.today)}, func(rows db.Rows) error { return db.First(rows, sold) })
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
