package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mingbai/mingbai/models/account"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/money"
)

// minutesOfDay is how many minutes a day has.
const minutesOfDay = 24 * 60

// longestQuiet bounds the quiet hours, so that what is deferred is not late by a
// day.
const longestQuiet = 16 * 60

// mostLowBalance bounds what may be called a low balance of a SIM.
const mostLowBalance money.Fen = 1_000_00

// SetPreferences keeps how the merchant whose account is open wants to be told,
// from now on. What waits to be announced is planned anew. It returns
// fault.Forbidden, and fault.Invalid for the fields "locale", "leads", "quiet",
// "send_at", "matrix", "usage_percent" and "low_balance".
func SetPreferences(ctx context.Context, d *db.DB, c clock.Clock, who account.Who, p Preferences) error {
	if err := p.check(); err != nil {
		return err
	}
	written := make(map[Event]string, len(Events))
	for _, e := range Events {
		written[e] = p.Matrix[e].String()
	}
	matrix, err := json.Marshal(written)
	if err != nil {
		return err
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		now := c.Now()
		if err := account.May(ctx, tx, who, account.ChooseMessages); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into notice_preferences (merchant_id, locale, leads, quiet_from, quiet_to, send_minute, matrix, inbox_only, usage_percent, balance_fen,
				updated_at, updated_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			on conflict (merchant_id) do update set locale = excluded.locale, leads = excluded.leads, quiet_from = excluded.quiet_from,
				quiet_to = excluded.quiet_to, send_minute = excluded.send_minute, matrix = excluded.matrix, inbox_only = excluded.inbox_only,
				usage_percent = excluded.usage_percent, balance_fen = excluded.balance_fen, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			who.MerchantID, p.Locale, int64(p.Leads), p.QuietFrom, p.QuietTo, p.SendMinute, db.JSON(matrix), p.InboxOnly(), p.UsagePercent, int64(p.LowBalance),
			now, who.UserID)
		if err != nil {
			return fmt.Errorf("notice: preferences of merchant %d: %w", who.MerchantID, err)
		}
		if err := useLeads(ctx, tx, p.Leads, date.Of(now)); err != nil {
			return err
		}
		if err := deduction.ForecastAnew(ctx, tx, who.MerchantID); err != nil {
			return err
		}
		return record(ctx, tx, who, now, "preferences.set", "", map[string]any{
			"locale": p.Locale, "leads": p.Leads.Days(), "quiet_from": p.QuietFrom, "quiet_to": p.QuietTo, "send_minute": p.SendMinute,
			"matrix": written, "usage_percent": p.UsagePercent, "balance_fen": int64(p.LowBalance),
		})
	})
}

func (p *Preferences) check() error {
	var fields fault.Fields
	if p.Locale != "zh-CN" && p.Locale != "en" {
		fields.Add("locale", "preferences.locale_missing")
	}
	switch days := p.Leads.Days(); {
	case len(days) == 0:
		fields.Add("leads", "preferences.leads_missing")
	case days[0] > MostLead || p.Leads.Has(0):
		fields.Add("leads", "preferences.leads_wrong", "n", MostLead)
	}
	isMinute := func(n int) bool { return 0 <= n && n < minutesOfDay }
	switch {
	case !isMinute(p.QuietFrom) || !isMinute(p.QuietTo):
		fields.Add("quiet", "preferences.quiet_wrong")
	case (p.QuietTo-p.QuietFrom+minutesOfDay)%minutesOfDay > longestQuiet:
		fields.Add("quiet", "preferences.quiet_long", "n", longestQuiet/60)
	case !isMinute(p.SendMinute):
		fields.Add("send_at", "preferences.send_at_wrong")
	case p.isQuiet(p.SendMinute):
		fields.Add("send_at", "preferences.send_at_quiet")
	}
	for e, channels := range p.Matrix {
		if !slices.Contains(Events, e) || !channels.areOutside() {
			fields.Add("matrix", "preferences.matrix_wrong")
			break
		}
	}
	if p.UsagePercent < 1 || p.UsagePercent > 100 {
		fields.Add("usage_percent", "preferences.usage_wrong")
	}
	if p.LowBalance < 0 || p.LowBalance > mostLowBalance {
		fields.Add("low_balance", "preferences.balance_wrong", "most", mostLowBalance)
	}
	return fields.Err()
}

// areOutside reports whether each channel leaves the portal and is there once.
func (c Channels) areOutside() bool {
	for i := range c {
		if !slices.Contains(Outside, c[i]) || slices.Contains(c[:i], c[i]) {
			return false
		}
	}
	return true
}

// isQuiet reports whether nothing is sent at a minute of the day.
func (p *Preferences) isQuiet(minute int) bool {
	if p.QuietFrom <= p.QuietTo {
		return p.QuietFrom <= minute && minute < p.QuietTo
	}
	return p.QuietFrom <= minute || minute < p.QuietTo
}

// useLeads has charges planned from now on at days ahead that nobody may have
// chosen before. Before the first sweep there is nothing to note: it looks at
// what everybody chose.
func useLeads(ctx context.Context, tx *db.Tx, leads Leads, today date.Date) error {
	for _, n := range leads.Days() {
		_, err := tx.Exec(ctx, `
			insert into notice_sweeps (kind, lead_days, swept_to)
			select $1, cast($2 as integer), `+civil(tx, `$3`)+`
			where exists (select 1 from notice_sweeps where kind = $1)
			on conflict (kind, lead_days) do nothing`, string(Upcoming), n, today.AddDays(n))
		if err != nil {
			return err
		}
	}
	return nil
}
