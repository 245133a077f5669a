package complaint

import (
	"context"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/webhook"
)

// toldElsewhere is who notes that another system has a refund.
var toldElsewhere = audit.Actor{Kind: audit.System, ID: "events"}

// SendTold notes of the refunds that were approved that they are sent, once
// another system has their event: an endpoint has taken it, or somebody who reads
// events in their order asked for what comes after it. It returns how many there
// were. Where nobody is told they stay as they are.
func (c *Cases) SendTold(ctx context.Context) (n int, err error) {
	var ids []string
	err = c.d.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}, `
		select r.id from refund_proposals r join cases c on c.id = r.case_id
		where r.state = 'approved' and exists (
			select 1 from api_events e
			where e.kind = 'refund.approved' and e.subject = c.number and e.place is not null and e.data like '%"refund":"' || r.id || '"%' and (
				exists (select 1 from api_event_readers x where x.place >= e.place)
				or exists (select 1 from webhook_endpoints w join webhook_deliveries d on d.endpoint_id = w.id and d.place = e.place and d.state = $1)))
		order by r.proposed_at, r.id`, string(webhook.Delivered))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := c.SendRefund(ctx, toldElsewhere, id); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
