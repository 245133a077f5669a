package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/outbox"
)

// countBatch is how many messages are counted in one transaction.
const countBatch = 200

// Count hands announcements that reached merchants to the deductions, which are
// judged again with them: a text message or one of WeChat's once it was
// delivered, a mail once it was read, and what lies in the inbox once it was
// read, else six days after it was put there. Nothing is said about how far a
// message has come by this. It returns how many messages it counted, and may run
// beside others of its kind.
func Count(ctx context.Context, d *db.DB, c clock.Clock) (counted int, err error) {
	for {
		n, err := countSome(ctx, d, c.Now())
		counted += n
		if err != nil {
			return counted, fmt.Errorf("notice: counting what reached merchants: %w", err)
		}
		if n < countBatch {
			return counted, nil
		}
	}
}

func countSome(ctx context.Context, d *db.DB, now time.Time) (n int, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		arrived, err := outbox.TakeArrived(ctx, tx, now, now.AddDate(0, 0, -InboxDays), countBatch)
		if n = len(arrived); err != nil || n == 0 {
			return err
		}
		told, err := toldBy(ctx, tx, arrived)
		if err != nil {
			return err
		}
		if _, err := deduction.TakeTold(ctx, tx, now, told); err != nil {
			return err
		}
		results := make([]result, n)
		for i, a := range arrived {
			results[i] = result{a.LetterID, Channel(a.Channel), countsFrom(a)}
		}
		return tellResults(ctx, tx, now, results)
	})
	return n, err
}

// countsFrom is when a message counts as delivered.
func countsFrom(a outbox.Arrived) time.Time {
	if Channel(a.Channel) == Inbox && a.ReadAt.IsZero() {
		return a.At.AddDate(0, 0, InboxDays)
	}
	return a.At
}

// toldBy returns what messages announced: a row for each charge and message.
func toldBy(ctx context.Context, tx *db.Tx, arrived []outbox.Arrived) (told []deduction.Told, err error) {
	by := map[string][]outbox.Arrived{}
	var args []any
	for _, a := range arrived {
		if by[a.LetterID] == nil {
			args = append(args, a.LetterID)
		}
		by[a.LetterID] = append(by[a.LetterID], a)
	}
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var letterID string
			var from date.Date
			one := deduction.Told{}
			if err := rows.Scan(&letterID, &one.MerchantID, &one.TerminalID, &one.PlanID, &from, &one.Amount); err != nil {
				return err
			}
			one.PeriodFrom = from
			for _, a := range by[letterID] {
				one.Channel, one.DeliveredAt = a.Channel, countsFrom(a)
				told = append(told, one)
			}
			return nil
		})
	}, `
		select letter_id, merchant_id, terminal_id, plan_id, period_from, amount_fen from notices
		where letter_id in (`+db.Placeholders(1, len(args))+`) and terminal_id <> 0 and plan_id <> 0 and period_from is not null and amount_fen is not null
		order by letter_id, terminal_id, plan_id, cycle`, args...)
	return told, err
}
