package webhook

import (
	"context"
	"crypto/cipher"
	"net/netip"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/fault"
	"github.com/mingbai/mingbai/models/seal"
)

// Why says for what an endpoint is told nothing any more.
type Why string

// The reasons.
const (
	ByStaff Why = "staff"   // someone ended it
	Gone    Why = "gone"    // it said so itself, with 410
	Failing Why = "failing" // nothing arrived for days
)

// Endpoint is where another system wants to be told.
type Endpoint struct {
	ID           string // we_…
	URL          string
	Description  string
	Kinds        []Kind // that it is told of; none: of all
	CreatedAt    time.Time
	CreatedBy    string    // as staff know them
	DisabledAt   time.Time // zero: it is told
	DisabledWhy  Why       // of one that is not
	FailingSince time.Time // nothing arrived since then; zero: the last that was sent did
	Waiting      int       // messages that wait, those which are tried again too
	Dead         int       // messages that were given up
	Secrets      []Secret  // that count, the newest first
}

// Disabled reports whether the endpoint is told nothing any more.
func (e *Endpoint) Disabled() bool { return !e.DisabledAt.IsZero() }

// Secret is what is known of an endpoint's secret once it was shown.
type Secret struct {
	ID        string // wk_…
	CreatedAt time.Time
	EndsAt    time.Time // from when on it counts no more; zero: not known
}

// Options are what endpoints need.
type Options struct {
	DB     *db.DB
	Clock  clock.Clock
	Secret []byte // the site's; the endpoints' secrets are closed with a key made from it
	// Reachable reports whether a message may go to an address, and whether that
	// is of our own network, where it may go without TLS too.
	Reachable func(a netip.Addr) (may, ours bool)
}

// Hooks looks after endpoints and sends to them. It may be used concurrently.
type Hooks struct {
	db        *db.DB
	clock     clock.Clock
	box       cipher.AEAD
	reachable func(a netip.Addr) (may, ours bool)
}

// New returns Hooks, or an error where the secret is too short.
func New(o Options) (*Hooks, error) {
	box, err := seal.New(o.Secret, "webhook secrets")
	if err != nil {
		return nil, err
	}
	return &Hooks{db: o.DB, clock: o.Clock, box: box, reachable: o.Reachable}, nil
}

// By is who looks after endpoints.
type By struct {
	Actor     audit.Actor
	Name      string // as staff know them
	RequestID string // of the request that asked for it, if any
}

func (b By) entry(at time.Time, action, endpointID string, details map[string]any) audit.Entry {
	return audit.Entry{At: at, Actor: b.Actor, Action: "webhook." + action, Subject: endpointID, RequestID: b.RequestID, Details: details}
}

func notFound() error { return fault.New(fault.NotFound, "webhooks.not_found") }

// hold holds an endpoint until the transaction ends, so that of two who change
// it one waits, and reads it. It returns fault.NotFound.
func hold(ctx context.Context, tx *db.Tx, endpointID string) (e Endpoint, err error) {
	if err := tx.Lock(ctx, "webhook endpoint "+endpointID); err != nil {
		return e, err
	}
	var kinds string
	var disabled db.Time
	err = tx.QueryRow(ctx, `select id, url, kinds, disabled_at from webhook_endpoints where id = $1`, endpointID).Scan(&e.ID, &e.URL, &kinds, &disabled)
	if db.NotFound(err) {
		return e, notFound()
	}
	e.Kinds, e.DisabledAt = splitKinds(kinds), disabled.Time
	return e, err
}

// endpointColumns are what scanEndpoint scans, of webhook_endpoints as w.
const endpointColumns = `w.id, w.url, w.description, w.kinds, w.created_at, w.created_by, w.disabled_at, w.disabled_why, w.failing_since,
	(select count(*) from webhook_deliveries d where d.endpoint_id = w.id and d.state = 'waiting'),
	(select count(*) from webhook_deliveries d where d.endpoint_id = w.id and d.state = 'dead')`

func (e *Endpoint) scan(rows db.Rows) error {
	var kinds string
	var created, disabled, failing db.Time
	err := rows.Scan(&e.ID, &e.URL, &e.Description, &kinds, &created, &e.CreatedBy, &disabled, &e.DisabledWhy, &failing, &e.Waiting, &e.Dead)
	e.Kinds, e.CreatedAt, e.DisabledAt, e.FailingSince = splitKinds(kinds), created.Time, disabled.Time, failing.Time
	return err
}
