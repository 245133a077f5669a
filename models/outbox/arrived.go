package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// Arrived is a message that reached a merchant, as far as its channel tells.
type Arrived struct {
	ID       string
	LetterID string
	Channel  string
	// At is when: the delivery of a message to a phone or in WeChat, or its reading
	// where that was noted earlier; the reading of a mail; and of what lies in the
	// portal the reading, or where nobody read it, when it was put there.
	At     time.Time
	ReadAt time.Time // zero: not read
}

// TakeArrived returns copies of letters that announce charges, reached merchants
// and were not counted, at most so many, and notes in the transaction that they
// are. What lies in the portal counts once it was read, or where it was put there
// no later than the moment given.
func TakeArrived(ctx context.Context, tx *db.Tx, now, inboxSince time.Time, most int) (all []Arrived, err error) {
	locked := ""
	if tx.Dialect == db.Postgres {
		locked = " for update skip locked"
	}
	err = tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var a Arrived
			var accepted, delivered, read db.Time
			if err := rows.Scan(&a.ID, &a.LetterID, &a.Channel, &accepted, &delivered, &read); err != nil {
				return err
			}
			a.At, a.ReadAt = read.Time, read.Time
			switch {
			case a.Channel != Email && !delivered.IsZero() && (read.IsZero() || delivered.Before(read.Time)):
				a.At = delivered.Time
			case a.Channel == Inbox && read.IsZero():
				a.At = accepted.Time
			}
			all = append(all, a)
			return nil
		})
	}, `
		update messages set counted_at = $1
		where id in (
			select id from messages
			where counted_at is null and letter_id is not null and kind in ('upcoming', 'changed')
				and (channel = 'inbox' or state in ('delivered', 'read', 'acknowledged')) -- as the index has it
				and (channel in ('sms', 'wechat') and state in ('delivered', 'read', 'acknowledged')
					or channel in ('email', 'inbox') and state in ('read', 'acknowledged')
					or channel = 'inbox' and state = 'accepted' and accepted_at <= $2)
			limit $3`+locked+`)
		returning id, letter_id, channel, accepted_at, delivered_at, read_at`, now, inboxSince, most)
	if err != nil {
		return nil, fmt.Errorf("outbox: what reached merchants: %w", err)
	}
	return all, nil
}
