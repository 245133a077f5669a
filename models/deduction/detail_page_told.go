package deduction

import (
	"time"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
)

// Announcement is a message by which a charge was announced.
type Announcement struct {
	LetterID string // what it was a copy of
	Channel  string
	To       string    // number (E.164), mail address or openid; empty in the portal
	At       time.Time // UTC: when it was delivered, or read where nobody said that it was
}

// announcements reads the messages that announced the cycle of the merchant's
// line and were counted for it.
const announcements = `
	select distinct m.letter_id, m.channel, m.recipient, m.delivered_at, m.read_at, m.accepted_at
	from bill_lines l
	join notices n on n.terminal_id = l.terminal_id and n.plan_id = l.plan_id and n.cycle = l.cycle_index and n.merchant_id = l.merchant_id
	join messages m on m.letter_id = n.letter_id and m.counted_at is not null
	where l.merchant_id = $1 and l.id = $2 and n.kind in ('upcoming', 'changed')
	order by m.letter_id, m.channel, m.recipient limit 40`

func (q *detailPageQuery) readAnnouncements(rows db.Rows) error {
	return db.Each(rows, func() error {
		var a Announcement
		var delivered, read, accepted db.Time
		err := rows.Scan(&a.LetterID, &a.Channel, &a.To, &delivered, &read, &accepted)
		for _, at := range []db.Time{delivered, read, accepted} {
			if a.At.IsZero() {
				a.At = at.Time
			}
		}
		q.page.Announcements = append(q.page.Announcements, a)
		return err
	})
}

// Announced returns the message that a notice in the explanation stands for, or
// nil where the notice came from the core system.
func (p *DetailPage) Announced(n *fee.Notice) *Announcement {
	if n == nil {
		return nil
	}
	for i := range p.Announcements {
		if a := &p.Announcements[i]; a.Channel == n.Channel && a.At.Equal(n.DeliveredAt) {
			return a
		}
	}
	for i := range p.Announcements { // what lay in the portal counts days after it was put there
		if a := &p.Announcements[i]; a.Channel == n.Channel && a.To == "" && a.At.Before(n.DeliveredAt) {
			return a
		}
	}
	return nil
}
