package webhook

import (
	"context"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/id"
)

// again makes a message wait as if it had never been sent, under its own id.
const again = `state = 'waiting', attempts = 0, queued_at = $2, next_at = $2`

// Replay sends a message again, whatever became of it. It returns fault.Conflict
// where the endpoint is told nothing any more, and fault.NotFound.
func (h *Hooks) Replay(ctx context.Context, by By, endpointID, eventID string) error {
	now := h.clock.Now()
	return h.db.Write(ctx, func(tx *db.Tx) error {
		if err := holdTold(ctx, tx, endpointID); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `update webhook_deliveries set `+again+` where endpoint_id = $1 and place = (select place from api_events where id = $3)`,
			endpointID, now, eventID)
		if err == nil && n == 0 {
			err = notFound()
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "replay", endpointID, map[string]any{"event": eventID}))
	})
}

// Span is which events are sent again.
type Span struct {
	From, To  date.Date // by when they happened, in Shanghai; both are included
	Delivered bool      // also those that were taken
}

// ReplaySpan sends again what happened in some days and the endpoint wants to be
// told of, and returns how many messages that is: those which it has not taken,
// and those which were never queued for it. It returns fault.Invalid for the
// fields "from" and "to", fault.Conflict where the endpoint is told nothing any
// more, and fault.NotFound.
func (h *Hooks) ReplaySpan(ctx context.Context, by By, endpointID string, s Span) (n int64, err error) {
	now := h.clock.Now()
	if _, err := Arrange(ctx, h.db, now); err != nil {
		return 0, err
	}
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		if err := holdTold(ctx, tx, endpointID); err != nil {
			return err
		}
		var wrong fault.Fields
		switch {
		case s.From.IsZero():
			wrong.Add("from", "webhooks.day_missing")
		case s.To.IsZero():
			wrong.Add("to", "webhooks.day_missing")
		case s.To < s.From:
			wrong.Add("to", "webhooks.span_backwards")
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		which := ` and webhook_deliveries.state = 'dead'`
		if s.Delivered {
			which = ` and webhook_deliveries.state <> 'waiting'`
		}
		var err error
		n, err = tx.Exec(ctx, `
			insert into webhook_deliveries (endpoint_id, place, state, attempts, queued_at, next_at, status, problem)
			select w.id, e.place, 'waiting', 0, $2, $2, 0, ''
			from api_events e join webhook_endpoints w on w.id = $1 and `+wanted+`
			where e.at >= $3 and e.at < $4 and e.place is not null and e.only_for is null
			on conflict (endpoint_id, place) do update set `+again+`
			where webhook_deliveries.endpoint_id = $1`+which, endpointID, now, s.From.Start(), s.To.AddDays(1).Start())
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "replay", endpointID, map[string]any{
			"from": s.From.String(), "to": s.To.String(), "delivered": s.Delivered, "messages": n,
		}))
	})
	return n, err
}

// Try sends a message to an endpoint that tells of nothing. It returns
// fault.Conflict where the endpoint is told nothing any more, and fault.NotFound.
func (h *Hooks) Try(ctx context.Context, by By, endpointID string) error {
	now := h.clock.Now()
	return h.db.Write(ctx, func(tx *db.Tx) error {
		if err := holdTold(ctx, tx, endpointID); err != nil {
			return err
		}
		err := tx.Insert(ctx, "api_events", append(eventColumns[:len(eventColumns):len(eventColumns)], "only_for"), [][]any{
			{id.New("ev", now), string(Test), endpointID, now, int64(0), int64(0), int64(0), `{"endpoint":"` + endpointID + `"}`, endpointID},
		})
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, by.entry(now, "try", endpointID, nil))
	})
}

// holdTold holds an endpoint that is told.
func holdTold(ctx context.Context, tx *db.Tx, endpointID string) error {
	e, err := hold(ctx, tx, endpointID)
	if err == nil && e.Disabled() {
		err = fault.New(fault.Conflict, "webhooks.is_disabled")
	}
	return err
}
