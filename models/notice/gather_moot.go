package notice

import (
	"context"

	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/money"
)

// mootLine is a notice of a price that nobody asks about any more: it was
// withdrawn, or the merchant has answered, between its planning and its hour.
type mootLine struct {
	merchantID int64
	kind       Kind
	Line
}

// withoutMoot takes the lines out of a letter that are moot, and returns them.
func (d *draft) withoutMoot() (moot []mootLine) {
	if d.isMoot == nil {
		return nil
	}
	lines := d.Lines
	d.Lines, d.Total = nil, money.Fen(0)
	for i, l := range lines {
		if d.isMoot[i] {
			moot = append(moot, mootLine{d.MerchantID, d.Kind, l})
			continue
		}
		d.Lines, d.Total = append(d.Lines, l), d.Total.Plus(l.Amount)
	}
	return moot
}

// drop takes the notice back, of which nobody was told.
func (m *mootLine) drop(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `
		delete from notices
		where merchant_id = $1 and kind = $2 and terminal_id = $3 and plan_id = $4 and cycle = $5 and lead_days = $6 and round = $7 and ref = $8
			and letter_id is null`,
		m.merchantID, string(m.kind), m.TerminalID, m.PlanID, m.Cycle, m.LeadDays, m.Round, m.Ref)
	return err
}
