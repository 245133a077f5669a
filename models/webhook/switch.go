package webhook

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/alarm"
	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
)

// Disable ends an endpoint: it is told nothing any more, and what waits for it is
// given up. It returns fault.Conflict where it was ended before, and
// fault.NotFound.
func (h *Hooks) Disable(ctx context.Context, by By, endpointID string) error {
	now := h.clock.Now()
	return h.db.Write(ctx, func(tx *db.Tx) error {
		e, err := hold(ctx, tx, endpointID)
		if err == nil && e.Disabled() {
			err = fault.New(fault.Conflict, "webhooks.disabled_before")
		}
		if err != nil {
			return err
		}
		return disable(ctx, tx, now, by, endpointID, ByStaff)
	})
}

func disable(ctx context.Context, tx *db.Tx, now time.Time, by By, endpointID string, why Why) error {
	_, err := tx.Exec(ctx, `update webhook_endpoints set disabled_at = $2, disabled_why = $3 where id = $1`, endpointID, now, string(why))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update webhook_deliveries set state = 'dead' where endpoint_id = $1 and state = 'waiting'`, endpointID)
	if err != nil {
		return err
	}
	if why != ByStaff {
		var name string
		if err := tx.QueryRow(ctx, `select description from webhook_endpoints where id = $1`, endpointID).Scan(&name); err != nil {
			return err
		}
		err := alarm.Raise(ctx, tx, alarm.Alarm{
			Kind: alarm.WebhookDead, Subject: endpointID + " " + now.Format(time.RFC3339), Ref: endpointID, At: now, Facts: alarm.Facts{Name: name},
		})
		if err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, by.entry(now, "disable", endpointID, map[string]any{"why": string(why)}))
}

// raiseLocked raises an alarm, once a day, that nothing can be sent to an endpoint
// since its secrets can't be read.
func raiseLocked(ctx context.Context, tx *db.Tx, now time.Time, endpointID string) error {
	var name string
	if err := tx.QueryRow(ctx, `select description from webhook_endpoints where id = $1`, endpointID).Scan(&name); err != nil {
		return err
	}
	return alarm.Raise(ctx, tx, alarm.Alarm{
		Kind: alarm.WebhookDead, Subject: endpointID + " locked " + date.Of(now).String(), Ref: endpointID, At: now, Facts: alarm.Facts{Name: name, Locked: true},
	})
}

// itself is who ends endpoints that take nothing.
var itself = By{Actor: audit.Actor{Kind: audit.System, ID: "webhooks"}}

// Enable lets an endpoint be told again, of what happens from now on. What it
// missed can be sent again. It returns fault.Conflict where it is told already,
// and fault.NotFound.
func (h *Hooks) Enable(ctx context.Context, by By, endpointID string) error {
	now := h.clock.Now()
	return h.db.Write(ctx, func(tx *db.Tx) error {
		e, err := hold(ctx, tx, endpointID)
		if err == nil && !e.Disabled() {
			err = fault.New(fault.Conflict, "webhooks.enabled_before")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update webhook_endpoints set disabled_at = null, disabled_why = '', failing_since = null, rests_until = null where id = $1`, endpointID)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "enable", endpointID, nil))
	})
}
