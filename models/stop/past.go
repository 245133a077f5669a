package stop

import (
	"context"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// Past is what was taken of a terminal that is said to be gone since a day that
// is over.
type Past struct {
	Taken    []Taken // since the day, the latest first, at most mostTaken
	Deposits []Deposit
}

// Taken is a deduction after the day on which a terminal is said to be gone.
type Taken struct {
	LineID string
	On     date.Date
	Item   string
	Amount int64 // fen, not given back
}

// Deposit is what is held for a terminal.
type Deposit struct {
	PlanID int64
	Amount money.Fen // taken and not given back
}

const mostTaken = 20

// ReadPast reads what was taken of a merchant's terminal since a day, and the
// deposits that are held for it, in one round trip.
func ReadPast(ctx context.Context, r db.Reader, merchantID, terminalID int64, since date.Date) (*Past, error) {
	p, b := &Past{}, db.NewBatch()
	addTaken(b, merchantID, terminalID, since, &p.Taken)
	b.Add(`
		select plan_id, cast(sum(amount_fen - refunded_fen) as bigint) from bill_lines
		where merchant_id = $1 and terminal_id = $2 and item = 'device_deposit' and kind = 'deduction' and state in ('posted', 'authorized') and plan_id is not null
		group by plan_id having sum(amount_fen - refunded_fen) > 0 order by plan_id`, []any{merchantID, terminalID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var d Deposit
			err := rows.Scan(&d.PlanID, &d.Amount)
			p.Deposits = append(p.Deposits, d)
			return err
		})
	})
	return p, r.Read(ctx, b)
}

func addTaken(b *db.Batch, merchantID, terminalID int64, since date.Date, into *[]Taken) {
	b.Add(`
		select id, on_date, item, amount_fen - refunded_fen from bill_lines
		where terminal_id = $1 and kind = 'deduction' and at >= $2 and state in ('posted', 'authorized') and merchant_id = $3
		order by at desc, id desc limit $4`, []any{terminalID, db.At(since.Start()), merchantID, mostTaken}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var t Taken
			err := rows.Scan(&t.LineID, &t.On, &t.Item, &t.Amount)
			*into = append(*into, t)
			return err
		})
	})
}
