// Package gate judges deductions before money moves. The core system asks, is
// given a decision with its reasons, and where that is to allow, a permission
// that serves once: a token bound to the terminal, the fee, the cycle, the amount
// and the moment at which it ends. What was taken without asking is taken in all
// the same, judged, and raises an alarm.
//
// Every decision is kept with the facts it was made on, so that it can be made
// again from them alone, years later. Where the facts can't be read nothing is
// decided.
package gate

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/mingbai/mingbai/models/audit"
	"github.com/mingbai/mingbai/models/clock"
	"github.com/mingbai/mingbai/models/date"
	"github.com/mingbai/mingbai/models/db"
	"github.com/mingbai/mingbai/models/deduction"
	"github.com/mingbai/mingbai/models/disclosure"
	"github.com/mingbai/mingbai/models/fault"
)

// Options are what a gate needs.
type Options struct {
	DB     *db.DB
	Clock  clock.Clock
	Secret []byte // the site's; permissions are signed with a key made from it
}

// Gate decides.
type Gate struct {
	db        *db.DB
	clock     clock.Clock
	key       signingKey
	published atomic.Pointer[deduction.Published]
	usuals    usuals
}

// New returns a gate, or an error where the secret is too short to sign with.
func New(o Options) (*Gate, error) {
	key, err := newSigningKey(o.Secret)
	if err != nil {
		return nil, err
	}
	return &Gate{db: o.DB, clock: o.Clock, key: key}, nil
}

// By is who asks, and with which request.
type By struct {
	Actor     audit.Actor
	RequestID string // for the record
}

func (b By) entry(at time.Time, merchantID int64, action, subject string, details map[string]any) audit.Entry {
	return audit.Entry{At: at, Actor: b.Actor, MerchantID: merchantID, Action: action, Subject: subject, Details: details, RequestID: b.RequestID}
}

// known is what requests are judged by.
type known struct {
	*deduction.AskedFacts
	plans *disclosure.Plans
}

// read reads all that requests rest on. Published plans are kept in memory; the
// facts tell when there are others.
func (g *Gate) read(ctx context.Context, tx *db.Tx, now time.Time, earliest date.Date, asked []deduction.Asked) (*known, error) {
	if p := g.published.Load(); p != nil {
		facts, err := deduction.ReadAsked(ctx, tx, tx.Dialect, p, now, earliest, asked)
		if err == nil && p.Holds(facts) {
			return &known{facts, p.Plans}, nil
		}
	}
	p, err := deduction.ReadPublished(ctx, tx)
	if err != nil {
		return nil, err
	}
	g.published.Store(p)
	facts, err := deduction.ReadAsked(ctx, tx, tx.Dialect, p, now, earliest, asked)
	if err != nil {
		return nil, err
	}
	return &known{facts, p.Plans}, nil
}

// unavailable says that nothing could be decided, where it was not a fault of
// the request: who asks has to wait.
func unavailable(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if db.Duplicate(err) {
		return fault.Wrap(err, fault.Conflict, "gate.ref_taken")
	}
	return fault.Wrap(err, fault.Unavailable, "gate.unavailable", "wait", retryAfter)
}

// retryAfter is how long the core system waits before it asks again.
const retryAfter = 5 * time.Second
