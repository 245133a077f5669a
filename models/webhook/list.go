package webhook

import (
	"context"
	"time"

	"github.com/mingbai/mingbai/models/db"
)

// MaxEndpoints is how many endpoints there may be.
const MaxEndpoints = 50

// List returns the endpoints, the newest first.
func List(ctx context.Context, r db.Reader) (all []Endpoint, err error) {
	err = r.Query(ctx, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			var e Endpoint
			err := e.scan(rows)
			all = append(all, e)
			return err
		})
	}, `select `+endpointColumns+` from webhook_endpoints w order by w.id desc`)
	return all, err
}

// State says how far a message has come.
type State string

// The states of a message.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Dead      State = "dead" // given up
)

// Delivery is what became of an event at an endpoint.
type Delivery struct {
	Told
	Subject  string
	Place    int64 // of the event, in their order
	State    State
	Attempts int
	NextAt   time.Time // of one that waits
	TriedAt  time.Time // the last time; zero: not yet
	Status   int       // of the last answer; 0: there was none
	Problem  string    // what was wrong with the last try; empty: nothing
}

// Page is one endpoint with what was sent to it.
type Page struct {
	Endpoint
	Deliveries []Delivery // the latest first
	More       bool       // there are older ones
}

// Which says which messages of an endpoint are meant.
type Which struct {
	State  State // empty: any
	Before int64 // of the events before this place; 0: from the latest on
	Most   int
}

// ReadPage returns an endpoint with some of its messages in one round trip, or
// fault.NotFound.
func ReadPage(ctx context.Context, r db.Reader, now time.Time, endpointID string, which Which) (*Page, error) {
	p, found := &Page{}, false
	b := db.NewBatch()
	b.Add(`select `+endpointColumns+` from webhook_endpoints w where w.id = $1`, []any{endpointID}, func(rows db.Rows) error {
		return db.Each(rows, func() error {
			found = true
			return p.scan(rows)
		})
	})
	b.Add(`select id, created_at, ends_at from webhook_secrets where endpoint_id = $1 and (ends_at is null or ends_at > $2) order by created_at desc, id desc`,
		[]any{endpointID, now}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var s Secret
				var ends db.Time
				err := rows.Scan(&s.ID, &s.CreatedAt, &ends)
				s.EndsAt = ends.Time
				p.Secrets = append(p.Secrets, s)
				return err
			})
		})
	// The number of states is small, and each has an index of its own or is most of
	// the rows.
	b.Add(`select `+toldColumns+`, d.state, d.attempts, d.next_at, d.tried_at, d.status, d.problem
		from webhook_deliveries d join api_events e on e.place = d.place`+toldJoins+`
		where d.endpoint_id = $1 and ($2 = '' or d.state = $2) and ($3 = 0 or d.place < $3) order by d.place desc limit $4`,
		[]any{endpointID, string(which.State), which.Before, which.Most + 1}, func(rows db.Rows) error {
			return db.Each(rows, func() error {
				var d Delivery
				var next, tried db.Time
				err := d.scan(rows, &d.State, &d.Attempts, &next, &tried, &d.Status, &d.Problem)
				d.NextAt, d.TriedAt, d.Subject, d.Place = next.Time, tried.Time, d.subject, d.place
				p.Deliveries = append(p.Deliveries, d)
				return err
			})
		})
	if err := r.Read(ctx, b); err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound()
	}
	if p.More = len(p.Deliveries) > which.Most; p.More {
		p.Deliveries = p.Deliveries[:which.Most]
	}
	return p, nil
}
