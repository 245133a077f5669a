package notice

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fee"
	"github.com/mingbai/mingbai/models/money"
	"github.com/mingbai/mingbai/models/webhook"
)

// outcome is what other systems are told of a notice.
type outcome struct {
	Letter      string    `json:"letter"` // l_…: what was told together has the same
	Kind        Kind      `json:"kind"`
	Item        fee.Item  `json:"item,omitempty"`
	Cycle       int       `json:"cycle,omitempty"`
	PeriodFrom  date.Date `json:"period_from,omitzero"`
	DueOn       date.Date `json:"due_on,omitzero"`
	Amount      money.Fen `json:"amount_fen,omitempty"`
	Channel     Channel   `json:"channel,omitempty"` // by which it arrived
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

// result is what became of a letter by one channel, or in the end.
type result struct {
	letterID string
	channel  Channel   // by which it arrived; empty: it reached nobody
	at       time.Time // when it arrived
}

// tellResults tells other systems what became of the notices of letters, each by
// itself. What a merchant and staff write to each other, and what is about the
// sign-in, is nobody else's business.
func tellResults(ctx context.Context, tx *db.Tx, now time.Time, results []result) error {
	if len(results) == 0 {
		return nil
	}
	of := map[string][]result{}
	var ids []any
	for _, r := range results {
		if of[r.letterID] == nil {
			ids = append(ids, r.letterID)
		}
		of[r.letterID] = append(of[r.letterID], r)
	}
	var events []webhook.Event
	err := tx.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var o outcome
			var amount *money.Fen
			var item db.Text
			e := webhook.Event{At: now}
			if err := rows.Scan(&o.Letter, &o.Kind, &e.MerchantID, &e.TerminalID, &e.PlanID, &item, &o.Cycle, &o.PeriodFrom, &o.DueOn, &amount); err != nil {
				return err
			}
			if o.Item = fee.Item(item); amount != nil {
				o.Amount = *amount
			}
			for _, r := range of[o.Letter] {
				if e.Kind = webhook.NoticeDelivered; r.channel == "" {
					e.Kind = webhook.NoticeFailed
				}
				o.Channel, o.DeliveredAt = r.channel, r.at
				e.Subject, e.Data = o.Letter, o
				events = append(events, e)
			}
			return nil
		})
	}, `
		select n.letter_id, n.kind, n.merchant_id, n.terminal_id, n.plan_id, p.item, n.cycle, n.period_from, n.due_on, n.amount_fen
		from notices n left join plans p on p.id = n.plan_id
		where n.letter_id in (`+db.Placeholders(1, len(ids))+`) and n.terminal_id <> 0 and n.kind not in ('complaint', 'security')
		order by n.letter_id, n.terminal_id, n.plan_id, n.cycle, n.kind, n.ref`, ids...)
	if err != nil {
		return err
	}
	return webhook.Publish(ctx, tx, events...)
}

// counts reports whether it is counted, and told to others, when a notice of the
// kind arrives by each channel: that of a charge has to be told before it.
func (k Kind) counts() bool { return k == Upcoming || k == Changed }
