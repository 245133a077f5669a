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
}

// Met reports whether enough was sold in time: the deposit is owed to the
// merchant.
func (d *Deposit) Met() bool { return d.Sold >= d.Goal }

// Needed returns how much is still to be sold.
func (d *Deposit) Needed() money.Fen { return max(0, d.Goal.Minus(d.Sold)) }

// ReadDeposits returns the deposits of a terminal that come back once enough was
// sold in time, and what was sold by a day, by settlements. A terminal without
// such a deposit costs no question; any number of them costs one round trip.
func ReadDeposits(ctx context.Context, r db.Reader, page *TerminalPage, merchantID int64, today date.Date) ([]Deposit, error) {
	var all []Deposit
	for i := range page.Fees {
		f := &page.Fees[i]
		condition, ok := conditionOf(f)
		if !ok || page.Terminal.ActivatedOn.IsZero() || f.Account.Actual <= 0 {
			continue
		}
		from := page.Terminal.ActivatedOn
		all = append(all, Deposit{PlanID: f.PlanID, Goal: condition.Turnover, From: from, Last: from.AddMonths(condition.Months).AddDays(-1), Paid: f.Account.Actual})
	}
	if len(all) == 0 {
		return nil, nil
	}
	b := db.NewBatch()
	for i := range all {
		d := &all[i]
		b.Add(`
			select cast(coalesce(sum(card_fen + qr_fen), 0) as bigint) from settlements
			where merchant_id = $1 and terminal_id = $2 and settled_on >= $3 and settled_on <= $4`,
			[]any{merchantID, page.Terminal.ID, d.From, min(d.Last, today)}, func(rows db.Rows) error { return db.First(rows, &d.Sold) })
	}
	return all, r.Read(ctx, b)
}

// conditionOf returns on what sales a fee comes back, where it does.
func conditionOf(f *TerminalFee) (disclosure.Deposit, bool) {
	version := 0
	if f.InForce != nil {
		version = f.InForce.Number
	}
	condition := f.Plan.Published(version).Terms.Deposit
	return condition, condition.Kind == disclosure.ByTurnover && condition.Turnover > 0 && condition.Months > 0
}
