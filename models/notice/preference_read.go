package notice

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mingbai/mingbai/models/db"
)

// GetPreferences returns how a merchant wants to be told.
func GetPreferences(ctx context.Context, r db.Reader, merchantID int64) (Preferences, error) {
	var p Preferences
	b := db.NewBatch()
	ReadPreferences(b, merchantID, &p)
	err := r.Read(ctx, b)
	return p, err
}

// ReadPreferences puts into a batch the reading of how a merchant wants to be
// told.
func ReadPreferences(b *db.Batch, merchantID int64, p *Preferences) {
	*p = Default(merchantID)
	b.Add(`select `+preferenceColumns+` from notice_preferences p where p.merchant_id = $1`, []any{merchantID}, func(rows db.Rows) error {
		return db.Each(rows, func() error { return p.scan(rows) })
	})
}

const preferenceColumns = `p.merchant_id, p.locale, p.leads, p.quiet_from, p.quiet_to, p.send_minute, p.matrix, p.usage_percent, p.balance_fen, p.updated_at`

func (p *Preferences) scan(rows db.Rows) error {
	var leads int64
	var matrix db.JSON
	var updated db.Time
	err := rows.Scan(&p.MerchantID, &p.Locale, &leads, &p.QuietFrom, &p.QuietTo, &p.SendMinute, &matrix, &p.UsagePercent, &p.LowBalance, &updated)
	if err != nil {
		return err
	}
	p.Leads, p.UpdatedAt = Leads(leads), updated.Time
	written := map[Event]string{}
	if err := json.Unmarshal(matrix, &written); err != nil {
		return fmt.Errorf("notice: preferences of merchant %d: %w", p.MerchantID, err)
	}
	p.Matrix = make(map[Event]Channels, len(written))
	for e, channels := range written {
		p.Matrix[e] = ParseChannels(channels)
	}
	return nil
}

// readPreferences returns how merchants want to be told, by merchant.
func readPreferences(ctx context.Context, r db.Reader, merchants []int64) (map[int64]*Preferences, error) {
	all := make(map[int64]*Preferences, len(merchants))
	for _, id := range merchants {
		p := Default(id)
		all[id] = &p
	}
	if len(all) == 0 {
		return all, nil
	}
	err := r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var p Preferences
			err := p.scan(rows)
			all[p.MerchantID] = &p
			return err
		})
	}, `select `+preferenceColumns+` from notice_preferences p where p.merchant_id in `+idList(merchants))
	return all, err
}
