package deduction

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
)

// Told is an announcement of a charge that reached the merchant.
type Told struct {
	MerchantID, TerminalID, PlanID int64
	PeriodFrom                     date.Date // first day of the cycle it announced
	Amount                         int64     // the amount it named, in fen
	Channel                        string    // such as sms, email, inbox
	DeliveredAt                    time.Time // UTC
}

// TakeTold adds announcements that reached merchants, and has their terminals
// judged again. One that is there already is left alone. It returns how many
// were added. It is called once in a transaction.
func TakeTold(ctx context.Context, tx *db.Tx, now time.Time, all []Told) (added int64, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	added, err = takeTold(ctx, tx, now, all)
	if err != nil {
		err = fmt.Errorf("deduction: taking announcements: %w", err)
	}
	return added, err
}

func takeTold(ctx context.Context, tx *db.Tx, now time.Time, all []Told) (added int64, err error) {
	instant, day := "timestamptz", "date"
	if tx.Dialect == db.SQLite {
		instant, day = "timestamp", "text"
	}
	err = tx.Stage(ctx, "told", "merchant_id bigint, terminal_id bigint, plan_id bigint, period_from "+day+", amount_fen bigint, channel text, delivered_at "+
		instant+", on_date "+day)
	if err != nil {
		return 0, err
	}
	i := 0
	_, err = tx.Bulk(ctx, "told", []string{"merchant_id", "terminal_id", "plan_id", "period_from", "amount_fen", "channel", "delivered_at", "on_date"},
		func() ([]any, bool, error) {
			if i == len(all) {
				return nil, false, nil
			}
			t := &all[i]
			i++
			return []any{t.MerchantID, t.TerminalID, t.PlanID, t.PeriodFrom, t.Amount, t.Channel, t.DeliveredAt, date.Of(t.DeliveredAt)}, true, nil
		})
	if err != nil {
		return 0, err
	}
	added, err = tx.Exec(ctx, `
		insert into delivered_notices (merchant_id, terminal_id, item, plan_id, period_from, amount_fen, channel, delivered_at, recorded_at)
		select t.merchant_id, t.terminal_id, p.item, t.plan_id, t.period_from, t.amount_fen, t.channel, t.delivered_at, $1
		from told t join plans p on p.id = t.plan_id
		where true
		order by t.terminal_id, t.plan_id, t.period_from, t.channel, t.delivered_at
		on conflict (terminal_id, plan_id, period_from, channel, delivered_at) do nothing`, now)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
		insert into judge_pending (terminal_id, since)
		select terminal_id, min(on_date) from told
		group by terminal_id
		order by terminal_id -- so that two never wait for each other
		on conflict (terminal_id) do update
		set since = case when excluded.since < judge_pending.since then excluded.since else judge_pending.since end`)
	return added, err
}
