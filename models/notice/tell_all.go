package notice

import (
	"context"
	"fmt"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// TellAll hands over many news in the transaction of what happened, in one
// statement however many there are. Each must be new by its reference.
func TellAll(ctx context.Context, tx *db.Tx, now time.Time, news []News) error {
	rows := make([][]any, len(news))
	for i := range news {
		n := &news[i]
		facts, err := n.Facts.json()
		if err != nil {
			return err
		}
		notBefore := n.NotBefore
		if notBefore.IsZero() {
			notBefore = now
		}
		rows[i] = []any{
			n.MerchantID, string(n.Kind), n.TerminalID, n.PlanID, n.Cycle, n.LeadDays, n.Round, n.Ref, n.PeriodFrom, n.DueOn,
			int64(n.Amount), n.Version, facts, notBefore, now, n.againOn,
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.Insert(ctx, "notices", []string{
		"merchant_id", "kind", "terminal_id", "plan_id", "cycle", "lead_days", "round", "ref", "period_from", "due_on",
		"amount_fen", "version", "facts", "not_before", "planned_at", "again_on",
	}, rows)
	if err != nil {
		return fmt.Errorf("notice: telling %d merchants' news: %w", len(news), err)
	}
	return nil
}
